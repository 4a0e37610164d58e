"""`create-account`, `set-status` and `delete`, with the connector `fake`."""

import json
import os
import re
import stat

import pytest

NEW = ("--login", "dan", "--email", "dan@example.com", "--display-name", "Dan", "--profile", '{"team": "x"}')


def secrets(workshop):
    return sorted(workshop.folder.glob("connector-host-secret-*.txt"))


def everything_but(workshop, done, *paths):
    written = [path.read_text() for path in (workshop.audit_file, workshop.scenario) if path not in paths]
    return "\n".join([done.stdout, done.stderr, *written])


# --------------------------------------------------------------------------------------------- create-account


def test_an_account_and_its_secret_in_a_private_file(workshop):
    done = workshop.child("create-account", *NEW)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done: create the account Dan, dan, dan@example.com\n  add user:dan\n"
    made = workshop.resources()["user:dan"]
    assert (made["display_name"], made["email"], made["profile"]) == ("Dan", "dan@example.com", {"team": "x"})
    (path,) = secrets(workshop)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(path) in done.stderr
    secret = path.read_text().strip()
    assert len(secret) >= 12
    assert secret not in everything_but(workshop, done)
    begun, ended = workshop.audit()
    about = {"action": "create_account", "login": "dan", "email": "dan@example.com", "display_name": "Dan"}
    assert begun.items() >= about.items()
    assert ended.items() >= {**about, "outcome": "done", "resource": "user:dan"}.items()


def test_a_secret_where_it_was_asked_for(workshop):
    path = workshop.folder / "dan.txt"
    done = workshop.run("create-account", *NEW, "--secret-file", path, "-o", "json")
    assert json.loads(done.stdout)["created"] == "user:dan"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() not in everything_but(workshop, done)
    assert secrets(workshop) == []


def test_a_secret_shown_once(workshop):
    done = workshop.run("create-account", *NEW, "--show-secret")
    (secret,) = re.findall(r"^secret: (\S{12,})$", done.stdout, re.MULTILINE)
    assert everything_but(workshop, done).count(secret) == 1
    assert secrets(workshop) == []


def test_no_secret_leaves_no_file(workshop):
    assert workshop.run("create-account", "--login", "ann", "--dry-run").stdout.startswith("already: ")
    again = workshop.run("create-account", "--login", "ann")
    assert (again.returncode, again.stdout) == (0, "already: create the account ann (nothing to do)\n")
    before = workshop.scenario.read_bytes()
    assert workshop.run("create-account", *NEW, "--dry-run").stdout.splitlines()[1] == "  add user:dan"
    assert workshop.scenario.read_bytes() == before
    plan = json.dumps([{"hook": "create_account", "kind": "not_permitted"}])
    assert workshop.run("create-account", *NEW, "--faults", plan).returncode == 4
    assert secrets(workshop) == []


def test_no_account_whose_secret_would_have_no_place(workshop):
    taken = workshop.folder / "taken.txt"
    taken.write_text("in use")
    for path, problem in ((taken, "exists already"), (workshop.folder / "none" / "x.txt", "cannot be created")):
        done = workshop.run("create-account", *NEW, "--secret-file", path)
        assert (done.returncode, done.stdout) == (2, "")
        assert problem in done.stderr
    assert taken.read_text() == "in use"
    assert "user:dan" not in workshop.resources()
    assert not workshop.audit_file.exists()


def test_an_empty_secret_file_may_be_of_a_run_that_was_stopped(workshop):
    left = workshop.folder / "left.txt"
    left.touch()
    done = workshop.run("create-account", *NEW, "--secret-file", left)
    assert done.returncode == 2
    assert "It is empty: a run that was stopped may have left it." in done.stderr
    assert not workshop.audit_file.exists()
    left.unlink()
    assert workshop.run("create-account", *NEW, "--secret-file", left).returncode == 0
    assert left.read_text()


