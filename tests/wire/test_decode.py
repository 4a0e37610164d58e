"""Bytes of other writers to model values: older shapes, later ones, slim rows, damage."""

from datetime import UTC, datetime

import pytest
from google.protobuf.any_pb2 import Any
from hypothesis import given
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.model import (
    AgentTrait,
    Annotation,
    Email,
    Entitlement,
    EntitlementRef,
    External,
    ExternalResourceMatch,
    ExternalResourceMatchAll,
    ExternalResourceMatchID,
    Grant,
    GrantExpandable,
    Purpose,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    RoleTrait,
    Status,
    Trait,
    UserTrait,
)
from connector_host.wire import decode, encode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2, objects_pb2, traits_pb2
from connector_host.wire.stored_grants import with_sources

STAFF = Resource(ResourceId("group", "staff"), "Staff")
BOB = ResourceId("user", "bob")
NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def packed(message):
    item = Any()
    item.Pack(message, deterministic=True)
    return item


# ----------------------------------------------------------------------------------------------- resources


def old_user(**more):
    trait = traits_pb2.UserTrait(emails=[traits_pb2.UserTrait.Email(address="a@b.c", is_primary=True)], **more)
    trait.profile.update({"login": "bob", "age": 41, "rate": 0.5, "nested": {"list": [1, None, True]}})
    trait.status.status = trait.status.STATUS_DISABLED
    trait.status.details = "left"
    trait.icon.id = "face"
    trait.created_at.FromDatetime(NOON)
    return trait


def test_what_older_writers_kept_on_a_trait_is_found_there():
    message = objects_pb2.Resource(display_name="Bob", annotations=[packed(old_user())])
    message.id.resource_type, message.id.resource = "user", "bob"
    value = decode.resource(message.SerializeToString())
    assert value.profile == {"age": 41, "login": "bob", "nested": {"list": [1, None, True]}, "rate": 0.5}
    assert [type(value.profile[key]) for key in ("age", "rate")] == [int, float]
    assert value.status == Status(ResourceStatus.DISABLED, "left")
    assert value.icon == "face"
    assert value.created_at == NOON
    assert value.traits == (UserTrait(emails=(Email("a@b.c", True),), status=value.status),)


def test_what_the_resource_says_goes_before_what_the_trait_says():
    message = objects_pb2.Resource(annotations=[packed(old_user())])
    message.profile.update({"login": "robert"})
    message.status.status = message.status.RESOURCE_STATUS_ENABLED
    message.icon.id = "new"
    message.created_at.seconds = 0
    message.created_at.nanos = 1999
    value = decode.resource(message.SerializeToString())
    assert (value.profile, value.status, value.icon) == ({"login": "robert"}, Status(ResourceStatus.ENABLED), "new")
    assert value.created_at == datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)


def test_traits_are_looked_at_in_the_order_of_the_go_readers():
    user, group, role = old_user(), traits_pb2.GroupTrait(), traits_pb2.RoleTrait()
    user.ClearField("profile")
    group.profile.update({"of": "group"})
    role.profile.update({"of": "role"})
    message = objects_pb2.Resource(annotations=[packed(item) for item in (role, group, user)])
    assert decode.resource(message.SerializeToString()).profile == {"of": "group"}


def test_an_agent_is_a_trait_that_gives_its_resource_its_status_and_profile():
    agent = traits_pb2.AgentTrait(status=traits_pb2.AgentTrait.AGENT_STATUS_DISABLED)
    agent.profile.update({"model": "x"})
    value = decode.resource(objects_pb2.Resource(annotations=[packed(agent)]).SerializeToString())
    assert (value.status, value.profile) == (Status(ResourceStatus.DISABLED), {"model": "x"})
    assert value.traits == (AgentTrait(status=ResourceStatus.DISABLED),)


