"""Reading of rules.toml: what a rule says, and errors that name the rule, the key and the remedy."""

from datetime import date
from pathlib import Path

import pytest

from connector_host.errors import ConfigError
from connector_host.query.rules.access_rules import EntitlementReference, RuleSeverity
from connector_host.query.rules.rules_file import (
    EXCEPTION_KEYS,
    PRIVILEGE_KEYS,
    REFERENCE_KEYS,
    SEPARATION_KEYS,
    read_rules,
)

RULES = """
format = 1

[[privileged]]
name = "Takes secrets out"
entitlements = ["export items", { entitlement = "copy*", resource-type = "vault", resource = "Production" }]
reason = "Exported items leave the audit log."

[[not-privileged]]
name = "Room manager"
entitlements = ["manager of rooms"]

[[separation]]
name = "Create and approve payments"
severity = "high"
reason = "Nobody pays alone."
never-together = ["create payment", ["approve payment", { entitlement = "release", connector = "bank" }]]

[[separation.exceptions]]
principal = "ada@example.com"
until = 2026-12-31
reason = "Stands in for Grace."
approved-by = "Grace"

[[separation]]
name = "One role"
severity = "low"
reason = "Roles exclude each other."
at-most-one-of = ["role:*"]
same-resource = true
optional = true
"""
SEPARATION = '[[separation]]\nname = "A"\nseverity = "low"\nreason = "r"\n'


@pytest.fixture
def rules_file(tmp_path):
    def write(text):
        path = tmp_path / "rules.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_every_key_of_the_format_is_read(rules_file):
    rules = read_rules(rules_file(RULES))
    ignored, privileged = rules.privileges
    assert (ignored.name, ignored.privileged, privileged.name) == ("Room manager", False, "Takes secrets out")
    assert privileged.entitlements[1] == EntitlementReference(
        entitlement="copy*", resource="Production", resource_type="vault"
    )
    payments, roles = rules.separations
    assert [len(side) for side in payments.sides] == [1, 2]
    assert payments.severity is RuleSeverity.HIGH
    assert payments.exceptions[0].until == date(2026, 12, 31)
    assert (roles.any_two, roles.same_resource, roles.optional) == (True, True, True)
    assert len(rules.sha256) == 64


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "format is missing", "Add format"),
        ("format = 2", "format 2 is not supported", "format = 1"),
        ("format = true", "format = True is not a number", "a number"),
        ("format = 1\nseparations = []", "unknown key 'separations'", "'separation'"),
        ("format = 1\n[separation]\nname = 'x'", "is not a list of tables", "[[separation]]"),
        (f"format = 1\n{SEPARATION}", "separation 1 (A): has neither", "Write one"),
        (f"format = 1\n{SEPARATION}never-together = ['a']", "less than two sides", "never-together ="),
        (f"format = 1\n{SEPARATION}never-together = ['a', 'a']", "'a' is on two sides", "Remove"),
        (f"format = 1\n{SEPARATION}never-together = ['a', []]", "never-together is empty", "at least one"),
        (f"format = 1\n{SEPARATION}never-together = ['a', 3]", "never-together holds 3", '"name"'),
        (f"format = 1\n{SEPARATION}never_together = ['a', 'b']", "unknown key 'never_together'", "never-together"),
        (f"format = 1\n{SEPARATION}at-most-one-of = [{{ resource = 'a' }}]", "entitlement is missing", "Add"),
        (
            f"format = 1\n{SEPARATION}at-most-one-of = ['a', 'b']\n[[separation.exceptions]]\nprincipal = 'ada'",
            "exceptions 1 (ada): until is missing",
            "2026-12-31",
        ),
        (
            f"format = 1\n{SEPARATION}at-most-one-of = ['a']\n[[separation.exceptions]]\nprincipal = 'a'\nuntil = '2026-01-01'",
            "is not a day",
            "without quotes",
        ),
        (
            f"format = 1\n{SEPARATION}at-most-one-of = ['a']\n" + SEPARATION + "at-most-one-of = ['a']",
            "two rules",
            "own",
        ),
        (f"format = 1\n{SEPARATION.replace('low', 'huge')}at-most-one-of = ['a']", "severity 'huge'", "critical"),
        ("format = 1\n[[privileged]]\nname = ' '\nentitlements = ['a']", "name is empty", "Write a text"),
        ("format = 1\n[[privileged]]\nname = 'a'\nentitlements = 'a'", "is not a list", "a list"),
        ("format = = 1", "not valid TOML", "Correct"),
        (b"format = 1 # \xff", "not UTF-8", "UTF-8"),
        ("#" * (1 << 20) + "#", "larger than 1 MiB", "--rules"),
    ],
)
def test_a_wrong_file_is_refused_with_place_and_remedy(rules_file, text, message, hint):
    with pytest.raises(ConfigError) as caught:
        read_rules(rules_file(text))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_byte_order_mark_is_accepted(rules_file):
    assert read_rules(rules_file("\ufeffformat = 1")).every_rule == ()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_rules(tmp_path / "none.toml")


def test_the_example_of_the_documentation_is_read(rules_file):
    text = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    rules = read_rules(rules_file(text.partition("```toml\n")[2].partition("```")[0]))
    assert [rule.name for rule in rules.separations] == ["Create and approve payments", "One role in the ledger"]
    for keys in (PRIVILEGE_KEYS, SEPARATION_KEYS, EXCEPTION_KEYS, REFERENCE_KEYS):
        assert all(f"`{key}`" in text or f"[[separation.{key}]]" in text for key in keys)
