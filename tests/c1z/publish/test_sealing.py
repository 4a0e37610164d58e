"""Sealing: a finished sync and the earlier ones become the output file, whatever stops it in between."""

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import apsw
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.c1z import container, ksuid
from connector_host.c1z.publish import fitting_syncs, retained_syncs
from connector_host.c1z.publish import sealing as seal
from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.guarded_database import GuardedDatabase
from connector_host.errors import FileError, PreconditionError, UnsupportedFormat

TABLES = ("resource_types", "resources", "entitlements", "grants", "assets", "connector_sessions")
STATS = (
    '{"resource_types":3,"resources":22,"entitlements":1,"grants":20,'
    '"resources_by_resource_type":{"app":0,"group":1,"user":21},'
    '"grants_by_resource_type":{"group":20},"entitlements_by_resource_type":{"group":1},"assets":1}'
)


class Place:
    """An output and its work folder."""

    def __init__(self, folder, working):
        self.output = folder / "sync.c1z"
        self.work = folder / ".sync.c1z.work"
        self.database = self.work / "sync.db"
        self._working = working

    def begin(self, sync_id=None, **what):
        """A collected sync in the work folder."""
        self.work.mkdir()
        return self._working(self.database, sync_id, **what)

    def seal(self, sync_id, token='{"version":1}', **how):
        """Seal it; as the engine does, remove the work folder afterwards."""
        how.setdefault("environ", {})
        result = seal.seal(self.database, self.output, self.work, sync_id=sync_id, token=token, **how)
        shutil.rmtree(self.work)
        return result

    def sync(self, sync_id=None, **how):
        what = {name: how.pop(name) for name in ("grants", "mark", "started") if name in how}
        sync_id = self.begin(sync_id, **what)
        return sync_id, self.seal(sync_id, **how)


@pytest.fixture
def place(tmp_path, working):
    folder = tmp_path / "there"
    folder.mkdir()
    return Place(folder, working)


def put(path, image):
    """Write a c1z around the bytes of a database."""
    path.write_bytes(b"C1ZF\x00" + zstandard.compress(image))


# ------------------------------------------------------------------------------------------------------ the first sync


def test_a_first_sync_is_a_whole_file(place, plain):
    sync_id, sealed = place.sync()
    file = plain(place.output)
    assert (file.image[18:20], len(file.image) % 4096) == (b"\x01\x01", 0)
    for pragma, value in {
        "page_size": 4096,
        "user_version": 0,
        "application_id": 0,
        "journal_mode": "delete",
        "encoding": "UTF-8",
    }.items():
        assert file.ask(f"pragma {pragma}") == [(value,)]
    assert file.ask("pragma integrity_check") == [("ok",)]
    assert stat.S_IMODE(place.output.stat().st_mode) == 0o600
    names = {name for (name,) in file.ask("select name from sqlite_master where name not like 'idx\\_%' escape '\\'")}
    assert names == schema.TABLES.keys()
    indexes = {name for (name,) in file.ask("select name from sqlite_master where type = 'index'")}
    assert indexes == {index.name for table in schema.TABLES.values() for index in table.indexes}
    columns = "sync_id, sync_token, sync_type, parent_sync_id, linked_sync_id, supports_diff, grants_backfilled, stats"
    invariants = "ingest_invariant_generation, ingest_invariant_coverage, ingest_invariant_mode"
    assert file.ask(f"select {columns}, {invariants} from v1_sync_runs") == [
        (sync_id, '{"version":1}', "full", "", "", 1, 1, STATS, "", "", "")
    ]
    assert file.ask("select ended_at > started_at, ended_at from v1_sync_runs") == [(1, sealed.ended_at)]
    assert (sealed.kept, sealed.dropped, sealed.notes, sealed.folded) == ((), (), (), 0)
    assert sealed.database_size == len(file.image)
    assert sealed.file_size == place.output.stat().st_size
    assert sealed.stats.grants == 20
    assert b"cursor-that-must-not-stay" not in file.image
    assert list(place.output.parent.iterdir()) == [place.output]


def test_the_old_row_order_and_texts_of_the_working_database_are_kept(place, plain, tmp_path):
    sync_id = place.begin()
    with closing(sqlite3.connect(place.database)) as db:
        before = {table: db.execute(f"select * from v1_{table} order by id").fetchall() for table in TABLES}
    place.seal(sync_id)
    file = plain(place.output)
    for table in TABLES:
        assert file.ask(f"select * from v1_{table} order by id") == before[table]


