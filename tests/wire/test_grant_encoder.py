"""Grants to rows: joined bytes are the library's, caches never mix things up, the expansion rules, what is refused."""

import gc
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.model import (
    Annotation,
    Entitlement,
    EntitlementRef,
    External,
    ExternalResourceMatch,
    ExternalResourceMatchAll,
    ExternalResourceMatchID,
    Grant,
    GrantExpandable,
    GroupTrait,
    Resource,
    ResourceId,
    Trait,
    UserTrait,
)
from connector_host.wire import encode, grant_encoder
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2, objects_pb2

STAFF = Resource(ResourceId("group", "staff"), "Staff", traits=(GroupTrait(),), profile={"nested": 1, "n": 2})
BOB = ResourceId("user", "bob")
MEMBER = STAFF.ref("member")


def as_message(row):
    """The stored grant, after checking that the library would write the same bytes (sources aside, see the trap)."""
    message = objects_pb2.Grant.FromString(row.data)
    assert message.entitlement.resource.id.resource_type == row[0]
    assert message.entitlement.resource.id.resource == row[1]
    assert (message.entitlement.id, message.id) == (row[2], row[5])
    assert (message.principal.id.resource_type, message.principal.id.resource) == (row[3], row[4])
    return message


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["x" * 127, "x" * 128, "é" * 64, "x" * 2047, "x" * 2048, "x" * 16383, "é" * 8192]
)
IDS = st.builds(ResourceId, NAMES, NAMES)
HELD = st.builds(EntitlementRef, st.builds(Resource, IDS, NAMES), NAMES, NAMES)


@given(st.lists(st.tuples(HELD, IDS, NAMES), min_size=1, max_size=6))
def test_the_joined_bytes_are_the_librarys(parts):
    values = [Grant(held, who, id=name) for held, who, name in parts]
    for row, value in zip(GrantEncoder().rows(values), values, strict=True):
        message = as_message(row)
        assert message.SerializeToString(deterministic=True) == row.data
        assert row[2] == value.entitlement.id
        assert row[5] == (value.id or f"{row[2]}:{row[3]}:{row[4]}")
        assert row[6:8] == (None, 0)


def test_a_grant_has_the_entitlements_id_and_resource_and_the_principals_id_only():
    whole = Entitlement(STAFF, "member", display_name="Members", grantable_to=("user",))
    row = GrantEncoder().row(Grant(whole, BOB))
    message = as_message(row)
    assert row == GrantEncoder().row(Grant(MEMBER, BOB))
    assert row[5] == "group:staff:member:user:bob"
    assert [field.name for field, _ in message.entitlement.ListFields()] == ["resource", "id"]
    assert message.entitlement.resource.SerializeToString(deterministic=False)
    assert encode.resource(STAFF) in row.data
    assert [field.name for field, _ in message.principal.ListFields()] == ["id"]


def test_a_resource_as_principal_is_embedded_whole():
    bob = Resource(BOB, "Bob", traits=(UserTrait(),))
    encoder = GrantEncoder()
    first, second = encoder.rows([Grant(MEMBER, bob), Grant(MEMBER, bob)])
    assert first == second
    assert as_message(first).principal.display_name == "Bob"
    assert encode.resource(bob) in first.data
    assert first[3:6] == ("user", "bob", "group:staff:member:user:bob")


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        (ExternalResourceMatch(Trait.USER, "email", "bob@example.org"), annotations_pb2.ExternalResourceMatch),
        (ExternalResourceMatchAll(Trait.GROUP), annotations_pb2.ExternalResourceMatchAll),
        (ExternalResourceMatchID("bob"), annotations_pb2.ExternalResourceMatchID),
    ],
)
def test_a_principal_elsewhere_is_a_stand_in_with_a_match(match, kind):
    message = as_message(GrantEncoder().row(Grant(MEMBER, External(BOB, match), annotations=(Annotation("x.Y"),))))
    assert [item.type_url for item in message.annotations] == [
        f"type.googleapis.com/c1.connector.v2.{type(match).__name__}",
        "type.googleapis.com/x.Y",
    ]
    found = kind()
    assert message.annotations[0].Unpack(found)
    assert {field.name: value for field, value in found.ListFields()} == {
        name: getattr(match, name) for name in match.__struct_fields__
    }


