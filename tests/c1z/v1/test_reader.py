"""Reading v1 databases: those of every writer, and those of nobody well-meaning."""

import contextlib

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connector_host import model as m
from connector_host.c1z import container
from connector_host.c1z import sync_stats as counts
from connector_host.c1z.opening import open_store
from connector_host.c1z.publish.conversion import convert
from connector_host.c1z.types import GrantFilter, ObjectKind
from connector_host.c1z.v1 import schema
from connector_host.errors import FileError
from connector_host.wire import decode
from connector_host.wire.stored_grants import sources

NEWEST = "3MWRtRojxq56xa3PVgmKtzUUSt8"


def rows(path, sync=-1):
    """Everything a view gives, by kind, without row numbers."""
    with open_store(path) as store:
        view = store.view(store.syncs()[sync])
        return {
            "types": [(row.id, row.data) for row in view.resource_types()],
            "resources": [
                (row.resource_type, row.id, row.parent_type, row.parent, row.data) for row in view.resources()
            ],
            "entitlements": [(row.resource_type, row.resource, row.id, row.data) for row in view.entitlements()],
            "grants": [
                (row.resource_type, row.resource, row.entitlement, row.principal_type, row.principal, row.id, row.data)
                for row in view.grants()
            ],
            "expandable": [(row.id, row.expansion) for row in view.expandable_grants()],
            "principals": [str(one) for one in view.principals()],
        }


# ----------------------------------------------------------------------------------------------- what is asked


def test_rows_come_in_file_order_with_their_bytes(organisation, sync_file):
    found = rows(sync_file)
    assert [one[0] for one in found["types"]] == ["user", "group", "app"]
    assert [one[1] for one in found["resources"]] == [str(one.id) for one in organisation.resources]
    assert [decode.resource(one[-1]).display_name for one in found["resources"]][:2] == ["Ada Lovelace", "Bob"]
    assert [one[2] for one in found["entitlements"]] == [one.id for one in organisation.entitlements]
    assert [one[5] for one in found["grants"]] == [one.id for one in organisation.grants]
    assert found["resources"][-1][2:4] == ("group", "g1")
    assert found["principals"] == ["user:u1", "group:g2", "user:u2", "group:g1"]
    assert [name for name, _ in found["expandable"]] == ["group:g1:member:group:g2", "app:a1:read:group:g1"]


def grants_by_columns(view):
    """The keys, ids, expansions and sources of all grants, once by columns and once row by row."""
    columns = [grant for columns in view.grant_columns() for grant in zip(*columns, strict=True)]
    by_columns = [
        (*keys, f"{keys[2]}:{keys[3]}:{keys[4]}" if grant_id is None else grant_id, expansion, sources(message or b""))
        for *keys, grant_id, expansion, message in columns
    ]
    by_rows = [(*row[:7], sources(row.data)) for row in view.grants()]
    return by_columns, by_rows


@pytest.mark.parametrize("backfilled", [0, 1])
@pytest.mark.parametrize("to_v3", [False, True])
def test_grants_by_columns_are_those_by_rows(make_c1z, organisation, tmp_path, backfilled, to_v3):
    """Some ids are unusual, and one principal is named as a hostile person might be."""
    held = organisation.grants[-1]
    organisation.grants += [
        replace(held, id="G-1"),
        replace(held, id="\u00e4" * 40),
        replace(held, id="x" * 200),
        organisation.grant("app:a1:read", "user", "u3", sources={"group:g1:member": False, "app:a1:read": True}),
        organisation.grant("app:a1:write", "user", "a\0b"),
    ]
    mallory = replace(organisation.user("m", "app:a1:write:user:m", "m@example.com"))
    inherited = organisation.grant("app:a1:write", "user", "m", sources={"group:g1:member": False})
    organisation.grants.append(replace(inherited, principal=mallory))
    path = make_c1z(organisation, grants_backfilled=backfilled)
    if to_v3:
        convert(path, tmp_path / "v3.c1z", "v3", NEWEST)
    with open_store(tmp_path / "v3.c1z" if to_v3 else path) as store:
        by_columns, by_rows = grants_by_columns(store.view(store.syncs()[-1]))
    assert by_columns == by_rows
    assert [row[-1] for row in by_rows if row[4] == "m"] == [{"group:g1:member": False}]