def test_repeated_ids_are_folded_and_counted(place, plain):
    sync_id = place.begin()
    with closing(sqlite3.connect(place.database)) as db, db:
        db.execute(
            "insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
            " principal_resource_id, external_id, data, sync_id, discovered_at)"
            " select 'other', resource_id, entitlement_id, principal_resource_type_id, principal_resource_id,"
            " external_id, x'ff', sync_id, 'later' from v1_grants where id <= 4"
        )
    assert place.seal(sync_id).folded == 4
    file = plain(place.output)
    assert file.ask("select count(*), count(distinct external_id) from v1_grants") == [(20, 20)]
    assert file.ask("select resource_type_id, data, expansion, needs_expansion from v1_grants where id = 4") == [
        ("group", b"\xff", None, 0)
    ]


def test_supports_diff_and_token_are_as_told(place, plain):
    place.sync(supports_diff=False, token="{}")
    assert plain(place.output).ask("select supports_diff, sync_token from v1_sync_runs") == [(0, "{}")]


# ------------------------------------------------------------------------------------------------- the earlier syncs


def test_the_sync_before_stays_with_all_its_rows(place, plain):
    one, _ = place.sync(mark=b"1")
    first = plain(place.output)
    two, sealed = place.sync(mark=b"2")
    second = plain(place.output)
    assert second.syncs() == [one, two]
    for table in TABLES:
        assert second.rows(one, table) == first.rows(one, table)
        assert len(second.rows(two, table)) == len(first.rows(one, table))
        assert second.rows(two, table) != second.rows(one, table)
    run = "select started_at, ended_at, sync_token, stats, grants_backfilled from v1_sync_runs where sync_id = ?"
    assert second.ask(run, one) == first.ask(run, one)
    assert [row.sync_id for row in sealed.kept] == [one]
    assert sealed.dropped == ()
    assert second.ask("pragma integrity_check") == [("ok",)]


def test_the_sync_before_that_goes_and_is_named(place, plain):
    one, _ = place.sync()
    two, _ = place.sync()
    three, sealed = place.sync()
    file = plain(place.output)
    assert file.syncs() == [two, three]
    for table in TABLES:
        assert file.rows(one, table) == set()
        assert len(file.ask(f"select 1 from v1_{table}")) == 2 * len(file.rows(three, table))
    assert [(gone.sync.sync_id, gone.reason) for gone in sealed.dropped] == [
        (one, "only the newest 2 full syncs are kept")
    ]
    four, _ = place.sync(environ={"BATON_SKIP_CLEANUP": "1"})
    assert plain(place.output).syncs() == [two, three, four]


def test_it_ends_later_than_every_sync_in_the_file(place, plain):
    one, _ = place.sync()
    file = plain(place.output)
    file.ask("update v1_sync_runs set ended_at = '2099-01-01 00:00:00.123456789'")
    file.db.commit()
    put(place.output, file.database.read_bytes())
    two, sealed = place.sync()
    assert sealed.ended_at == "2099-01-01 00:00:00.123457"
    assert plain(place.output).ask("select sync_id from v1_sync_runs order by ended_at desc") == [(two,), (one,)]


def test_unfinished_syncs_of_others_stay(place, plain):
    one, _ = place.sync()
    file = plain(place.output)
    file.ask("update v1_sync_runs set ended_at = null, stats = null")
    file.db.commit()
    put(place.output, file.database.read_bytes())
    place.sync()
    place.sync()
    three, sealed = place.sync()
    syncs = plain(place.output).syncs()
    assert syncs[0] == one
    assert syncs[-1] == three
    assert len(syncs) == 3
    assert sealed.kept[0].ended_at is None


