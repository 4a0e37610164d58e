"""Objects of format v1 as records of format v3, and back: nothing else changes, and what is lost is counted."""

from collections import Counter
from contextlib import suppress

import pytest
from google.protobuf.any_pb2 import Any
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.pb.c1.storage.v3 import records_pb2
from connector_host.wire.v3 import record_decoding, record_encoding, sync_records
from connector_host.wire.v3.format_losses import FormatLoss
from connector_host.wire.v3.grant_merging import merge_grants
from connector_host.wire.wire_format import block

TEXT = st.text(max_size=5) | st.sampled_from(["n", "nested", "x" * 300])
SOME = TEXT.filter(bool)
ANNOTATIONS = st.lists(st.builds(Any, type_url=TEXT, value=st.binary(max_size=5)), max_size=3)
NANOSECONDS = st.integers(0, 4 * 10**18)
KINDS = st.sampled_from(sorted(objects_pb2.ResourceType.Trait.values()))


def of_type(**fields):
    return objects_pb2.ResourceType(**fields)


@settings(max_examples=30, deadline=None)
@given(SOME, TEXT, st.lists(KINDS, max_size=3), ANNOTATIONS, TEXT, st.booleans(), NANOSECONDS)
def test_a_resource_type_comes_back_as_it_was(name, shown, traits, annotations, description, external, moment):
    before = of_type(id=name, display_name=shown, traits=traits, annotations=annotations, description=description)
    before.sourced_externally = external
    lost = Counter()
    record = record_encoding.resource_type(before.SerializeToString(), name, moment, lost)
    assert list(records_pb2.ResourceTypeRecord.FromString(record).traits) == [
        objects_pb2.ResourceType.Trait.Name(trait).removeprefix("TRAIT_") for trait in traits
    ]
    type_id, data, discovered = record_decoding.resource_type(record)
    assert (type_id, objects_pb2.ResourceType.FromString(data)) == (name, before)
    assert record_decoding.nanoseconds(discovered) == moment
    assert not +lost


@settings(max_examples=30, deadline=None)
@given(SOME, SOME, TEXT, SOME, TEXT, ANNOTATIONS, st.dictionaries(TEXT, TEXT, max_size=3), st.none() | TEXT, TEXT)
def test_a_resource_comes_back_as_it_was(kind, name, parent_type, parent, shown, annotations, profile, details, icon):
    before = objects_pb2.Resource(display_name=shown, description=shown, annotations=annotations)
    before.id.resource_type, before.id.resource = kind, name
    before.parent_resource_id.resource_type, before.parent_resource_id.resource = parent_type, parent
    before.profile.update(profile)
    if details is not None:
        before.status.status, before.status.details = 2, details
        before.created_at.seconds = 5
    if icon:
        before.icon.id = icon
    lost = Counter()
    record, above = record_encoding.resource(before.SerializeToString(), kind, name, 7, lost)
    assert above == (parent_type, parent)
    stored = records_pb2.ResourceRecord.FromString(record)
    assert (stored.parent.resource_id, stored.icon_asset_external_id, stored.profile) == (parent, icon, before.profile)
    *ids, data, discovered = record_decoding.resource(record)
    assert (ids, record_decoding.nanoseconds(discovered)) == ([kind, f"{kind}:{name}", parent_type, parent], 7)
    assert objects_pb2.Resource.FromString(data) == before
    assert not +lost


def test_what_a_resource_record_has_no_field_for_is_counted():
    message = objects_pb2.Resource(baton_resource=True)
    message.external_id.id = "x"
    lost = Counter()
    record, above = record_encoding.resource(message.SerializeToString() + b"\xfa\x01\x01y", "user", "u", None, lost)
    assert above is None
    assert objects_pb2.Resource.FromString(record_decoding.resource(record)[4]) == objects_pb2.Resource(
        id=objects_pb2.ResourceId(resource_type="user", resource="u")
    )
    assert lost == {FormatLoss.OLD_FIELDS: 1, FormatLoss.UNKNOWN_FIELDS: 1}