@pytest.mark.golden
@pytest.mark.parametrize("name", ["synthetic/sync.c1z", "synthetic/sync-v3.c1z"])
def test_grants_of_the_go_tools_by_columns(golden_folder, name):
    with open_store(golden_folder / name) as store:
        by_columns, by_rows = grants_by_columns(store.view(store.syncs()[-1]))
    assert by_columns == by_rows
    assert any(row[-1] for row in by_rows)


FILTERS = [
    (GrantFilter(entitlement="app:a1:read"), {"app:a1:read:group:g1", "app:a1:read:user:u2", "app:a1:read:user:u1"}),
    (
        GrantFilter(resource_type="app"),
        {f"app:a1:{end}" for end in ("read:group:g1", "read:user:u2", "read:user:u1", "write:user:u1")},
    ),
    (GrantFilter(resource_type="group", resource="g2"), {"group:g2:member:user:u1"}),
    (GrantFilter(principal=m.ResourceId("user", "u2")), {"group:g1:member:user:u2", "app:a1:read:user:u2"}),
    (GrantFilter(entitlement="app:a1:read", principal=m.ResourceId("user", "u2")), {"app:a1:read:user:u2"}),
    (GrantFilter(entitlement="none"), set()),
    (GrantFilter(resource_type="app", entitlement="group:g1:member"), set()),
]


@pytest.mark.parametrize("indexes", [True, False])
@pytest.mark.parametrize(("where", "wanted"), FILTERS)
def test_grants_are_picked_by_what_is_asked(make_c1z, organisation, where, wanted, indexes):
    with open_store(make_c1z(organisation, indexes=indexes)) as store:
        view = store.view(store.syncs()[0])
        assert {row.id for row in view.grants(where)} == wanted
        assert len(list(view.grant_keys(where))) == len(wanted)
        holders = [one.principal_id for one in view.grants(where)]
        assert list(view.principals(where)) == list(dict.fromkeys(holders))
        assert list(view.holders(where)) == [(who, view.resource(who)) for who in dict.fromkeys(holders)]


@pytest.mark.parametrize("indexes", [True, False])
def test_single_objects_are_found_by_id(make_c1z, organisation, indexes):
    with open_store(make_c1z(organisation, indexes=indexes)) as store:
        view = store.view(store.syncs()[0])
        assert decode.resource(view.resource(m.ResourceId("user", "u2"))).display_name == "Bob"
        assert view.resource(m.ResourceId("user", "nobody")) is None
        assert decode.entitlement(view.entitlement("app:a1:read")).slug == "read"
        assert view.entitlement("app:a1:none") is None
        assert decode.resource_type(view.resource_type("app")).display_name == "Application"
        grant = view.grant("app:a1:write:user:u1")
        assert (grant.entitlement, grant.principal_id) == ("app:a1:write", m.ResourceId("user", "u1"))
        assert view.grant_at(grant.row) == grant
        assert view.grant("none") is None
        assert view.grant_at(10**9) is None


def test_only_the_rows_of_the_sync_are_seen(make_c1z, organisation):
    import copy

    other = copy.deepcopy(organisation)
    other.resources[0] = m.Resource(m.ResourceId("user", "u9"), "Only in the second")
    other.grants = [other.grant("app:a1:read", "user", "u9")]
    path = make_c1z(organisation, other)
    with open_store(path) as store:
        first, second = (store.view(sync) for sync in store.syncs())
        assert first.resource(m.ResourceId("user", "u9")) is None
        assert second.resource(m.ResourceId("user", "u1")) is None
        assert [str(one) for one in second.principals()] == ["user:u9"]
        assert len(list(first.grants())) == 8
        assert second.count().grants == 1
        assert [name for name, *_ in second.by_id(ObjectKind.GRANT)] == ["app:a1:read:user:u9"]