@pytest.mark.golden
def test_every_file_of_the_go_tools_can_be_added_to(place, plain, golden_v1):
    for path in golden_v1:
        theirs = plain(path)
        old = theirs.syncs()
        shutil.copy(path, place.output)
        place.output.chmod(0o600)
        sync_id, sealed = place.sync(environ={"BATON_SKIP_CLEANUP": "true"})
        file = plain(place.output)
        assert file.syncs() == [*old, sync_id], path
        assert file.ask("pragma integrity_check") == [("ok",)]
        assert sealed.notes == ()
        for one in old:
            for table in TABLES:
                if not theirs.ask("select 1 from sqlite_master where name = ?", f"v1_{table}"):
                    continue
                have = [
                    row[1] for row in theirs.ask(f"pragma table_info(v1_{table})") if row[1] not in {"id", "sync_id"}
                ]
                query = f"select {', '.join(have)} from v1_{table} where sync_id = ? order by id"
                assert file.ask(query, one) == theirs.ask(query, one), (path, table)
        if path.name == "old-schema.c1z":
            assert file.ask(
                "select grants_backfilled, supports_diff, sync_type from v1_sync_runs order by id limit 1"
            ) == [(0, 0, "full")]
            assert file.ask("select distinct needs_expansion, expansion from v1_grants where sync_id = ?", old[0]) == [
                (0, None)
            ]
        place.output.unlink()


def test_what_is_not_of_the_format_is_left_behind_and_said(place, plain):
    place.sync()
    file = plain(place.output)
    file.db.executescript(
        "create table extra (a); create table sqlitelike (a); analyze;"
        "alter table v1_grants add column future text;"
        "insert into v1_assets (external_id, content_type, data, sync_id, discovered_at) values ('o', '', '', 'nobody', '');"
    )
    put(place.output, file.database.read_bytes())
    _, sealed = place.sync()
    assert sorted(sealed.notes) == [
        "1 rows of v1_assets belong to no sync and were left behind.",
        "The column v1_grants.future is not part of the format and was left behind.",
        "The table extra is not part of the format and was left behind.",
        "The table sqlitelike is not part of the format and was left behind.",
    ]


def test_repeated_rows_of_a_writer_without_unique_indexes_are_folded(place, plain):
    one, _ = place.sync()
    file = plain(place.output)
    file.db.executescript(
        "drop index idx_grants_external_sync_v1; drop index idx_resources_parent_resource_id_v1;"
        "insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
        " principal_resource_id, external_id, data, sync_id, discovered_at)"
        " select resource_type_id, resource_id, entitlement_id, '', '', external_id, x'00', sync_id, '' from v1_grants;"
    )
    put(place.output, file.database.read_bytes())
    _, sealed = place.sync()
    after = plain(place.output)
    assert len(after.rows(one, "grants")) == 20
    assert {row[8] for row in after.rows(one, "grants")} == {b"\x00"}
    assert sealed.notes == ("20 repeated rows of v1_grants in the earlier syncs were folded into one each.",)


def test_an_empty_output_and_an_empty_database_count_as_none(place, plain):
    place.output.write_bytes(b"")
    one, _ = place.sync()
    assert plain(place.output).syncs() == [one]
    place.output.write_bytes(b"C1ZF\x00")
    two, sealed = place.sync()
    assert plain(place.output).syncs() == [two]
    assert sealed.kept == ()


