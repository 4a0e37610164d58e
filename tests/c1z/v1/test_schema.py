"""The v1 schema: as the Go SDK makes it, and the building of indexes over rows inserted without."""

from contextlib import closing

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.v1 import schema

AT = "2026-01-01 10:00:00"


@pytest.fixture
def db():
    with closing(apsw.Connection(":memory:")) as connection:
        schema.create_tables(connection)
        yield connection


def shape(db):
    """What SQLite says of every v1 table and its indexes."""
    ask = lambda sql, *values: list(db.execute(sql, values))  # noqa: E731 - for both drivers
    tables = [
        name
        for (name,) in ask("select name from sqlite_master where type = 'table' and name like 'v1\\_%' escape '\\'")
    ]
    found = {}
    for table in tables:
        indexes = {
            name: (unique, origin, partial, ask("select seqno, name from pragma_index_info(?)", name))
            for _, name, unique, origin, partial in ask(f"pragma index_list({table})")
        }
        found[table] = (ask(f"pragma table_info({table})"), indexes)
    return found


def where(db):
    rows = db.execute("select name, lower(sql) from sqlite_master where type = 'index' and sql like '% where %'")
    return {name: sql.partition(" where ")[2] for name, sql in rows}


@pytest.mark.golden
@pytest.mark.parametrize("file", ["synthetic/sync.c1z", "onepassword-team/sync.c1z", "two-syncs/latest.c1z"])
def test_a_new_file_has_the_schema_of_go(db, golden, plain, file):
    for table in schema.TABLES:
        schema.create_indexes(db, table)
    theirs = plain(golden / file).db
    assert list(shape(db)) == list(shape(theirs))
    assert shape(db) == shape(theirs)
    assert where(db) == where(theirs)


@pytest.mark.golden
def test_old_files_lack_only_columns_with_a_default(golden, plain):
    with closing(apsw.Connection(str(plain(golden / "variants" / "old-schema.c1z").database))) as old:
        missing = {name: set(table.column_names) - schema.columns(old, name) for name, table in schema.TABLES.items()}
        assert missing.pop("v1_connector_sessions") == {"sync_id", "key", "value"}  # the table is absent
        assert missing["v1_grants"] == {"expansion", "needs_expansion"}
        for name, columns in missing.items():
            assert columns <= schema.DEFAULTS[name].keys()


def test_making_tables_and_indexes_again_changes_nothing(db):
    for table in schema.TABLES:
        schema.create_indexes(db, table)
    before = shape(db)
    schema.create_tables(db)
    for table in schema.TABLES:
        schema.create_indexes(db, table)
        assert schema.build_indexes(db, table, "s") == 0
    assert shape(db) == before
    assert len(before) == 7


def test_the_swapped_names_of_resources():
    by_name = {index.name: index for index in schema.TABLES["v1_resources"].indexes}
    assert by_name["idx_resources_parent_resource_id_v1"].unique
    assert by_name["idx_resources_external_sync_v1"].columns == ("parent_resource_type_id", "parent_resource_id")


def test_columns(db):
    assert schema.columns(db, "v1_resource_types") == {"id", "external_id", "data", "sync_id", "discovered_at"}
    assert schema.columns(db, "v1_absent") == set()
    db.execute("create table Mixed (ID integer primary key, Some text)")
    assert schema.columns(db, "Mixed") == {"id", "some"}
    db.execute("attach ':memory:' as other")
    assert schema.columns(db, "v1_grants", database="other") == set()


def test_defaults_are_those_of_the_table(db):
    for name, defaults in schema.DEFAULTS.items():
        for _, column, _, not_null, default, _ in db.execute(f"pragma table_info({name})"):
            if column in defaults:
                assert defaults[column] == (default or "null")
            elif column != "id":
                assert not_null
                assert default is None


# ---------------------------------------------------------------------------------------------------- repeated ids


def put_resource(db, name, data, sync_id="s", parent=None, at=AT, upsert=False):
    db.execute(
        "insert into v1_resources (resource_type_id, external_id, parent_resource_id, data, sync_id, discovered_at)"
        " values ('user', ?, ?, ?, ?, ?)"
        + (" on conflict (external_id, sync_id) do update set data = excluded.data" if upsert else ""),
        (name, parent, data, sync_id, at),
    )


def rows(db, table, columns="*"):
    return db.execute(f"select {columns} from {table} order by id").fetchall()


