"""`issue-credential` with the fake connector: checked against its forms, the value only in a private file."""

import json

import pytest


def test_the_forms_are_listed(workshop):
    forms = json.loads(workshop.run("issue-credential", "--forms", "-o", "json").stdout)["forms"]
    assert [form["credential"] for form in forms] == ["api-key", "keypair", "token"]
    assert forms[1]["keys"] == ["OKP-Ed25519", "RSA-2048"]
    assert "within 366 days" in workshop.run("issue-credential", "--forms").stdout


def test_a_key_is_in_a_private_file_and_nowhere_else(workshop):
    words = ("--credential", "api-key", "--scope", "read", "--expires", "90d", "-o", "json")
    done = workshop.run(
        "issue-credential", "--resource", "user:ann", *words, "--secret-file", workshop.folder / "key.txt"
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["created"].startswith("credential:ann-api_key-")
    value = (workshop.folder / "key.txt").read_text().strip()
    assert (workshop.folder / "key.txt").stat().st_mode & 0o777 == 0o600
    audit = workshop.audit_file.read_text()
    assert value not in done.stdout + done.stderr + audit
    begun, ended = workshop.audit()
    assert (begun["action"], begun["credential"], begun["resource"]) == ("issue_credential", "api_key", "user:ann")
    assert ended["resource"] == record["created"]


def test_a_dry_run_issues_nothing(workshop):
    words = ("--credential", "keypair", "--key", "rsa-2048", "--dry-run")
    done = workshop.run("issue-credential", "--resource", "user:ann", *words)
    assert done.stdout.startswith("planned: issue a new key pair for ")
    assert list(workshop.folder.glob("connector-host-secret-*")) == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--resource", "user:ann"), "no credential is specified"),
        (("--credential", "token"), "no account is specified"),
        (
            ("--resource", "user:ann", "--credential", "client-secret"),
            "no client-secret can be issued for the type 'user'",
        ),
        (("--resource", "user:ann", "--credential", "api-key", "--scope", "all"), "there is no scope 'all'"),
        (("--resource", "user:ann", "--credential", "api-key", "--expires", "900d"), "the credential cannot end at"),
        (("--resource", "user:ann", "--credential", "api-key", "--expires", "soon"), "--expires: 'soon' is not a time"),
        (("--resource", "user:ann", "--credential", "keypair"), "a key of this type cannot be issued"),
        (("--resource", "user:ann", "--credential", "keypair", "--key", "rsa"), "--key: 'rsa' is not TYPE-DETAIL"),
        (("--resource", "group:g1", "--credential", "api-key"), "no api-key can be issued for the type 'group'"),
    ],
)
def test_what_cannot_be_issued_is_refused(workshop, words, problem):
    done = workshop.run("issue-credential", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert list(workshop.folder.glob("connector-host-secret-*")) == []