def test_a_holder_comes_once_and_without_message_where_the_sync_lacks_it(make_c1z, organisation):
    organisation.grants.append(organisation.grant("app:a1:write", "user", "gone"))

    def twice(db):
        drop_indexes(db)
        columns = ", ".join(schema.TABLES["v1_resources"].column_names)
        db.execute(f"insert into v1_resources ({columns}) select {columns} from v1_resources where id <= 2")

    with open_store(make_c1z(organisation, tweak=twice)) as store:
        view = store.view(store.syncs()[0])
        found = dict(view.holders())
        assert [str(who) for who in found] == ["user:u1", "group:g2", "user:u2", "group:g1", "user:gone"]
        assert len(list(view.holders())) == 5
        assert found[m.ResourceId("user", "gone")] is None
    with open_store(make_c1z(organisation, tweak=lambda db: db.execute("drop table v1_resources"))) as store:
        assert [data for _, data in store.view(store.syncs()[0]).holders()] == [None] * 5


def test_counts_equal_those_made_at_the_end_of_a_sync(make_c1z, organisation, tmp_path):
    organisation.types.append(m.ResourceType("empty", "Empty"))
    seen = {}

    def count(db):
        seen["stats"] = counts.compute(db, db.execute("select sync_id from v1_sync_runs").get)

    with open_store(make_c1z(organisation, tweak=count)) as store:
        assert store.view(store.syncs()[0]).count() == seen["stats"]
    assert seen["stats"].resources_by_resource_type == {"user": 3, "group": 2, "app": 1, "empty": 0}


texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(
        texts | st.sampled_from(["a:b", "a:b:c", ":", "::", "é", "\U0001f600", "a\x00b"]), unique=True, max_size=6
    )
)
def test_ids_with_separators_and_any_letters_come_back(make_c1z, organisation, ids):
    organisation.resources = [m.Resource(m.ResourceId("group", one), f"Group {one}") for one in ids]
    organisation.entitlements = [m.Entitlement(one, "member") for one in organisation.resources]
    organisation.grants = [
        m.Grant(one, m.ResourceId("user", one.resource.id.resource)) for one in organisation.entitlements
    ]
    with open_store(make_c1z(organisation)) as store:
        view = store.view(store.syncs()[0])
        for one in organisation.resources:
            assert decode.resource(view.resource(one.id)) == one
        assert [row.principal for row in view.grants()] == ids
        for kind in ObjectKind:
            found = [name for name, *_ in view.by_id(kind)]
            assert found == sorted(found)
        for name in ids:
            assert [one.principal for one in view.grants(GrantFilter(principal=m.ResourceId("user", name)))] == [name]


# ----------------------------------------------------------------------------------------------- other writers


def drop_indexes(db):
    for (name,) in db.execute("select name from sqlite_schema where type = 'index'").fetchall():
        db.execute(f"drop index {name}")


def to_oldest(db):
    """The oldest shape: five columns of sync runs, no expansion columns, fewer tables and indexes."""
    drop_indexes(db)
    for column in ("sync_type", "parent_sync_id", "linked_sync_id", "supports_diff", "grants_backfilled", "stats"):
        db.execute(f"alter table v1_sync_runs drop column {column}")
    for part in ("generation", "coverage", "mode"):
        db.execute(f"alter table v1_sync_runs drop column ingest_invariant_{part}")
    merge_expansions(db)
    db.execute("alter table v1_grants drop column expansion")
    db.execute("alter table v1_grants drop column needs_expansion")
    db.execute("drop table v1_assets")
    db.execute("drop table v1_connector_sessions")


def merge_expansions(db):
    """Put expansions back into the messages, as writers did before there was a column."""
    from connector_host.wire.encode import packed

    for row, data, expansion in db.execute("select id, data, expansion from v1_grants").fetchall():
        if expansion is not None:
            whole = data + packed("c1.connector.v2.GrantExpandable", expansion)
            db.execute(
                "update v1_grants set data = ?, expansion = null, needs_expansion = 0 where id = ?", (whole, row)
            )
    db.execute("update v1_sync_runs set grants_backfilled = 0") if "grants_backfilled" in schema.columns(
        db, "v1_sync_runs"
    ) else None


def to_wal(db):
    assert db.execute("pragma journal_mode = wal").get == "wal"
    db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def add_tables(db):
    db.execute("create table other (a); insert into other values (1); create table v1_future (id integer)")
    db.execute("analyze")


def reorder_columns(db):
    """The columns in another order, as files that were migrated have them."""
    for table in ("v1_grants", "v1_resources"):
        names = [column.name for column in schema.TABLES[table].columns]
        columns = ", ".join(f"{column.name} {column.type}" for column in reversed(schema.TABLES[table].columns))
        db.execute(f"alter table {table} rename to old; create table {table} (id integer primary key, {columns})")
        db.execute(
            f"insert into {table} (id, {', '.join(names)}) select id, {', '.join(names)} from old; drop table old"
        )


