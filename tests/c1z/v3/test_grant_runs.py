"""Records made of packed grants are those made of their rows, and nearly all grants stay packed."""

from contextlib import closing
from itertools import chain, count

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host import EntitlementRef, Grant, GrantExpandable, Resource, ResourceId
from connector_host.c1z import ksuid, transactions
from connector_host.c1z.pebble.database_writer import write_groups
from connector_host.c1z.pebble.pebble_database import open_pebble
from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.packed_rows import add_packed, create_packed, drop_packed, insert_packed
from connector_host.c1z.v3 import grant_runs, keys, principal_index
from connector_host.c1z.v3.grant_runs import count_runs, has_runs, separate_runs
from connector_host.c1z.v3.sync_entries import SyncEntries, build_indexes
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.grants.generated_runs import GeneratedRuns, shared_part
from connector_host.wire.grants.packed_grants import GrantPacker
from connector_host.wire.stored_grants import sources_field

SYNC = ksuid.new()
TIMES = ("2026-11-27 04:00:00.123456789", "2026-11-27 04:00:01", "2026-11-27 04:00:02.5")
SLUGS = ("m", "owner", "m:user:x", "é", "s" * 130)
NAMES = st.one_of(
    st.integers(0, 300).map(str),
    st.sampled_from(["x:user:1", "x:user:2", "a\x01b", "\x01", "a\x00b", "é☃𝄞", "ÿ", "Ā", '"', "\\u0001", "n" * 200]),
    st.integers(0, 260).map(lambda size: "n" * (size + 1)),
)
ENTITLEMENTS = st.builds(
    EntitlementRef,
    st.sampled_from(["g", "h", "h\x01"]).map(lambda name: Resource(ResourceId("group", name), "G")),
    st.sampled_from(SLUGS),
)
PRINCIPALS = st.builds(ResourceId, st.sampled_from(["user", "user", "bot", "useré", "u\x01"]), NAMES)
MANY = st.integers(0, 40).map(lambda size: [ResourceId("user", f"u{number:04d}") for number in range(size)])
PLAIN = st.builds(
    lambda on, holders: [Grant(on, holder) for holder in holders], ENTITLEMENTS, st.lists(PRINCIPALS, max_size=9) | MANY
)
EXPANSION = GrantExpandable(("group:g:m",), False, ("user",))
UNUSUAL = st.one_of(
    st.builds(lambda on, to: [Grant(on, to, EXPANSION)], ENTITLEMENTS, PRINCIPALS),
    st.builds(lambda on, to: [Grant(on, to, id="own")], ENTITLEMENTS, PRINCIPALS),
    st.builds(lambda on, to: [Grant(on, to, id="group:g:m:user:7")], ENTITLEMENTS, PRINCIPALS),
    st.builds(lambda on, to: [Grant(on, to, sources={"a": True})], ENTITLEMENTS, PRINCIPALS),
)
PAGES = st.lists(st.one_of(PLAIN, PLAIN, PLAIN, UNUSUAL), max_size=4).map(lambda parts: list(chain(*parts)))


def draft(*pages, packed=(), unpacked=()):
    """Return the draft of a sync with pages of grants, the time of each being the next of TIMES.

    The grants of the pages with the numbers `unpacked` are rows, as those that expansion has read.
    """
    database = apsw.Connection(":memory:")
    schema.create_tables(database)
    create_packed(database)
    database.execute("insert into v1_sync_runs (sync_id, started_at, sync_token) values (?, ?, '')", (SYNC, TIMES[0]))
    packer = GrantPacker(GrantEncoder())
    for number, page in zip(count(), pages, strict=False):
        database.executemany(insert_packed(TIMES[number % len(TIMES)]), packer.pack(page))
        if number in unpacked:
            add_packed(database, SYNC)
            database.execute("delete from host_grants")
    database.executemany(insert_packed(TIMES[0]), packed)
    return database


def entries(database, folder):
    """Return the entries of a draft as they are read from a written database, and its counts and losses."""
    build_indexes(database, SYNC)
    sync = SyncEntries(database, SYNC)
    with closing(sync.groups()) as groups:
        write_groups(folder, groups)
    with open_pebble(folder) as written:
        return list(written.items()), sync.stats, +sync.lost


def with_rows(database):
    add_packed(database, SYNC)
    drop_packed(database)


def direct(database):
    with transactions.transaction(database):
        separate_runs(database, SYNC)


