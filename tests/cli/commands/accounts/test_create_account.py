"""`create-account` with the fields, credentials and unfinished results of the fake connector."""

import json
import re

import pytest


def test_the_fields_of_a_new_account_are_listed(workshop):
    listed = json.loads(workshop.run("create-account", "--fields", "-o", "json").stdout)
    assert listed["credentials"] == ["random-password", "no-password", "sso", "chosen-password"]
    fields = {field["name"]: field for field in listed["fields"]}
    assert fields["pin"]["secret"] is True
    assert fields["employee_number"]["type"] == "int"
    assert "badge" not in fields  # deprecated
    text = workshop.run("create-account", "--fields").stdout
    assert "Credentials: random-password, no-password, sso, chosen-password. The first one is the default." in text
    assert not workshop.audit_file.exists()


def test_fields_reach_the_application_in_their_types(workshop):
    fields = ("team=robots", "employee_number=12", "contractor=yes", "cost_centers=a,b", 'equipment={"laptop": 1}')
    words = [word for field in fields for word in ("--field", field)]
    assert workshop.run("create-account", "--login", "dan", *words).returncode == 0
    assert workshop.resources()["user:dan"]["profile"] == {
        "team": "robots",
        "employee_number": 12,
        "contractor": True,
        "cost_centers": ["a", "b"],
        "equipment": {"laptop": 1},
    }


def test_a_profile_may_be_a_file(workshop):
    path = workshop.folder / "dan.json"
    path.write_text('{"team": "robots"}')
    assert workshop.run("create-account", "--login", "dan", "--profile", f"@{path}").returncode == 0
    assert workshop.resources()["user:dan"]["profile"] == {"team": "robots"}
    gone = workshop.run("create-account", "--login", "eve", "--profile", f"@{path}x")
    assert (gone.returncode, "cannot be read" in gone.stderr) == (2, True)


def test_several_secrets_are_in_one_private_file_by_name(workshop):
    done = workshop.run(
        "create-account",
        "--login",
        "dan",
        "--field",
        "recovery_code=true",
        "--secret-file",
        workshop.folder / "two.json",
    )
    assert done.returncode == 0, done.stderr
    secrets = json.loads((workshop.folder / "two.json").read_text())
    assert set(secrets) == {"password", "recovery code"}
    assert (workshop.folder / "two.json").stat().st_mode & 0o777 == 0o600
    assert "2 secrets of the account are in " in done.stderr
    record = workshop.audit_file.read_text()
    for value in secrets.values():
        assert value not in done.stdout + done.stderr + record + workshop.scenario.read_text()


def test_several_secrets_are_shown_by_name(workshop):
    done = workshop.run("create-account", "--login", "dan", "--field", "recovery_code=true", "--show-secret")
    assert re.search(r"^password: \S{20}$", done.stdout, re.MULTILINE)
    assert re.search(r"^recovery code: [0-9-]{19}$", done.stdout, re.MULTILINE)


def test_an_action_of_a_person_is_required(workshop):
    words = ("create-account", "--login", "dan", "--email", "dan@invite.example")
    done = workshop.run(*words)
    assert done.returncode == 0
    assert done.stdout.startswith("action required: create the account dan, dan@invite.example\n")
    assert "Ask dan@invite.example to accept the invitation." in done.stdout
    assert "The invitation expires at " in done.stdout
    assert list(workshop.folder.glob("connector-host-secret-*")) == []
    workshop.run("delete", "--resource", "user:dan")
    record = json.loads(workshop.run(*words[:2], "dora", *words[3:], "-o", "json").stdout)
    assert (record["outcome"], record["isCreated"]) == ("action_required", True)
    assert set(record) >= {"message", "expiresAt"}


def test_an_account_in_progress_is_asked_for_again(workshop):
    words = ("create-account", "--login", "dan", "--email", "dan@pending.example")
    done = workshop.run(*words)
    assert done.stdout.startswith("in progress: create the account dan, dan@pending.example\n")
    assert "To ask again: --status user:dan" in done.stdout
    again = workshop.run("create-account", "--status", "user:dan", "--show-secret")
    assert again.stdout.startswith("done: the account creation user:dan\n")
    assert "\nsecret: " in again.stdout
    assert [line["action"] for line in workshop.audit()][-2:] == ["get_account_creation"] * 2
    assert workshop.audit()[1]["creation_id"] == "user:dan"
    assert workshop.run("create-account", "--status", "user:nobody").returncode == 5
    assert workshop.run("create-account", "--status", "user:dan", "--dry-run").returncode == 2


def test_waiting_for_an_account_keeps_its_secret(workshop):
    done = workshop.run(
        *("create-account", "--login", "dan", "--email", "dan@pending.example", "--wait"),
        *("--secret-file", workshop.folder / "dan.txt", "-o", "json"),
    )
    assert json.loads(done.stdout)["outcome"] == "done"
    assert len((workshop.folder / "dan.txt").read_text().strip()) == 20


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--field", "nope=1"), "an account has no field 'nope'"),
        (("--field", "nope"), "--field: 'nope' is not NAME=VALUE"),
        (("--field", "employee_number=x"), "--field employee_number: 'x' is not a whole number"),
        (("--credentials", "chosen-password"), "no password was chosen"),
        (("--password-constraint", "abc"), "is not CHARACTERS:N"),
        (("--password-length", "8", "--password-constraint", "0123:9"), "cannot meet constraints for 9"),
        (("--password-file", "absent.txt"), "the password file absent.txt cannot be read"),
        (("--password-file", "absent.txt", "--credentials", "sso"), "does not fit --credentials sso"),
        (("--resource-type", "group"), "cannot create accounts of the type 'group'"),
    ],
)
def test_what_cannot_be_created_changes_nothing(workshop, words, problem):
    done = workshop.run("create-account", "--login", "dan", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert "user:dan" not in workshop.resources()
    assert list(workshop.folder.glob("connector-host-secret-*")) == []


def test_a_chosen_password_is_not_returned(workshop):
    (workshop.folder / "pw.txt").write_text("correct horse\n")
    (workshop.folder / "pw.txt").chmod(0o600)
    done = workshop.run(
        "create-account", "--login", "dan", "--password-file", workshop.folder / "pw.txt", "--show-secret"
    )
    assert done.returncode == 0, done.stderr
    assert "correct horse" not in done.stdout + done.stderr + workshop.audit_file.read_text()


def test_a_password_file_that_others_can_read_is_refused(workshop):
    path = workshop.folder / "pw.txt"
    path.write_text("correct horse\n")
    path.chmod(0o644)
    done = workshop.run("create-account", "--login", "dan", "--password-file", path)
    assert done.returncode == 2
    assert "is not private: every user of this computer can read it" in done.stderr
    assert "chmod 600" in done.stderr
    assert "user:dan" not in workshop.resources()
