"""The decisions, written while they are read: a line of CSV for people, and one of JSON for programs, for each row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import BinaryIO

from msgspec import Struct
from msgspec.json import encode

from ...output.csv_format import lines
from ..returned.decision_reader import selected_grants
from ..returned.returned_entry import ReturnedEntry
from ..returned.revocations import KEEP, REVOKE
from ..review_model import ReviewRow
from ..review_units import AccessRow, level_name
from ..workbooks.returned_workbook import parse_day

__all__ = ["DECISION_COLUMNS", "DecidedRow", "DecisionTable"]

DECISION_COLUMNS = (
    *("System", "Principal", "Principal ID", "Resource", "Resource ID", "Permissions", "Held", "Risks"),
    *("Decision", "Revoke only", "Reassigned to", "Reviewer", "Date", "Note", "File", "Sheet", "Row", "Row ID"),
)


class DecidedRow(Struct, frozen=True, kw_only=True):
    """A decided row for programs. The entitlements are the direct ones of the row, those that are revoked and others.

    `decision` is that of the row: if it is `revoke`, the `kept` entitlements are the rest.
    """

    system: str
    row: str
    principal: str
    decision: str
    revoked: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    reviewer: str = ""
    date: str = ""
    note: str = ""
    file: str = ""


class DecisionTable:
    """Writer of decisions; nothing is kept. `records` gets the same as JSON lines."""

    def __init__(self, out: BinaryIO, records: BinaryIO) -> None:
        self._out = out
        self._records = records
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
        self._records.write(encode(_decided(file, entry, access, day)) + b"\n")
        return day


def _decided(file: str, entry: ReturnedEntry, access: AccessRow, day: date | None) -> DecidedRow:
    revoked: Sequence[ReviewRow] = ()
    if entry.word == REVOKE:
        revoked = selected_grants(access, entry.only) if entry.only else access.direct
    unrevoked = [grant for grant in access.direct if grant not in revoked] if entry.word in (KEEP, REVOKE) else []
    return DecidedRow(
        system=entry.system,
        row=entry.identity,
        principal=access.principal.id,
        decision=entry.word,
        revoked=tuple(grant.entitlement.id for grant in revoked),
        kept=tuple(grant.entitlement.id for grant in unrevoked),
        reviewer=entry.reviewer,
        date=day.isoformat() if day is not None else "",
        note=entry.note,
        file=file,
    )
