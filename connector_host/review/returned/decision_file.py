"""Decision files: the decisions that a reviewer made in the page of a review, as JSON.

::

    {"format": "connector-host decisions 1", "review": ID, "saved": TIME, "reviewer": NAME,
     "systems": [{"system": NAME, "sync": ID, "sha256": HASH, ...}],         what was reviewed
     "decisions": [{"system": NAME, "row": ROW ID, "principal": "type:id", "resource": "type:id",
                    "decision": "keep", "revoke", "ask" or "reassign", "date": "2026-01-31",
                    "only": [ENTITLEMENT ID, ...], "to": NAME, "note": TEXT}]}

A row without a decision may be left out. The file is untrusted, like a returned workbook.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from ...errors import FileError
from ...output.terminal_text import printable
from ..cell_text import cell_text
from ..review_model import SystemFacts
from ..review_state import ReviewedFile, review_id
from ..review_units import AccessRow
from .returned_entry import ReturnedEntry

__all__ = ["FORMAT", "DecisionFile", "decision_entries", "is_decision_file", "read_decision_file"]

FORMAT = "connector-host decisions 1"
MOST_BYTES = 256 << 20
MOST_DECISIONS = 1_000_000
SAVE_AGAIN = "Save the decisions in the page of the review again, or ask the sender for a new copy."


class _Decision(Struct, frozen=True):
    system: str
    row: str
    principal: str
    resource: str
    decision: str = ""
    date: str = ""
    only: tuple[str, ...] = ()
    to: str = ""
    note: str = ""


class DecisionFile(Struct, frozen=True):
    """A decision file as it was read."""

    format: str
    review: str
    systems: tuple[ReviewedFile, ...]
    decisions: tuple[_Decision, ...]
    reviewer: str = ""


def is_decision_file(path: Path) -> bool:
    """Return True if a file begins like one. Raises FileError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error


def read_decision_file(path: Path) -> DecisionFile:
    """Read a decision file. Raises FileError for any other file, and for one of another version."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise FileError(f"{path} has more than {MOST_BYTES >> 20} MB, which no decision file has.", hint=SAVE_AGAIN)
    try:
        saved = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=DecisionFile)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is not a decision file ({error}).", hint=SAVE_AGAIN) from error
    if saved.format != FORMAT:
        raise FileError(
            f"{path} is a decision file of another version ({saved.format[:40]!r}).",
            hint="Import it with the version that wrote the page.",
        )
    if not saved.systems or saved.review != review_id(saved.systems):
        raise FileError(f"{path}: the description of its review was edited.", hint=SAVE_AGAIN)
    if len(saved.decisions) > MOST_DECISIONS:
        raise FileError(f"{path} has more than {MOST_DECISIONS:,} decisions.", hint=SAVE_AGAIN)
    return saved


def decision_entries(saved: DecisionFile, name: str) -> Iterator[ReturnedEntry]:
    """Yield the decisions of a file; `name` stands for it in messages, and the first decision is row 1."""
    for line, decision in enumerate(saved.decisions, 1):
        yield ReturnedEntry(
            sheet=name,
            line=line,
            system=cell_text(decision.system),
            identity=decision.row,
            difference=_Comparison(decision).difference,
            word=decision.decision.strip().casefold(),
            reviewer=saved.reviewer.strip(),
            day=decision.date,
            note=decision.note.strip(),
            only=decision.only,
            to=decision.to,
        )


class _Comparison:
    """Comparison of a decision with a row of the reviewed file."""

    def __init__(self, decision: _Decision) -> None:
        self._decision = decision

    def difference(self, _: SystemFacts, access: AccessRow) -> str:
        """Return how the decision differs from the row that it names, empty if it does not."""
        for title, returned, reviewed in (
            ("principal", self._decision.principal, printable(access.principal.id)),
            ("resource", self._decision.resource, printable(access.on.resource_id)),
        ):
            if returned != reviewed:
                return f"its {title} was edited: the file has {returned!r}, the reviewed file {reviewed!r}"
        return ""
