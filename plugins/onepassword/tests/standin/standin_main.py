"""One call: record it, act out a planned fault, check who is asking, answer from the tenant file."""

import sys
from posix import (
    O_APPEND,
    O_CREAT,
    O_EXCL,
    O_RDONLY,
    O_WRONLY,
    _exit,
    close,
    environ,
    fstat,
    getpid,
    getppid,
    read,
    stat,
    write,
)
from posix import open as posix_open
from time import localtime, monotonic, sleep, strftime

import standin_faults
from standin_json import documents, dumps, line, loads

SERVICE_TOKEN = "ops_standin_service_account_token"
GLOBALS = {"--format", "--account", "--config", "--encoding", "--session"}
MUST = ("--cache=false", "--no-color", "--iso-timestamps")
SHOWN = ("OP_CACHE", "OP_DEBUG", "OP_BIOMETRIC_UNLOCK_ENABLED", "OP_CONFIG_DIR", "OP_ACCOUNT", "OP_DEVICE", "OP_FORMAT")
WRITES = ("provision", "suspend", "reactivate", "delete")
ENV = {name.decode(): value.decode("utf-8", "replace") for name, value in environ.items()}


class Done(Exception):
    """The call ends: exit code, standard output, standard error."""

    def __init__(self, code, out="", err=""):
        super().__init__(code)
        self.code, self.out, self.err = code, out, err


def slurp(path):
    fd = posix_open(path, O_RDONLY)
    parts = []
    while data := read(fd, 1 << 20):
        parts.append(data)
    close(fd)
    return b"".join(parts).decode()


def fail(kind, **values):
    code, text = standin_faults.texts()[kind]
    text = text.replace('"X"', '"' + values.pop("who", "X") + '"')
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    if text.startswith("bare:"):
        raise Done(code, err=text[5:] + "\n" if text[5:] else "")
    raise Done(code, err=strftime("[ERROR] %Y/%m/%d %H:%M:%S ", localtime()) + text + "\n")


def misuse(text):
    """The connector did what it must never do: a failure that no rule knows, so that the test sees it."""
    raise Done(97, err="STANDIN: " + text + "\n")


