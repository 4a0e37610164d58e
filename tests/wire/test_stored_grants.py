"""Stored grants as bytes, against the library: parts, sources, generated grants, damaged bytes."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.stored_grants import (
    GeneratedGrants,
    HolderReader,
    SourcesReader,
    entitlement_field,
    generated,
    id_principal,
    principal_bytes,
    sources,
    sources_field,
    split,
    with_sources,
)

TEXT = st.text(max_size=8) | st.sampled_from(["x" * 130, "é" * 70, "x" * 2100])
ORIGIN = st.dictionaries(
    st.sampled_from(["n", "nested", "na", "", "é", "x" * 200]) | st.text(max_size=4), st.booleans(), max_size=4
)
UNKNOWN = st.sampled_from(
    [b"", b"\x30\x05", b"\x35\xff\xff\xff\xff", b"\x31" + b"\xff" * 8, b"\x82\x01\x02hi", b"\xf8\xff\xff\xff\x0f\x01"]
)


@st.composite
def stored_grants(draw):
    """A grant message, its bytes as Go would write them (unknown fields last), and its sources."""
    message = objects_pb2.Grant(id=draw(TEXT))
    if draw(st.booleans()):
        message.entitlement.id = draw(TEXT)
    if draw(st.booleans()):
        message.principal.id.resource = draw(TEXT)
    for name in draw(st.lists(TEXT, max_size=3)):
        message.annotations.add(type_url=name)
    origin = draw(ORIGIN)
    return message, message.SerializeToString() + sources_field(origin) + draw(UNKNOWN), origin


@given(stored_grants())
def test_the_parts_are_what_the_library_finds(grant):
    message, data, origin = grant
    entitlement, principal, raw_id, annotations, raw_sources = split(data)
    assert (entitlement is not None) == message.HasField("entitlement")
    assert (principal is not None) == message.HasField("principal")
    assert (entitlement or b"") == message.entitlement.SerializeToString()
    assert principal_bytes(data) == (principal or b"") == message.principal.SerializeToString()
    assert raw_id.decode() == message.id
    assert list(annotations) == [item.SerializeToString() for item in message.annotations]
    assert sources(data) == origin
    assert (raw_sources is None) == (not origin)


@given(stored_grants(), ORIGIN)
def test_only_the_sources_are_replaced(grant, others):
    message, data, origin = grant
    changed = with_sources(data, others)
    assert sources(changed) == others
    assert with_sources(changed, origin) == data
    assert with_sources(data, {}).startswith(message.SerializeToString())
    again = objects_pb2.Grant.FromString(changed)
    assert {key: value.is_direct for key, value in again.sources.sources.items()} == others
    again.ClearField("sources")
    again.DiscardUnknownFields()
    assert again == message


def test_sources_stand_before_unknown_fields_and_keep_their_place():
    data = b"\x1a\x01i" + b"\x30\x05"
    assert with_sources(data, {"a": False}) == b"\x1a\x01i" + b"\x2a\x07\x0a\x05\x0a\x01a\x12\x00" + b"\x30\x05"
    odd = sources_field({"a": True}) + b"\x1a\x01i"  # not an order that Go writes, but a valid one
    assert with_sources(odd, {"b": False}) == sources_field({"b": False}) + b"\x1a\x01i"


@given(st.binary(max_size=300), TEXT, TEXT, TEXT, ORIGIN)
def test_a_generated_grant_reads_back(whole, kind, name, grant_id, origin):
    who = id_principal(kind, name)
    principal = objects_pb2.Resource.FromString(who)
    assert (principal.id.resource_type, principal.id.resource) == (kind, name)
    data = generated(entitlement_field(whole), who, grant_id, sources_field(origin))
    entitlement, found, raw_id, annotations, _ = split(data)
    assert (entitlement, found, raw_id.decode(), sources(data)) == (whole, who, grant_id, origin)
    assert annotations == (b"\x0a\x32type.googleapis.com/c1.connector.v2.GrantImmutable",)


@given(st.lists(stored_grants(), max_size=6))
def test_reading_holders_in_a_row_gives_what_splitting_each_gives(grants):
    rows, expected = [], []
    for _, data, origin in grants:
        one = with_sources(
            generated(entitlement_field(b"\x12\x01n"), id_principal("user", str(len(data))), "i", b""), origin
        )
        empty = generated(entitlement_field(b"\x12\x01n"), b"", "i", b"\x2a\x00")
        for stored in (one, one + b"\x30\x05", b"\x0a\x03\x12\x01n\x12\x02\x0a\x00\x1a\x01x", empty, data):
            found = sources(stored)
            rows.append(("user", str(len(rows)), stored))
            expected.append((*rows[-1][:2], split(stored)[1], not found or "n" in found))
    reader = HolderReader("n")
    assert list(reader.read(rows)) == expected
    assert [answer for row in rows for answer in reader.read([row])] == expected
    assert SourcesReader().read([data for _, _, data in rows]) == [sources(data) for _, _, data in rows]


@given(st.lists(st.tuples(TEXT, TEXT, st.binary(max_size=300), ORIGIN), max_size=4), TEXT, st.binary(max_size=20))
def test_grants_made_in_a_row_are_those_made_one_by_one(holders, on, entitlement):
    rows = GeneratedGrants("app", "a", on, entitlement).rows(
        (kind, name, principal, sources_field(origin)) for kind, name, principal, origin in holders
    )
    for row, (kind, name, principal, origin) in zip(rows, holders, strict=True):
        grant_id = f"{on}:{kind}:{name}"
        data = generated(entitlement_field(entitlement), principal, grant_id, sources_field(origin))
        assert row == ("app", "a", on, kind, name, grant_id, None, 0, data, 0)


def test_a_part_that_stands_twice_is_merged_as_the_encoding_has_it():
    first = objects_pb2.Grant(id="a")
    first.entitlement.id = "e"
    first.principal.id.resource = "p"
    second = objects_pb2.Grant(id="b")
    second.entitlement.slug = "s"
    second.principal.display_name = "P"
    first.sources.sources["x"].is_direct = True
    second.sources.sources["y"].is_direct = False
    second.annotations.add(type_url="u")
    data = first.SerializeToString() + second.SerializeToString()
    whole = objects_pb2.Grant.FromString(data)
    entitlement, principal, raw_id, annotations, _ = split(data)
    assert objects_pb2.Entitlement.FromString(entitlement) == whole.entitlement
    assert objects_pb2.Resource.FromString(principal) == whole.principal
    assert (raw_id, len(annotations)) == (b"b", 1)
    assert sources(data) == {"x": True, "y": False}


def test_a_message_of_a_million_tiny_parts_takes_no_longer_than_it_must():
    for part in (b"\x0a\x00", b"\x22\x00", b"\x30\x01"):
        started = time.process_time()
        with contextlib.suppress(FileError):  # parts 1 to 5 are refused when they are repeated so often
            split(part * 300_000)
        with_sources(part * 100_000, {"a": True})
        assert time.process_time() - started < 5, "the work grows with the square of the length"


@pytest.mark.parametrize(
    "data",
    [b"\x0a", b"\x0a\x05a", b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x0b\x00", b"\xff", "text", 5, None],
)
def test_what_is_no_message_is_a_file_error(data):
    for action in (split, principal_bytes, sources, lambda data: with_sources(data, {"a": True})):
        with pytest.raises(FileError, match="a stored grant is not a valid message") as caught:
            action(data)
        assert caught.value.hint


def test_damaged_sources_are_a_file_error():
    for inside in (b"\x0a\x05", b"\x0a\x03\x0a\x01\xff", b"\x0a\x02\x12\x05"):
        with pytest.raises(FileError, match="a stored grant is not a valid message"):
            sources(b"\x2a" + bytes([len(inside)]) + inside)


@given(stored_grants(), st.data())
def test_any_damage_ends_in_a_result_or_a_file_error(grant, data):
    raw = bytearray(grant[1])
    for _ in range(data.draw(st.integers(1, 3))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(0, len(raw)))])
    for action in (
        split,
        sources,
        lambda data: with_sources(data, {"a": True}),
        lambda data: list(HolderReader("n").read([("", "", data)])),
        lambda data: SourcesReader().read([grant[1], None, data]),
    ):
        try:
            action(cut)
        except FileError as error:
            assert "not a valid message" in error.message  # noqa: PT017 - both ends are right


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\x0a\x00" * 500_000, "field 1 occurs more than 1,000 times"),
        (b"\x12\x02\x0a\x00" * 500_000, "field 2 occurs more than 1,000 times"),
        (b"\x22\x00" * 500_000, "more than 10,000 annotations"),
        (b"\x2a\x80\x89\x7a" + b"\x0a\x03\x0a\x01a" * 400_000, "more than 1,000 of its sources are repeated"),
    ],
)
def test_a_grant_of_repetitions_is_refused_at_once(data, problem):
    started = time.process_time()
    with pytest.raises(FileError, match=problem):
        sources(data)
    assert time.process_time() - started < 0.5