@pytest.mark.parametrize("change", [drop_indexes, to_oldest, merge_expansions, to_wal, add_tables, reorder_columns])
def test_files_of_other_writers_give_the_same_rows(make_c1z, organisation, sync_file, change):
    wanted = rows(sync_file)
    assert rows(make_c1z(organisation, name="other.c1z", tweak=change)) == wanted


def test_a_mark_of_expansion_without_an_entitlement_stays_in_the_message(make_c1z, organisation):
    from connector_host.wire.encode import packed

    blank = packed("c1.connector.v2.GrantExpandable", b"\x0a\x01 ")
    path = make_c1z(
        organisation,
        grants_backfilled=0,
        tweak=lambda db: db.execute("update v1_grants set data = data || ? where id = 1", (blank,)),
    )
    with open_store(path) as store:
        first = next(store.view(store.syncs()[0]).grants())
    assert first.expansion is None
    assert first.data.endswith(blank)


def test_slim_grants_are_made_whole_from_their_columns(make_c1z, organisation):
    from connector_host.wire import stored_grants
    from connector_host.wire.wire_format import block

    def slim(db):
        for row, whole in db.execute("select id, data from v1_grants").fetchall():
            entitlement, principal, *_ = stored_grants.split(whole)
            rest = whole
            for tag, part in ((b"\x0a", entitlement), (b"\x12", principal)):
                rest = rest.replace(block(tag, part), b"", 1)
            db.execute("update v1_grants set data = ? where id = ?", (rest, row))

    with open_store(make_c1z(organisation, tweak=slim)) as store:
        for row, wanted in zip(store.view(store.syncs()[0]).grants(), organisation.grants, strict=True):
            found = decode.grant(row.data)
            assert (found.id, found.entitlement.id, found.principal) == (
                wanted.id,
                wanted.entitlement.id,
                wanted.principal,
            )
            assert found.entitlement.resource.id == wanted.entitlement.resource.id
            assert found.sources == wanted.sources


@pytest.mark.golden
@pytest.mark.parametrize("name", ["old-schema", "two-frames-no-size", "wal-mode"])
def test_the_variants_of_the_go_tools_have_the_same_rows(golden_folder, name):
    found, wanted = (
        rows(golden_folder / "variants" / f"{name}.c1z"),
        rows(golden_folder / "onepassword-team" / "sync.c1z"),
    )
    if name == "old-schema":  # made by dropping the column, so the expansions are gone
        assert found.pop("expandable") == []
        del wanted["expandable"]
    assert found == wanted


# ----------------------------------------------------------------------------------------------- one sync alone


def whole_rows(path):
    """Every column of every object of the newest sync, by table, without what numbers rows."""
    with open_store(path) as store:
        database = store._database
        sync = store.syncs()[-1].id
        found = {}
        for table in schema.TABLES.values():
            if database.has(table.name):
                columns = ", ".join(database.raw(table.name, name) for name in table.column_names)
                found[table.name] = list(
                    database.rows(f"select {columns} from {table.name} where sync_id = ? order by id", (sync,))
                )
        return found


def test_a_copy_of_one_sync_has_its_rows_and_bytes(make_c1z, organisation, tmp_path):
    import copy

    earlier = copy.deepcopy(organisation)
    earlier.grants = earlier.grants[:2]
    path = make_c1z(earlier, organisation, stats='{"resource_types":3}')
    output = tmp_path / "copy.c1z"
    with open_store(path) as store:
        store.copy_sync(store.syncs()[-1], output)
    assert output.stat().st_mode & 0o777 == 0o600
    assert whole_rows(output) == whole_rows(path)
    with open_store(output) as store:
        assert len(store.syncs()) == 1
        assert not list(store.integrity())
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.golden
def test_what_the_go_tools_wrote_goes_through_our_writer_unchanged(golden_v1, tmp_path):
    for number, path in enumerate(golden_v1):
        output = tmp_path / f"{number}.c1z"
        with open_store(path) as store:
            store.copy_sync(store.syncs()[-1], output)
        before, after = whole_rows(path), whole_rows(output)
        assert {name: after[name] for name in before} == before, path


