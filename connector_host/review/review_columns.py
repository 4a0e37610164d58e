"""The columns of the sheet *Review*: one list, for the writer and for the one who reads decisions back."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from .cell_text import instant, spelled_id, text
from .review_model import Column, Facts, ReviewRow

__all__ = ["COLUMNS", "DATE", "DECISION", "DECISIONS", "GRANT", "NOTE", "REVIEWER", "SYSTEM", "Col", "row_cells", "via"]

DECISIONS = ("keep", "revoke", "ask")
SYSTEM, GRANT = "System", "Grant ID"
DECISION, REVIEWER, DATE, NOTE = "Decision", "Reviewer", "Date", "Note"


class Col(Struct, frozen=True):
    """A column: its title and width in letters. `filled`: by people. `fixed`: import compares it with the file."""

    title: str
    width: int
    filled: bool = False
    fixed: bool = True


COLUMNS = (
    Col(SYSTEM, 18),
    Col("Principal", 26),
    Col(Column.MAIL.value, 30),
    Col(Column.STATUS.value, 10),
    Col(Column.ACCOUNT.value, 13),
    Col("Principal type", 14),
    Col("Resource type", 14),
    Col("Resource", 26),
    Col("Entitlement", 32),
    Col("Privileged", 14),
    Col("Held", 10),
    Col(Column.VIA.value, 34),
    Col(Column.OWNER.value, 26, fixed=False),
    Col(Column.SIGNED_IN.value, 18, fixed=False),
    Col(Column.CHANGE.value, 18, fixed=False),
    Col(DECISION, 11, filled=True, fixed=False),
    Col(REVIEWER, 20, filled=True, fixed=False),
    Col(DATE, 12, filled=True, fixed=False),
    Col(NOTE, 40, filled=True, fixed=False),
    Col("Principal ID", 30),
    Col("Resource ID", 30),
    Col("Entitlement ID", 40),
    Col(GRANT, 50),
)


def row_cells(facts: Facts, row: ReviewRow) -> tuple[str | datetime, ...]:
    """The cells of a row, in the order of `COLUMNS`."""
    who, what = row.who, row.what
    return (
        text(facts.system),
        text(who.name),
        text(who.mail),
        who.status,
        who.account,
        text(who.type_name),
        text(what.type_name),
        text(what.resource_name),
        text(what.name),
        f"yes ({text(what.privileged)})" if what.privileged else "",
        "direct" if row.direct else "inherited",
        text(via(row)),
        text(what.owner),
        instant(who.signed_in),
        text(f"{row.change}: {row.details}" if row.details else row.change),
        *("", "", "", ""),
        spelled_id(who.id),
        spelled_id(what.resource_id),
        spelled_id(what.entitlement),
        spelled_id(row.grant),
    )


def via(row: ReviewRow) -> str:
    """What a grant comes through, in words; a direct one may come through something besides."""
    return "; ".join(one.name for one in row.via)