def test_many_rows_are_copied_and_indexed(place, plain):
    one, _ = place.sync(grants=300, mark=b"1")
    before = plain(place.output).rows(one, "grants")
    two, _ = place.sync(grants=300, mark=b"2")
    file = plain(place.output)
    assert file.rows(one, "grants") == before
    assert len(file.rows(two, "grants")) == 300
    assert len(file.ask("select 1 from sqlite_master where type = 'index'")) == sum(
        len(t.indexes) for t in schema.TABLES.values()
    )
    assert file.ask("pragma integrity_check") == [("ok",)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_row_of_syncs_keeps_the_newest_two(tmp_path_factory, working, plain, marks):
    folder = tmp_path_factory.mktemp("row")
    place = Place(folder, working)
    ids = [place.sync(mark=mark, grants=5)[0] for mark in marks]
    file = plain(place.output)
    assert file.syncs() == ids[-2:]
    for sync_id, mark in list(zip(ids, marks, strict=True))[-2:]:
        assert file.ask("select value from v1_connector_sessions where sync_id = ?", sync_id) == [(b"v" + mark,)]


# ----------------------------------------------------------------------------------------------------- too large files


@pytest.fixture
def refuse_delete(monkeypatch):
    """Let no draft be shrunk: that takes minutes of a large file."""
    real = apsw.Connection.execute

    class Connection(apsw.Connection):
        def execute(self, sql, *values, **how):
            assert "vacuum" not in sql
            assert not sql.startswith("delete from main.v1_")
            return real(self, sql, *values, **how)

    monkeypatch.setattr(apsw, "Connection", Connection)


KEEP_ALL = {"BATON_SKIP_CLEANUP": "1"}


@pytest.mark.usefixtures("refuse_delete")
def test_the_oldest_syncs_go_when_the_file_would_be_too_large(place, plain, monkeypatch):
    ids = [place.sync(grants=2000, environ=KEEP_ALL)[0] for _ in range(3)]
    size = len(plain(place.output).image)
    limits = container.Limits(decoded=size)
    new = place.begin(grants=2000)
    copied = []
    real = GuardedDatabase.copy_syncs
    monkeypatch.setattr(
        GuardedDatabase, "copy_syncs", lambda self, to, ids, **how: (copied.append(ids), real(self, to, ids, **how))
    )
    seal.prepare(place.output, place.work, new, environ=KEEP_ALL, limits=limits)
    assert copied == [ids[1:]]  # the first was never copied
    sealed = place.seal(new, environ=KEEP_ALL, limits=limits)
    assert copied == [ids[1:]]
    file = plain(place.output)
    assert file.syncs() == [*ids[1:], new]
    assert [gone.sync.sync_id for gone in sealed.dropped] == ids[:1]
    assert "larger than" in sealed.dropped[0].reason
    assert "BATON_DECODER_MAX_DECODED_SIZE_MB" in sealed.dropped[0].reason
    assert sealed.notes == ()
    assert len(file.image) <= size
    assert file.ask("pragma integrity_check") == [("ok",)]
    for table in TABLES:
        assert file.rows(ids[0], table) == set()


@pytest.mark.usefixtures("refuse_delete")
def test_what_passes_the_estimates_is_left_out_of_the_next_draft(place, plain, monkeypatch):
    ids = [place.sync(grants=400, environ=KEEP_ALL)[0] for _ in range(3)]
    size = len(plain(place.output).image)
    for module in (fitting_syncs, retained_syncs):
        monkeypatch.setattr(module, "count_omitted", lambda *_: 0)
    new, sealed = place.sync(grants=700, environ=KEEP_ALL, limits=container.Limits(decoded=size))
    file = plain(place.output)
    assert file.syncs() == [ids[2], new]
    assert [gone.sync.sync_id for gone in sealed.dropped] == ids[:2]
    assert [row.sync_id for row in sealed.kept] == ids[2:]
    assert sealed.previous is not None
    assert len(file.image) <= size
    assert file.ask("pragma freelist_count")[0][0] < 10
    assert file.ask("pragma integrity_check") == [("ok",)]


def test_a_sync_larger_or_smaller_than_expected_corrects_the_selection(place, plain):
    """What fits beside it is known at the end only: the newest full sync was the guess."""
    one, _ = place.sync(grants=4000)
    size = len(plain(place.output).image)
    small = place.begin(grants=10)
    limits = container.Limits(decoded=size + size // 2)
    early = seal.prepare(place.output, place.work, small, environ={}, limits=limits)
    with closing(sqlite3.connect(early)) as db:
        assert db.execute("select count(*) from v1_grants").fetchone() == (0,)
    sealed = place.seal(small, limits=limits)
    assert plain(place.output).syncs() == [one, small]
    assert sealed.dropped == ()

    large = place.begin(grants=9000)
    early = seal.prepare(place.output, place.work, large, environ=KEEP_ALL, limits=container.Limits(decoded=3 * size))
    with closing(sqlite3.connect(early)) as db:
        assert db.execute("select count(*) from v1_grants").fetchone() == (4010,)
    sealed = place.seal(large, limits=container.Limits(decoded=3 * size), environ=KEEP_ALL)
    assert plain(place.output).syncs() == [small, large]
    assert [gone.sync.sync_id for gone in sealed.dropped] == [one]


def test_counts_of_a_sync_that_is_left_out_still_guard_against_loss(place, plain):
    place.sync(grants=4000)
    size = len(plain(place.output).image)
    new = place.begin(grants=3900)
    limits = container.Limits(decoded=size + 1000)
    with pytest.raises(Cut):
        place.seal(new, limits=limits, judge=lambda _stats, before: (_ for _ in ()).throw(Cut(before.grants)))
    sealed = place.seal(new, limits=limits)
    assert plain(place.output).syncs() == [new]
    assert (sealed.previous.grants, sealed.stats.grants) == (4000, 3900)


def test_a_partial_sync_never_replaces_the_full_one_it_adds_to(place, plain):
    full, _ = place.sync(grants=4000)
    before = place.output.read_bytes()
    partial = place.begin(grants=4000)
    with closing(sqlite3.connect(place.database)) as db, db:
        db.execute("update v1_sync_runs set sync_type = 'partial'")
    with pytest.raises(PreconditionError, match="larger than") as caught:
        place.seal(partial, limits=container.Limits(decoded=len(plain(place.output).image) + 1000))
    assert "--fresh" in caught.value.hint
    assert place.output.read_bytes() == before
    place.seal(partial)
    assert plain(place.output).syncs() == [full, partial]


def test_one_sync_that_is_too_large_is_written_with_a_warning(place, plain):
    _one, _ = place.sync(grants=400)
    limit = len(plain(place.output).image) - 1
    place.output.unlink()
    two, sealed = place.sync(grants=400, limits=container.Limits(decoded=limit))
    assert plain(place.output).syncs() == [two]
    assert len(sealed.notes) == 1
    assert "BATON_DECODER_MAX_DECODED_SIZE_MB" in sealed.notes[0]


# ------------------------------------------------------------------------------------------------- refused beforehand


def test_check_output_takes_what_can_be_written(place):
    assert seal.check_output(place.output) == place.output
    place.output.write_bytes(b"")
    assert seal.check_output(place.output) == place.output
    place.sync()
    assert seal.check_output(place.output) == place.output


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"C1Z3\x00" + bytes.fromhex("0000005C570A07706562626C6533"), FileError, "left as it is"),
        (b"C1Z3\x00" + bytes.fromhex("0000000B0A07726F636B7364622005"), UnsupportedFormat, "rocksdb"),
        (b"SQLite format 3\x00", FileError, "not a c1z file"),
        (b"x", FileError, "not a c1z file"),
        (None, FileError, "is a folder"),
    ],
)
def test_check_output_refuses_what_must_not_be_replaced(place, content, kind, words):
    if content is None:
        place.output.mkdir()
    else:
        place.output.write_bytes(content)
    with pytest.raises(kind, match=words) as caught:
        seal.check_output(place.output)
    assert "-f" in caught.value.hint
    sync_id = place.begin()
    with pytest.raises(kind, match=words):
        place.seal(sync_id)
    assert place.output.is_dir() if content is None else place.output.read_bytes() == content
    assert place.database.exists()


