"""`--rules` of the reading commands."""

import datetime

import pytest

RULES = """
format = 1
[[privileged]]
name = "Pay data"
entitlements = ["Payroll read"]
[[separation]]
name = "Read and write"
severity = "high"
reason = "r"
never-together = ["read", "write"]
"""
EXCEPTION = '[[separation.exceptions]]\nprincipal = "ada@example.com"\nreason = "r"\nuntil = '


@pytest.fixture
def rules(tmp_path):
    def write(text=RULES):
        path = tmp_path / "rules.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_validate_lists_violations_and_exits_with_1(ask, sync_file, rules):
    told = ask("validate", sync_file, "--rules", rules())
    assert told.code == 1
    assert "1 rule of separation: 1 violation." in told.out
    (row,) = [line for line in told.lines if "Ada Lovelace" in line]
    assert "Payroll read (inherited through Engineering member) + Payroll write (direct)" in row


def test_validate_accepts_an_exception_until_its_day(ask, sync_file, rules):
    day = datetime.datetime.now(datetime.UTC).date()
    told = ask("validate", sync_file, "--rules", rules(f"{RULES}{EXCEPTION}{day}"))
    assert (told.code, "allowed until" in told.out) == (0, True)
    assert "0 violations, 1 more allowed by exceptions." in told.out
    ended = ask(
        "validate", sync_file, "--rules", rules(f"{RULES}{EXCEPTION}{day - datetime.timedelta(1)}"), "-o", "json"
    )
    assert ended.code == 1
    assert ended.json["violations"][0]["expiredException"] == {"until": str(day - datetime.timedelta(1)), "reason": "r"}


def test_access_marks_privileged_entitlements_and_lists_violations(ask, sync_file, rules):
    told = ask("access", "u1", "-f", sync_file, "--rules", rules())
    assert any("Payroll read" in line and "Pay data" in line for line in told.lines)
    assert any("Read and write" in line for line in told.lines)
    document = ask("access", "u1", "-f", sync_file, "--rules", rules(), "-o", "json").json
    assert [violation["rule"] for violation in document["violations"]] == ["Read and write"]
    assert "No rule of separation is violated." in ask("access", "u2", "-f", sync_file, "--rules", rules()).out


@pytest.mark.parametrize("command", ["grants", "entitlements"])
def test_listings_select_what_rules_mark(ask, sync_file, rules, command):
    assert ask(command, "-f", sync_file, "--privileged", "-o", "jsonl").records == []
    records = ask(command, "-f", sync_file, "--privileged", "--rules", rules(), "-o", "jsonl").records
    assert {"app:a1:read"} == {record["entitlement"]["id"] for record in records}


def test_stats_counts_violations(ask, sync_file, rules):
    told = ask("stats", sync_file, "--findings", "--rules", rules(), "-o", "jsonl")
    findings = {record["finding"]: record["count"] for record in told.records}
    assert findings["Violations of the separation of duties: Read and write"] == 1
    assert findings["Grants of privileged entitlements"] == 3
    assert ask("stats", sync_file, "--rules", rules()).code == 2


def test_a_misspelt_entitlement_ends_the_command(ask, sync_file, rules):
    told = ask("validate", sync_file, "--rules", rules(RULES.replace('"write"', '"wirte"')))
    assert told.code == 5
    assert "Did you mean write" in told.err
