from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from connector_host_onepassword.op_cli import op_errors
from connector_host_onepassword.op_cli.error_classification import classify, error_text, retry_after
from connector_host_onepassword.signin_modes import SigninMode

from connector_host import AuthError, BadResponse, ConfigError, NotPermitted, RateLimited, Unavailable

sys.path.append(str(Path(__file__).parents[1] / "standin"))

import standin_faults

OUTPUTS = Path(__file__).parents[2] / "docs" / "op-outputs.md"


class Row(NamedTuple):
    """A row of the table of failures: the error and the message that the text must give."""

    error: str
    words: str


def expected_rows():
    table = OUTPUTS.read_text().partition("## Failures\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return {cells[0].strip(): Row(cells[2].strip(), cells[3].strip()) for cells in rows[2:]}


EXPECTED = expected_rows()


def stderr_of(kind):
    code, text = standin_faults.texts()[kind]
    return code, text[5:] if text.startswith("bare:") else "[ERROR] 2026/01/02 03:04:05 " + text + "\n"


def test_every_text_has_an_expectation():
    assert set(EXPECTED) == set(standin_faults.texts())


@pytest.mark.parametrize("mode", SigninMode)
@pytest.mark.parametrize("kind", EXPECTED)
def test_text(kind, mode):
    code, stderr = stderr_of(kind)
    error = classify("op vault list", code, stderr, mode)
    expected = EXPECTED[kind]
    assert type(error).__name__ == expected.error
    assert expected.words in error.message
    assert error.message.startswith("op vault list: ")
    assert "2026/01/02" not in error.message
    if isinstance(error, (AuthError, ConfigError, NotPermitted, op_errors.OpRefused)):
        assert error.hint, "a person has to do something, so it must be said what"


def test_each_kind_of_failure_has_a_message_of_its_own():
    messages = {
        EXPECTED[kind].words
        for kind in ("signed-out", "expired", "dismissed", "desktop-absent", "locked", "no-accounts")
    }
    assert len(messages) == 6


def test_the_hint_fits_the_mode():
    _code, stderr = stderr_of("expired")
    hints = {mode: classify("op", 1, stderr, mode).hint for mode in SigninMode}
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
    assert retry_after(text) == seconds


def test_rate_limit_carries_the_wait():
    error = classify("op user list", 1, stderr_of("rate-limit")[1].replace("{wait}", "58 minutes"), SigninMode.SERVICE)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 3480
    assert classify("op", 1, stderr_of("rate-limit-user")[1], SigninMode.DESKTOP).retry_after is None


def test_the_desktop_apps_connection_reset_is_not_the_networks():
    desktop = "[ERROR] 2026/01/02 03:04:05 connecting to desktop app: read: connection reset"
    assert isinstance(classify("op", 1, desktop, SigninMode.DESKTOP), AuthError)
    assert isinstance(classify("op", 1, "read tcp: connection reset by peer", SigninMode.DESKTOP), Unavailable)


def test_warnings_before_the_error_do_not_decide():
    stderr = "[WARN] 2026/01/02 03:04:05 session expired soon\n[ERROR] 2026/01/02 03:04:05 (403) Forbidden: no\n"
    assert isinstance(classify("op", 1, stderr, SigninMode.DESKTOP), NotPermitted)
    assert error_text(stderr) == "(403) Forbidden: no"


def test_lines_after_the_error_belong_to_it():
    _code, stderr = stderr_of("ambiguous")
    assert error_text(stderr).splitlines()[1].strip() == '* for the item "X"'


def test_what_nobody_knows_is_not_tried_again():
    error = classify("op", 1, stderr_of("strange")[1], SigninMode.DESKTOP)
    assert not isinstance(error, (BadResponse, Unavailable, RateLimited))
    assert error.exit_code == 4
    assert "not known to pass" in error.hint


def test_a_long_text_is_cut():
    error = classify("op", 1, "[ERROR] 2026/01/02 03:04:05 " + "x" * 10_000, SigninMode.DESKTOP)
    assert len(error.message) < 500


def test_killed_by_a_signal():
    error = classify("op vault list", -9, "", SigninMode.DESKTOP)
    assert isinstance(error, Unavailable)
    assert "killed by signal 9" in error.message


def test_a_crash_of_a_service_account_points_at_the_token():
    code, stderr = stderr_of("panic")
    assert code == 2
    assert "token" in classify("op whoami", code, stderr, SigninMode.SERVICE).hint
    assert "token" not in classify("op whoami", code, stderr, SigninMode.DESKTOP).hint


def test_bad_answers_show_their_beginning_only():
    error = op_errors.bad_answer("op vault list", 9000, '[{"id": "' + "x" * 8000, "is not JSON")
    assert "9000 bytes" in error.message
    assert len(error.message) < 200
    assert "HTML" in op_errors.bad_answer("op", 50, "\n<!DOCTYPE html>", "is not JSON").message
