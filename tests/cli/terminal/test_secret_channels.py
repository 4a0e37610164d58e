"""A known secret through every channel of a connector: masked before anything is cut, split, encoded or laid out."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from connector_host.cli.main import main
from connector_host.output.screen import Screen

SECRET = 'S3cr/t+wört "=hunter2~end'
FORMS = {
    "plain": SECRET,
    "repr": repr(SECRET),
    "json": json.dumps(SECRET),
    "json without escapes": json.dumps(SECRET, ensure_ascii=False),
    "json in json": json.dumps(json.dumps(SECRET)),
    "url": quote(SECRET),
    "url with all": quote(SECRET, safe=""),
    "form": quote_plus(SECRET),
    "hex": SECRET.encode().hex(),
    **{f"base64 {before}": base64.b64encode(f"{before}{SECRET}".encode()).decode() for before in ("", "u:", "us:")},
    "base64 url": base64.urlsafe_b64encode(f"user:{SECRET}".encode()).decode(),
}
LEAKY = f"""
import logging, os, sys, threading, warnings
import connector_host as ch

FORMS = {list(FORMS.values())!r}
CHANNEL = os.environ.get("LEAK", "")
P = ch.ResourceType("person", "Person", (ch.Trait.USER,), skip_entitlements_and_grants=True, can=frozenset({{ch.Can.DELETE}}))


def pieces(write):
    for form in FORMS:
        for cut in range(1, len(form)):
            write(form[:cut])
            write(form[cut:] + " ")
    write("\\n")


@ch.hookimpl
def connector_info(): return ch.ConnectorInfo("Leaky", api=ch.HOST_API)
@ch.hookimpl
def connector_options(): return [ch.Option(name="token", secret=True, required=True)]
@ch.hookimpl
def open_session(options, run):
    text = " | ".join(FORMS)
    log = run.logger
    if CHANNEL == "print": print(text)
    if CHANNEL == "stdout in pieces": pieces(sys.stdout.write)
    if CHANNEL == "bytes in pieces": pieces(lambda piece: sys.stdout.buffer.write(piece.encode()))
    if CHANNEL == "stderr in pieces": pieces(sys.stderr.write)
    if CHANNEL == "log": log.warning("said %s", text); log.warning(text); log.error("x", extra={{"field": [text, {{text: text}}]}})
    if CHANNEL == "exception log":
        try: raise ValueError(text)
        except ValueError: log.exception("failed")
    if CHANNEL == "library log": logging.getLogger("other").error("said %r", [text])
    if CHANNEL == "warning": warnings.warn(text)
    if CHANNEL == "thread":
        def fail(): raise ValueError(text)
        thread = threading.Thread(target=fail); thread.start(); thread.join()
    if CHANNEL == "error": raise ch.AuthError(text, hint=text)
    if CHANNEL == "defect":
        try: raise KeyError(text)
        except KeyError as error: raise ValueError(text) from error
    return text
@ch.hookimpl
def check_session(session):
    if CHANNEL == "identity": return ch.Identity(session, session, session, session, (session,))
    return ch.Identity("a")
@ch.hookimpl
def list_resource_types(): return [P]
@ch.hookimpl
def list_resources(session, page_token):
    if CHANNEL == "not permitted": raise ch.NotPermitted(session, hint=session)
    if CHANNEL == "unavailable": raise ch.Unavailable(session)
    if CHANNEL == "page tokens":
        at = len(page_token.partition("|")[0]) if page_token else 0
        if at < 90: return ch.Page([], next_token="x" * (at + 1) + "|" + FORMS[at % len(FORMS)])
    return [ch.Resource(ch.ResourceId("person", "1"), "P", traits=(ch.UserTrait(),))]
@ch.hookimpl
def delete_resource(session, resource, dry_run):
    return ch.Change(outcome=ch.Outcome.PLANNED if dry_run else ch.Outcome.DONE, calls=(session,))
"""
CHANNELS = re.findall('CHANNEL == "([^"]+)"', LEAKY)
FORMATS = ("table", "json", "jsonl", "csv", "md", "html")


def leaks(text):
    """The parts of the secret, in any of its forms, that a text shows: eight letters in a row are one."""
    plain = re.sub(r"\s+", "", text)  # a table on a terminal breaks a word anywhere
    parts = []
    for name, form in FORMS.items():
        dense = re.sub(r"\s+", "", form)
        # what stands before the secret in base64 is no secret, and at its ends two digits hold bits of both
        start, end = (6, len(dense) - 6) if name.startswith("base64") else (0, len(dense))
        parts += [f"{name}: {dense[at : at + 8]}" for at in range(start, end - 7) if dense[at : at + 8] in plain]
    return parts


@pytest.fixture
def leaky(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "leaky.py").write_text(LEAKY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BATON_TOKEN", SECRET)

    def run(channel, *words):
        monkeypatch.setenv("LEAK", channel)
        main(["--plugins-dir", str(folder), *words])
        out, err = capsys.readouterr()
        return out + err

    return run


def test_the_check_of_these_tests_finds_a_leak():
    for form in FORMS.values():
        assert leaks(f"a {form} b")
        assert leaks(form[7 : 7 + 20])
    assert not leaks("a *** b")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("options", [("--debug",), ("--log-format", "json")])
def test_no_channel_shows_a_secret_in_any_form(leaky, tmp_path, channel, options):
    words = ("sync", "leaky", "-f", "a.c1z", "--max-attempts", "2", "--metrics", "metrics.json", "--trace-hooks")
    seen = leaky(channel, *words, *options)
    assert "***" in seen
    assert leaks(seen) == []
    assert leaks((tmp_path / "metrics.json").read_text()) == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("channel", ["identity", "not permitted"])
@pytest.mark.parametrize("width", [None, 25])
def test_no_format_shows_one_however_it_lays_out_text(leaky, monkeypatch, channel, form, width):
    if width is not None:
        monkeypatch.setattr(Screen, "of", classmethod(lambda _cls, _stream: Screen(terminal=True, width=width)))
    seen = leaky(channel, "check", "leaky", "-o", form)
    assert "***" in seen.replace(r"\*", "*") or (channel == "identity" and form in ("csv", "jsonl"))
    assert leaks(seen) == []


@pytest.mark.parametrize("form", FORMATS)
def test_no_change_shows_or_records_one(leaky, tmp_path, form):
    leaky("", "sync", "leaky", "-f", "a.c1z")
    for words in ((), ("--dry-run",)):
        seen = leaky("", "delete", "leaky", "-f", "a.c1z", "--resource", "1", "--yes", "-o", form, *words)
        assert "***" in seen.replace(r"\*", "*")
        assert leaks(seen) == []
    record = (tmp_path / "connector-host-audit.jsonl").read_text()
    assert "***" in record
    assert leaks(record) == []
