"""JSON text: against the library for every message there is, Go's order, what is left out, damage."""

import json
from datetime import UTC, datetime

import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.model import Annotation, Grant, GroupTrait, Resource, ResourceId, ResourceType, Trait, UserTrait
from connector_host.wire import encode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.json import rendering
from connector_host.wire.json.message_text import writer
from connector_host.wire.message_registry import DESCRIPTORS
from connector_host.wire.parsing import Memo, parse
from connector_host.wire.pb.c1.connector.v2 import connector_pb2, objects_pb2, traits_pb2
from connector_host.wire.stored_grants import with_sources

STAFF = Resource(ResourceId("group", "staff"), "Staff", traits=(GroupTrait(),), profile={"nested": 1, "n": 0.5})
BOB = ResourceId("user", "bob")
C1 = "type.googleapis.com/c1.connector.v2."


def as_json(message):
    text = writer(message.DESCRIPTOR)(message)
    return None if text is None else json.loads(text)


# ----------------------------------------------------------------------------------------------- against the library

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32, allow_nan=False, allow_infinity=False),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_STRING: TEXT,
}
KNOWN = sorted(name for name in DESCRIPTORS if not name.startswith("google."))


def one(draw, field, depth):
    if field.message_type is not None:
        return fill(draw, field.message_type, depth + 1)
    if field.enum_type is not None:
        return draw(st.sampled_from([*field.enum_type.values_by_number, 1000]))
    return draw(st.binary(max_size=5) if field.type == field.TYPE_BYTES else NUMBERS[field.cpp_type])


def fill(draw, descriptor, depth=0):
    """A message of the type with some of its fields set."""
    name = descriptor.full_name
    message = GetMessageClass(descriptor)()
    if name == "google.protobuf.Timestamp":
        message.FromDatetime(draw(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))))
        message.nanos += draw(st.sampled_from([0, 5, 120]))
    elif name == "google.protobuf.Duration":
        sign = draw(st.sampled_from([1, -1]))
        message.seconds = sign * draw(st.integers(0, 10**10))
        message.nanos = sign * draw(st.sampled_from([0, 5 * 10**8, 1_000_000, 1_000, 7]))
    elif name == "google.protobuf.Struct":
        message.update(
            draw(
                st.dictionaries(
                    TEXT, st.none() | TEXT | st.booleans() | st.integers(-9, 9) | st.just([1, [], {}]), max_size=3
                )
            )
        )
    elif name == "google.protobuf.Any":
        if depth > 3:
            message.Pack(objects_pb2.AssetRef(id="x"))
        else:
            message.Pack(fill(draw, DESCRIPTORS[draw(st.sampled_from(KNOWN))], depth + 1))
    else:
        fields = [field for field in descriptor.fields if depth <= 3 or field.message_type is None]
        for field in (
            draw(st.lists(st.sampled_from(fields), max_size=4, unique_by=lambda field: field.name)) if fields else ()
        ):
            set_field(draw, message, field, depth)
    return message


def set_field(draw, message, field, depth):
    target = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value_field = field.message_type.fields_by_name["value"]
        for key in draw(st.lists(st.sampled_from(["n", "nested", "é", ""]), max_size=3, unique=True)):
            if value_field.message_type is None:
                target[key] = one(draw, value_field, depth)
            else:
                target[key].CopyFrom(one(draw, value_field, depth))
    elif field.is_repeated:
        target.extend(one(draw, field, depth) for _ in range(draw(st.integers(0, 2))))
    elif field.message_type is not None:
        target.CopyFrom(one(draw, field, depth))
    else:
        setattr(message, field.name, one(draw, field, depth))


@pytest.mark.parametrize("name", KNOWN)
@settings(max_examples=8)
@given(st.data())
def test_every_message_is_what_the_library_makes_of_it(name, data):
    message = fill(data.draw, DESCRIPTORS[name])
    assert as_json(message) == MessageToDict(message)


def test_all_messages_of_ours_are_known_to_an_any():
    assert len(KNOWN) > 120
    for name in KNOWN:
        cls = GetMessageClass(DESCRIPTORS[name])
        item = Any()
        item.Pack(cls())
        assert as_json(item) == {"@type": f"type.googleapis.com/{name}"}


# ----------------------------------------------------------------------------------------------- Go's ways