def test_check_output_refuses_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    with pytest.raises(FileError, match="absent does not exist"):
        seal.check_output(tmp_path / "absent" / "sync.c1z")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="does not exist"):
        seal.check_output(tmp_path / "file" / "sync.c1z")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match="is not writable"):
        seal.check_output(tmp_path / "sync.c1z")


def test_check_output_refuses_a_loop_of_links(tmp_path):
    link = tmp_path / "loop.c1z"
    link.symlink_to(link)
    with pytest.raises(FileError):
        seal.check_output(link)


def test_a_link_stays_and_its_target_is_replaced(place, plain, tmp_path):
    elsewhere = place.output.parent / "real.c1z"
    place.output.symlink_to(elsewhere)
    one, _ = place.sync()
    assert place.output.is_symlink()
    assert plain(elsewhere).syncs() == [one]
    two, _ = place.sync()
    assert place.output.is_symlink()
    assert plain(elsewhere).syncs() == [one, two]


# ------------------------------------------------------------------------------------------------------ damaged input


def test_a_damaged_output_is_left_as_it_is_and_the_sync_goes_on_without_it(place, plain):
    place.sync(grants=300)
    damaged = place.output.read_bytes()[:-9]
    place.output.write_bytes(damaged)
    sync_id = place.begin()
    with pytest.raises(FileError, match="truncated|damaged"):
        place.seal(sync_id)
    assert place.output.read_bytes() == damaged
    place.output.unlink()
    place.seal(sync_id)
    assert plain(place.output).syncs() == [sync_id]


