"""Changes of many, the loss of many grants, and files of other accounts need a person's word."""

import json
import os
import pty
import subprocess
import sys

import pytest

LINES = [
    {"principal": "bob", "entitlement": "group:g1:member"},
    {"principal": "cat2@example.com", "entitlement": "box:b1:fill"},
]


@pytest.fixture
def changes(workshop, tmp_path):
    workshop.confirmed = False
    path = tmp_path / "changes.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in LINES), encoding="utf-8")
    return path


def test_a_file_of_changes_needs_a_confirmation(workshop, changes):
    before = workshop.scenario.read_bytes()
    refused = workshop.child("grant", "--from-file", changes)
    assert refused.returncode == 2
    assert "This will make 2 changes:\n  grant In one (group:g1:member) to Bob (user:bob)" in refused.stderr
    assert "add --yes" in refused.stderr
    assert workshop.scenario.read_bytes() == before
    assert not workshop.audit_file.exists()
    assert workshop.child("grant", "--from-file", changes, "--dry-run").returncode == 0
    assert workshop.scenario.read_bytes() == before
    assert workshop.child("grant", "--from-file", changes, "--yes").returncode == 0
    assert workshop.scenario.read_bytes() != before


@pytest.mark.parametrize(("answer", "code"), [("2", 0), ("1", 2), ("", 2), ("yes", 2)])
def test_on_a_terminal_the_number_is_typed(workshop, changes, answer, code):
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", *map(str, workshop.words("grant", "--from-file", changes))],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, **workshop.site.environ},
    )
    os.close(terminal)
    os.write(controller, f"{answer}\n".encode())
    process.communicate(timeout=20)
    assert process.returncode == code
    os.close(controller)
    assert ("group:g1:member:user:bob" in workshop.held()) is (code == 0)


def test_more_changes_than_allowed_are_none(workshop, changes):
    refused = workshop.child("grant", "--from-file", changes, "--yes", "--max-changes", "1")
    assert refused.returncode == 9
    assert "2 changes were requested, and --max-changes allows 1" in refused.stderr
    assert not workshop.audit_file.exists()


def test_a_file_of_another_account_is_refused_before_anything_is_asked(workshop):
    scenario = json.loads(workshop.scenario.read_text())
    scenario["identity"] = {"account": "PRODUCTION", "user": "me"}
    workshop.scenario.write_text(json.dumps(scenario))
    before = workshop.scenario.read_bytes()
    words = {
        "revoke": ["--grant", "group:g1:member:user:ann"],
        "grant": ["--principal", "bob", "--entitlement", "group:g1:member"],
        "set-status": ["--resource", "user:ann", "--status", "disabled"],
        "delete": ["--resource", "user:ann", "--yes"],
    }
    for verb, arguments in words.items():
        refused = workshop.child(verb, *arguments)
        assert (refused.returncode, verb) == (9, verb)
        assert "you are signed in to 'PRODUCTION'" in refused.stderr
    assert workshop.scenario.read_bytes() == before
    assert workshop.audit_file.read_text() == ""
    assert workshop.child("revoke", *words["revoke"], "--other-account").returncode == 0
    assert workshop.scenario.read_bytes() != before


def test_the_record_can_be_verified(workshop):
    assert workshop.child("grant", "--principal", "bob", "--entitlement", "group:g1:member").returncode == 0
    sound = workshop.site.run("audit", "verify", workshop.audit_file, "-o", "json")
    assert sound.returncode == 0, sound.stderr
    told = json.loads(sound.stdout)
    assert (told["lines"], told["problems"]) == (2, [])
    workshop.audit_file.write_text(workshop.audit_file.read_text().replace("bob", "eve"))
    damaged = workshop.site.run("audit", "verify", workshop.audit_file, "--expect", told["last"]["sha256"])
    assert damaged.returncode == 1
    assert "is damaged" in damaged.stdout
