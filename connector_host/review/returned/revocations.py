"""Decisions as the import takes them: their words, and the direct grants to revoke."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from ..review_columns import DECISIONS
from ..review_model import ReviewRow

__all__ = ["ASK", "DECISION_WORDS", "KEEP", "OPEN", "REASSIGN", "REVOKE", "Revocation"]

KEEP, REVOKE, ASK = DECISIONS
REASSIGN = "reassign"
DECISION_WORDS = (*DECISIONS, REASSIGN)
"""The words of a decision file; a workbook has no `reassign`."""
OPEN = "undecided"


class Revocation(Struct, frozen=True):
    """A direct grant to revoke, with the row of the decision, the reviewer and the date."""

    sheet: str
    line: int
    row: ReviewRow
    reviewer: str
    date: date
    note: str
