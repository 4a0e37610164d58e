"""What a change is about: found whole in the file, and refused where it could not be done."""

import pytest
from msgspec.structs import replace

from connector_host.errors import ConfigError, FileError, NotFoundInFile, NotPermitted, PreconditionError
from connector_host.model import Annotation, Resource, ResourceId
from connector_host.provision.change_targets import give, take, take_by_id
from connector_host.wire import decode

WRITE = "app:a1:write"


def stored(view, name):
    """A resource as the file has it, which is not empty."""
    found = decode.resource(view.resource(ResourceId(*name.split(":"))))
    assert found.display_name
    assert found.traits
    return found


def marked(organisation, name, index):
    """Put an annotation on an entitlement."""
    mark = (Annotation(f"c1.connector.v2.{name}"),)
    organisation.entitlements[index] = replace(organisation.entitlements[index], annotations=mark)
    return organisation


def test_a_grant_has_its_principal_and_entitlement_whole(view_of, organisation):
    view = view_of(organisation)
    step = give(view, "ada@example.com", "Payroll write")
    assert (step.principal, step.entitlement.id) == (stored(view, "user:u1"), WRITE)
    assert step.entitlement.resource == stored(view, "app:a1")
    assert (step.entitlement.slug, step.entitlement.display_name) == ("write", "Payroll write")
    assert [kind.display_name for kind in step.entitlement.grantable_to] == ["User", "Group"]


def test_an_entitlement_stored_with_a_stub_of_its_resource_gets_the_whole_one(view_of, organisation):
    one = organisation.entitlements[3]
    organisation.entitlements[3] = replace(one, resource=Resource(one.resource.id))
    assert give(view_of(organisation), "u1", WRITE).entitlement.resource.display_name == "Payroll"


@pytest.mark.parametrize(
    "find", [lambda view: take(view, "Ada Lovelace", WRITE), lambda view: take_by_id(view, f"{WRITE}:user:u1")]
)
def test_a_revocation_has_the_stored_grant_whole(view_of, organisation, find):
    view = view_of(organisation)
    step = find(view)
    assert step.stored
    assert step.grant.id == f"{WRITE}:user:u1"
    assert step.grant.principal == stored(view, "user:u1")
    assert step.grant.entitlement.resource == stored(view, "app:a1")


def test_of_two_of_one_name_none_is_guessed(view_of, organisation):
    for index in (1, 2):
        organisation.resources[index] = replace(organisation.resources[index], display_name="Robin")
    view = view_of(organisation)
    for find in (give, take):
        with pytest.raises(ConfigError, match="'robin' can mean any of 2") as caught:
            find(view, "robin", WRITE)  # one of them holds something: not a reason to prefer him
        assert "user:u2" in caught.value.hint
        assert "robert@example.com" in caught.value.hint


def test_a_resource_stands_for_what_is_held_on_it_if_that_is_one(view_of, organisation):
    view = view_of(organisation)
    assert give(view, "u3", "Engineering").entitlement.id == "group:g1:member"
    with pytest.raises(ConfigError, match="any of 2 entitlements"):
        give(view, "u3", "Payroll")
    organisation.grants = [one for one in organisation.grants if one.entitlement.id != "app:a1:read"]
    assert take(view_of(organisation), "u1", "Payroll").grant.id == f"{WRITE}:user:u1"


def test_what_is_held_through_groups_only_names_them(view_of, organisation):
    view = view_of(organisation)
    for find in (lambda: take(view, "u1", "app:a1:read"), lambda: take_by_id(view, "app:a1:read:user:u1")):
        with pytest.raises(PreconditionError, match="Platform member → Engineering member → Payroll read") as caught:
            find()
        assert "Revoke instead: group:g2:member:user:u1" in caught.value.hint


def test_the_same_before_expansion(view_of, organisation):
    organisation.grants = [one for one in organisation.grants if one.sources is None]
    with pytest.raises(PreconditionError, match="only through groups"):
        take(view_of(organisation), "u2", "app:a1:read")


def test_a_grant_held_directly_and_through_a_group_can_be_revoked_and_what_stays_is_named(view_of, organisation):
    sources = {"group:g1:member": True, "group:g2:member": True}
    organisation.grants[3] = organisation.grant("group:g1:member", "user", "u1", sources=sources)
    step = take(view_of(organisation), "u1", "group:g1:member")
    assert step.remaining == ("Platform member",)


def test_the_file_may_be_older_than_the_grant(view_of, organisation):
    step = take(view_of(organisation), "u3", WRITE)
    assert (step.stored, step.grant.id) == (False, f"{WRITE}:user:u3")
    assert step.grant.principal.display_name == "Bob"


def test_never_a_stub(view_of, organisation):
    organisation.grants.append(organisation.grant(WRITE, "user", "gone"))
    view = view_of(organisation)
    with pytest.raises(NotFoundInFile, match="no resource user:gone"):
        take_by_id(view, f"{WRITE}:user:gone")
    with pytest.raises(NotFoundInFile, match="no resource user:u9"):
        give(view, ResourceId("user", "u9"), WRITE)


@pytest.mark.parametrize("name", ["EntitlementImmutable", "BatonID"])
def test_what_the_connector_says_cannot_be_changed(view_of, organisation, name):
    if name == "BatonID":
        mark = (Annotation("c1.connector.v2.BatonID"),)
        organisation.resources[5] = replace(organisation.resources[5], annotations=mark)
    else:
        marked(organisation, name, 3)
    view = view_of(organisation)
    for find in (give, take):
        with pytest.raises(NotPermitted):
            find(view, "u1", WRITE)


def test_a_grant_of_the_connector_that_is_immutable(view_of, organisation):
    mark = (Annotation("c1.connector.v2.GrantImmutable"),)
    organisation.grants[7] = replace(organisation.grants[7], annotations=mark)
    with pytest.raises(NotPermitted, match="cannot be changed"):
        take(view_of(organisation), "u1", WRITE)


def test_only_the_types_it_is_grantable_to(view_of, organisation):
    with pytest.raises(ConfigError, match="is of type app") as caught:
        give(view_of(organisation), "app:a1", WRITE)
    assert caught.value.hint == "It can be granted to: user, group."


class ForgedView:
    """A view of a file in which one object is stored under the id of another."""

    def __init__(self, view, method, stored_as, content_of):
        self._view, self._method = view, method
        self._stored_as, self._content_of = stored_as, content_of

    def __getattr__(self, name):
        original = getattr(self._view, name)
        if name != self._method:
            return original
        return lambda key: original(self._content_of if key == self._stored_as else key)


def test_an_object_that_is_stored_under_the_id_of_another_is_refused(view_of, organisation):
    view = view_of(organisation)
    forged = ForgedView(view, "resource", ResourceId("user", "u1"), ResourceId("user", "u2"))
    with pytest.raises(FileError, match="what it stores as 'user:u1' has the id 'user:u2'"):
        give(forged, ResourceId("user", "u1"), WRITE)
    other = next(item.id for item in organisation.entitlements if item.id != WRITE)
    with pytest.raises(FileError, match=f"what it stores as '{WRITE}' has the id '{other}'"):
        take_by_id(ForgedView(view, "entitlement", WRITE, other), f"{WRITE}:user:u1")
