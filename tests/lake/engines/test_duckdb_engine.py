"""SQL of people reads the views of the lake and nothing else; damage of the lake is an error with a remedy."""

import os
from pathlib import Path

import pytest

from connector_host.errors import ConfigError, FileError
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.questions.sql_questions import list_views, run_sql

secret_variable = "value of this process"


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to 'out.csv'",
        "copy (select 1) to '$grants'",
        "attach 'other.db'",
        "create table t as select 1",
        "insert into person_mapping values ('a', 'b', 'c')",
        "drop view current.grants",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset lock_configuration",
        "pragma database_list",
        "call enable_logging(storage = 'file', storage_path = 'log')",
        "export database 'dump'",
        "explain analyze select 1",
        "create secret (type s3, key_id 'a', secret 'b')",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/proc/self/environ')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "select * from read_parquet('$folder/*.parquet')",
        "select * from read_parquet('https://example.com/x.parquet')",
        "select * from read_parquet('s3://bucket/x.parquet')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from read_duckdb('/etc/passwd')",
        "select getenv('HOME')",
        "select * from duckdb_secrets()",
        "select * from which_secret('s3://x', 's3')",
        "select * from enable_logging(storage = 'file', storage_path = 'log')",
        "select * from enable_profiling(save_location = 'profile.json')",
        "select * from query('copy (select 1) to ''out.csv''')",
        "select * from secret_variable",
        "select 1; select 2",
        "",
        "selec 1",
        "select nothing from people",
        "with x as (select 1) select * from y",
    ],
)
def test_sql_that_is_refused(reading, shared_lake, sql):
    grants = next(file.key for file in shared_lake.commits[0].files if file.table == "resources")
    path = shared_lake.store.location(grants)
    before = sorted(stored.key for stored in shared_lake.store.list("")), Path(path).read_bytes()
    with pytest.raises(ConfigError):
        run_sql(reading, sql.replace("$grants", path).replace("$folder", os.path.dirname(path)))
    assert (sorted(stored.key for stored in shared_lake.store.list("")), Path(path).read_bytes()) == before
    assert list(Path.cwd().iterdir()) == []


def test_a_question_of_ones_own(reading):
    table = run_sql(
        reading, "select source, count(*) as n, 1.50 as d from current.grants group by source order by source"
    )
    assert table.rows == [("bank", 2, 1.5), ("payroll", 8, 1.5)]
    assert [column.number for column in table.columns] == [False, True, True]


def test_columns_of_one_name_are_told_apart(reading):
    assert [column.key for column in run_sql(reading, "select 1 as a, 2 as a").columns] == ["a", "a_2"]


def test_every_view_can_be_read(reading):
    views = dict(list_views(reading).rows)
    assert "principal_type" in views["history.grants"]
    for view in views:
        run_sql(reading, f"select * from {view}")


def test_a_grant_id_of_the_usual_form_is_filled_in(reading):
    table = run_sql(reading, "select grant_id from current.grants where source = 'bank' order by 1")
    assert table.rows == [("app:ledger:approve:user:a",), ("app:ledger:approve:user:r",)]


def test_history_has_every_sync(reading):
    assert run_sql(reading, "select count(distinct sync_id) from history.grants where source = 'payroll'").rows == [
        (3,)
    ]


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_a_damaged_file_of_the_lake(days_lake, damage):
    key = next(file.key for file in days_lake.current()[0].files if file.table == "grants")
    path = Path(days_lake.store.location(key))
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100] if damage == "cut" else b"PAR1" + b"x" * 200)
    with pytest.raises(FileError, match=str(path.name)[:20]) as failure, open_reading(days_lake) as reading:
        run_sql(reading, "select * from current.grants")
    assert "lake verify" in failure.value.hint


def test_files_of_a_version_with_fewer_columns(days_lake):
    """A later version adds columns: older files lack them, and are read all the same, also after a compaction."""
    import pyarrow.parquet as pq
    from msgspec.json import encode
    from msgspec.structs import replace

    from connector_host.lake.compaction import compact_lake

    commit = days_lake.current()[0]
    files = []
    for file in commit.files:
        if file.table == "grants":
            path = days_lake.store.location(file.key)
            rows = pq.read_table(path)
            pq.write_table(rows.drop_columns(["expands", "expands_shallow", "expands_types"]), path)
        files.append(replace(file, columns=0))
    older = replace(commit, revision=commit.revision + 1, files=tuple(files))
    assert days_lake.store.create(older.key, encode(older))
    sql = "select count(*), count(expands) from current.grants"
    for _ in range(2):
        with open_reading(Lake.open(days_lake.store.url)) as reading:
            assert run_sql(reading, sql).rows == [(10, 2)]
        compact_lake(Lake.open(days_lake.store.url), smaller_than=1_000_000)


def test_a_lake_in_a_folder_with_an_odd_name(tmp_path, sync_file):
    lake = open_lake_for_adding(str(tmp_path / "it's (a) [lake] *"))
    add_file(lake, sync_file, source="hr")
    with open_reading(lake) as reading:
        assert run_sql(reading, "select count(*) from history.grants").rows == [(8,)]
