"""The columns of the sheet *Review* for each unit: one list for writing it and for reading the decisions back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from .cell_text import cell_text, cell_time, quote_id
from .review_model import OptionalColumn, ReviewPrincipal, ReviewRow, ReviewUnit, SystemFacts
from .review_units import AccessRow, level_name

__all__ = [
    "ACCESS_COLUMNS",
    "ADDED_COLUMNS",
    "COLUMNS",
    "DATE",
    "DECISION",
    "DECISIONS",
    "DIRECT_PERMISSIONS",
    "FOLLOWS",
    "GRANT",
    "LAYOUTS",
    "NOTE",
    "REVIEWER",
    "REVOKE_ONLY",
    "RISKS",
    "ROW_ID",
    "SYSTEM",
    "TO_DECIDE",
    "SheetColumn",
    "SheetLayout",
    "access_cells",
    "row_cells",
    "via",
]

DECISIONS = ("keep", "revoke", "ask")
SYSTEM, GRANT, RISKS = "System", "Grant ID", "Risks"
DECISION, REVIEWER, DATE, NOTE = "Decision", "Reviewer", "Date", "Note"
ROW_ID, REVOKE_ONLY, DIRECT_PERMISSIONS, TO_DECIDE = "Row ID", "Revoke only", "Direct permissions", "To decide"
FOLLOWS = "no: follows Via"
ADDED_COLUMNS = frozenset({RISKS})
"""Columns that the workbooks of earlier versions lack; the import reads these workbooks, too."""


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
    SheetColumn("Privileged", 14, fixed=False),
    SheetColumn(RISKS, 26, fixed=False),
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


ACCESS_COLUMNS = (
    SheetColumn(SYSTEM, 18),
    SheetColumn("Principal", 26),
    SheetColumn(OptionalColumn.MAIL.value, 30),
    SheetColumn(OptionalColumn.STATUS.value, 10),
    SheetColumn(OptionalColumn.ACCOUNT.value, 13),
    SheetColumn("Principal type", 14),
    SheetColumn("Resource type", 14),
    SheetColumn("Resource", 26),
    SheetColumn(DIRECT_PERMISSIONS, 40),
    SheetColumn("Inherited permissions", 40),
    SheetColumn(OptionalColumn.VIA.value, 34),
    SheetColumn("Privileged", 24, fixed=False),
    SheetColumn(RISKS, 30, fixed=False),
    SheetColumn(TO_DECIDE, 10),
    SheetColumn(OptionalColumn.OWNER.value, 26, fixed=False),
    SheetColumn(OptionalColumn.SIGNED_IN.value, 18, fixed=False),
    SheetColumn(OptionalColumn.CHANGE.value, 18, fixed=False),
    SheetColumn(DECISION, 11, filled=True, fixed=False),
    SheetColumn(REVOKE_ONLY, 24, filled=True, fixed=False),
    SheetColumn(REVIEWER, 20, filled=True, fixed=False),
    SheetColumn(DATE, 12, filled=True, fixed=False),
    SheetColumn(NOTE, 40, filled=True, fixed=False),
    SheetColumn("Grants", 8),
    SheetColumn("Principal ID", 30),
    SheetColumn("Resource ID", 30),
    SheetColumn(ROW_ID, 30),
)


class SheetLayout(Struct, frozen=True, dict=True):
    """The columns of the sheet for a unit; `identity` is the title of the column that identifies the row."""

    unit: ReviewUnit
    columns: tuple[SheetColumn, ...]
    identity: str

    def position(self, title: str) -> int:
        """Return the number of a column, from 0. Raises ValueError if the layout lacks it."""
        return [column.title for column in self.columns].index(title)


LAYOUTS = {
    ReviewUnit.GRANT: SheetLayout(ReviewUnit.GRANT, COLUMNS, GRANT),
    ReviewUnit.RESOURCE: SheetLayout(ReviewUnit.RESOURCE, ACCESS_COLUMNS, ROW_ID),
}


def row_cells(facts: SystemFacts, row: ReviewRow) -> tuple[str | datetime, ...]:
    """Return the cells of a row in the order of `COLUMNS`."""
    principal, entitlement = row.principal, row.entitlement
    return (
        *_principal_cells(facts, principal),
        cell_text(entitlement.type_name),
        cell_text(entitlement.resource_name),
        cell_text(entitlement.name),
        f"yes ({cell_text(entitlement.privileged)})" if entitlement.privileged else "",
        cell_text("; ".join(row.risks)),
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


def access_cells(facts: SystemFacts, row: AccessRow) -> tuple[str | int | datetime, ...]:
    """Return the cells of a row of a principal and a resource in the order of `ACCESS_COLUMNS`."""
    principal, on = row.principal, row.on
    sources = dict.fromkeys(source.name for grant in row.grants for source in grant.via)
    privileged = (level_name(grant.entitlement) for grant in row.grants if grant.entitlement.privileged)
    return (
        *_principal_cells(facts, principal),
        cell_text(on.type_name),
        cell_text(on.resource_name),
        cell_text(_levels(row.direct)),
        cell_text(_levels(row.inherited)),
        cell_text("; ".join(sources)),
        cell_text(", ".join(dict.fromkeys(privileged))),
        cell_text("; ".join(dict.fromkeys(risk for grant in row.grants for risk in grant.risks))),
        "yes" if row.direct else FOLLOWS,
        cell_text(on.owner),
        cell_time(principal.signed_in),
        cell_text("; ".join(_changed_levels(row))),
        *("", "", "", "", ""),
        len(row.grants),
        quote_id(principal.id),
        quote_id(on.resource_id),
        row.row_id,
    )


def _principal_cells(facts: SystemFacts, principal: ReviewPrincipal) -> tuple[str, ...]:
    return (
        cell_text(facts.system),
        cell_text(principal.name),
        cell_text(principal.mail),
        principal.status,
        principal.account,
        cell_text(principal.type_name),
    )


def _levels(grants: Iterable[ReviewRow]) -> str:
    return ", ".join(dict.fromkeys(level_name(grant.entitlement) for grant in grants))


def _changed_levels(row: AccessRow) -> Iterable[str]:
    for word in ("new", "changed"):
        if changed := _levels(grant for grant in row.grants if grant.change == word):
            yield f"{word}: {changed}"


def via(row: ReviewRow) -> str:
    """Return the names of the entitlements that a grant is inherited through; a direct grant may have some, too."""
    return "; ".join(source.name for source in row.via)
