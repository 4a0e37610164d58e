from __future__ import annotations

import sys
from pathlib import Path

import pytest
from connector_host_onepassword import op_errors
from connector_host_onepassword.signin_modes import SigninMode

from connector_host import AuthError, BadResponse, ConfigError, NotFound, NotPermitted, RateLimited, Unavailable

sys.path.append(str(Path(__file__).parent / "standin"))

import standin_faults

EXPECTED = {
    "signed-out": (AuthError, "not signed in"),
    "signed-out-whoami": (AuthError, "not signed in"),
    "no-session": (AuthError, "not signed in"),
    "no-token": (AuthError, "not signed in"),
    "expired": (AuthError, "session has expired"),
    "unknown-account": (ConfigError, "op knows no account of that name"),
    "no-accounts": (AuthError, "op knows no account on this machine"),
    "dismissed": (AuthError, "dismissed or not answered"),
    "prompt-timeout": (AuthError, "dismissed or not answered"),
    "desktop-reset": (AuthError, "desktop app cannot be reached"),
    "desktop-timeout": (AuthError, "desktop app cannot be reached"),
    "desktop-signature": (AuthError, "desktop app cannot be reached"),
    "desktop-absent": (AuthError, "desktop app cannot be reached"),
    "locked": (AuthError, "1Password is locked"),
    "no-user": (NotFound, "no such object"),
    "no-group": (NotFound, "no such object"),
    "no-vault": (NotFound, "no such object"),
    "not-found": (NotFound, "no such object"),
    "ambiguous": (ConfigError, "several of that name"),
    "forbidden": (NotPermitted, "may not see or do"),
    "no-permission": (NotPermitted, "may not see or do"),
    "deleted-service-account": (AuthError, "service account was deleted"),
    "malformed-token": (AuthError, "token is malformed"),
    "service-not-used": (Unavailable, "not been used yet"),
    "rate-limit": (RateLimited, "too many requests"),
    "rate-limit-user": (RateLimited, "too many requests"),
    "conflict": (op_errors.WriteConflict, "conflict with another change"),
    "no-direct-access": (NotFound, "no direct access to take away"),
    "dependent-grant": (op_errors.OpRefused, "cannot be changed without others"),
    "dependent-revoke": (op_errors.OpRefused, "cannot be changed without others"),
    "not-a-permission": (op_errors.OpRefused, "invalid permission"),
    "already-there": (op_errors.OpRefused, "already exists"),
    "server-fault": (Unavailable, "fault of its own"),
    "bad-request": (op_errors.OpRefused, "did not understand"),
    "sso": (AuthError, "SSO or a passkey"),
    "wrong-password": (AuthError, "did not accept the sign-in"),
    "device": (AuthError, "no device id"),
    "network-dial": (Unavailable, "over the network"),
    "network-dns": (Unavailable, "over the network"),
    "network-timeout": (Unavailable, "over the network"),
    "network-reset": (Unavailable, "over the network"),
    "network-eof": (Unavailable, "over the network"),
    "network-getaddrinfo": (Unavailable, "over the network"),
    "unknown-flag": (ConfigError, "does not know the command"),
    "panic": (BadResponse, "op crashed"),
    "outdated": (ConfigError, "newer op"),
    "config-folder": (ConfigError, "configuration folder"),
    "strange": (op_errors.OpRefused, "exit code 1 (op said: the flux capacitor is not charged)"),
    "silent": (op_errors.OpRefused, "exit code 7 and said nothing"),
}


def stderr_of(kind):
    code, text = standin_faults.TEXTS[kind]
    return code, text[5:] if text.startswith("bare:") else "[ERROR] 2026/01/02 03:04:05 " + text + "\n"


def test_every_text_has_an_expectation():
    assert set(EXPECTED) == set(standin_faults.TEXTS)


@pytest.mark.parametrize("mode", SigninMode)
@pytest.mark.parametrize("kind", EXPECTED)
def test_text(kind, mode):
    code, stderr = stderr_of(kind)
    error = op_errors.classify("op vault list", code, stderr, mode)
    wanted, words = EXPECTED[kind]
    assert type(error) is wanted
    assert words in error.message
    assert error.message.startswith("op vault list: ")
    assert "2026/01/02" not in error.message
    if wanted in (AuthError, ConfigError, NotPermitted):
        assert error.hint, "a person has to do something, so it must be said what"