def test_annotations_without_a_word_in_the_model_are_carried_with_their_type():
    raw = [
        Any(type_url="type.googleapis.com/c1.connector.v2.RawId", value=b"\x0a\x01x"),
        Any(type_url="type.googleapis.com/not.Known", value=b"\xff"),
        Any(type_url="example.org/c1.connector.v2.RawId"),
        Any(type_url="type.googleapis.com/a/b"),
    ]
    value = decode.resource(objects_pb2.Resource(annotations=raw).SerializeToString())
    assert value.annotations == (
        Annotation("c1.connector.v2.RawId", b"\x0a\x01x"),
        Annotation("not.Known", b"\xff"),
        Annotation("example.org/c1.connector.v2.RawId"),
        Annotation("type.googleapis.com/a/b"),
    )
    back = objects_pb2.Resource.FromString(encode.resource(value))
    assert list(back.annotations) == raw


def test_numbers_and_fields_of_later_versions_are_passed_over():
    data = objects_pb2.ResourceType(id="x", traits=[1, 77, 12]).SerializeToString() + b"\xfa\x01\x02hi"
    assert decode.resource_type(data) == ResourceType("x", traits=(Trait.USER, Trait.MANAGED_DEVICE))
    message = objects_pb2.Entitlement(id="e", slug="s", purpose=99)
    message.resource.status.status = 42
    value = decode.entitlement(message.SerializeToString())
    assert value.purpose is Purpose.UNSPECIFIED
    assert value.resource.status == Status(ResourceStatus.UNSPECIFIED)


def test_an_empty_message_is_a_value_with_nothing_in_it():
    assert decode.resource_type(b"") == ResourceType("")
    assert decode.resource(b"") == Resource(ResourceId("", ""))
    assert decode.entitlement(b"").resource == Resource(ResourceId("", ""))
    assert decode.grant(b"") == Grant(EntitlementRef(Resource(ResourceId("", "")), ""), ResourceId("", ""))


def test_a_profile_keeps_numbers_that_no_integer_holds():
    message = objects_pb2.Resource()
    message.profile.update({"zero": -0.0, "big": 1e300, "whole": 2.0, "nan": float("nan")})
    profile = decode.resource(message.SerializeToString()).profile
    assert str(profile["zero"]) == "-0.0"
    assert (profile["big"], profile["whole"], type(profile["whole"])) == (1e300, 2, int)
    assert profile["nan"] != profile["nan"]


# ----------------------------------------------------------------------------------------------- grants


@pytest.mark.parametrize(
    "value",
    [
        Grant(STAFF.ref("member"), BOB, id="i"),
        Grant(STAFF.ref("member"), Resource(BOB, "Bob", traits=(RoleTrait(),)), id="i"),
        Grant(STAFF.ref("member"), BOB, GrantExpandable(("a", " "), True, ("user",)), "i"),
        Grant(
            STAFF.ref("member"), BOB, id="i", annotations=(Annotation("x.Y", b"1"),), sources={"a": True, "b": False}
        ),
        Grant(STAFF.ref("a:b"), External(BOB, ExternalResourceMatch(Trait.USER, "k", "v")), id="i"),
        Grant(STAFF.ref(""), External(BOB, ExternalResourceMatchAll(Trait.GROUP)), id="i"),
        Grant(EntitlementRef(STAFF, "odd", "odd"), External(BOB, ExternalResourceMatchID("b")), id="i"),
    ],
)
def test_a_grant_reads_back(value):
    *columns, expansion, _, data, _ = GrantEncoder().row(value)
    assert decode.grant(data, expansion) == value
    assert decode.grant(data, expansion, columns[:5]) == value


def test_the_entitlement_of_a_generated_grant_is_whole():
    whole = Entitlement(STAFF, "member", Purpose.PERMISSION, "Member", "of staff", (ResourceType("user"),))
    message = objects_pb2.Grant(id="i")
    message.entitlement.ParseFromString(encode.entitlement(whole, {}))
    assert decode.grant(message.SerializeToString()).entitlement == whole


