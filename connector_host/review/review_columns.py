"""The columns of the sheet *Review*: one list for writing it and for reading the decisions back."""

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
    """A column: its title and width in letters. `filled`: by people. `fixed`: the import compares it with the file."""

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
    """Return the cells of a row in the order of `COLUMNS`."""
    principal, entitlement = row.principal, row.entitlement
    return (
        cell_text(facts.system),
        cell_text(principal.name),
        cell_text(principal.mail),
        principal.status,
        principal.account,
        cell_text(principal.type_name),
        cell_text(entitlement.type_name),
        cell_text(entitlement.resource_name),
        cell_text(entitlement.name),
        f"yes ({cell_text(entitlement.privileged)})" if entitlement.privileged else "",
        "direct" if row.direct else "inherited",
        cell_text(via(row)),
        cell_text(entitlement.owner),
        cell_time(principal.signed_in),
        cell_text(f"{row.change}: {row.details}" if row.details else row.change),
        *("", "", "", ""),
        quote_id(principal.id),
        quote_id(entitlement.resource_id),
        quote_id(entitlement.id),
        quote_id(row.grant),
    )


def via(row: ReviewRow) -> str:
    """Return the names of the entitlements that a grant is inherited through; a direct grant may have some, too."""
    return "; ".join(source.name for source in row.via)