def test_each_kind_of_failure_has_a_message_of_its_own():
    messages = {
        EXPECTED[kind][1] for kind in ("signed-out", "expired", "dismissed", "desktop-absent", "locked", "no-accounts")
    }
    assert len(messages) == 6


def test_the_hint_fits_the_mode():
    _code, stderr = stderr_of("expired")
    hints = {mode: op_errors.classify("op", 1, stderr, mode).hint for mode in SigninMode}
    assert len(set(hints.values())) == len(SigninMode)
    assert "eval $(op signin)" in hints[SigninMode.SESSION]
    assert "OP_SERVICE_ACCOUNT_TOKEN" in hints[SigninMode.SERVICE]
    assert "unlock the 1Password app" in hints[SigninMode.DESKTOP]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please retry in 58 minutes or try other requests.", 3480),
        ("Please retry in 1 minute", 60),
        ("retry in 30 seconds", 30),
        ("Retry in an hour.", 3600),
        ("please try again in 2.5 hours", 9000),
        ("retry after 45s", 45),
        ("wait 3 days", 259200),
        ("Too many requests", None),
        ("retry in a while", None),
        ("retry in 58 minuets", None),
        ("", None),
    ],
)
def test_the_wait_that_a_rate_limit_states(text, seconds):
    assert op_errors.retry_after(text) == seconds


def test_rate_limit_carries_the_wait():
    error = op_errors.classify(
        "op user list", 1, stderr_of("rate-limit")[1].replace("{wait}", "58 minutes"), SigninMode.SERVICE
    )
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3480
    assert op_errors.classify("op", 1, stderr_of("rate-limit-user")[1], SigninMode.DESKTOP).retry_after is None


def test_the_desktop_apps_connection_reset_is_not_the_networks():
    desktop = "[ERROR] 2026/01/02 03:04:05 connecting to desktop app: read: connection reset"
    assert isinstance(op_errors.classify("op", 1, desktop, SigninMode.DESKTOP), AuthError)
    assert isinstance(
        op_errors.classify("op", 1, "read tcp: connection reset by peer", SigninMode.DESKTOP), Unavailable
    )


def test_warnings_before_the_error_do_not_decide():
    stderr = "[WARN] 2026/01/02 03:04:05 session expired soon\n[ERROR] 2026/01/02 03:04:05 (403) Forbidden: no\n"
    assert isinstance(op_errors.classify("op", 1, stderr, SigninMode.DESKTOP), NotPermitted)
    assert op_errors.said(stderr) == "(403) Forbidden: no"


def test_lines_after_the_error_belong_to_it():
    _code, stderr = stderr_of("ambiguous")
    assert op_errors.said(stderr).splitlines()[1].strip() == '* for the item "X"'


def test_what_nobody_knows_is_not_tried_again():
    error = op_errors.classify("op", 1, stderr_of("strange")[1], SigninMode.DESKTOP)
    assert not isinstance(error, (BadResponse, Unavailable, RateLimited))
    assert error.exit_code == 10


def test_a_long_text_is_cut():
    error = op_errors.classify("op", 1, "[ERROR] 2026/01/02 03:04:05 " + "x" * 10_000, SigninMode.DESKTOP)
    assert len(error.message) < 500


def test_killed_by_a_signal():
    error = op_errors.classify("op vault list", -9, "", SigninMode.DESKTOP)
    assert isinstance(error, Unavailable)
    assert "killed by signal 9" in error.message


def test_a_crash_of_a_service_account_points_at_the_token():
    code, stderr = stderr_of("panic")
    assert code == 2
    assert "token" in op_errors.classify("op whoami", code, stderr, SigninMode.SERVICE).hint
    assert "token" not in op_errors.classify("op whoami", code, stderr, SigninMode.DESKTOP).hint


def test_bad_answers_show_their_beginning_only():
    error = op_errors.bad_answer("op vault list", 9000, '[{"id": "' + "x" * 8000, "is not JSON")
    assert "9000 bytes" in error.message
    assert len(error.message) < 200
    assert "HTML" in op_errors.bad_answer("op", 50, "\n<!DOCTYPE html>", "is not JSON").message