def test_prepare_tells_of_a_damaged_output_early(place):
    place.sync(grants=300)
    whole = place.output.read_bytes()
    place.begin()
    place.output.write_bytes(whole[:-9])
    with pytest.raises(FileError, match="truncated|damaged"):
        seal.prepare(place.output, place.work, "new")
    place.output.write_bytes(whole)
    found = seal.prepare(place.output, place.work, "new")
    assert found is not None
    stamp = found.stat().st_mtime_ns
    assert seal.prepare(place.output, place.work, "new") == found
    assert found.stat().st_mtime_ns == stamp
    place.output.write_bytes(whole + b"")
    os.utime(place.output, ns=(1, 1))
    again = seal.prepare(place.output, place.work, "new")
    assert again != found
    assert not found.exists()
    place.output.unlink()
    assert seal.prepare(place.output, place.work, "new") is None
    assert not again.exists()


def test_what_another_process_unpacked_is_not_trusted(place, plain):
    """It is not synced to the disk: after a power loss it may have its name and nothing in it."""
    one, _ = place.sync(grants=300)
    two = place.begin(grants=300)
    found = seal.prepare(place.output, place.work, "new")
    name = found.name.split(".")[0]
    found.unlink()
    for left in (f"{name}.db", f"{name}.0123abcd.db", "earlier-new"):
        (place.work / left).write_bytes(b"")
    place.seal(two)
    assert [
        sync_id for (sync_id,) in plain(place.output).db.execute("select sync_id from v1_sync_runs order by id")
    ] == [one, two]


@pytest.mark.parametrize(
    "script",
    [
        "drop table v1_grants; create view v1_grants as with recursive n(i) as (select 1 union all select i + 1 from n) select i from n;",
        "drop table v1_assets; create virtual table v1_assets using fts5(external_id);",
        "alter table v1_grants drop column data;",
        "update v1_sync_runs set sync_id = x'00';",
        """drop table v1_sync_runs;
        create table v1_sync_runs (id integer primary key, sync_id, started_at, sync_token, ended_at);
        insert into v1_sync_runs (sync_id, sync_token) values ('a', null);""",
        """drop index idx_sync_runs_sync_id_v1;
        insert into v1_sync_runs (sync_id, started_at, sync_token)
        select sync_id, started_at, sync_token from v1_sync_runs;""",
    ],
    ids=["view", "virtual table", "no data", "id of bytes", "null", "one sync twice"],
)
def test_an_output_with_odd_tables_is_one_clear_error(place, plain, script):
    place.sync()
    file = plain(place.output)
    file.db.executescript(script)
    put(place.output, file.database.read_bytes())
    before = place.output.read_bytes()
    sync_id = place.begin()
    with pytest.raises(FileError, match="not an ordinary table|no column data|is not text|cannot be read") as caught:
        place.seal(sync_id)
    assert "Move that file away" in caught.value.hint
    assert place.output.read_bytes() == before
    place.output.rename(place.output.with_suffix(".away"))
    place.seal(sync_id)
    assert plain(place.output).syncs() == [sync_id]


