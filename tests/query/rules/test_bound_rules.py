"""Rules compared with the entitlements of a file."""

import pytest

from connector_host.errors import NotFoundInFile
from connector_host.query.rules.access_rules import AccessRules, EntitlementReference, PrivilegeRule
from connector_host.query.rules.bound_rules import bind_rules, bind_rules_of_all

ORIGIN = '{"connector_host":{"connector":"staff","account":"Example"}}'


def rules(entitlement, *, optional=False, **limits):
    reference = EntitlementReference(entitlement=entitlement, **limits)
    return AccessRules(
        source="rules.toml",
        privileges=(PrivilegeRule(name="Payroll", entitlements=(reference,), optional=optional),),
    )


def test_a_rule_marks_the_entitlements_it_describes(view_of, organisation):
    bound = bind_rules(view_of(organisation), rules("read", resource="Payroll"))
    assert bound.mark("app:a1:read", "read", "Payroll read") == "Payroll"
    assert bound.mark("app:a1:write", "write", "Payroll write") == ""
    assert bound.mark("x", "admin", "") == "admin"


def test_an_entitlement_that_does_not_exist_is_named_with_suggestions(view_of, organisation):
    view = view_of(organisation)
    with pytest.raises(NotFoundInFile, match=r"rules.toml, Payroll: no entitlement matches 'wirte'") as caught:
        bind_rules(view, rules("wirte"))
    assert "Did you mean write" in caught.value.hint
    assert bind_rules(view, rules("wirte", optional=True)).unmatched


def test_a_rule_for_another_system_is_not_missed(view_of, organisation):
    view = view_of(organisation, sync_token=ORIGIN)
    bind_rules(view, rules("wirte", connector="bank"))
    with pytest.raises(NotFoundInFile):
        bind_rules(view, rules("wirte", connector="staff"))


def test_one_of_several_files_is_enough(view_of, make_c1z, organisation):
    first = view_of(organisation, name="first.c1z")
    organisation.entitlements = organisation.entitlements[:2]
    second = view_of(organisation, name="second.c1z")
    assert len(bind_rules_of_all([first, second], rules("write"))) == 2


def test_an_entitlement_that_only_grants_name_matches_by_its_id(view_of, organisation):
    organisation.entitlements = organisation.entitlements[:3]
    bound = bind_rules(view_of(organisation), rules("app:a1:write"))
    assert bound.mark("app:a1:write", "", "") == "Payroll"
