"""Violations of separation rules in a small file."""

from datetime import date

import pytest

from connector_host.errors import ConfigError
from connector_host.query.rules.access_rules import (
    AccessRules,
    EntitlementReference,
    RuleException,
    RuleSeverity,
    SeparationRule,
)
from connector_host.query.rules.bound_rules import bind_rules
from connector_host.query.rules.separation import find_violations

TODAY = date(2026, 1, 5)


def rule(*sides, **fields):
    references = tuple(tuple(EntitlementReference(entitlement=text) for text in side) for side in sides)
    return SeparationRule(name="Pay", severity=RuleSeverity.HIGH, reason="r", sides=references, **fields)


def violations(view, *separations, principal=None):
    bound = bind_rules(view, AccessRules(source="rules.toml", separations=separations))
    return list(find_violations(view, bound, TODAY, principal))


def test_direct_and_inherited_access_conflict_and_groups_are_no_violators(view_of, organisation):
    (violation,) = violations(view_of(organisation), rule(["Payroll read"], ["write"]))
    assert str(violation.principal.id) == "user:u1"
    assert [(grant.entitlement, grant.held, grant.via) for grant in violation.grants] == [
        ("app:a1:read", "inherited", ("group:g1:member",)),
        ("app:a1:write", "direct", ()),
    ]
    assert violation.is_open


def test_any_two_members_of_a_set_conflict(view_of, organisation):
    found = violations(view_of(organisation), rule(["member"], any_two=True))
    assert [str(violation.principal.id) for violation in found] == ["user:u1"]


def test_the_same_resource_can_be_required(view_of, organisation):
    view = view_of(organisation)
    assert violations(view, rule(["member"], ["write"]))
    assert violations(view, rule(["member"], ["write"], same_resource=True)) == []
    assert violations(view, rule(["read"], ["write"], same_resource=True))


def test_an_exception_allows_a_violation_until_its_day(view_of, organisation):
    view = view_of(organisation)
    for until, is_open in ((date(2026, 1, 5), False), (date(2026, 1, 4), True)):
        exception = RuleException(principal="ADA@example.com", until=until, reason="r")
        (violation,) = violations(view, rule(["read"], ["write"], exceptions=(exception,)))
        assert violation.is_open is is_open
        assert (violation.expired == exception) is is_open


def test_an_exception_for_a_name_of_two_violators_is_refused(view_of, organisation):
    organisation.grants += [organisation.grant("app:a1:write", "user", name) for name in ("u2", "u3")]
    organisation.grants.append(organisation.grant("app:a1:read", "user", "u3"))
    exception = RuleException(principal="Bob", until=TODAY, reason="r")
    with pytest.raises(ConfigError, match=r"matches 2 principals: Bob, bob@example.com, user:u2"):
        violations(view_of(organisation), rule(["read"], ["write"], exceptions=(exception,)))


def test_one_principal_can_be_asked_for(view_of, organisation):
    view, separation = view_of(organisation), rule(["read"], ["write"])
    ids = organisation.m.ResourceId
    assert len(violations(view, separation, principal=ids("user", "u1"))) == 1
    assert violations(view, separation, principal=ids("user", "u2")) == []