class Call:
    def __init__(self, argv):
        self.argv = argv
        self.state = ENV.get("STANDIN_STATE", "")
        plan = ENV.get("STANDIN_PLAN", "")
        self.plan = loads(slurp(plan)) if plan else {}
        self.tenant = loads(slurp(self.tenant_path()))
        self.words, self.flags = self.parse()
        self.accepted = []

    def parse(self):
        """Words with their own flags, and the global flags apart."""
        words, flags, rest = [], {}, list(self.argv)
        while rest:
            arg = rest.pop(0)
            name, equals, value = arg.partition("=")
            if name in GLOBALS:
                flags[name] = value if equals else (rest.pop(0) if rest else "")
            elif arg in MUST or name == "--cache":
                flags[arg] = ""
            else:
                words.append(arg)
        return words, flags

    def tenant_path(self):
        """The account as changes have left it, or as it was."""
        if self.state and not self.missing("tenant.json"):
            return self.state + "/tenant.json"
        return ENV.get("STANDIN_TENANT") or sys.path[0] + "/tenant.json"

    # ---- what is kept between calls

    def note(self, event, **values):
        if self.state:
            fd = posix_open(self.state + "/calls.jsonl", O_WRONLY | O_APPEND | O_CREAT, 0o600)
            write(fd, (line({"event": event, "pid": getpid(), "t": monotonic(), **values}) + "\n").encode())
            close(fd)

    def mark(self, name):
        """Make a marker; whether it was not there before."""
        try:
            close(posix_open(f"{self.state}/{name}", O_WRONLY | O_CREAT | O_EXCL, 0o600))
        except FileExistsError:
            return False
        return True

    def count(self, name):
        """One more of `name`: 1, 2, 3, ..., each number once however many processes count at a time."""
        number = 1
        while not self.mark(f"{name}-{number}"):
            number += 1
        return number

    def record(self):
        mode, null = fstat(0), stat("/dev/null")
        stdin = (
            "null"
            if mode.st_rdev == null.st_rdev and mode.st_rdev
            else "pipe"
            if mode.st_mode & 0o170000 == 0o010000
            else "other"
        )
        names = sorted(name for name in ENV if name.startswith(("OP_", "BATON_")))
        self.note(
            "start",
            ppid=getppid(),
            argv=self.argv,
            words=self.words,
            stdin=stdin,
            env=names,
            values={name: ENV[name] for name in SHOWN if name in ENV},
        )

    def stdin_text(self):
        parts = []
        while data := read(0, 1 << 16):
            parts.append(data)
        self.note("stdin", bytes=sum(map(len, parts)))
        return b"".join(parts).decode("utf-8", "replace")

    # ---- who is asking

    def me(self):
        email = self.plan.get("me") or self.tenant["signin"]["email"]
        found = [user["id"] for user in self.tenant["users"] if user["email"] == email]
        return {"email": email, "user_uuid": found[0] if found else "STANDINUSER"}

    def accounts(self):
        row = {"url": self.tenant["signin"]["url"], **self.me(), "account_uuid": self.tenant["account"]["id"]}
        rows = list(self.plan.get("more_accounts", ()))
        known = self.plan.get("account", "known") == "known"
        if known or (self.state and not self.missing("added")):
            rows.append(row)
        return rows

    def missing(self, name):
        try:
            stat(f"{self.state}/{name}")
        except FileNotFoundError:
            return True
        return False

    def check_flags(self):
        if "--session" in self.flags:
            misuse("--session is in argv, where everybody can read it")
        for flag in MUST:
            if flag not in self.flags:
                misuse("a call without " + flag)
        if self.flags.get("--format") != "json":
            misuse("a call without --format json")
        for name in ENV:
            if name.startswith("OP_CONNECT"):
                misuse(name + " takes precedence over every sign-in")
            if name.startswith("BATON_"):
                misuse(name + " was passed on to op")

    def check_account(self):
        wanted = self.flags.get("--account")
        if wanted is None:
            return
        for row in self.accounts():
            host = row["url"].replace("https://", "")
            if wanted in (row["url"], host, host.partition(".")[0], row["account_uuid"], row["user_uuid"]):
                return
        raise Done(1, err=f"[ERROR] 2026/01/01 00:00:00 no account found for filter {wanted}\n")

    def check_sign_in(self):
        token = ENV.get("OP_SERVICE_ACCOUNT_TOKEN")
        if token:
            return self.service_account(token)
        sessions = {name: value for name, value in ENV.items() if name.startswith("OP_SESSION")}
        self.check_account()
        if sessions:
            return self.session(sessions)
        if ENV.get("OP_BIOMETRIC_UNLOCK_ENABLED", "true") == "false":
            fail("signed-out-whoami" if self.words == ["whoami"] else "signed-out")
        return self.desktop()

    def service_account(self, token):
        if token != self.plan.get("service_token", SERVICE_TOKEN):
            fail("malformed-token")
        if self.state and self.words == ["whoami"] and self.missing("service-used"):
            fail("service-not-used")
        if self.state:
            self.mark("service-used")
        return "service"

    def session(self, sessions):
        good = self.plan.get("sessions") or ([slurp(self.state + "/token")] if not self.missing("token") else [])
        token = sessions.get("OP_SESSION_" + self.me()["user_uuid"]) or sessions.get("OP_SESSION")
        if token not in good:
            fail("expired")
        lasts = self.plan.get("session_calls")
        if lasts and self.count("used-" + str(sum(token.encode()))) > lasts:
            fail("expired")
        return "session"

    def desktop(self):
        how = self.plan.get("desktop", "unlocked")
        if how != "unlocked":
            fail(how)
        if self.state and self.missing(f"authorised-{getppid()}"):
            self.note("prompt")
            sleep(self.plan.get("prompt_delay", 0))
            self.mark(f"authorised-{getppid()}")
        return "desktop"

    # ---- signing in

    def flag(self, name):
        return self.words[self.words.index(name) + 1] if name in self.words else ""

    def sign_in(self):
        if self.stdin_text() != self.tenant["signin"]["password"] + "\n":
            fail("wrong-password")
        self.check_account()
        if ENV.get("OP_BIOMETRIC_UNLOCK_ENABLED") != "false":
            return ""
        return self.new_token()

    def new_token(self):
        token = "standin-session-" + str(self.count("token-made")) + "-" + self.me()["user_uuid"][::-1]
        fd = posix_open(self.state + "/token.new", O_WRONLY | O_CREAT, 0o600)
        write(fd, token.encode())
        close(fd)
        import posix

        posix.rename(self.state + "/token.new", self.state + "/token")
        return token + "\n"

    def add_account(self):
        if ENV.get("OP_BIOMETRIC_UNLOCK_ENABLED") != "false":
            raise Done(1, err="[ERROR] 2026/01/01 00:00:00 app integration is turned on: turn it off to add accounts\n")
        wanted = self.tenant["signin"]
        address = wanted["url"].replace("https://", "")
        right = self.flag("--address") in (address, wanted["url"]) and self.flag("--email") == wanted["email"]
        password = self.stdin_text()
        if not right or ENV.get("OP_SECRET_KEY") != wanted["secret_key"] or password != wanted["password"] + "\n":
            fail("wrong-password")
        self.mark("added")
        return self.new_token() if "--signin" in self.words else ""


