"""`check --redact`: versions, shapes and counts, and nothing that names anybody."""

from __future__ import annotations

import json

import pytest


def names(standin):
    tenant = standin.tenant
    for row in (*tenant["users"], *tenant["groups"], *tenant["vaults"], tenant["account"]):
        yield from (row["id"], row.get("email"), row["name"], row.get("description"))
    yield tenant["account"]["domain"]


def assert_redacted(standin, *texts):
    shown = "".join(texts)
    for name in filter(None, names(standin)):
        if name not in ("Recovery", "Security"):
            assert name not in shown, name


@pytest.mark.parametrize("form", ["table", "json", "csv", "jsonl"])
def test_a_report_names_nobody(standin, host, form):
    done = host("check", "onepassword", "--redact", "-o", form)
    assert done.returncode == 0, done.stderr
    assert_redacted(standin, done.stdout, done.stderr)


def test_a_report_has_versions_shapes_counts_and_a_verdict(standin, host):
    standin.plan(unreported=["role"])
    done = host("check", "onepassword", "--redact")
    assert "op 2.30.3, signed in with: desktop app" in done.stdout
    assert "op user list: list of 12 {email: text, id: text, name: text, state: text, type: text}" in done.stdout
    assert "op user get -: list of 12 {" in done.stdout
    assert "plan: BUSINESS" in done.stdout
    assert done.returncode == 6
    assert "Not ready to sync (exit 6)" in done.stdout
    found = json.loads(host("check", "onepassword", "--redact", "-o", "json").stdout)
    assert found["versions"]["onepassword"]
    assert {look["hook"] for look in found["listings"]} >= {"list_resources", "list_grants"}


@pytest.mark.parametrize(
    ("match", "kind", "failure", "code"),
    [
        ("account get", "dismissed", "AuthError", 3),
        ("account get", "several-people", "ConfigError", 2),
        ("user list", "text", "OpRefused", 4),
    ],
)
def test_a_failure_is_named_without_its_text(standin, host, match, kind, failure, code):
    standin.plan(
        more_accounts=[{"url": "x.1password.com", "email": "u1@example.com", "user_uuid": "U", "account_uuid": "A"}]
    )
    standin.fail(match, kind, stderr="[ERROR] 2026/01/01 00:00:00 no luck for u0@example.com\n")
    done = host("check", "onepassword", "--redact")
    assert done.returncode == code, done.stderr
    assert f"because of {failure} (exit {code})" in done.stdout
    assert_redacted(standin, done.stdout, done.stderr)
    assert "no luck" not in done.stdout + done.stderr


def test_a_refused_listing_is_an_exit_code_in_the_report(standin, host):
    standin.fail("user list", "forbidden")
    done = host("check", "onepassword", "--redact")
    assert done.returncode == 4
    assert "Not ready to sync (exit 4)" in done.stdout
    assert_redacted(standin, done.stdout, done.stderr)