@settings(max_examples=50, deadline=None)
@given(st.lists(PAGES, max_size=3), st.sets(st.integers(0, 1)))
def test_the_records_are_those_of_the_rows(tmp_path_factory, pages, unpacked):
    by_way = []
    for make in (with_rows, direct):
        database = draft(*pages, unpacked=unpacked)
        make(database)
        by_way.append(entries(database, tmp_path_factory.mktemp("written")))
    assert by_way[0] == by_way[1]


def members(group, numbers, slug="member"):
    on = Resource(ResourceId("group", group), "G").ref(slug)
    return [Grant(on, ResourceId("user", f"u{number}")) for number in numbers]


def test_plain_grants_stay_packed(tmp_path):
    database = draft(members("a", range(200)) + members("b", range(100)), members("a", range(200, 300)))
    direct(database)
    assert database.execute("select count(*) from v1_grants").get == 0
    assert count_runs(database) == {"group": 400}
    items, stats, lost = entries(database, tmp_path)
    assert stats.grants == sum(key.startswith(keys.GRANTS) for key, _ in items) == 400
    assert sum(key.startswith(keys.BY_PRINCIPAL) for key, _ in items) == 400
    assert not lost


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        (members("b", [1, 2, 3, 4, 5, 3]), 5),
        ([*members("b", range(9)), Grant(members("b", [1])[0].entitlement, ResourceId("user", "v"), EXPANSION)], 1),
        ([*members("b", range(9)), Grant(members("c", [1])[0].entitlement, ResourceId("user", "v"), id="own")], 1),
        # two entitlements of which grants have the same id
        ([*members("b", range(9)), *members("b", range(9), slug="member:user:u1")], 18),
        # a grant whose own id is that of another one
        (
            [
                *members("b", range(9)),
                Grant(members("c", [1])[0].entitlement, ResourceId("user", "v"), id="group:b:member:user:u1"),
            ],
            9,
        ),
    ],
)
def test_only_entitlements_with_other_grants_become_rows(page, rows):
    database = draft(members("a", range(50)), page)
    direct(database)
    build_indexes(database, SYNC)
    assert database.execute("select count(*) from v1_grants").get == rows
    assert count_runs(database)["group"] >= 50


def test_generated_grants_have_their_sources(tmp_path):
    destination = shared_part("group", "g", "group:g:member", b"\x12\x0egroup:g:member")
    origin = sources_field({"group:h:member": True})
    packed, others = GeneratedRuns().pack(destination, [("user", origin, [f"u{number}" for number in range(9)])], {})
    assert not others
    results = []
    for number, make in enumerate((with_rows, direct)):
        database = draft(packed=packed)
        make(database)
        (tmp_path / str(number)).mkdir()
        results.append(entries(database, tmp_path / str(number)))
    assert has_runs(database)
    assert results[0] == results[1]


def test_an_index_larger_than_memory_is_sorted_on_the_disk(tmp_path, monkeypatch):
    pages = [members(f"g{number}", range(number, 40 + number)) for number in range(12)]
    results = []
    for number, (most, kept) in enumerate([(1 << 30, 0), (20_000, 1 << 20), (20_000, 0), (20_000, 1500)]):
        monkeypatch.setattr(principal_index, "MOST_BYTES", most)
        monkeypatch.setattr(principal_index, "MOST_KEPT_BYTES", kept)
        database = draft(*pages)
        direct(database)
        (tmp_path / str(number)).mkdir()
        results.append(entries(database, tmp_path / str(number)))
    assert results[1:] == [results[0]] * 3


def test_rows_and_runs_of_an_entitlement_are_merged(tmp_path):
    pages = members("a", range(0, 300, 3)), members("a", range(1, 300, 3)), members("a", [7])
    results = []
    for number, make in enumerate((with_rows, direct)):
        database = draft(*pages[:2], unpacked={0})
        make(database)
        (tmp_path / str(number)).mkdir()
        results.append(entries(database, tmp_path / str(number)))
    assert results[0] == results[1]
    assert count_runs(database) == {"group": 100}
    database = draft(*pages, unpacked={1})
    direct(database)
    assert not count_runs(database)


def test_many_grants_on_one_entitlement_are_sorted_on_the_disk(monkeypatch):
    monkeypatch.setattr(grant_runs, "LONGEST", 100)
    database = draft(members("a", range(60)), members("a", range(60, 120)) + members("b", range(60)), unpacked={0})
    direct(database)
    assert count_runs(database) == {"group": 60}
