"""How a call can fail: the texts and exit codes of real `op`, and what it can do besides failing politely."""

SAC = "error initializing client: Authentication: (failed to auth.LookupAuth), Network: (failed to startSession), Server: "

# kind: (exit code, text). A text without "bare:" gets op's `[ERROR] date time ` before it.
TEXTS = {
    "signed-out": (1, "You are not currently signed in. Please run `op signin --help` for instructions"),
    "signed-out-whoami": (1, "account is not signed in"),
    "no-session": (1, "no active session found for account example"),
    "no-token": (1, "could not find session token for account example"),
    "expired": (1, "session expired, please sign in again"),
    "unknown-account": (1, "no account found for filter nobody"),
    "no-accounts": (1, "bare:No accounts configured for use with 1Password CLI."),
    "dismissed": (1, "error initializing client: authorization prompt dismissed, please try again"),
    "prompt-timeout": (1, "authorization timeout"),
    "desktop-reset": (1, "connecting to desktop app: read: connection reset, make sure the app is running"),
    "desktop-timeout": (1, "connecting to desktop app: read unix: i/o timed out"),
    "desktop-signature": (1, "connecting to desktop app: signature not verified"),
    "desktop-absent": (1, "1Password CLI couldn't connect to the 1Password desktop app. To fix this, update the app."),
    "locked": (1, "error initializing client: the 1Password app is locked"),
    "no-user": (1, '"X" isn\'t a user in this account. Specify the user with their UUID, email address, or name.'),
    "no-group": (1, '"X" isn\'t a group in this account. Specify the group with its UUID or name.'),
    "no-vault": (1, '"X" isn\'t a vault in this account. Specify the vault with its ID or name.'),
    "not-found": (4, "(404) Not Found: The requested resource was not found."),
    "ambiguous": (1, 'More than one item matches "X". Try again and specify the item by its ID:\n\t* for the item "X"'),
    "forbidden": (1, "(403) Forbidden: You aren't authorized to access this resource."),
    "no-permission": (1, "(101) You do not have permission to perform this action"),
    "deleted-service-account": (
        1,
        SAC
        + "(403) (Forbidden (Service Account Deleted)), The Service Account used in this integration has been deleted.",
    ),
    "malformed-token": (1, "error initializing client: failed to DecodeSACCredentials: illegal base64 data"),
    "service-not-used": (1, "service account token set, but not authenticated yet"),
    "rate-limit": (
        1,
        (
            "(429) Too Many Requests: You've reached the maximum number of this type of requests this service account "
            "is allowed to make. Please retry in {wait} or try other requests."
        ),
    ),
    "rate-limit-user": (1, "You have been rate-limited. Please slow down."),
    "conflict": (1, "(409) Conflict: Internal server conflict."),
    "no-direct-access": (1, "the accessor doesn't have any permissions"),
    "dependent-grant": (1, "cannot grant: [{wanted}] is dependent on the permission(s) {others}"),
    "dependent-revoke": (1, "cannot revoke: [{wanted}]: dependent on the permission(s) {others}"),
    "not-a-permission": (1, "invalid permission {wanted}"),
    "already-there": (1, "the user already exists in this account"),
    "server-fault": (1, "(503) Service Unavailable: The server is busy."),
    "bad-request": (4, "(400) Bad Request: The structure of request was invalid."),
    "sso": (1, "Signin credentials are not compatible with the provided user auth from server"),
    "wrong-password": (1, "(401) Unauthorized: Authentication failed."),
    "device": (
        1,
        "No saved device ID. Set the OP_DEVICE environment variable and try again: `export OP_DEVICE=standindevice`",
    ),
    "network-dial": (1, 'Get "https://example.1password.com": dial tcp 192.0.2.1:443: connect: connection refused'),
    "network-dns": (1, "dial tcp: lookup example.1password.com: no such host"),
    "network-timeout": (1, "net/http: request canceled: i/o timeout"),
    "network-reset": (1, "read tcp 192.0.2.1:443: connection reset by peer"),
    "network-eof": (1, 'Post "https://example.1password.com": EOF'),
    "network-getaddrinfo": (1, "getaddrinfo ENOTFOUND example.1password.com"),
    "unknown-flag": (
        1,
        "bare:unknown flag: --permission\nUsage:  op vault list [flags]\n\nFlags:\n      --group group",
    ),
    "panic": (
        2,
        "bare:panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 1 [running]:",
    ),
    "outdated": (1, "This version of 1Password CLI is no longer supported. Please update."),
    "config-folder": (1, "mkdir /nowhere/op: permission denied"),
    "strange": (1, "the flux capacitor is not charged"),
    "silent": (7, "bare:"),
}

# Kinds that the main module acts out: they are not (only) a text.
ACTS = (
    "hang",
    "hang-child",
    "kill",
    "truncated",
    "html",
    "empty",
    "null",
    "huge",
    "warning",
    "latin",
    "prompt",
    "text",
)


def matching(faults, words, attempt_of):
    """The first planned fault for this call. `attempt_of(number)` counts how often a fault has been met."""
    for number, fault in enumerate(faults):
        wanted = fault["match"].split()
        exact = bool(wanted) and wanted[-1] == "$"
        wanted = wanted[:-1] if exact else wanted
        if exact and len(words) != len(wanted):
            continue
        if len(words) >= len(wanted) and all(w in ("*", word) for w, word in zip(wanted, words, strict=False)):
            attempts = fault.get("attempts")
            if attempts is None or attempt_of(number) in attempts:
                return fault
    return None
