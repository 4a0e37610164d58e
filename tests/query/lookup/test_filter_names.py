"""Lookup of the objects that filters name."""

import pytest

from connector_host.c1z.types import GrantFilter
from connector_host.errors import ConfigError, NotFoundInFile
from connector_host.model import Entitlement, Grant, Resource, ResourceId
from connector_host.query.lookup.filter_names import find_grant_filter, find_principal_type, find_resource_type


@pytest.mark.parametrize(
    ("text", "type_id"), [("app", "app"), ("APP", "app"), ("Application", "app"), (" application ", "app")]
)
def test_a_type_is_found_by_its_id_or_name_whatever_the_case(view_of, organisation, text, type_id):
    assert find_resource_type(view_of(organisation), text) == type_id


@pytest.mark.parametrize("text", ["apps", "applications", "user:u1", "u", "nothing"])
def test_another_type_is_not_found_and_those_of_the_file_are_named(view_of, organisation, text):
    with pytest.raises(NotFoundInFile, match="No resource type matches") as caught:
        find_resource_type(view_of(organisation), text)
    assert "The file has: user, group, app." in caught.value.hint


def test_what_only_grants_name_is_found_by_its_exact_id(view_of, organisation):
    ghost = Entitlement(Resource(ResourceId("ghost", "g")), "haunt")
    organisation.grants.append(Grant(ghost, ResourceId("robot", "r1"), id="haunts"))
    view = view_of(organisation)
    assert find_resource_type(view, "ghost") == "ghost"
    assert find_principal_type(view, "robot") == "robot"
    with pytest.raises(NotFoundInFile):
        find_resource_type(view, "robot")
    where = find_grant_filter(view, resource_type="ghost", resource="g")
    assert where == GrantFilter(resource_type="ghost", resource="g")
    assert find_grant_filter(view, entitlement=ghost.id) == GrantFilter(entitlement=ghost.id)
    assert find_grant_filter(view, principal="robot:r1").principal == ResourceId("robot", "r1")


@pytest.mark.parametrize(
    ("resource_type", "resource"), [("app", "a1"), ("app", "app:a1"), ("app", "payroll"), ("APP", "PAYROLL")]
)
def test_a_resource_is_found_by_its_id_whole_id_or_name(view_of, organisation, resource_type, resource):
    where = find_grant_filter(view_of(organisation), resource_type=resource_type, resource=resource)
    assert where == GrantFilter(resource_type="app", resource="a1")


def test_a_name_of_several_is_not_guessed(view_of, organisation):
    organisation.entitlements = [
        organisation.entitlement("group", name, "member", display_name="Membership") for name in ("g1", "g2")
    ]
    view = view_of(organisation)
    with pytest.raises(ConfigError, match="'membership' can mean any of 2 entitlements"):
        find_grant_filter(view, entitlement="membership")
