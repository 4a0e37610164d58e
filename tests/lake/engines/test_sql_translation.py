"""SQL for Spark, and the check of a person's SQL, without Spark."""

import pytest

from connector_host.errors import ConfigError
from connector_host.lake.engines.sql_translation import check_select, to_spark

VIEWS = {"people", "current.grants"}


def test_scopes_become_parts_of_names_and_lists_are_unnested():
    sql = to_spark(
        "select a.x || 'it''s \\' from current.grants as g cross join unnest(g.through) as t(name), people as a"
    )
    assert "current_grants" in sql
    assert "EXPLODE(g.through)" in sql
    assert r"\\" in sql


@pytest.mark.parametrize(
    "sql",
    ["select count(*) from people", "with x as (select 1 as a) select * from x union all select 2", "from people"],
)
def test_queries_of_views_are_taken(sql):
    check_select(sql, VIEWS)


@pytest.mark.parametrize(
    "sql",
    [
        *("drop view people", "select 1; select 2", "select * from secrets", "select * from current.secrets", ""),
        *("select reflect('a', 'b')", "select * from read_csv('/etc/passwd')", "select * from '/etc/passwd'"),
        *("insert into people select 1", "selec", "set x = 1", "select * from parquet.`/etc/x`"),
    ],
)
def test_everything_else_is_refused(sql):
    with pytest.raises(ConfigError):
        check_select(sql, VIEWS)