def test_fields_stand_in_the_order_of_their_declaration():
    grant = Grant(
        STAFF.ref("member"), BOB, annotations=(Annotation("c1.connector.v2.RawId"),), sources={"b": True, "a": False}
    )
    text = rendering.grant(GrantEncoder().row(grant).data)
    assert text == (
        '{"entitlement":{"resource":{"id":{"resourceType":"group","resource":"staff"},"displayName":"Staff",'
        f'"annotations":[{{"@type":"{C1}GroupTrait"}}],"profile":{{"n":0.5,"nested":1}}}},"id":"group:staff:member"}},'
        '"principal":{"id":{"resourceType":"user","resource":"bob"}},"id":"group:staff:member:user:bob",'
        '"sources":{"sources":{"a":{},"b":{"isDirect":true}}},'
        f'"annotations":[{{"@type":"{C1}RawId"}}]}}'
    )
    trait = traits_pb2.UserTrait(login="l", employee_ids=["e"], sso_status=traits_pb2.UserTrait.SSOStatus())
    trait.created_at.seconds = 1
    assert writer(trait.DESCRIPTOR)(trait) == (
        '{"login":"l","employeeIds":["e"],"createdAt":"1970-01-01T00:00:01Z","ssoStatus":{}}'
    )
    message = objects_pb2.Grant.FromString(GrantEncoder().row(grant).data)
    assert writer(message.DESCRIPTOR)(message) == text  # both ways of writing a grant are the same


def test_defaults_are_left_out_but_presence_is_printed():
    assert rendering.resource(b"") == "{}"
    assert rendering.grant(b"") == "{}"
    assert rendering.grant(b"\x0a\x00\x12\x00\x2a\x00") == '{"entitlement":{},"principal":{},"sources":{}}'
    field = connector_pb2.ConnectorAccountCreationSchema.Field(bool_field={"default_value": False})
    assert as_json(field) == {"boolField": {"defaultValue": False}}
    assert as_json(connector_pb2.KeyGenerationProfile(rsa_modulus_bits=0)) == {"rsaModulusBits": 0}


def test_forms_of_values():
    assert as_json(traits_pb2.LicenseProfileTrait(purchased_seats=-5)) == {"purchasedSeats": "-5"}
    assert as_json(traits_pb2.VendorTrait(trailing_30d_spend={})) == {"trailing30dSpend": {}}
    assert as_json(objects_pb2.AssetServiceGetAssetResponse(data={"data": b"\xff\xfe"})) == {"data": {"data": "//4="}}
    assert as_json(objects_pb2.Entitlement(purpose=99)) == {"purpose": 99}
    assert as_json(traits_pb2.ManagedDeviceTrait(is_encrypted={"value": False})) == {"isEncrypted": False}
    assert as_json(traits_pb2.LineItem(quantity=float("inf"))) == {"quantity": "Infinity"}
    text = rendering.resource_type(encode.resource_type(ResourceType('é\n"\x01\u2028\U0001f600', traits=(Trait.USER,))))
    assert text == '{"id":"é\\n\\"\\u0001\u2028\U0001f600","traits":["TRAIT_USER"]}'


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (-2.0, "-2"),
        (0.0, "0"),
        (0.5, "0.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-7, "1e-07"),
    ],
)
def test_numbers_of_a_profile(number, text):
    message = objects_pb2.Resource()
    message.profile["x"] = number
    assert rendering.resource(message.SerializeToString()) == f'{{"profile":{{"x":{text}}}}}'


def test_numbers_that_json_has_not_become_texts():
    message = objects_pb2.Resource()
    message.profile.update({"a": float("nan"), "b": float("-inf")})
    assert json.loads(rendering.resource(message.SerializeToString())) == {"profile": {"a": "NaN", "b": "-Infinity"}}


def test_annotations_of_unknown_type_are_left_out():
    known, unknown = (
        Any(type_url=f"{C1}RawId", value=b"\x0a\x01x"),
        Any(type_url="type.googleapis.com/no.Such", value=b"\xff"),
    )
    assert rendering.resource(objects_pb2.Resource(annotations=[unknown]).SerializeToString()) == "{}"
    both = objects_pb2.Resource(annotations=[unknown, known]).SerializeToString()
    assert json.loads(rendering.resource(both)) == {"annotations": [{"@type": f"{C1}RawId", "id": "x"}]}
    assert rendering.grant(objects_pb2.Grant(annotations=[unknown]).SerializeToString()) == "{}"
    assert json.loads(
        rendering.grant(objects_pb2.Grant(annotations=[unknown, known]).SerializeToString())
    ) == json.loads(rendering.resource(both))
    inside = Any(
        type_url=f"{C1}ResourceType", value=objects_pb2.ResourceType(id="x", annotations=[unknown]).SerializeToString()
    )
    assert as_json(inside) == {"@type": f"{C1}ResourceType", "id": "x"}


def test_another_prefix_of_a_known_type_is_printed_as_it_is():
    assert as_json(Any(type_url="example.org/c1.connector.v2.RawId")) == {"@type": "example.org/c1.connector.v2.RawId"}


def test_google_messages_in_an_any_have_a_value():
    item = Any()
    item.Pack(objects_pb2.Resource(created_at={"seconds": 1, "nanos": 5_000}).created_at)
    assert as_json(item) == {
        "@type": "type.googleapis.com/google.protobuf.Timestamp",
        "value": "1970-01-01T00:00:01.000005Z",
    }