def answer(call):
    """Standard output of the call."""
    words = call.words
    if words == ["--version"]:
        return call.plan.get("version", "2.30.3") + "\n"
    call.check_flags()
    if words == ["account", "list"]:
        return dumps(call.accounts()) + "\n"
    if words[:1] == ["signin"]:
        return call.sign_in()
    if words[:2] == ["account", "add"]:
        return call.add_account()
    call.accepted = call.check_sign_in()
    if words[1:2] and (words[1] in WRITES or (words[2:3] and words[2] in ("grant", "revoke"))):
        import standin_writes

        return standin_writes.answer(call, fail, misuse)
    import standin_data

    return standin_data.answer(call, Done, fail)


def act(call, fault):
    """Do what a planned fault says; give the output if the call goes on."""
    kind = fault["kind"]
    if kind not in standin_faults.ACTS:
        if kind == "device" and ENV.get("OP_DEVICE"):
            return answer(call)
        fail(kind, wait=fault.get("wait", "58 minutes"))
    if kind == "text":
        raise Done(fault.get("code", 1), fault.get("stdout", ""), fault.get("stderr", ""))
    if kind in ("hang", "hang-child"):
        import posix

        if kind == "hang-child" and not posix.fork():
            call.note("child")
        sleep(600)
    if kind == "kill":
        import posix

        posix.kill(getpid(), 9)
    if kind == "prompt":
        # As `op` does without a session: it asks, and gives up at the end of its input.
        write(2, b"Enter the password for u0@example.com at example.1password.com: ")
        if not read(0, 1):
            fail("signed-out")
        sleep(600)
    if kind in ("empty", "null", "html", "huge"):
        call.check_flags()
    if kind == "huge":
        block = b" " * (1 << 20)
        for _ in range(fault.get("megabytes", 80)):
            write_all(1, block)
        raise Done(0, "[]")
    fixed = {"empty": "", "null": "null\n", "html": "<!DOCTYPE html><html><body>Sign in to the network</body></html>\n"}
    if kind in fixed:
        return fixed[kind]
    out = answer(call)
    if kind == "truncated":
        return out[: len(out) // 2]
    if kind == "warning":
        write(2, b"[WARN] 2026/01/01 00:00:00 session expired is what this warning talks about\n")
    if kind == "latin":
        write_all(1, out.encode()[:-2] + b"\xff\xfe]\n")
        raise Done(0)
    return out


def write_all(fd, data):
    view = memoryview(data)
    while view:
        try:
            view = view[write(fd, view[: 1 << 16]) :]
        except BrokenPipeError:
            return


def main():
    call = Call(sys.argv[1:])
    try:
        call.record()
        delay = call.plan.get("delay", 0)
        if delay:
            sleep(delay)
        fault = standin_faults.matching(call.plan.get("faults", ()), call.words, lambda n: call.count(f"fault-{n}"))
        if fault:
            call.note("fault", kind=fault["kind"])
        done = Done(0, act(call, fault) if fault else answer(call))
    except Done as ended:
        done = ended
    write_all(1, done.out.encode())
    write_all(2, done.err.encode())
    call.note("end", code=done.code)
    _exit(done.code)


__all__ = ["documents", "main"]