def test_sources_are_written_sorted_by_their_bytes():
    origin = {"nested": True, "n": False, "na": True}
    row = GrantEncoder().row(Grant(MEMBER, BOB, sources=origin))
    assert row.data.endswith(
        b"\x2a\x1f\x0a\x05\x0a\x01n\x12\x00\x0a\x08\x0a\x02na\x12\x02\x08\x01\x0a\x0c\x0a\x06nested\x12\x02\x08\x01"
    )
    assert {key: value.is_direct for key, value in as_message(row).sources.sources.items()} == origin
    assert GrantEncoder().row(Grant(MEMBER, BOB, sources={})) == GrantEncoder().row(Grant(MEMBER, BOB))


# ----------------------------------------------------------------------------------------------- expansion


def test_an_expansion_goes_to_its_column_and_never_into_the_message():
    expandable = GrantExpandable(("group:g:member", " "), True, ("user",))
    row = GrantEncoder().row(Grant(MEMBER, ResourceId("group", "g"), expandable))
    assert row[6:8] == (encode.expandable(expandable), 1)
    assert not as_message(row).annotations


@pytest.mark.parametrize("ids", [(), ("",), (" ", "\t\n")])
def test_an_expansion_that_names_no_entitlement_is_lost(ids):
    row = GrantEncoder().row(Grant(MEMBER, BOB, GrantExpandable(ids)))
    assert row == GrantEncoder().row(Grant(MEMBER, BOB))


def test_of_several_expansions_the_first_counts_and_all_leave_the_message():
    raw = [
        Annotation("c1.connector.v2.GrantExpandable", encode.expandable(GrantExpandable((name,))))
        for name in ("a", "b")
    ]
    other = Annotation("c1.connector.v2.RawId", b"\x0a\x01x")
    row = GrantEncoder().row(Grant(MEMBER, BOB, annotations=(raw[0], other, raw[1])))
    assert row[6:8] == (raw[0].value, 1)
    assert [item.type_url.rpartition(".")[2] for item in as_message(row).annotations] == ["RawId"]
    row = GrantEncoder().row(Grant(MEMBER, BOB, GrantExpandable(("c",)), annotations=(raw[0],)))
    assert row[6] == encode.expandable(GrantExpandable(("c",)))


def test_an_expansion_that_is_no_message_is_refused():
    with pytest.raises(ValueError, match="its value is no serialised GrantExpandable"):
        GrantEncoder().row(Grant(MEMBER, BOB, annotations=(Annotation("c1.connector.v2.GrantExpandable", b"\x0a"),)))


# ----------------------------------------------------------------------------------------------- caches


def test_recycled_identities_never_give_anothers_bytes():
    """Objects die and new ones take their addresses: rows must still be those of a fresh encoder."""
    encoder = GrantEncoder()
    addresses = []
    for round_number in range(300):
        group = Resource(ResourceId("group", f"g{round_number}"), f"Group {round_number}")
        person = Resource(ResourceId("user", f"u{round_number}"), f"User {round_number}")
        addresses += [id(group), id(person)]
        made = Grant(EntitlementRef(group, "member"), person)
        assert encoder.row(made) == GrantEncoder().row(made)
        del group, person, made
        gc.collect(0)
    assert len(set(addresses)) == len(addresses), "the encoder keeps alive what it knows by identity"


def test_caches_are_emptied_when_full(monkeypatch):
    for name in ("MOST_ENTITLEMENTS", "MOST_PRINCIPALS", "MOST_EMBEDDED"):
        monkeypatch.setattr(grant_encoder, name, 3)
    encoder = GrantEncoder()
    addresses = set()
    for number in range(200):
        group = Resource(ResourceId("group", f"g{number}"))
        person = Resource(ResourceId("user", f"u{number}"), "x")
        addresses.add(id(group))
        values = [
            Grant(group.ref("member"), person),
            Grant(group.ref("owner"), person.id),
            Grant(group.ref("member"), BOB),
        ]
        assert encoder.rows(values) == [GrantEncoder().row(value) for value in values]
        assert max(len(encoder._shared), len(encoder._principals), len(encoder._embedded)) <= 3
        del group, person, values
    assert len(addresses) < 200, "addresses came back, so the test above tells something"


