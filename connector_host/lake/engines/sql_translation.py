"""Translation of SQL from the dialect of DuckDB to that of Spark, by sqlglot, and the check of a person's SQL."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ...errors import ConfigError
from ..object_store import require_extra

__all__ = ["READ_ONLY", "check_select", "to_spark"]

READ_ONLY = "`lake sql` runs one SELECT on the views of the lake."
HINT = "`connector-host lake sql --tables` lists the views and their columns."
SAFE_FUNCTIONS = {
    *("array_contains", "array_join", "array_sort", "contains", "date_format", "ends_with", "format_number", "hash"),
    *("len", "list_sort", "md5", "printf", "regexp_matches", "size", "sort_array", "starts_with", "translate"),
}
"""Functions without an effect or a way out that sqlglot does not know by class."""


def to_spark(sql: str) -> str:
    """Return the SQL for Spark. `scope.table` becomes `scope_table`: temporary views have no schema."""
    sqlglot, expressions = _sqlglot()
    tree = sqlglot.parse_one(sql, read="duckdb")
    for table in tree.find_all(expressions.Table):
        if table.db:
            table.set("this", expressions.to_identifier(f"{table.db}_{table.name}"))
            table.set("db", None)
    return str(tree.sql(dialect="spark"))


def check_select(sql: str, views: Collection[str]) -> None:
    """Raise ConfigError unless the SQL is one query that reads `views` only and calls harmless functions only."""
    sqlglot, expressions = _sqlglot()
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise ConfigError(f"The SQL cannot be read: {_first_line(error)}", hint=HINT) from error
    if len(trees) != 1 or not isinstance(trees[0], expressions.Query):
        raise ConfigError("This is not one SELECT.", hint=READ_ONLY)
    own_names = {expression.alias_or_name for expression in trees[0].find_all(expressions.CTE)}
    for table in trees[0].find_all(expressions.Table):
        name = f"{table.db}.{table.name}" if table.db else table.name
        if not isinstance(table.this, expressions.Identifier) or (name not in views and name not in own_names):
            raise ConfigError(f"The lake has no view {table.sql(dialect='duckdb')}.", hint=HINT)
    for call in trees[0].find_all(expressions.Func):
        if isinstance(call, expressions.Anonymous) and call.name.lower() not in SAFE_FUNCTIONS:
            raise ConfigError(f"The function {call.name} is not available.", hint=READ_ONLY)
    for statement in (expressions.Command, expressions.Into, expressions.DML, expressions.DDL):
        if trees[0].find(statement) is not None and not isinstance(trees[0].find(statement), expressions.Query):
            raise ConfigError("This is not one SELECT.", hint=READ_ONLY)


def _sqlglot() -> tuple[Any, Any]:
    """Return sqlglot and its module of expressions."""
    try:
        import sqlglot  # noqa: PLC0415 - an extra
        from sqlglot import expressions  # noqa: PLC0415
    except ImportError:
        raise require_extra("sqlglot") from None
    return sqlglot, expressions


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