def test_slim_rows_are_made_whole_from_their_columns():
    data = with_sources(b"\x1a\x01i", {"e": True})
    columns = ("group", "staff", "group:staff:member", "user", 'b"b')
    assert json.loads(rendering.grant(data, columns)) == {
        "entitlement": {"resource": {"id": {"resourceType": "group", "resource": "staff"}}, "id": "group:staff:member"},
        "principal": {"id": {"resourceType": "user", "resource": 'b"b'}},
        "id": "i",
        "sources": {"sources": {"e": {"isDirect": True}}},
    }
    assert json.loads(rendering.grant(b"", ("", "", "", "", ""))) == {
        "entitlement": {"resource": {"id": {}}},
        "principal": {"id": {}},
    }
    whole = GrantEncoder().row(Grant(STAFF.ref("member"), BOB)).data
    assert rendering.grant(whole, columns) == rendering.grant(whole)


# ----------------------------------------------------------------------------------------------- caches and damage


def test_a_memo_gives_what_was_made_and_forgets_when_full():
    made = []
    memo = Memo(lambda part: made.append(part) or part.decode(), most=1000)
    assert [memo(b"a"), memo(b"b"), memo(b"a"), memo.get(b"a"), memo.get(b"c")] == ["a", "b", "a", "a", None]
    assert made == [b"a", b"b"]
    for number in range(50):
        assert memo(b"%d" % number) == str(number)
        assert len(memo._made) <= 5
        assert memo.get(b"%d" % number) == str(number), "the newest is remembered, also after the limit was reached"
    assert memo(b"x" * 5000) == "x" * 5000
    assert memo.get(b"x" * 5000) is None


@pytest.mark.parametrize("data", [b"\xff\xff", b"\x0a\x05a", "text", None, 5])
def test_what_is_no_message_is_a_file_error(data):
    for action in (rendering.resource_type, rendering.resource, rendering.entitlement, rendering.grant):
        with pytest.raises(FileError, match="is not a valid message"):
            action(data)


@pytest.mark.parametrize("error", [UnicodeDecodeError("utf-8", b"x", 0, 1, "odd"), RecursionError("deep")])
def test_what_the_runtime_without_c_code_raises_is_a_file_error_too(error):
    class Broken:
        @staticmethod
        def FromString(_data):  # the library's name
            raise error

    with pytest.raises(FileError, match="a stored thing is not a valid message"):
        parse(Broken, b"", "thing")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (objects_pb2.Resource(created_at={"seconds": 2**60}), "is no date"),
        (objects_pb2.Resource(created_at={"seconds": -62_135_596_801}), "is no date"),
        (objects_pb2.Resource(created_at={"nanos": -1}), "-1 nanoseconds"),
        (objects_pb2.Resource(annotations=[Any(type_url=f"{C1}UserTrait", value=b"\xff")]), "a stored UserTrait"),
        (objects_pb2.Grant(annotations=[Any(type_url=f"{C1}RawId", value=b"\x0a\x01\xff")]), "a stored RawId"),
    ],
)
def test_damage_inside_is_a_file_error(message, words):
    action = rendering.grant if isinstance(message, objects_pb2.Grant) else rendering.resource
    with pytest.raises(FileError, match=words):
        action(message.SerializeToString())


def test_durations_out_of_range_are_a_file_error():
    for wrong in ({"seconds": 1, "nanos": -1}, {"seconds": 10**12}, {"nanos": 10**9}):
        with pytest.raises(FileError, match="a stored duration"):
            as_json(connector_pb2.IssuanceExpiryCapability(min=wrong))


def test_annotations_inside_annotations_without_end_are_a_file_error():
    inner = objects_pb2.ResourceType(id="x")
    for _ in range(3000):
        inner = objects_pb2.ResourceType(
            annotations=[Any(type_url=f"{C1}ResourceType", value=inner.SerializeToString())]
        )
    with pytest.raises(FileError, match="annotations are nested too deeply"):
        rendering.resource_type(inner.SerializeToString())


def test_nothing_is_remembered_of_annotations_that_could_not_be_written():
    bad = objects_pb2.Grant(annotations=[Any(type_url=f"{C1}RawId", value=b"\x0a\x01\xff")]).SerializeToString()
    for _ in range(2):
        with pytest.raises(FileError, match="a stored RawId"):
            rendering.grant(bad)


@given(st.data())
def test_any_damage_ends_in_json_or_a_file_error(data):
    user = Resource(
        BOB, "Bob", STAFF.id, "d", (UserTrait(),), ("x",), {"n": [1]}, created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    grant = Grant(
        user.ref("s"), user, annotations=(Annotation("c1.connector.v2.RawId", b"\x0a\x01x"),), sources={"a": True}
    )
    raw = bytearray(GrantEncoder().row(grant).data)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    try:
        json.loads(rendering.grant(cut))
    except FileError as error:
        assert "is not a valid message" in error.message  # noqa: PT017 - both ends are right
