"""Sizes are estimated closely enough to decide which syncs fit into one file."""

import apsw
import pytest

from connector_host import EntitlementRef, Grant, Resource, ResourceId
from connector_host.c1z.publish.size_estimates import collected_size, count_omitted, sync_sizes
from connector_host.c1z.sqlite_connections import database_size
from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.packed_rows import add_packed, create_packed, insert_packed
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.grants.packed_grants import GrantPacker

COLUMNS = {name: table.column_names for name, table in schema.TABLES.items()}


@pytest.fixture
def database():
    """The working database of a sync with 30,000 packed grants of uneven ids, attached to that of its rows."""
    db = apsw.Connection(":memory:")
    schema.create_tables(db)
    db.execute("attach ':memory:' as collected")
    working = apsw.Connection(":memory:")
    create_packed(working)
    schema.create_tables(working)
    packer = GrantPacker(GrantEncoder())
    for group in range(10):
        on = EntitlementRef(Resource(ResourceId("group", f"group-{group}"), "G"), "member")
        page = [Grant(on, ResourceId("user", f"u{'é' * (number % 7)}{number}")) for number in range(3000)]
        working.executemany(insert_packed("2026-01-01 10:00:00.123456"), packer.pack(page))
    with db.backup("collected", working, "main") as backup:
        backup.step()
    return db


def test_estimates_are_close_to_the_size_with_indexes(database):
    estimate = collected_size(database, "collected", 0)
    with database:
        for sync_id in ("a" * 27, "b" * 27):
            add_packed(database, sync_id, "collected")
    sizes = sync_sizes(database.execute, COLUMNS, ["a" * 27, "b" * 27, "c" * 27])
    for table in schema.TABLES:
        schema.build_indexes(database, table, None)
    real = database_size(database) // 2
    assert 0.95 < estimate / real < 1.05
    assert 0.95 < sizes["a" * 27] / real < 1.05
    assert sizes["a" * 27] == sizes["b" * 27]
    assert sizes["c" * 27] == 0


def test_rows_count_as_packed_grants_do(database):
    packed = collected_size(database, "collected", 0)
    add_packed(database, "a" * 27, "collected")
    database.execute("insert into collected.v1_grants select * from main.v1_grants; drop table collected.host_grants")
    database.execute("vacuum collected")
    assert 0.95 < collected_size(database, "collected", 0) / packed < 1.05


def test_a_sync_that_certainly_fits_is_not_measured(database):
    assert collected_size(database, "collected", 1 << 30) == 0


def test_a_database_of_many_syncs_and_few_columns_is_measured():
    db = apsw.Connection(":memory:")
    db.execute("create table v1_grants (id integer primary key, external_id text, sync_id text)")
    ids = [str(number) for number in range(300)]
    db.executemany("insert into v1_grants values (null, 'grant', ?)", [(key,) for key in ids])
    sizes = sync_sizes(db.execute, {"v1_grants": ("id", "external_id", "sync_id", "future")}, ids)
    assert list(sizes) == ids
    assert len({sizes[key] for key in ids[10:100]}) == 1
    assert sizes["10"] > 0


@pytest.mark.parametrize(
    ("sizes", "added", "omitted"),
    [([], 500, 0), ([50], 50, 0), ([50], 51, 0), ([50], 60, 1), ([10, 50, 40], 11, 1), ([10, 50, 40], 500, 3)],
)
def test_the_oldest_are_omitted_that_certainly_do_not_fit(sizes, added, omitted):
    assert count_omitted(sizes, added, 100) == omitted
