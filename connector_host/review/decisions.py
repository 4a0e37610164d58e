"""What people decided in a workbook, held against the file it was made of. What does not fit is refused, row by row."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from ..errors import ConfigError, ConnectorHostError, PreconditionError
from ..provision.change_targets import take_by_id
from .cell_text import cell_text, unquote_id
from .contradictions import KeptGrant, describe_paths, find_contradictions
from .file_facts import fingerprint
from .returned_workbook import ReturnedRow, ReviewedFile, parse_day, read_reviewed_files, read_rows
from .review_columns import COLUMNS, DATE, DECISION, DECISIONS, GRANT, NOTE, REVIEWER, SYSTEM, row_cells
from .review_files import Review, ReviewRequest, open_review
from .review_model import ReviewRow
from .sheet_writer import MOST_ROWS
from .xlsx_reader import WorkbookReader, open_workbook

__all__ = ["OPEN", "ReviewDecisions", "Revocation", "read_decisions"]

AT = {column.title: number for number, column in enumerate(COLUMNS)}
MOST_PROBLEMS, MOST_KEPT = 20, 1_000  # told, and put in order before
SLACK = timedelta(days=1)  # days have no zone
RESTORE = "Undo the edit, or make the review again"
KEEP, REVOKE, ASK = DECISIONS
OPEN = "undecided"


class Revocation(Struct, frozen=True):
    """A direct grant that is to be taken away, who decided it where, and when."""

    sheet: str
    line: int
    row: ReviewRow
    reviewer: str
    date: date
    note: str


class ReviewDecisions(Struct, frozen=True):
    """Everything that was decided: the systems and where their files were found, and a count of each word.

    `undecided` counts the grants without a decision, those among them whose rows are no longer in the workbook.
    """

    systems: tuple[ReviewedFile, ...]
    files: tuple[Path, ...]
    revocations: tuple[Revocation, ...]
    counts: Counter[str]
    lacking: int


class _Refused(Exception):
    """A row that cannot be taken: why, and what to do."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.what, self.todo = what, todo


def read_decisions(path: Path, files: tuple[Path, ...] = ()) -> ReviewDecisions:
    """Read a workbook of decisions. `files` are the c1z files it was made of, where they are not where they were.

    Raises FileError for what is no such workbook, PreconditionError for a file that is not the one reviewed (another
    sync), ConfigError that names every row that cannot be taken. Nothing is written.
    """
    with open_workbook(path) as sheets:
        systems = read_reviewed_files(path, sheets)
        found = tuple(_found(path, system, files) for system in systems)
        labels = tuple(system.system for system in systems)
        wanted = ReviewRequest(found, tuple(system.sync for system in systems), compare=False, labels=labels)
        with open_review(wanted) as review:
            desk = _DecisionReader(review, sheets)
            for row in read_rows(path, sheets):
                desk.take(row)
            desk.contradict()
            total = sum(facts.grants for facts in review.facts)
    if desk.problems:
        raise _refusal(path, desk)
    desk.counts[OPEN] = total - sum(desk.counts[word] for word in (KEEP, REVOKE, ASK))
    return ReviewDecisions(tuple(systems), found, tuple(desk.revocations), desk.counts, total - desk.rows)


def _found(path: Path, system: ReviewedFile, files: tuple[Path, ...]) -> Path:
    """The file that a system of the review was made of, by its SHA-256."""
    named = Path(system.file)
    candidates = files or tuple(dict.fromkeys((named, path.parent / named.name)))
    there = [one for one in candidates if os.path.isfile(one)]  # noqa: PTH113 - pathlib raises for some names
    for one in there:
        if fingerprint(one).sha256 == system.sha256:
            return one
    looked = ", ".join(map(str, there or candidates))
    if not there:
        raise PreconditionError(
            f"the review is of {system.file} ({system.system}), which is not there: looked at {looked}",
            hint="Name the c1z file that was reviewed with -f.",
        )
    raise PreconditionError(
        f"the review is of the sync {system.sync}, in a file of SHA-256 {system.sha256}; {looked} is another file now",
        hint="After another sync, name a copy of the reviewed file with -f, or make a new review of what is there now.",
    )


