"""A real local Spark answers as DuckDB does, and adds files. Run by `tox -e spark`; skipped without pyspark and Java."""

import shutil

import pytest

pytest.importorskip("pyspark", reason="pyspark is not installed: tox -e spark")
if shutil.which("java") is None:
    pytest.skip("Java is not installed", allow_module_level=True)

from connector_host.errors import ConfigError, FileError
from connector_host.lake.compaction import compact_lake
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.engines.lake_views import PersonMapping
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.questions.sql_questions import VIEWS_FOR_PEOPLE, run_sql

pytestmark = pytest.mark.filterwarnings("ignore")  # of pyspark
RULES = """
format = 1
[[separation]]
name = "Write and approve"
severity = "high"
reason = "Nobody approves what he wrote."
never-together = [{ entitlement = "write", connector = "payroll" }, { entitlement = "approve", connector = "bank" }]
"""


def rows(reading, sql):
    result = reading.engine.query(sql)
    plain = [[sorted(value) if isinstance(value, list) else value for value in row] for row in result.rows]
    return result.columns, sorted(map(repr, plain))


@pytest.mark.parametrize("compacted", [False, True])
def test_every_view_has_the_same_rows(days_lake, compacted):
    if compacted:
        compact_lake(days_lake, smaller_than=1_000_000)
    lake = Lake.open(days_lake.store.url)
    mappings = [PersonMapping("bank", "r", "o'brien\\x"), PersonMapping("", "bob@example.com", "Bob")]
    with (
        open_reading(lake, mappings=mappings) as duck,
        open_reading(lake, mappings=mappings, engine="spark") as spark,
    ):
        for view in VIEWS_FOR_PEOPLE:
            assert rows(spark, f"select * from {view}") == rows(duck, f"select * from {view}"), view


@pytest.mark.parametrize(
    "words",
    [
        ("access", "ada@example.com"),
        ("access", "lovelace ada", "--at", "2026-03-02"),
        ("who", "Payroll", "--permission", "read"),
        ("people",),
        ("people", "--conflicts"),
        ("diff", "--from", "2026-03-01", "--to", "2026-03-02"),
        ("diff", "--from", "2026-03-02", "--to", "2026-03-03"),
        ("timeline", "bob@example.com"),
        ("timeline", "Payroll"),
        ("orphans", "--against", "hr"),
        ("dormant", "--never"),
        ("privileged",),
        ("sod", "--rules", "rules.toml"),
        ("sql", "select source, count(*) as n from current.grants group by source order by source"),
    ],
    ids=" ".join,
)
def test_every_question_has_the_same_answer(ask, shared_lake, words):
    with open("rules.toml", "w") as file:
        file.write(RULES)
    words = ("lake", *words, "--lake", shared_lake.store.url, "-o", "json")
    duck = ask(*words)
    spark = ask(*words, "--engine", "local[2]")
    assert spark.json == duck.json, spark.err
    assert spark.code == duck.code


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from parquet.`/etc/x`",
        "select * from text.`/etc/passwd`",
        "select reflect('java.lang.System', 'getenv', 'HOME')",
        "select java_method('java.lang.Runtime', 'getRuntime')",
        "select try_reflect('java.lang.System', 'exit', 1)",
        "select * from current_grants_own",
        "create table t as select 1",
        "insert into people values (1)",
        "drop view people",
        "set x = 1",
        "add jar '/tmp/x.jar'",
        "select * from range(10)",
        "select 1; select 2",
        "select transform(*) using 'sh' from people",
        "with x as (select * from read_parquet('/etc/x')) select * from x",
        "select (select max(a) from parquet.`/etc/x`)",
        "copy people to 'x'",
        "",
    ],
)
def test_sql_that_is_refused(shared_lake, sql):
    with open_reading(shared_lake, engine="spark") as reading, pytest.raises(ConfigError):
        run_sql(reading, sql)


def test_a_file_that_is_missing(days_lake):
    key = next(file.key for file in days_lake.current()[0].files if file.table == "grants")
    days_lake.store.delete(key)
    with pytest.raises(FileError, match=r"\.parquet") as failure, open_reading(days_lake, engine="spark") as reading:
        run_sql(reading, "select count(direct) from current.grants")
    assert "lake verify" in failure.value.hint


def test_files_are_added_one_a_task(ask, make_c1z, organisation, tmp_path):
    first, second = make_c1z(organisation, name="a.c1z", ids=("a1",)), make_c1z(organisation, name="b.c1z", ids=("b1",))
    result = ask(
        "lake", "add", first, second, tmp_path / "none.c1z", "--source", "hr", "--engine", "spark", "-o", "json"
    )
    assert result.code == 2
    assert "1 of 3 files could not be added" in result.err
    assert [(row["sync"], row["result"], row["grants"]) for row in result.json["added"]] == [
        ("a1", "added", 8),
        ("b1", "added", 8),
    ]
    assert ask("lake", "verify").code == 0
