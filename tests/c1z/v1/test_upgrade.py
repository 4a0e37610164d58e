"""Databases of older writers become what a present one would have written."""

from contextlib import closing

import apsw

from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.guarded_database import GuardedDatabase
from connector_host.c1z.v1.sync_copy import create_tables_at
from connector_host.c1z.v1.upgrade import upgrade
from connector_host.model import Grant, GrantExpandable, GroupTrait, Resource, ResourceId
from connector_host.wire.encode import expandable, packed
from connector_host.wire.grant_encoder import GrantEncoder

GROUP = Resource(ResourceId("group", "g1"), "G1", traits=(GroupTrait(),))
EXPANSION = GrantExpandable(("group:g2:member",))
OLD = {
    "v1_sync_runs": "id integer primary key, sync_id text not null, started_at datetime not null, ended_at datetime,"
    " sync_token text not null",
    "v1_grants": "id integer primary key, resource_type_id text not null, resource_id text not null, entitlement_id text"
    " not null, principal_resource_type_id text not null, principal_resource_id text not null, external_id text not"
    " null, data blob not null, sync_id text not null, discovered_at datetime not null",
}


def rows():
    member = GROUP.ref("member")
    return GrantEncoder().rows(
        [Grant(member, ResourceId("user", "u1")), Grant(member, ResourceId("group", "g2"), EXPANSION)]
    )


def old_database():
    """As the first writers left them: few columns, and expansions inside the messages."""
    db = apsw.Connection(":memory:")
    for name, columns in OLD.items():
        db.execute(f"create table {name} ({columns})")
    db.execute("insert into v1_sync_runs values (1, 's', '2020-01-01 00:00:00', '2020-01-01 00:00:01', '')")
    for row in rows():
        data = row[8] + (packed("c1.connector.v2.GrantExpandable", expandable(EXPANSION)) if row[7] else b"")
        db.execute("insert into v1_grants values (null,?,?,?,?,?,?,?,'s','2020-01-01 00:00:00')", (*row[:6], data))
    return db


def copied(tmp_path, old):
    """The rows of a database in one with all tables and columns of the format."""
    old.execute("vacuum into ?", (str(tmp_path / "old.db"),))
    create_tables_at(tmp_path / "new.db", "new.db")
    with closing(GuardedDatabase(tmp_path / "old.db", "old.c1z", lookups=False)) as source:
        source.copy_syncs(tmp_path / "new.db", ["s"])
    return apsw.Connection(str(tmp_path / "new.db"))


def test_missing_tables_and_columns_are_added(tmp_path):
    db = copied(tmp_path, old_database())
    upgrade(db)
    for name, table in schema.TABLES.items():
        assert schema.columns(db, name) == {"id", *table.column_names}
    assert db.execute(
        "select sync_type, parent_sync_id, supports_diff, grants_backfilled from v1_sync_runs"
    ).fetchone() == (
        "full",
        "",
        0,
        1,
    )


def test_expansions_move_from_the_messages_to_their_column(tmp_path):
    db = copied(tmp_path, old_database())
    upgrade(db)
    found = db.execute("select data, expansion, needs_expansion from v1_grants order by id").fetchall()
    assert found == [(row[8], row[6], row[7]) for row in rows()]


def test_it_changes_nothing_the_second_time(tmp_path):
    db = copied(tmp_path, old_database())
    upgrade(db)
    before = db.execute("select * from v1_grants").fetchall()
    upgrade(db)
    assert db.execute("select * from v1_grants").fetchall() == before


def test_a_sync_that_says_it_was_done_is_left_alone(tmp_path):
    old = old_database()
    old.execute("alter table v1_sync_runs add column grants_backfilled integer not null default 1")
    db = copied(tmp_path, old)
    before = db.execute("select data from v1_grants").fetchall()
    upgrade(db)
    assert db.execute("select data from v1_grants").fetchall() == before
