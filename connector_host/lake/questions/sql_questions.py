"""SQL of a person on the views of a lake."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..engines.engine_choice import LakeReading
from ..result_table import LakeColumn, LakeTable

__all__ = ["VIEWS_FOR_PEOPLE", "list_views", "run_sql"]

SCOPED = ("syncs", "resource_types", "resources", "entitlements", "grants")
VIEWS_FOR_PEOPLE = (
    *(f"{scope}.{table}" for scope in ("current", "history") for table in SCOPED),
    *("accounts", "people", "people_conflicts", "access", "decisions"),
)
PLAIN = (str, int, float, bool, datetime, date, list, tuple, dict)


def run_sql(reading: LakeReading, sql: str) -> LakeTable:
    """Return the rows of one SELECT. Raises ConfigError for anything else."""
    result = reading.engine.query_of_person(sql)
    rows = [tuple(map(_plain, row)) for row in result.rows]
    numbers = {
        number
        for number in range(len(result.columns))
        if rows and all(row[number] is None or type(row[number]) in (int, float) for row in rows)
    }
    columns = tuple(LakeColumn(name, name, number in numbers) for number, name in enumerate(_unique(result.columns)))
    return LakeTable(key="rows", columns=columns, rows=rows, notes=reading.notes)


def list_views(reading: LakeReading) -> LakeTable:
    """Return the views with their columns."""
    rows = []
    for view in VIEWS_FOR_PEOPLE:
        result = reading.engine.query(f"select * from {view} limit 0")
        rows.append((view, ", ".join(result.columns)))
    return LakeTable(key="views", columns=(LakeColumn("view", "View"), LakeColumn("columns", "Columns")), rows=rows)


def _plain(value: Any) -> Any:
    """Return a value that every output format can write."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, PLAIN) else str(value)


def _unique(names: tuple[str, ...]) -> list[str]:
    """Return names of which none occurs twice: a JSON object keeps one value for a name."""
    unique: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in unique:
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique
