"""A secret shows nowhere but through `reveal`, and the redactor finds it however it is spelled."""

import base64
import copy
import json
import logging
import pickle
import threading
import traceback
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_host import Change, Options, Outcome, Secret
from connector_host.secret import Redactor

SECRETS = st.text(min_size=4, max_size=40).filter(lambda text: "*" not in text and text.strip() == text)
TEXT = "hunter2-hunter2"


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{:>20}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: repr([secret]),
        lambda secret: repr({"a": secret}),
        lambda secret: repr(Options({"password": secret})),
        lambda secret: repr(Change(outcome=Outcome.DONE, secret=secret)),
        lambda secret: json.dumps(secret, default=str),
        lambda secret: repr(vars(Secret)),
    ],
)
def test_it_never_shows(show):
    assert TEXT not in show(Secret(TEXT))


@pytest.mark.parametrize(
    "leak",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        msgspec.to_builtins,
        msgspec.json.encode,
        lambda secret: pickle.dumps({"a": [secret]}),
        len,
        list,
        lambda secret: secret + "",
        bytes,
    ],
)
def test_what_could_leak_it_is_refused(leak):
    with pytest.raises(TypeError) as failure:
        leak(Secret(TEXT))
    assert TEXT not in str(failure.value)


def test_it_is_not_logged(caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("password %s, %r", Secret(TEXT), Secret(TEXT))
    assert TEXT not in caplog.text


def test_it_is_compared_and_hashed_by_value():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a")
    assert not Secret("")
    assert Secret(TEXT).reveal() == TEXT


@given(st.lists(SECRETS, min_size=1, max_size=5), st.lists(st.text(max_size=10), min_size=2, max_size=6))
@example(["abcd", "abcdef"], ["x", "y"])
def test_nothing_known_survives(secrets, around):
    redact = Redactor()
    for secret in secrets:
        redact.add(Secret(secret))
    text = secrets[0].join(around)
    assert all(secret not in redact(text) for secret in secrets)


@given(SECRETS)
def test_other_spellings_are_known(secret):
    redact = Redactor()
    redact.add(secret)
    spelled = [repr(secret), repr([secret]), json.dumps({"a": secret}), json.dumps(secret, ensure_ascii=False)]
    for text in [*spelled, quote(secret), quote(secret, safe=""), quote_plus(secret)]:
        assert "***" in redact(f"before {text} after")
        assert text.strip("'\"[]{}") not in redact(f"before {text} after")


@given(st.text())
def test_a_redactor_that_knows_nothing_changes_nothing(text):
    assert Redactor()(text) == text


@given(st.text(max_size=3), st.text())
def test_short_values_are_not_masked(short, text):
    redact = Redactor()
    for value in (short, Secret(short), None, ""):
        redact.add(value)
    assert redact(text) == text


def test_a_key_of_several_lines_is_known_line_by_line():
    redact = Redactor()
    redact.add("-----BEGIN KEY-----\n  MIIabcdef  \r\n-----END KEY-----\n")
    assert redact("at line 2: MIIabcdef?") == "at line 2: ***?"


def test_undecodable_bytes_of_an_environment_are_no_trouble():
    redact = Redactor()
    redact.add("abc\udcffdef")
    assert redact("<abc\udcffdef>") == "<***>"


def test_the_longest_value_is_masked_whole():
    redact = Redactor()
    redact.add("pass")
    redact.add("password1")
    assert redact("password1 pass") == "*** ***"


def test_tracebacks_are_masked():
    redact = Redactor()
    redact.add(TEXT)
    try:
        raise ValueError(f"cannot sign in with {TEXT!r}")
    except ValueError:
        shown = redact(traceback.format_exc())
    assert TEXT not in shown
    assert "cannot sign in with '***'" in shown


def test_secrets_may_be_learned_while_others_redact():
    redact = Redactor()
    stop = threading.Event()
    failures = []

    def use():
        try:
            while not stop.is_set():
                redact("some text of a line")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(40):
        redact.add(f"secret-{number}")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert redact("secret-39") == "***"


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "Ünder:"])
@pytest.mark.parametrize("after", ["", "x", "\n", ":more"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_it_is_masked_within_base64_of_a_longer_text(before, after, encode):
    redact = Redactor()
    redact.add("?~?~>>hunter2-hunter2")
    text = encode(f"{before}?~?~>>hunter2-hunter2{after}".encode()).decode()
    shown = redact(f"Authorization: Basic {text}, 401")
    assert "***" in shown
    for start in range(len(text) - 8):
        left = text[start : start + 8]
        covered = base64.urlsafe_b64decode(left.replace("+", "-").replace("/", "_") + "==")
        assert left not in shown or b"hunter2" not in covered


@pytest.mark.parametrize("mark", ["", "...", "\u2026", "'", '"', "\n"])
def test_a_secret_that_was_cut_before_it_was_masked_is_masked_up_to_the_cut(mark):
    redact = Redactor()
    redact.add(TEXT)
    for length in range(8, len(TEXT)):
        assert redact(f"token={TEXT[:length]}{mark}") == f"token=***{mark}"
        assert redact(f"{mark}{TEXT[-length:]} failed") == f"{mark}*** failed"
    assert redact("hunter2-hungry") == "hunter2-hungry"


def test_lower_case_percent_digits_html_and_hexadecimal_are_known():
    redact = Redactor()
    redact.add("a/b&c d?e")
    for text in ("a%2fb%26c%20d%3fe", "a/b&amp;c d?e", "a%252Fb%2526c%2520d%253Fe", "612f62266320643f65"):
        assert redact(f"x {text} y") == "x *** y"


def test_plain_data_is_masked_in_texts_and_keys():
    redact = Redactor()
    redact.add(TEXT)
    assert redact.values({TEXT: [1, None, (f"a {TEXT}",)]}) == {"***": [1, None, ("a ***",)]}


def test_the_end_of_a_text_that_may_continue_as_a_secret_is_told_apart():
    redact = Redactor()
    redact.add(TEXT)
    assert [redact.unfinished(text) for text in ("", "plain", "a h", "a hunter2-h", f"a {TEXT}s")] == [0, 0, 1, 9, 0]