@settings(max_examples=30, deadline=None)
@given(SOME, SOME, SOME, TEXT, st.integers(0, 3), ANNOTATIONS, st.lists(SOME, max_size=3))
def test_an_entitlement_comes_back_with_ids_for_objects(kind, name, own, slug, purpose, annotations, kinds):
    before = objects_pb2.Entitlement(id=own, slug=slug, display_name=slug, purpose=purpose, annotations=annotations)
    before.resource.id.resource_type, before.resource.id.resource = kind, name
    before.grantable_to.extend(of_type(id=one) for one in kinds)
    whole = objects_pb2.Entitlement.FromString(before.SerializeToString())
    whole.resource.display_name = "Shown"
    for one in whole.grantable_to:
        one.display_name = "A type"
    lost = Counter()
    record = record_encoding.entitlement(whole.SerializeToString(), kind, name, own, None, lost)
    assert record_decoding.entitlement(record)[:3] == (kind, name, own)
    assert objects_pb2.Entitlement.FromString(record_decoding.entitlement(record)[3]) == before
    assert +lost == {FormatLoss.DETAILS: 1}


def test_a_trait_and_a_purpose_of_tomorrow_are_counted():
    lost = Counter()
    record = record_encoding.resource_type(b"\x0a\x01a\x18\x63\x1a\x01\x01", "a", None, lost)
    assert sorted(records_pb2.ResourceTypeRecord.FromString(record).traits) == ["", "USER"]
    record_encoding.entitlement(b"\x38\x63", "a", "b", "c", None, lost)
    assert lost[FormatLoss.NAMES] == 2
    newer = records_pb2.EntitlementRecord(external_id="x", purpose="NEW").SerializeToString()
    assert objects_pb2.Entitlement.FromString(record_decoding.entitlement(newer)[3]).purpose == 0


SOURCES = st.dictionaries(TEXT, st.booleans(), max_size=4)
GRANTS = st.tuples(SOME, SOME, ANNOTATIONS, SOURCES, st.none() | st.binary(max_size=4), st.booleans(), NANOSECONDS)


@settings(max_examples=30, deadline=None)
@given(SOME, SOME, SOME, st.lists(GRANTS, max_size=4), TEXT)
def test_grants_come_back_with_ids_for_objects(kind, name, own, grants, parent):
    encoder, decoder = (
        record_encoding.GrantRecords(lambda *who: ":".join(who).encode()),
        record_decoding.GrantRecordDecoder(),
    )
    encoder.on(kind, name, own)
    for who_type, who, annotations, sources, expansion, needs, moment in grants:
        before = objects_pb2.Grant(id="g", annotations=annotations)
        before.entitlement.id = own
        before.entitlement.resource.id.resource_type, before.entitlement.resource.id.resource = kind, name
        before.principal.id.resource_type, before.principal.id.resource = who_type, who
        if parent:
            before.principal.parent_resource_id.resource = parent
        for key, direct in sources.items():
            before.sources.sources[key].is_direct = direct
        whole = objects_pb2.Grant.FromString(before.SerializeToString())
        whole.entitlement.resource.display_name = whole.principal.display_name = "Shown"
        found = record_encoding.moment(moment)
        tail, record = encoder.record(who_type, who, "g", whole.SerializeToString(), expansion, needs, found)
        assert tail == f"{who_type}:{who}".encode()
        stored = records_pb2.GrantRecord.FromString(record) if expansion is None else None
        assert stored is None or {key: one.is_direct for key, one in stored.sources.items()} == sources
        row, discovered = decoder.row(record)
        assert row[:6] == (kind, name, own, who_type, who, "g")
        assert (row[6] or None, bool(row[7])) == (expansion or None, bool(expansion and needs))
        assert (objects_pb2.Grant.FromString(row.data), record_decoding.nanoseconds(discovered)) == (before, moment)


