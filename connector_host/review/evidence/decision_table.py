"""The table of all decisions, written while they are read: one line of CSV for each decided row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import BinaryIO

from ...output.csv_format import lines
from ..returned.returned_entry import ReturnedEntry
from ..review_units import AccessRow, level_name
from ..workbooks.returned_workbook import parse_day

__all__ = ["DECISION_COLUMNS", "DecisionTable"]

DECISION_COLUMNS = (
    *("System", "Principal", "Principal ID", "Resource", "Resource ID", "Permissions", "Held", "Risks"),
    *("Decision", "Revoke only", "Reassigned to", "Reviewer", "Date", "Note", "File", "Sheet", "Row", "Row ID"),
)


class DecisionTable:
    """Writer of decisions; nothing is kept."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        out.writelines(lines(DECISION_COLUMNS, ()))

    def add(self, file: str, entry: ReturnedEntry, access: AccessRow) -> date | None:
        """Write a decision on a row of a returned file; return its day."""
        day = parse_day(entry.day, from_1904=entry.from_1904) if entry.day != "" else None
        principal, on = access.principal, access.on
        row: Sequence[str] = (
            entry.system,
            principal.name,
            principal.id,
            on.resource_name,
            on.resource_id,
            ", ".join(dict.fromkeys(level_name(grant.entitlement) for grant in access.grants)),
            " and ".join(word for word, part in (("direct", access.direct), ("inherited", access.inherited)) if part),
            "; ".join(dict.fromkeys(risk for grant in access.grants for risk in grant.risks)),
            entry.word,
            ", ".join(entry.only),
            entry.to,
            entry.reviewer,
            day.isoformat() if day is not None else "",
            entry.note,
            file,
            entry.sheet.removeprefix(file).strip(),
            str(entry.line),
            entry.identity,
        )
        self._out.write(list(lines(DECISION_COLUMNS, [row]))[1])
        return day