def test_one_resource_with_several_entitlements_and_entitlements_of_one_id():
    other = Resource(ResourceId("group", "other"))
    refs = [MEMBER, EntitlementRef(STAFF, "owner"), EntitlementRef(other, "member", MEMBER.id), MEMBER]
    rows = GrantEncoder().rows([Grant(ref, BOB) for ref in refs])
    assert [(row[1], row[2]) for row in rows] == [
        ("staff", "group:staff:member"),
        ("staff", "group:staff:owner"),
        ("other", "group:staff:member"),
        ("staff", "group:staff:member"),
    ]
    assert rows[0] == rows[3]
    for row in rows:
        as_message(row)


# ----------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("grant", "a Grant is needed, not str"),
        (None, "a Grant is needed, not NoneType"),
        (Grant(None, BOB, id="x"), "entitlement: an EntitlementRef or Entitlement is needed, not NoneType"),
        (Grant("group:staff:member", BOB), "entitlement: .* not str"),
        (Grant(EntitlementRef("staff", "member", "x"), BOB), "resource: Resource is needed, not str"),
        (Grant(EntitlementRef(STAFF, "member", 5), BOB), "entitlement.id: .* not int"),
        (Grant(EntitlementRef(STAFF, "member", ["x"]), BOB), "entitlement.id: .* not list"),
        (Grant(MEMBER, None), "principal: a ResourceId, Resource or External is needed, not NoneType"),
        (Grant(MEMBER, ("user", "bob")), "principal: .* not tuple"),
        (Grant(MEMBER, ResourceId("user", 5)), "principal.resource: .* not int"),
        (Grant(MEMBER, ResourceId(["user"], "x")), "principal.resource_type: .* not list"),
        (Grant(MEMBER, External("bob", ExternalResourceMatchID("x"))), "principal: ResourceId is needed, not str"),
        (Grant(MEMBER, External(BOB, "x")), "match: "),
        (Grant(MEMBER, BOB, "group:g:member"), "expandable: GrantExpandable is needed, not str"),
        (Grant(MEMBER, BOB, GrantExpandable("abc")), "expandable.entitlement_ids: a tuple or list"),
        (Grant(MEMBER, BOB, id=5), "id: .* not int"),
        (Grant(MEMBER, BOB, annotations="x"), "annotations: a tuple or list"),
        (Grant(MEMBER, BOB, annotations=(1,)), r"annotations\[0\]: Annotation is needed"),
        (Grant(MEMBER, BOB, sources=["a"]), "sources: a mapping is needed, not list"),
        (Grant(MEMBER, BOB, sources={"a": 1}), r"sources\['a'\]: True or False is needed, not int"),
        (Grant(MEMBER, BOB, sources={1: True}), "sources: a text .* not int"),
    ],
)
def test_a_wrong_type_is_named(value, words):
    encoder = GrantEncoder()
    with pytest.raises(TypeError, match=words):
        encoder.row(value)
    with pytest.raises(TypeError, match=words):  # and nothing of it was kept
        encoder.rows([Grant(MEMBER, BOB), value])


def test_text_that_is_no_unicode_is_named():
    with pytest.raises(ValueError, match="principal.resource: .* lone surrogate"):
        GrantEncoder().row(Grant(MEMBER, ResourceId("user", "\ud800")))
    with pytest.raises(ValueError, match="^id: .* lone surrogate"):
        GrantEncoder().row(Grant(MEMBER, BOB, id="\ud800"))


def test_writing_needs_no_protobuf_library():
    code = (
        "import sys; import connector_host.wire.grant_encoder, connector_host.wire.encode;"
        " sys.exit(any(name.startswith('google') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
