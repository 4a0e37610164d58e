"""Matching of references and conflicts of held entitlements."""

from datetime import date

import pytest

from connector_host.query.rules.access_rules import (
    AccessRules,
    EntitlementFacts,
    EntitlementReference,
    PrivilegeRule,
    RuleException,
    RuleSeverity,
    SeparationRule,
)

EXPORT = EntitlementFacts(
    id="vault:v1:export items",
    slug="export items",
    name="Production vault export items",
    resource_type="vault",
    type_name="Vault",
    resource="v1",
    resource_name="Production",
    connector="onepassword",
    account="Example",
)
A, B = (EntitlementReference(entitlement=text) for text in "ab")


def reference(entitlement="export items", **limits):
    return EntitlementReference(entitlement=entitlement, **limits)


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        (reference(), True),
        (reference("Export-Items"), True),
        (reference("export_items"), True),
        (reference("*export items"), True),
        (reference("vault:v1:export items"), True),
        (reference("export"), False),
        (reference("export item?"), False),
        (reference(resource="production"), True),
        (reference(resource="vault:v1", resource_type="VAULT", connector="onepassword", account="exam*"), True),
        (reference(resource="Staging"), False),
        (reference(resource_type="group"), False),
        (reference(account="Other"), False),
    ],
)
def test_a_reference_matches_ids_slugs_and_names(matching, expected):
    assert matching.matches(EXPORT) is expected


def test_rules_extend_and_limit_the_words_that_mark_privileged_entitlements():
    rules = AccessRules(
        privileges=(
            PrivilegeRule(name="Rooms", entitlements=(reference("manager of rooms"),), privileged=False),
            PrivilegeRule(name="Secrets leave", entitlements=(reference("copy*"),)),
        )
    )
    assert rules.privileged_mark(EntitlementFacts(id="1", slug="copy and share items")) == "Secrets leave"
    assert rules.privileged_mark(EntitlementFacts(id="2", slug="manager of rooms")) == ""
    assert rules.privileged_mark(EntitlementFacts(id="3", slug="manager")) == "manager"


def separation(*sides, any_two=False):
    return SeparationRule(name="r", severity=RuleSeverity.LOW, reason="", sides=sides, any_two=any_two)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({}, ()),
        ({"x": {0}}, ()),
        ({"x": {0}, "y": {1}}, ("x", "y")),
        ({"x": {0, 1}}, ()),
        ({"x": {0, 1}, "y": {0}}, ("x", "y")),
        ({"x": {0, 1}, "y": {0, 1}}, ("x", "y")),
        ({"x": {0}, "y": {0}}, ()),
    ],
)
def test_an_entitlement_never_conflicts_with_itself(held, expected):
    sides = {entitlement: frozenset(numbers) for entitlement, numbers in held.items()}
    assert separation((A,), (B,)).conflict(sides) == expected


def test_three_sides_need_three_entitlements():
    rule = separation((A,), (B,), (reference("c"),))
    both = frozenset({0, 1})
    assert rule.conflict({"x": both, "y": both}) == ()
    assert rule.conflict({"x": both, "y": both, "z": frozenset({2})}) == ("x", "y", "z")


def test_any_two_of_a_set_conflict():
    rule = separation((A, B), any_two=True)
    assert rule.conflict({"x": frozenset({0})}) == ()
    assert rule.conflict({"x": frozenset({0}), "y": frozenset({0})}) == ("x", "y")


def test_an_exception_holds_through_its_day():
    exception = RuleException(principal="ada", until=date(2026, 1, 31), reason="r")
    assert not exception.is_expired(date(2026, 1, 31))
    assert exception.is_expired(date(2026, 2, 1))