def test_an_external_match_on_a_whole_principal_is_carried():
    message = objects_pb2.Grant(annotations=[packed(annotations_pb2.ExternalResourceMatchID(id="x"))])
    message.principal.display_name = "Bob"
    value = decode.grant(message.SerializeToString())
    assert isinstance(value.principal, Resource)
    assert value.annotations == (Annotation("c1.connector.v2.ExternalResourceMatchID", b"\x0a\x01x"),)


def test_an_expansion_inside_the_message_counts_unless_the_column_has_one():
    message = objects_pb2.Grant(
        annotations=[packed(annotations_pb2.GrantExpandable(entitlement_ids=[name])) for name in "ab"]
    )
    data = message.SerializeToString()
    assert decode.grant(data).expandable == GrantExpandable(("a",))
    assert decode.grant(data, encode.expandable(GrantExpandable(("c",)))).expandable == GrantExpandable(("c",))
    assert decode.grant(data).annotations == ()


def test_a_slim_row_is_made_whole_from_its_columns():
    data = with_sources(b"\x1a\x01i", {"group:staff:member": True})
    value = decode.grant(data, None, ("group", "staff", "group:staff:member", "user", "bob"))
    assert value == Grant(
        EntitlementRef(Resource(STAFF.id), "member"), BOB, id="i", sources={"group:staff:member": True}
    )


# ----------------------------------------------------------------------------------------------- damage

READERS = {
    "resource type": decode.resource_type,
    "resource": decode.resource,
    "entitlement": decode.entitlement,
    "grant": decode.grant,
    "expansion": decode.expandable,
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("data", [b"\xff\xff", b"\x0a\x05a", "text", None, 5])
def test_what_is_no_message_is_a_file_error(kind, data):
    with pytest.raises(FileError, match=f"a stored {kind} is not a valid message") as caught:
        READERS[kind](data)
    assert "create it again" in caught.value.hint


def test_damage_inside_an_annotation_is_named_by_its_type():
    message = objects_pb2.Resource(annotations=[Any(type_url="x/c1.connector.v2.UserTrait", value=b"\xff")])
    with pytest.raises(FileError, match=r"a stored c1.connector.v2.UserTrait is not a valid message"):
        decode.resource(message.SerializeToString())


def test_a_time_that_is_no_date_is_a_file_error():
    message = objects_pb2.Resource()
    message.created_at.seconds = 2**62
    with pytest.raises(FileError, match="a stored created_at time is not a valid message .* is no date"):
        decode.resource(message.SerializeToString())


def example():
    bob = Resource(
        BOB, "Bob", STAFF.id, "d", (UserTrait(),), ("x",), {"n": [1], "nested": {}}, icon="i", created_at=NOON
    )
    value = Entitlement(bob, "s", Purpose.OWNERSHIP, "n", "d", (ResourceType("user", traits=(Trait.USER,)),))
    grant = Grant(bob.ref("s"), bob, annotations=(Annotation("x.Y", b"1"),), sources={"a": True})
    return {
        "resource": encode.resource(bob),
        "entitlement": encode.entitlement(value, {}),
        "grant": GrantEncoder().row(grant).data,
    }


EXAMPLES = example()


@given(st.sampled_from(list(EXAMPLES)), st.data())
def test_any_damage_ends_in_a_value_or_a_file_error(kind, data):
    raw = bytearray(EXAMPLES[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    try:
        READERS[kind](cut)
    except FileError as error:
        assert "is not a valid message" in error.message  # noqa: PT017 - both ends are right


def test_an_expansion_of_repetitions_is_refused():
    assert len(decode.expandable(b"\x0a\x01a" * 10_000).entitlement_ids) == 10_000
    with pytest.raises(FileError, match="more than 10,000 entitlements"):
        decode.expandable(b"\x0a\x01a" * 10_001)
