"""What somebody holds."""

import json

import pytest

from connector_host.model import ResourceId
from connector_host.query.access.principal_access import access_json, is_direct, list_access
from connector_host.query.lookup.object_cache import SyncObjects

ADA = ResourceId("user", "u1")


def test_direct_and_inherited_with_what_it_comes_through(view_of, organisation):
    view = view_of(organisation)
    found = {
        one.entitlement.id: (one.direct, [source.name for source in one.via])
        for one in list_access(view, SyncObjects(view), ADA)
    }
    assert found == {
        "group:g2:member": (True, []),
        "group:g1:member": (False, ["Platform member"]),
        "app:a1:read": (False, ["Engineering member"]),
        "app:a1:write": (True, []),
    }


def test_both_direct_and_inherited(view_of, organisation):
    organisation.grants[-1] = organisation.grant(
        "app:a1:write", "user", "u1", sources={"app:a1:write": True, "group:g1:member": False}
    )
    view = view_of(organisation)
    last = list(list_access(view, SyncObjects(view), ADA))[-1]
    assert (last.direct, [one.id for one in last.via]) == (True, ["group:g1:member"])


@pytest.mark.parametrize(
    ("sources", "direct"), [({}, True), ({"a": True}, False), ({"me": True}, True), ({"me": True, "a": False}, True)]
)
def test_direct_is_what_has_no_sources_or_names_itself(sources, direct):
    assert is_direct(sources, "me") is direct


def test_json_groups_by_resource_sorted_and_keeps_the_order_of_grants(view_of, organisation):
    view = view_of(organisation)
    objects = SyncObjects(view)
    found = json.loads(b"".join(access_json(objects, ADA, list_access(view, objects, ADA))))
    assert found["principal"]["displayName"] == "Ada Lovelace"
    assert [one["resource"]["displayName"] for one in found["access"]] == ["Payroll", "Engineering", "Platform"]
    assert [one["slug"] for one in found["access"][0]["entitlements"]] == ["read", "write"]
    assert found["access"][0]["resourceType"]["id"] == "app"


def test_without_grants_only_the_principal_is_given(view_of, organisation):
    view = view_of(organisation)
    objects = SyncObjects(view)
    who = ResourceId("user", "u3")
    found = json.loads(b"".join(access_json(objects, who, list_access(view, objects, who))))
    assert list(found) == ["principal"]


def test_a_missing_entitlement_has_a_placeholder_and_a_group(view_of, organisation, caplog):
    organisation.entitlements = organisation.entitlements[:3]
    view = view_of(organisation)
    objects = SyncObjects(view)
    found = json.loads(b"".join(access_json(objects, ADA, list_access(view, objects, ADA))))
    held = found["access"][0]["entitlements"]
    assert held[1] == {"id": "app:a1:write", "displayName": "MISSING ENTITLEMENT (app:a1:write)"}
    assert "app:a1:write" in caplog.text