class _DecisionReader:
    """Takes row after row. `problems` are the first (sheet, line, what, what to do) of `refused` ones."""

    def __init__(self, review: Review, sheets: WorkbookReader) -> None:
        self.problems: list[tuple[str, int, str, str]] = []
        self.refused = 0
        self.revocations: list[Revocation] = []
        self.counts: Counter[str] = Counter()
        self.rows = 0
        self._review, self._sheets = review, sheets
        self._labels = {cell_text(facts.system): number for number, facts in enumerate(review.facts)}
        self._ended = [facts.ended.date() if facts.ended else None for facts in review.facts]
        self._kept: list[KeptGrant] = []
        self._inherited: list[Revocation] = []
        self._seen: list[dict[int, int]] = [{} for _ in review.facts]  # the only thing that grows with the rows
        self._places: list[str] = []

    def take(self, row: ReturnedRow) -> None:
        """Look at a row; what is wrong with it becomes a problem."""
        try:
            self._take(row)
        except _Refused as refused:
            self._refuse(row.sheet, row.line, refused.what, refused.todo)

    def contradict(self) -> None:
        """Look at what the decisions mean together, when every row was taken."""
        for one in self._inherited:
            says, todo = describe_paths(self._review.systems[one.row.system].view, one.row, self._line_of)
            what = f"{one.row.who.name} holds {one.row.what.name} only through {says}: it cannot be revoked by itself"
            self._refuse(one.sheet, one.line, what, todo)
        for number, system in enumerate(self._review.systems):
            revoked = {one.row.grant: (one.sheet, one.line) for one in self.revocations if one.row.system == number}
            kept = [one for one in self._kept if one.system == number]
            who = {one.row.who.id for one in self.revocations if one.row.system == number}
            for sheet, line, what in find_contradictions(system.view, kept, revoked, who):
                self._refuse(sheet, line, what, "Change one of the two decisions")

    def _refuse(self, sheet: str, line: int, what: str, todo: str) -> None:
        self.refused += 1
        if len(self.problems) < MOST_KEPT:
            self.problems.append((sheet, line, what, todo))

    def _take(self, row: ReturnedRow) -> None:
        word = str(row.values[AT[DECISION]]).strip().casefold()
        if not str(row.values[AT[GRANT]]):
            self._no_grant(row, word)
            return
        num, found = self._identified(row)
        here = self._place(row)
        before = self._seen[found.system].setdefault(num, here)
        if before != here:
            raise _Refused(f"is the same grant as {self._said(before)}", "A grant has one row: delete one of them")
        self.rows += 1
        if not word:
            return
        if word not in DECISIONS:
            raise _Refused(f"{word!r} is no decision", f"Choose {', '.join(DECISIONS)}, or leave it empty")
        if word != ASK:
            decided = self._decided(row, found, word)
            if word == REVOKE and not found.direct:
                self._inherited.append(decided)
            elif word == REVOKE:
                self._revocable(decided)
                self.revocations.append(decided)
            elif not found.direct:
                self._kept.append(KeptGrant(row.sheet, row.line, found.system, found.what.entitlement, found.who))
        self.counts[word] += 1

    def _no_grant(self, row: ReturnedRow, word: str) -> None:
        identity = [str(value) for value, column in zip(row.values, COLUMNS, strict=True) if column.fixed and value]
        if word or identity:
            raise _Refused("names no grant: its Grant ID is empty", RESTORE)

    def _identified(self, row: ReturnedRow) -> tuple[int, ReviewRow]:
        """The grant that a row is about, if every cell that says so is as the file has it."""
        label, spelled = str(row.values[AT[SYSTEM]]), str(row.values[AT[GRANT]])
        number = self._labels.get(label)
        if number is None:
            raise _Refused(f"names a system {label!r} that is not in the review", RESTORE)
        try:
            found = self._review.systems[number].find(unquote_id(spelled))
        except ValueError:
            found = []
        if not found:
            raise _Refused(f"names a grant {spelled!r} that the reviewed file does not hold", RESTORE)
        differences = [self._difference(row, number, one) for _, one in found]
        if all(differences):
            raise _Refused(differences[0], RESTORE)
        return found[differences.index("")]

    def _difference(self, row: ReturnedRow, number: int, found: ReviewRow) -> str:
        expected = row_cells(self._review.facts[number], found)
        for value, wanted, column in zip(row.values, expected, COLUMNS, strict=True):
            if column.fixed and value != wanted:
                return f"{column.title} was edited: it says {str(value)!r}, the reviewed file {str(wanted)!r}"
        return ""

    def _decided(self, row: ReturnedRow, found: ReviewRow, word: str) -> Revocation:
        reviewer = str(row.values[AT[REVIEWER]]).strip()
        if not reviewer:
            raise _Refused(f"{word} has no reviewer", "Say who decided it")
        value = row.values[AT[DATE]]
        if value == "":
            raise _Refused(f"{word} has no date", "Say when it was decided, like 2026-01-31")
        when = parse_day(value, self._sheets)
        if when is None:
            raise _Refused(f"{str(value)!r} is no date", "Write a day like 2026-01-31")
        ended = self._ended[found.system]
        today = datetime.now(UTC).date()
        if ended is not None and when < ended - SLACK:
            raise _Refused(f"it was decided on {when}, before the sync of {ended}", "Write the day of the decision")
        if when > today + SLACK:
            raise _Refused(f"{when} is yet to come", "Write the day of the decision")
        return Revocation(row.sheet, row.line, found, reviewer, when, str(row.values[AT[NOTE]]).strip())

    def _revocable(self, decided: Revocation) -> None:
        """What `revoke` would refuse is refused here already."""
        row, view = decided.row, self._review.systems[decided.row.system].view
        if row.grant != row.grant.strip():
            raise _Refused("its Grant ID begins or ends with a blank", "Revoke it by hand: `revoke NAME --grant ID`")
        try:
            take_by_id(view, row.grant)
        except ConnectorHostError as error:
            raise _Refused(error.message, error.hint.rstrip(".") or "Decide otherwise") from None

    def _line_of(self, system: int, grant: str) -> str:
        """Where a grant stands in the workbook."""
        for num, _ in self._review.systems[system].find(grant):
            if num in self._seen[system]:
                return self._said(self._seen[system][num])
        return ""

    def _place(self, row: ReturnedRow) -> int:
        """Sheet and row as one number."""
        if row.sheet not in self._places:
            self._places.append(row.sheet)
        return self._places.index(row.sheet) * 2 * MOST_ROWS + row.line

    def _said(self, place: int) -> str:
        number, line = divmod(place, 2 * MOST_ROWS)
        return f"row {line} of {self._places[number]}"


def _refusal(path: Path, desk: _DecisionReader) -> ConfigError:
    order = {name: at for at, name in enumerate(dict.fromkeys(one[0] for one in desk.problems))}
    found = sorted(desk.problems, key=lambda one: (order[one[0]], one[1]))
    listed = [f"  {sheet} row {line}: {what}. {todo}." for sheet, line, what, todo in found[:MOST_PROBLEMS]]
    if (more := desk.refused - MOST_PROBLEMS) > 0:
        listed.append(f"  and {more:,} more")
    number = "1 row" if desk.refused == 1 else f"{desk.refused:,} rows"
    return ConfigError(f"{path}: {number} cannot be taken:\n" + "\n".join(listed), hint="Nothing was written.")