def test_nothing_repeated_costs_no_folding(db, monkeypatch):
    for number in range(50):
        put_resource(db, f"user:{number}", b"data")
    monkeypatch.setattr(schema, "fold_duplicates", lambda *_: pytest.fail("folded"))
    assert not schema.has_unique_index(db, "v1_resources")
    assert schema.build_indexes(db, "v1_resources", "s") == 0
    assert schema.has_unique_index(db, "v1_resources")


def test_the_first_row_keeps_its_columns_and_takes_the_last_message(db):
    put_resource(db, "user:1", b"first", parent=None)
    put_resource(db, "user:2", b"other")
    put_resource(db, "user:1", b"second", parent="p", at="2026-01-02 10:00:00")
    put_resource(db, "user:1", b"third", parent="q")
    put_resource(db, "user:1", b"elsewhere", sync_id="t")
    assert schema.build_indexes(db, "v1_resources", "s") == 2
    assert rows(db, "v1_resources", "id, external_id, parent_resource_id, data, sync_id, discovered_at") == [
        (1, "user:1", None, b"third", "s", AT),
        (2, "user:2", None, b"other", "s", AT),
        (5, "user:1", None, b"elsewhere", "t", AT),
    ]


def put_grant(db, name, data, expansion, upsert=False):
    rule = (
        " on conflict (external_id, sync_id) do update set data = excluded.data, expansion = excluded.expansion,"
        " needs_expansion = case when excluded.expansion is null then 0 when expansion is null then 1"
        " when expansion <> excluded.expansion then 1 else needs_expansion end"
    )
    db.execute(
        "insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
        " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)"
        f" values ('group', 'g', ?, 'user', 'u', ?, ?, ?, ?, 's', '{AT}')" + (rule if upsert else ""),
        (f"first of {data}", name, expansion, int(expansion is not None), data),
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.binary(max_size=3), st.none() | st.sampled_from([b"x", b"y"]))))
def test_folding_comes_to_what_upserts_come_to(grants):
    with closing(apsw.Connection(":memory:")) as late, closing(apsw.Connection(":memory:")) as early:
        for db in (late, early):
            schema.create_tables(db)
        schema.create_indexes(early, "v1_grants")
        for grant in grants:
            put_grant(late, *grant)
            put_grant(early, *grant, upsert=True)
        folded = schema.build_indexes(late, "v1_grants", "s")
        assert folded == len(grants) - len({name for name, _, _ in grants})
        everything = ", ".join(schema.TABLES["v1_grants"].column_names)
        assert rows(late, "v1_grants", everything) == rows(early, "v1_grants", everything)
        assert late.execute("pragma integrity_check").get == "ok"


def test_sessions_fold_by_key(db):
    db.executemany(
        "insert into v1_connector_sessions (sync_id, key, value) values ('s', ?, ?)",
        [("k", b"1"), ("l", b"2"), ("k", b"3")],
    )
    assert schema.build_indexes(db, "v1_connector_sessions", "s") == 1
    assert rows(db, "v1_connector_sessions", "key, value") == [("k", b"3"), ("l", b"2")]


def test_folding_may_be_part_of_a_larger_transaction(db):
    put_resource(db, "user:1", b"1")
    put_resource(db, "user:1", b"2")
    db.execute("begin")
    assert schema.fold_duplicates(db, "v1_resources", "s") == 1
    db.execute("rollback")
    assert len(rows(db, "v1_resources")) == 2


def test_a_stop_at_any_point_of_building_is_made_good_by_calling_again(tmp_path):
    """Cut after every 1000 steps of SQLite's machine: what is committed stays, the rest is done by the next call."""
    path = tmp_path / "cut.db"
    with closing(apsw.Connection(str(path))) as db:
        schema.create_tables(db)
        with db:
            for number in range(3000):
                put_resource(db, f"user:{number % 2500}", b"%d" % number)
    cuts = 0
    while True:
        db = apsw.Connection(str(path))
        steps = iter(range(3 + cuts))
        db.set_progress_handler(lambda steps=steps: next(steps, None) is None, 1000)
        try:
            schema.build_indexes(db, "v1_resources", "s")
            break
        except apsw.InterruptError:
            cuts += 1
        finally:
            db.close()
    assert cuts > 20
    with closing(apsw.Connection(str(path))) as db:
        assert db.execute("select count(*) from v1_resources").get == 2500
        assert db.execute("select data from v1_resources where external_id = 'user:7'").get == b"2507"
        assert db.execute("select id from v1_resources where external_id = 'user:7'").get == 8
        assert {name for name, *_ in db.execute("select name from sqlite_schema where type = 'index'")} >= {
            index.name for index in schema.TABLES["v1_resources"].indexes
        }
        assert db.execute("pragma integrity_check").get == "ok"