def test_a_secret_that_cannot_be_written_is_shown_and_not_lost(workshop, monkeypatch):
    from connector_host.cli.commands.accounts import secret_file

    def full(_handle, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secret_file, "os", type("Os", (), {**vars(secret_file.os), "write": staticmethod(full)}))
    done = workshop.run("create-account", *NEW)
    assert done.returncode == 0
    assert re.search(r"^secret: \S{12,}$", done.stdout, re.MULTILINE)
    assert "No space left" in done.stderr
    assert secrets(workshop) == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--display-name", "Dan"), "needs a login or an e-mail address"),
        (("--login", "dan", "--profile", "{"), "not valid JSON"),
        (("--login", "dan", "--profile", "[]"), "not a JSON object"),
        (("--login", "dan", "--show-secret", "--secret-file", "x"), "exclude each other"),
        (("--login", "dan", "--show-secret", "-o", "json"), "cannot be used with"),
    ],
)
def test_accounts_that_make_no_sense(workshop, words, problem):
    done = workshop.run("create-account", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr


def test_a_connector_keeps_a_flag_it_has_itself(site):
    site.add("mailer", MAILER)
    words = ("--email", "me@example.com", "--account-email", "dan@example.com")
    done = site.run("create-account", "mailer", *words)
    assert done.returncode == 0, done.stderr
    assert "  me@example.com makes dan@example.com\n" in done.stdout


MAILER = """
from connector_host import *

@hookimpl
def connector_info():
    return ConnectorInfo("Mailer", api=1)

@hookimpl
def connector_options():
    return [Option(name="email")]

@hookimpl
def list_resource_types():
    return []

@hookimpl
def open_session(options):
    return options

@hookimpl
def create_account(session, request):
    return Change(outcome=Outcome.DONE, calls=(f"{session['email']} makes {request.email}",))
"""


# --------------------------------------------------------------------------------------------- set-status


def test_disabled_and_enabled_again(workshop):
    done = workshop.run("set-status", "--resource", "bob@example.com", "--status", "disabled")
    assert (done.returncode, done.stdout) == (0, "done: set Bob (user:bob) disabled\n  set user:bob disabled\n")
    assert workshop.resources()["user:bob"]["status"] == "disabled"
    again = workshop.run("set-status", "--resource", "bob", "--status", "disabled", "-o", "json")
    assert json.loads(again.stdout)["outcome"] == "already"
    assert workshop.run("set-status", "--resource", "bob", "--status", "enabled").returncode == 0
    assert workshop.resources()["user:bob"].get("status", "enabled") == "enabled"
    assert workshop.audit()[0].items() >= {"resource": "user:bob", "status": "disabled"}.items()


def test_a_status_that_is_none_and_a_name_of_two(workshop):
    assert workshop.run("set-status", "--resource", "bob", "--status", "gone").returncode == 2
    assert "user:cat2" in workshop.run("set-status", "--resource", "Cat", "--status", "disabled").stderr


def test_what_a_type_does_not_declare_is_refused_and_the_connector_not_asked(workshop):
    calls = workshop.folder / "calls.jsonl"
    done = workshop.run("set-status", "--resource", "group:g1", "--status", "disabled", "--calls", calls)
    assert done.returncode == 2
    assert "the connector fake cannot enable or disable resources of the type 'group'" in done.stderr
    assert "It can for the type(s) user." in done.stderr
    assert "set_status" not in calls.read_text()
    assert workshop.audit() == []


# --------------------------------------------------------------------------------------------- delete


def test_nothing_is_deleted_without_a_yes(workshop):
    done = workshop.child("delete", "--resource", "user:bob")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Use --yes." in done.stderr
    assert "user:bob" in workshop.resources()
    assert not workshop.audit_file.exists()


def test_deleted_and_gone_already(workshop):
    dry = workshop.run("delete", "--resource", "user:bob", "--dry-run")
    assert dry.stdout == "planned: delete Bob (user:bob)\n  delete user:bob\n"
    assert "user:bob" in workshop.resources()
    words = ("--delete-resource", "bob", "--delete-resource-type", "user", "--yes")
    assert workshop.run("delete", *words).stdout.startswith("done: delete Bob (user:bob)")
    assert "user:bob" not in workshop.resources()
    assert workshop.run("delete", *words).stdout.startswith("already: ")
    assert workshop.run("delete", "--resource", "dan", "--yes").returncode == 5


@pytest.mark.parametrize(("typed", "gone"), [("user:bob", True), ("yes", False)])
def test_a_person_types_the_id(workshop, at_terminal, read_until, typed, gone):
    words = map(str, workshop.words("delete", "--resource", "bob@example.com"))
    with at_terminal(workshop.site, *words) as (process, terminal):
        assert "Type user:bob to continue" in read_until(terminal, "to continue: ")
        os.write(terminal, f"{typed}\n".encode())
        seen = read_until(terminal, "Recorded in" if gone else "nothing was deleted")
        assert process.wait(20) == (0 if gone else 2), seen
    assert ("user:bob" not in workshop.resources()) is gone