def test_sources_stand_in_the_order_of_their_bytes():
    grant = objects_pb2.Grant()
    for key in ("nested", "n", "é", "a"):
        grant.sources.sources[key].is_direct = key == "n"
    record = record_encoding.GrantRecords(lambda *_: b"").record(
        "u", "1", "g", grant.SerializeToString(), None, 0, b""
    )[1]
    places = [record.index(b"\x0a" + bytes((len(key),)) + key) for key in (b"a", b"n", b"nested", "é".encode())]
    assert places == sorted(places)


def test_a_principal_is_not_taken_for_another_with_the_same_message():
    encoder = record_encoding.GrantRecords(lambda *who: ":".join(who).encode())
    first = encoder.record("user", "1", "g", b"\x0a\x00\x12\x00\x1a\x01g", None, 0, b"")
    second = encoder.record("user", "2", "g", b"\x0a\x00\x12\x00\x1a\x01g", None, 0, b"")
    assert [tail for tail, _ in (first, second)] == [b"user:1", b"user:2"]
    assert [record_decoding.GrantRecordDecoder().row(record)[0].principal for _, record in (first, second)] == [
        "1",
        "2",
    ]


def test_a_grant_without_id_gets_the_one_it_would_have():
    message = records_pb2.GrantRecord()
    message.entitlement.entitlement_id = "e"
    message.principal.resource_type_id, message.principal.resource_id = "user", "u"
    row, _ = record_decoding.GrantRecordDecoder().row(message.SerializeToString())
    assert row[5] == objects_pb2.Grant.FromString(row.data).id == "e:user:u"


def test_the_expansion_stands_last_among_the_annotations():
    grant = objects_pb2.Grant(id="g", annotations=[Any(type_url="x")])
    grant.sources.sources["a"].is_direct = True
    shown = objects_pb2.Grant.FromString(record_decoding.attached(grant.SerializeToString(), b"\x0a\x01e"))
    assert [item.TypeName() for item in shown.annotations] == ["x", "c1.connector.v2.GrantExpandable"]
    del shown.annotations[-1]
    assert shown == grant


READERS = (
    record_decoding.resource_type,
    record_decoding.resource,
    record_decoding.entitlement,
    record_decoding.asset,
    record_decoding.GrantRecordDecoder().row,
    sync_records.read_run,
    sync_records.read_stats,
)
PARTS = st.sampled_from(
    [b"\x12\x01a", b"\x1a\x03\x0a\x01b", b"\x22\x7f", b"\x2a\x02\x10\xff", b"\x4a\x02\x0a\x05", b"\xff"]
)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=20) | st.lists(PARTS, max_size=4).map(b"".join))
def test_bytes_that_are_no_record_are_one_clear_error(data):
    # nothing else than a FileError may come of it
    for read in READERS:
        with suppress(FileError):
            read(data)
    with suppress(FileError):
        record_encoding.GrantRecords(lambda *_: b"").record("a", "b", "c", data, None, 0, b"")


# ----------------------------------------------------------------------------------------------- the sync, merging


@settings(max_examples=30, deadline=None)
@given(
    TEXT, st.sampled_from(["full", "partial", "resources_only"]), st.none() | NANOSECONDS, st.lists(TEXT, max_size=2)
)
def test_a_sync_comes_back_as_it_was(text, kind, moment, coverage):
    run = sync_records.RunRecord(
        sync_id=text, type=kind, started_at=moment, token=text, supports_diff=True, invariant_coverage=tuple(coverage)
    )
    assert sync_records.read_run(sync_records.write_run(run)) == run


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(TEXT, st.integers(0, 2**62), max_size=4), st.integers(0, 2**62))
def test_counts_come_back_as_they_were(numbers, total):
    stats = sync_records.StatsRecord(sync_id="s", grants=total, resources_by_type=numbers, written_at=3)
    record = sync_records.write_stats(stats)
    assert sync_records.read_stats(record) == stats
    assert records_pb2.SyncStatsRecord.FromString(record).resources_by_resource_type == numbers
    assert not sync_records.has_timings(record)
    assert sync_records.has_timings(record + b"\x52\x05\x0a\x01a\x10\x01")