def test_a_copy_does_not_overwrite_and_leaves_nothing_when_it_fails(sync_file, tmp_path):
    there = tmp_path / "there.c1z"
    there.write_bytes(b"mine")
    with open_store(sync_file) as store, pytest.raises(FileError, match="exists already"):
        store.copy_sync(store.syncs()[0], there)
    assert there.read_bytes() == b"mine"
    with open_store(sync_file) as store, pytest.raises(FileError, match="no temporary directory"):
        store.copy_sync(store.syncs()[0], tmp_path / "none" / "out.c1z")


def test_a_damaged_sync_is_not_copied(make_c1z, organisation, tmp_path):
    def broken(db):
        db.execute("drop index idx_resource_types_external_sync_v1")
        db.execute("pragma writable_schema = on")
        db.execute("update sqlite_schema set sql = replace(sql, 'data blob not null', 'data blob')")
        db.execute("pragma writable_schema = reset")
        db.execute("update v1_resource_types set data = null")

    path = make_c1z(organisation, tweak=broken)
    with open_store(path) as store, pytest.raises(FileError, match="cannot be read"):
        store.copy_sync(store.syncs()[0], tmp_path / "out.c1z")
    assert not (tmp_path / "out.c1z").exists()


# ----------------------------------------------------------------------------------------------- hostile databases


def read_all(path):
    found = rows(path)
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        view.count()
        list(view.dangling())
        for kind in ObjectKind:
            list(view.by_id(kind))
    return found


def as_view(db):
    db.execute("alter table v1_grants rename to real; create view v1_grants as select * from real")


def computed(db):
    db.execute("drop table v1_resources")
    db.execute(
        "create table v1_resources (id integer primary key, resource_type_id text, external_id text, sync_id text,"
        " parent_resource_type_id text, parent_resource_id text, data as (zeroblob(100000000)), discovered_at)"
    )


def without_rowid(db):
    db.execute("drop table v1_grants; create table v1_grants (id integer primary key, data) without rowid")


def other_key(db):
    columns = ", ".join(f"{one.name} {one.type}" for one in schema.TABLES["v1_grants"].columns)
    db.execute(f"drop table v1_grants; create table v1_grants (id text, {columns})")


def virtual(db):
    db.execute("drop table v1_grants; create virtual table v1_grants using fts5(data)")


def missing_column(db):
    db.execute("alter table v1_entitlements drop column data")


def huge_value(db):
    db.execute("update v1_grants set data = zeroblob(70000000) where id = 3")


def bad_text(db):
    db.execute("update v1_grants set entitlement_id = cast(x'ff3a' as text) where id = 3")