def test_pages_that_are_damaged_inside_are_one_clear_error(place, plain):
    place.sync(grants=400)
    image = bytearray(plain(place.output).image)
    for page in range(2, len(image) // 4096):
        image[page * 4096 : page * 4096 + 64] = os.urandom(64)
    put(place.output, bytes(image))
    sync_id = place.begin()
    with pytest.raises(FileError, match="cannot be read"):
        place.seal(sync_id)
    assert place.database.exists()


def test_a_damaged_or_missing_working_database_is_one_clear_error(place):
    place.begin()
    with pytest.raises(FileError, match="does not hold sync") as caught:
        place.seal(ksuid.new())
    assert "--fresh" in caught.value.hint
    place.database.write_bytes(os.urandom(9000))
    with pytest.raises(FileError, match="damaged"):
        place.seal(ksuid.new())
    place.database.unlink()
    with pytest.raises(FileError, match="is missing"):
        place.seal(ksuid.new())
    assert not place.output.exists()


def test_a_database_open_elsewhere_is_one_clear_error(place):
    sync_id = place.begin()
    with closing(apsw.Connection(str(place.database))) as other:
        other.execute("begin").execute("select * from v1_grants").fetchall()
        with pytest.raises(PreconditionError, match="open in another program"):
            place.seal(sync_id)
    place.seal(sync_id)


# ------------------------------------------------------------------------------------------------ stopped in between


class Cut(BaseException):
    """Not an Exception: nothing may catch it."""


@pytest.fixture
def two_syncs(place, working, plain, tmp_path):
    """A place with an output and a collected sync, to be restored again and again, and the rows to come to."""
    one, _ = place.sync(mark=b"1", grants=60)
    two = place.begin(mark=b"2", grants=60)
    saved = tmp_path / "saved"
    shutil.copytree(place.output.parent, saved)

    def restore():
        shutil.rmtree(place.output.parent)
        shutil.copytree(saved, place.output.parent)

    place.seal(two)
    expected = {
        sync_id: {table: plain(place.output).rows(sync_id, table) for table in TABLES} for sync_id in (one, two)
    }
    restore()
    return restore, one, two, expected


def check_outcome(place, plain, one, two, expected):
    file = plain(place.output)
    assert file.syncs() == [one, two]
    assert {s: {table: file.rows(s, table) for table in TABLES} for s in (one, two)} == expected
    assert file.ask("pragma integrity_check") == [("ok",)]
    assert file.ask("select count(*) from sqlite_master where name like 'host%'") == [(0,)]
    assert file.ask("select sync_token from v1_sync_runs where sync_id = ?", two) == [('{"version":1}',)]


def test_an_interruption_at_every_point_is_made_good_by_the_next_call(place, plain, two_syncs, monkeypatch):
    restore, one, two, expected = two_syncs
    monkeypatch.setattr("connector_host.c1z.transactions.WATCH_STEPS", 300)
    before = place.output.read_bytes()
    hit = []
    number = 0
    while True:
        restore()
        calls = []

        def watch(step, calls=calls, number=number):
            calls.append(step)
            if len(calls) > number:
                raise Cut

        try:
            place.seal(two, watch=watch)
        except Cut:
            hit.append(calls[-1])
            assert place.output.read_bytes() == before
        else:
            break
        result = place.seal(two)
        assert [row.sync_id for row in result.kept] == [one]
        check_outcome(place, plain, one, two, expected)
        number += 1
    assert set(hit) >= {"copying", "indexing", "finishing", "compressing", "replacing"}
    assert len(hit) > 15


KILLED = """
import os, sys
from pathlib import Path
from connector_host.c1z import transactions
from connector_host.c1z.publish import sealing
number, sync_id = int(sys.argv[1]), sys.argv[2]
output = Path(sys.argv[3])
transactions.WATCH_STEPS = 2000
calls = []
def watch(step):
    calls.append(step)
    if len(calls) == number:
        print(step, flush=True)
        os.kill(os.getpid(), 9)
work = output.parent / f".{output.name}.work"
sealing.seal(work / "sync.db", output, work, sync_id=sync_id, token='{"version":1}', environ={}, watch=watch)
"""


def test_a_kill_at_any_point_is_made_good_by_the_next_call(place, plain, two_syncs):
    restore, one, two, expected = two_syncs
    hit = []
    for number in range(1, 30):
        restore()
        words = [sys.executable, "-c", KILLED, str(number), two, str(place.output)]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        hit.append(done.stdout.strip())
        place.seal(two)
        check_outcome(place, plain, one, two, expected)
        assert list(place.output.parent.iterdir()) == [place.output]
    assert set(hit) >= {"copying", "indexing", "finishing", "compressing", "replacing"}


def test_a_kill_after_the_rename_delivers_no_second_time(place, plain, two_syncs, monkeypatch):
    _restore, one, two, expected = two_syncs

    def cut(folder):
        if folder == place.output.parent:
            raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(seal, "sync_folder", cut)
        with pytest.raises(Cut):
            place.seal(two)
    delivered = place.output.stat()
    monkeypatch.setattr(container, "pack", lambda *_: pytest.fail("packed again"))
    result = place.seal(two)
    assert [row.sync_id for row in result.kept] == [one]
    assert place.output.stat().st_ino == delivered.st_ino
    check_outcome(place, plain, one, two, expected)


def test_an_output_replaced_meanwhile_is_read_again(place, plain, two_syncs, working, tmp_path):
    """Another program adds a sync to the output after the earlier syncs were brought, or after the sync was ended."""
    restore, one, two, expected = two_syncs
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = Place(other_folder, working)
    other.output.write_bytes(place.output.read_bytes())
    three, _ = other.sync(mark=b"3", grants=60)
    for step in ("indexing", "finishing", "compressing", "replacing"):
        restore()
        seen = []

        def watch(now, step=step, seen=seen):
            if now == step and not seen:
                seen.append(now)
                shutil.copy(other.output, other.output.with_suffix(".copy"))
                other.output.with_suffix(".copy").rename(place.output)

        result = place.seal(two, watch=watch, token="{}")
        assert seen or step == "compressing"  # a small file is compressed at once
        if not seen:
            continue
        file = plain(place.output)
        assert file.syncs() == [three, two], step
        assert [row.sync_id for row in result.kept] == [three]
        assert [gone.sync.sync_id for gone in result.dropped] == [one]
        assert file.rows(two, "grants") == expected[two]["grants"]
        assert file.ask("select sync_token from v1_sync_runs where sync_id = ?", two) == [("{}",)]
        assert file.ask("pragma integrity_check") == [("ok",)]


def test_an_output_removed_after_a_stop_is_forgotten(place, plain, two_syncs):
    restore, _one, two, _expected = two_syncs
    for step in ("indexing", "replacing"):
        restore()

        def watch(now, step=step):
            if now == step:
                raise Cut

        with pytest.raises(Cut):
            place.seal(two, watch=watch)
        place.output.unlink()
        place.seal(two, token="not this one")
        file = plain(place.output)
        assert file.syncs() == [two]
        assert file.ask("select count(*) from v1_grants") == [(60,)]
        assert file.ask("select sync_token from v1_sync_runs") == [("not this one",)]


def test_what_was_prepared_early_is_used_and_made_again_when_needed(place, plain, two_syncs):
    _restore, one, two, expected = two_syncs

    def refuse(_stats, before):
        assert before.grants == 60
        raise Cut

    early = seal.prepare(place.output, place.work, two, environ={})
    with closing(sqlite3.connect(early)) as db, db:
        db.execute("update v1_sync_runs set sync_token = 'prepared'")
    with pytest.raises(Cut):
        place.seal(two, judge=refuse)
    assert not early.exists()
    with closing(sqlite3.connect(place.work / "draft.db")) as db:
        tokens = db.execute("select sync_token from v1_sync_runs order by id").fetchall()
    assert tokens == [("prepared",), ('{"version":1}',)]
    result = place.seal(two)
    assert result.previous.grants == 60
    check_outcome(place, plain, one, two, expected)


def test_an_output_that_holds_the_sync_already_gets_it_once(place, plain, two_syncs, tmp_path):
    """Somebody put the packed file there by hand."""
    _restore, one, two, expected = two_syncs
    shutil.copytree(place.work, tmp_path / "kept")
    place.seal(two)
    (tmp_path / "kept").rename(place.work)
    place.seal(two)
    check_outcome(place, plain, one, two, expected)


# ------------------------------------------------------------------------------------------------------ failing writes


@pytest.fixture
def file_size():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_at_any_size_is_one_clear_error_and_loses_nothing(place, plain, two_syncs, file_size):
    restore, one, two, expected = two_syncs
    before = place.output.read_bytes()
    messages = set()
    for size in (0, 2000, 6000, 20_000, 40_000, 65_000, 90_000, 120_000, 180_000, 1_000_000):
        restore()
        file_size(size)
        try:
            place.seal(two)
        except FileError as error:
            messages.add(error.message.partition(" cannot be ")[2].partition("(")[0])
            failed = True
        else:
            failed = False
        file_size(resource.RLIM_INFINITY)
        if failed:
            assert place.output.read_bytes() == before, size
            place.seal(two)
        check_outcome(place, plain, one, two, expected)
    assert messages == {"written "}
    assert failed is False


def test_a_failing_rename_keeps_the_finished_sync(place, plain, two_syncs, monkeypatch):
    _restore, one, two, expected = two_syncs
    before = place.output.read_bytes()

    def fail(path, target):
        if Path(target) == place.output:
            raise OSError(30, "Read-only file system")
        return replace(path, target)

    replace = Path.replace
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(FileError, match="cannot be replaced .Read-only file system") as caught:
            place.seal(two)
    assert "run the same command again" in caught.value.hint
    assert place.output.read_bytes() == before
    place.seal(two)
    check_outcome(place, plain, one, two, expected)