def test_a_type_of_sync_without_a_name():
    with pytest.raises(ValueError, match="UNKNOWN"):
        sync_records.type_number("unknown")
    assert sync_records.read_run(records_pb2.SyncRunRecord(type=77).SerializeToString()).type == "77"


MERGEABLE = st.builds(
    lambda name, moment, url, sources, ids, shallow: (name, moment, url, sources, ids, shallow),
    *(TEXT, st.none() | st.integers(0, 3), st.none() | TEXT, SOURCES, st.none() | st.lists(TEXT, max_size=2)),
    st.booleans(),
)


def grant_record(name, moment, url, sources, ids, shallow):
    record = records_pb2.GrantRecord(external_id=name, needs_expansion=bool(ids))
    if moment is not None:
        record.discovered_at.seconds = moment
    if url is not None:
        record.annotations.add(type_url=url)
    for key, direct in sources.items():
        record.sources[key].is_direct = direct
    if ids is not None:
        record.expansion.entitlement_ids[:] = ids
        record.expansion.shallow = shallow
    return record.SerializeToString()


@settings(max_examples=30, deadline=None)
@given(st.lists(MERGEABLE, min_size=2, max_size=3), st.randoms())
def test_grants_are_merged_alike_in_any_order(grants, dice):
    found = [grant_record(*grant) for grant in grants]
    merged = records_pb2.GrantRecord.FromString(merge_grants(found))
    dice.shuffle(found)
    assert records_pb2.GrantRecord.FromString(merge_grants(found)) == merged
    keys = {key for grant in grants for key in grant[3]}
    assert {key: one.is_direct for key, one in merged.sources.items()} == {
        key: any(grant[3].get(key) for grant in grants) for key in keys
    }
    told = [grant for grant in grants if grant[1] is not None] or grants
    earliest = min(grant[1] or 0 for grant in told)
    assert merged.external_id == min((grant[0] for grant in told if (grant[1] or 0) == earliest), key=str.encode)
    assert merged.needs_expansion == any(grant[4] for grant in grants)


def test_one_grant_is_left_as_it_is():
    assert merge_grants([b"\x12\x01a\xf8\x07\x01"]) == b"\x12\x01a\xf8\x07\x01"


FIELD_TAGS = st.sampled_from((0x12, 0x1A, 0x22, 0x2A, 0x3A, 0x3A, 0x42, 0x4A, 0x52, 0x5A, 0x6A, 0x32, 0x08))
FIELDS = st.lists(st.tuples(FIELD_TAGS, st.binary(max_size=3) | st.sampled_from([b"x" * 127, b"x" * 300])), max_size=7)


@settings(max_examples=150, deadline=None)
@given(FIELDS, st.booleans(), st.integers(0, 400), st.booleans())
def test_a_resource_with_fields_in_order_is_decoded_as_any_other(fields, in_order, cut, long_size):
    if in_order:
        fields = [(0x12, b"user"), (0x1A, b"u1"), *sorted(field for field in fields if field[0] not in (0x12, 0x1A))]
    record = b"".join(block(bytes((tag,)), content) for tag, content in fields)
    record = record[: len(record) - cut] if cut < 5 else record
    if long_size and record:  # a size of more bytes than it needs
        record = record[:1] + bytes((record[1] | 0x80, 0)) + record[2:]

    def outcome():
        try:
            return record_decoding.resource(record)
        except FileError as error:
            return str(error)

    decoded = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_decoding, "_plain_resource", lambda _: None)
        assert decoded == outcome()