@pytest.mark.parametrize(
    "change", [as_view, computed, without_rowid, other_key, virtual, missing_column, huge_value, bad_text]
)
def test_a_database_that_is_not_what_it_should_be_is_one_clear_error(make_c1z, organisation, change):
    path = make_c1z(organisation, tweak=change)
    with pytest.raises(FileError) as caught:
        read_all(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_values_of_other_types_are_read_as_text_and_bytes(make_c1z, organisation):
    def odd(db):
        db.execute("update v1_resources set external_id = 17, parent_resource_id = x'41' where id = 1")
        db.execute("update v1_grants set external_id = x'4142' where id = 1")

    found = rows(make_c1z(organisation, tweak=odd))
    assert found["resources"][0][1] == "17"
    assert found["resources"][0][3] == "A"
    assert found["grants"][0][5] == "AB"


def test_a_trigger_or_a_loaded_function_never_runs(make_c1z, organisation, tmp_path):
    def trap(db):
        drop_indexes(db)  # the reader adds an index to its copy
        db.execute("create table trap (a); create trigger t after insert on trap begin select load_extension('x'); end")
        db.execute("create index harmless on v1_grants (external_id) where length(external_id) > 0")

    assert len(rows(make_c1z(organisation, tweak=trap))["grants"]) == 8


def page(data, number, size=4096):
    return data[(number - 1) * size : number * size]


def rewritten(path, change):
    """The file with its database changed byte-wise: `change(bytearray)`."""
    database = path.with_suffix(".raw")
    container.unpack(path, database)
    data = bytearray(database.read_bytes())
    change(data)
    database.write_bytes(data)
    path.unlink()
    container.pack(database, path)
    database.unlink()
    return path


def root_of(path, table):
    with open_store(path) as store:
        return store._database.first("select rootpage from sqlite_schema where name = ?", (table,))[0]


def test_pages_that_refer_to_each_other_in_circles_end_in_an_error(make_c1z, organisation):
    """A table of a few pages whose inner pages lead to the same leaf again and again has 400**9 rows."""
    path = make_c1z(
        organisation,
        tweak=lambda db: [db.execute("create table filler (a); insert into filler values (zeroblob(4096 * 40))")],
    )
    root = root_of(path, "v1_grants")

    def loop(data):
        size = 4096
        leaf = bytes(page(data, root))
        spare = len(data) // size - 12
        data[(spare - 1) * size : spare * size] = leaf
        child = spare
        for level in range(1, 9):
            at = spare + level if level < 8 else root
            data[(at - 1) * size : at * size] = inner_page(child, 400, size)
            child = at

    rewritten(path, loop)
    with open_store(path) as store:
        view = store.view(store.syncs()[0])
        for ask in (
            view.count,
            lambda: list(view.grants()),
        ):
            with pytest.raises(FileError, match="same row twice|far more work|cannot be read"):
                ask()


def inner_page(child, cells, size):
    """An inner page of a table, all of whose cells lead to one child."""
    cell = child.to_bytes(4, "big") + b"\x01"  # left child, key 1
    content = bytearray(size)
    content[0] = 5
    content[3:5] = cells.to_bytes(2, "big")
    start = size - cells * len(cell)
    content[5:7] = start.to_bytes(2, "big")
    content[8:12] = child.to_bytes(4, "big")
    for number in range(cells):
        offset = start + number * len(cell)
        content[12 + 2 * number : 14 + 2 * number] = offset.to_bytes(2, "big")
        content[offset : offset + len(cell)] = cell
    return bytes(content)


@pytest.mark.parametrize("table", ["v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants", "v1_sync_runs"])
@pytest.mark.parametrize("fill", [0x00, 0x0D, 0x05, 0xFF])
def test_a_broken_page_is_one_clear_error(make_c1z, organisation, table, fill):
    path = make_c1z(organisation)
    root = root_of(path, table)

    def smash(data):
        data[(root - 1) * 4096 : root * 4096] = bytes([fill]) * 4096

    rewritten(path, smash)
    with contextlib.suppress(FileError):
        found = read_all(path)
        # a page of zeroes can be an empty table: then nothing is made up
        assert not (found["grants"] and found["resources"] and found["entitlements"] and found["types"])


def test_integrity_names_what_is_wrong(make_c1z, organisation):
    def untidy(db):
        drop_indexes(db)
        db.execute(
            "insert into v1_resources select id + 100, resource_type_id, external_id, null, null, data, sync_id, discovered_at from v1_resources where id = 1"
        )
        db.execute("update v1_grants set sync_id = 'ghost' where id = 1")
        db.execute("update v1_entitlements set data = 'text' where id = 1")
        db.execute("drop table v1_resource_types")

    with open_store(make_c1z(organisation, tweak=untidy)) as store:
        text = "\n".join(store.integrity())
    for part in (
        "'user:u1' 2 times",
        "does not list, 'ghost'",
        "whose data are not bytes",
        "v1_resource_types is missing",
    ):
        assert part in text


def test_dangling_references_are_counted_with_an_example(make_c1z, organisation):
    organisation.resources = [one for one in organisation.resources if str(one.id) not in {"user:u1", "group:g1"}]
    organisation.entitlements = [one for one in organisation.entitlements if one.slug != "write"]
    organisation.types = organisation.types[:2]
    with open_store(make_c1z(organisation)) as store:
        found = {(one.kind, one.role): one for one in store.view(store.syncs()[0]).dangling()}
    assert found[ObjectKind.GRANT, "principal"].count == 5
    assert found[ObjectKind.GRANT, "entitlement"].missing == "app:a1:write"
    assert found[ObjectKind.ENTITLEMENT, "resource"].missing == "group:g1"
    assert found[ObjectKind.RESOURCE, "parent"].example == "app:a1"
    assert found[ObjectKind.RESOURCE, "type"].missing == "app"
    assert len(found) == 5
