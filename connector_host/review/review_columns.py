"""The columns of the sheet *Review*: one list, for the writer and for the one who reads decisions back."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from .cell_text import cell_text, cell_time, quote_id
from .review_model import OptionalColumn, ReviewRow, SystemFacts

__all__ = [
    "COLUMNS",
    "DATE",
    "DECISION",
    "DECISIONS",
    "GRANT",
    "NOTE",
    "REVIEWER",
    "SYSTEM",
    "SheetColumn",
    "row_cells",
    "via",
]

DECISIONS = ("keep", "revoke", "ask")
SYSTEM, GRANT = "System", "Grant ID"
DECISION, REVIEWER, DATE, NOTE = "Decision", "Reviewer", "Date", "Note"


class SheetColumn(Struct, frozen=True):
    """A column: its title and width in letters. `filled`: by people. `fixed`: import compares it with the file."""

    title: str
    width: int
    filled: bool = False
    fixed: bool = True


COLUMNS = (
    SheetColumn(SYSTEM, 18),
    SheetColumn("Principal", 26),
    SheetColumn(OptionalColumn.MAIL.value, 30),
    SheetColumn(OptionalColumn.STATUS.value, 10),
    SheetColumn(OptionalColumn.ACCOUNT.value, 13),
    SheetColumn("Principal type", 14),
    SheetColumn("Resource type", 14),
    SheetColumn("Resource", 26),
    SheetColumn("Entitlement", 32),
    SheetColumn("Privileged", 14),
    SheetColumn("Held", 10),
    SheetColumn(OptionalColumn.VIA.value, 34),
    SheetColumn(OptionalColumn.OWNER.value, 26, fixed=False),
    SheetColumn(OptionalColumn.SIGNED_IN.value, 18, fixed=False),
    SheetColumn(OptionalColumn.CHANGE.value, 18, fixed=False),
    SheetColumn(DECISION, 11, filled=True, fixed=False),
    SheetColumn(REVIEWER, 20, filled=True, fixed=False),
    SheetColumn(DATE, 12, filled=True, fixed=False),
    SheetColumn(NOTE, 40, filled=True, fixed=False),
    SheetColumn("Principal ID", 30),
    SheetColumn("Resource ID", 30),
    SheetColumn("Entitlement ID", 40),
    SheetColumn(GRANT, 50),
)


def row_cells(facts: SystemFacts, row: ReviewRow) -> tuple[str | datetime, ...]:
    """The cells of a row, in the order of `COLUMNS`."""
    who, what = row.who, row.what
    return (
        cell_text(facts.system),
        cell_text(who.name),
        cell_text(who.mail),
        who.status,
        who.account,
        cell_text(who.type_name),
        cell_text(what.type_name),
        cell_text(what.resource_name),
        cell_text(what.name),
        f"yes ({cell_text(what.privileged)})" if what.privileged else "",
        "direct" if row.direct else "inherited",
        cell_text(via(row)),
        cell_text(what.owner),
        cell_time(who.signed_in),
        cell_text(f"{row.change}: {row.details}" if row.details else row.change),
        *("", "", "", ""),
        quote_id(who.id),
        quote_id(what.resource_id),
        quote_id(what.entitlement),
        quote_id(row.grant),
    )


def via(row: ReviewRow) -> str:
    """What a grant comes through, in words; a direct one may come through something besides."""
    return "; ".join(one.name for one in row.via)
