"""Types whose entitlements and grants are listed as a whole."""

import pytest

from connector_host import Entitlement, NotPermitted, Resource, ResourceId, ResourceType, Trait, hookimpl
from connector_host.errors import PluginError, Stopped
from tests.sync.conftest import Toy, paged


class Whole(Toy):
    """Lists the access of all groups at once."""

    def types(self):
        user, _ = super().types()
        return [user, ResourceType("group", "Group", (Trait.GROUP,), entitlements_by_type=True, grants_by_type=True)]

    def all_groups(self):
        return self.resources("group", None)

    @hookimpl
    def list_type_entitlements(self, session, resource_type, page_token, page_size):
        self.asked("list_type_entitlements", resource_type.id, page_token)
        return paged(
            [item for group in self.all_groups() for item in Toy.entitlements(self, group)], page_token, page_size
        )

    @hookimpl
    def list_type_grants(self, session, resource_type, page_token, page_size):
        self.asked("list_type_grants", resource_type.id, page_token)
        return paged([item for group in self.all_groups() for item in Toy.grants(self, group)], page_token, page_size)

    def entitlements(self, resource):
        raise AssertionError("listed by type")

    grants = entitlements


def columns(rows):
    return {key: {name: value for name, value in row.items() if name != "data"} for key, row in rows.items()}


def test_the_rows_are_those_of_listing_each_resource(sync, tmp_path):
    _, whole = sync(Whole(), file=tmp_path / "whole.c1z")
    _, each = sync(Toy(), file=tmp_path / "each.c1z")
    assert whole.rows("entitlements").keys() == each.rows("entitlements").keys()
    assert columns(whole.rows("grants")) == columns(each.rows("grants"))


def test_one_call_for_each_page_of_the_type(sync):
    connector, calls = Whole(), []
    connector.asked = lambda hook, subject, token: calls.append(hook)
    sync(connector, page_size=100)
    assert calls.count("list_type_entitlements") == calls.count("list_type_grants") == 1
    assert "list_grants" not in calls
    assert "list_entitlements" not in calls


def test_an_interrupted_run_resumes_in_the_listing(sync):
    connector = Whole()

    def stop(hook, subject, token):
        if hook == "list_type_grants" and token is not None:
            raise Stopped("enough")

    connector.asked = stop
    with pytest.raises(Stopped):
        sync(connector, page_size=2)
    connector.asked = lambda hook, subject, token: None
    _, resumed = sync(connector, page_size=2)
    _, fresh = sync(Whole(), page_size=2)
    assert resumed.rows("grants") == fresh.rows("grants")


def test_a_type_that_needs_a_hook_which_is_missing(sync, toy):
    toy.types = lambda: [ResourceType("group", "Group", (Trait.GROUP,), grants_by_type=True)]
    toy.resources = lambda kind, parent: []
    with pytest.raises(PluginError, match="the type 'group' is to be listed by list_type_grants, which it lacks"):
        sync(toy)


def test_what_is_not_permitted_is_named_by_the_type(sync):
    connector = Whole()

    def deny(hook, subject, token):
        if hook == "list_type_grants":
            raise NotPermitted("owners only")

    connector.asked = deny
    summary, synced = sync(connector, allow_partial=True)
    assert synced.rows("grants") == {}
    assert "group (list_type_grants): owners only" in str(summary.unread)


def test_a_targeted_sync_keeps_the_access_on_its_targets(sync):
    class Targeted(Whole):
        @hookimpl
        def get_resource(self, session, resource_id):
            return self.group("g1") if resource_id.resource == "g1" else self.user(resource_id.resource)

    _, synced = sync(Targeted(), resources=("group:g1",))
    assert set(synced.rows("entitlements")) == {"group:g1:member"}
    assert {row["resource_id"] for row in synced.rows("grants").values()} == {"g1"}


def test_names_of_static_entitlements_are_templates(sync, toy):
    class Templates(Toy):
        @hookimpl
        def list_static_entitlements(self, session, resource_type):
            stand_in = Resource(ResourceId(resource_type.id, ""))
            if resource_type.id != "group":
                return []
            return [Entitlement(stand_in, "owner", display_name="Owner of {display_name}", description="{id} {other}")]

    _, synced = sync(Templates())
    row = synced.rows("entitlements")["group:g0:owner"]
    assert b"Owner of Group g0" in row["data"]
    assert b"g0 {other}" in row["data"]
