"""Decisions read from a workbook and compared with the file it was made of; rows that do not match are refused."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec import Struct, structs

from ..errors import ConfigError, ConnectorHostError, PreconditionError
from ..provision.change_targets import take_by_id
from .cell_text import cell_text, unquote_id
from .contradictions import KeptGrant, describe_paths, find_contradictions
from .file_facts import fingerprint
from .review_columns import COLUMNS, DATE, DECISION, DECISIONS, GRANT, NOTE, REVIEWER, SYSTEM, row_cells
from .review_files import Review, ReviewRequest, open_review
from .review_model import ReviewRow
from .workbooks.returned_workbook import (
    ReturnedRow,
    ReviewedFile,
    parse_day,
    read_reviewed_files,
    read_rows,
    stray_decisions,
)
from .workbooks.sheet_writer import MOST_ROWS
from .workbooks.xlsx_reader import FormulaResult, WorkbookReader, open_workbook

__all__ = ["ASK", "KEEP", "OPEN", "REVOKE", "ReviewDecisions", "Revocation", "read_decisions"]

AT = {column.title: number for number, column in enumerate(COLUMNS)}
MOST_PROBLEMS, MOST_KEPT = 20, 1_000  # listed in the error, and kept to sort them
SLACK = timedelta(days=1)  # a day has no time zone
RESTORE = "Undo the edit, or write the review again"
KEEP, REVOKE, ASK = DECISIONS
OPEN = "undecided"
WORD_CODES = len(DECISIONS) + 1


class Revocation(Struct, frozen=True):
    """A direct grant to revoke, with the row of the decision, the reviewer and the date."""

    sheet: str
    line: int
    row: ReviewRow
    reviewer: str
    date: date
    note: str


class ReviewDecisions(Struct, frozen=True):
    """All decisions: the systems, the paths of their files, the revocations, and the number of each decision.

    `counts[OPEN]` is the number of grants without a decision; `lacking` of them have no row in the workbook
    any more, `annotated` have a reviewer, a date or a note.
    `missing_packages` workbooks of the campaign were not imported.
    """

    systems: tuple[ReviewedFile, ...]
    files: tuple[Path, ...]
    revocations: tuple[Revocation, ...]
    counts: Counter[str]
    lacking: int
    annotated: int = 0
    missing_packages: int = 0


class _Refused(Exception):
    """Raised for a row that cannot be imported, with the reason and the remedy."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def read_decisions(workbooks: Path | Sequence[Path], files: tuple[Path, ...] = ()) -> ReviewDecisions:
    """Read the decisions of one or more workbooks of one review.

    `files` are the c1z files it was made of, if they were moved. A grant may be decided in several workbooks if
    the decisions are equal.

    Raises FileError for a file that is no such workbook, PreconditionError if the c1z file is not the reviewed one
    (another sync), ConfigError for workbooks of different reviews, or naming every refused row. Nothing is written.
    """
    paths = (workbooks,) if isinstance(workbooks, Path) else tuple(workbooks)
    with ExitStack() as stack:
        opened = [(path, stack.enter_context(open_workbook(path))) for path in paths]
        reviews = [(path, read_reviewed_files(path, sheets)) for path, sheets in opened]
        systems = _common_systems(reviews)
        sources = tuple(_find_file(paths[0], system, files) for system in systems)
        labels = tuple(system.system for system in systems)
        request = ReviewRequest(sources, tuple(system.sync for system in systems), compare=False, labels=labels)
        review = stack.enter_context(open_review(request))
        reader = _DecisionReader(review)
        for path, sheets in opened:
            reader.read(path, sheets, path.name if len(paths) > 1 else "")
        reader.contradict()
        total = max(_rows_to_decide(reviews), reader.rows)
    if reader.problems:
        raise _refusal(", ".join(map(str, paths)), reader)
    reader.counts[OPEN] = total - sum(reader.counts[word] for word in DECISIONS)
    return ReviewDecisions(
        tuple(systems),
        sources,
        tuple(reader.revocations),
        reader.counts,
        total - reader.rows,
        reader.annotated,
        _missing_packages(reviews),
    )


def _common_systems(reviews: Sequence[tuple[Path, list[ReviewedFile]]]) -> list[ReviewedFile]:
    """Return the systems of the review. Raises ConfigError if the workbooks are of different ones."""
    first_path, systems = reviews[0]
    for path, own_systems in reviews[1:]:
        if list(map(_identity, own_systems)) != list(map(_identity, systems)):
            raise ConfigError(
                f"{path} and {first_path} are workbooks of different reviews.", hint="Import each review by itself."
            )
    return systems


def _identity(system: ReviewedFile) -> tuple[str, str, str, str]:
    """Return what the workbooks of one review have in common."""
    return system.system, system.sync, system.sha256, system.campaign


def _missing_packages(reviews: Sequence[tuple[Path, list[ReviewedFile]]]) -> int:
    """Return how many workbooks of a campaign are not imported."""
    first = [systems[0] for _, systems in reviews if systems]
    return max((system.packages for system in first), default=0) - len({system.package for system in first} - {0})


def _rows_to_decide(reviews: Sequence[tuple[Path, list[ReviewedFile]]]) -> int:
    """Return the number of grants to decide on; copies of a workbook count once, the parts of a campaign add up."""
    rows: dict[int, int] = {}
    for _, systems in reviews:
        package = systems[0].package if systems else 0
        rows[package] = max(rows.get(package, 0), sum(system.rows for system in systems))
    return rows[0] if 0 in rows else sum(rows.values())


def _find_file(path: Path, system: ReviewedFile, files: tuple[Path, ...]) -> Path:
    """Return the file that a system of the review was made of, found by its SHA-256."""
    named = Path(system.file)
    candidates = files or tuple(dict.fromkeys((named, path.parent / named.name)))
    # os.path, because pathlib raises for some names
    existing = [candidate for candidate in candidates if os.path.isfile(candidate)]  # noqa: PTH113
    for candidate in existing:
        if fingerprint(candidate).sha256 == system.sha256:
            return candidate
    searched = ", ".join(map(str, existing or candidates))
    if not existing:
        raise PreconditionError(
            f"The reviewed file {system.file} ({system.system}) does not exist. Searched: {searched}.",
            hint="Name the reviewed c1z file with -f.",
        )
    raise PreconditionError(
        f"The workbook was made of sync {system.sync} in a file of SHA-256 {system.sha256},"
        f" but {searched} is a different file.",
        hint="Name an unchanged copy of the reviewed file with -f, or write a new review of the present file.",
    )


class _DecisionReader:
    """Reads row after row. `problems` holds the first (sheet, line, reason, remedy) of the `refused` rows."""

    def __init__(self, review: Review) -> None:
        self.problems: list[tuple[str, int, str, str]] = []
        self.refused = 0
        self.annotated = 0
        self.revocations: list[Revocation] = []
        self.counts: Counter[str] = Counter()
        self.rows = 0
        self._review, self._from_1904 = review, False
        self._labels = {cell_text(facts.system): number for number, facts in enumerate(review.facts)}
        self._ended = [facts.ended.date() if facts.ended else None for facts in review.facts]
        self._kept: list[KeptGrant] = []
        self._inherited: list[Revocation] = []
        # the only data here that grows with the number of rows
        self._seen: list[dict[int, int]] = [{} for _ in review.facts]
        self._places: list[str] = []

    def read(self, path: Path, sheets: WorkbookReader, label: str) -> None:
        """Read a workbook; `label` is put before the names of its sheets in messages."""
        self._from_1904 = sheets.days_from_1904
        for row in read_rows(path, sheets):
            self.take(structs.replace(row, sheet=f"{label} {row.sheet}") if label else row)
        for stray in stray_decisions(path, sheets, len(self._review.facts)):
            self.refuse(f"{label} {stray.sheet}".strip(), stray.line, stray.reason, stray.remedy)

    def take(self, row: ReturnedRow) -> None:
        """Read a row; an error in it is added to the problems."""
        try:
            self._take(row)
        except _Refused as refused:
            self.refuse(row.sheet, row.line, refused.reason, refused.remedy)

    def contradict(self) -> None:
        """Check the decisions against each other after every row was read."""
        for decision in self._inherited:
            paths, remedy = describe_paths(self._review.systems[decision.row.system].view, decision.row, self._line_of)
            row = decision.row
            reason = (
                f"{row.principal.name} inherits {row.entitlement.name} through {paths}:"
                " an inherited grant cannot be revoked by itself"
            )
            self.refuse(decision.sheet, decision.line, reason, remedy)
        for number, system in enumerate(self._review.systems):
            revoked = {
                decision.row.grant: (decision.sheet, decision.line)
                for decision in self.revocations
                if decision.row.system == number
            }
            kept_grants = [decision for decision in self._kept if decision.system == number]
            principals = {decision.row.principal.id for decision in self.revocations if decision.row.system == number}
            for sheet, line, reason in find_contradictions(system.view, kept_grants, revoked, principals):
                self.refuse(sheet, line, reason, "Change one of the two decisions")

    def refuse(self, sheet: str, line: int, reason: str, remedy: str) -> None:
        """Add a problem."""
        self.refused += 1
        if len(self.problems) < MOST_KEPT:
            self.problems.append((sheet, line, reason, remedy))

    def _take(self, row: ReturnedRow) -> None:
        word = str(row.values[AT[DECISION]]).strip().casefold()
        self._check_cells(row)
        if not str(row.values[AT[GRANT]]):
            self._no_grant(row, word)
            return
        num, grant = self._identified(row)
        if word and word not in DECISIONS:
            raise _Refused(f"{word!r} is not a decision", f"Choose {', '.join(DECISIONS)}, or leave the cell empty")
        if not self._is_new(row, grant.system, num, word):
            return
        if not word:
            self.annotated += any(str(row.values[AT[title]]).strip() for title in (REVIEWER, DATE, NOTE))
            return
        if word != ASK:
            self._decide(row, grant, word)
        self.counts[word] += 1

    def _decide(self, row: ReturnedRow, grant: ReviewRow, word: str) -> None:
        revocation = self._decided(row, grant, word)
        if word == REVOKE and not grant.direct:
            self._inherited.append(revocation)
        elif word == REVOKE:
            self._revocable(revocation)
            self.revocations.append(revocation)
        elif not grant.direct:
            self._kept.append(KeptGrant(row.sheet, row.line, grant.system, grant.entitlement.id, grant.principal))

    def _is_new(self, row: ReturnedRow, system: int, num: int, word: str) -> bool:
        """Register a row; return False if a copy of the sheet already holds its decision."""
        seen = self._seen[system]
        code = DECISIONS.index(word) + 1 if word else 0
        place = self._place(row) * WORD_CODES + code
        earlier = seen.setdefault(num, place)
        if earlier == place:
            self.rows += 1
            return True
        earlier_code = earlier % WORD_CODES
        position = self._row_text(earlier // WORD_CODES)
        if self._sheet_of(earlier // WORD_CODES) == row.sheet:
            raise _Refused(f"is the same grant as {position}", "Each grant has one row: delete one of the two")
        if not code or code == earlier_code:
            return False
        if earlier_code:
            decided = DECISIONS[earlier_code - 1]
            raise _Refused(f"decides {word}, but {position} decides {decided}", "Make the two decisions equal")
        seen[num] = place
        return True

    def _check_cells(self, row: ReturnedRow) -> None:
        """Refuse a decision that is not in the cell for it, and formulas, which may show another value."""
        if row.beside:
            raise _Refused(
                f"has {row.beside!r} beside the table", f"Enter the decision in the column {DECISION}, or delete it"
            )
        for title in (DECISION, REVIEWER, DATE):
            if isinstance(row.values[AT[title]], FormulaResult):
                raise _Refused(f"{title} is a formula", "Enter the value itself")

    def _no_grant(self, row: ReturnedRow, word: str) -> None:
        identity = [str(value) for value, column in zip(row.values, COLUMNS, strict=True) if column.fixed and value]
        if word or identity:
            raise _Refused("names no grant: its Grant ID is empty", RESTORE)

    def _identified(self, row: ReturnedRow) -> tuple[int, ReviewRow]:
        """Return the grant that a row names, if every locked cell equals the reviewed file."""
        label, spelled = str(row.values[AT[SYSTEM]]), str(row.values[AT[GRANT]])
        number = self._labels.get(label)
        if number is None:
            raise _Refused(f"names a system {label!r} that is not in the review", RESTORE)
        try:
            candidates = self._review.systems[number].find(unquote_id(spelled))
        except ValueError:
            candidates = []
        if not candidates:
            raise _Refused(f"names a grant {spelled!r} that the reviewed file does not hold", RESTORE)
        differences = [self._difference(row, number, candidate) for _, candidate in candidates]
        if all(differences):
            raise _Refused(differences[0], RESTORE)
        return candidates[differences.index("")]

    def _difference(self, row: ReturnedRow, number: int, grant: ReviewRow) -> str:
        expected = row_cells(self._review.facts[number], grant)
        for value, expected_value, column in zip(row.values, expected, COLUMNS, strict=True):
            if column.fixed and value != expected_value:
                edit = f"the workbook has {str(value)!r}, the reviewed file {str(expected_value)!r}"
                return f"{column.title} was edited: {edit}"
        return ""

    def _decided(self, row: ReturnedRow, grant: ReviewRow, word: str) -> Revocation:
        reviewer = str(row.values[AT[REVIEWER]]).strip()
        if not reviewer:
            raise _Refused(f"{word} has no reviewer", "Enter who decided it")
        value = row.values[AT[DATE]]
        if value == "":
            raise _Refused(f"{word} has no date", "Enter the day of the decision, like 2026-01-31")
        decision_date = parse_day(value, from_1904=self._from_1904)
        if decision_date is None:
            raise _Refused(f"{str(value)!r} is not a date", "Enter a day like 2026-01-31")
        ended = self._ended[grant.system]
        today = datetime.now(UTC).date()
        if ended is not None and decision_date < ended - SLACK:
            raise _Refused(
                f"the decision date {decision_date} is before the sync of {ended}", "Enter the day of the decision"
            )
        if decision_date > today + SLACK:
            raise _Refused(f"the decision date {decision_date} is in the future", "Enter the day of the decision")
        return Revocation(row.sheet, row.line, grant, reviewer, decision_date, str(row.values[AT[NOTE]]).strip())

    def _revocable(self, revocation: Revocation) -> None:
        """Refuse a revocation that the command `revoke` would refuse."""
        row, view = revocation.row, self._review.systems[revocation.row.system].view
        if row.grant != row.grant.strip():
            raise _Refused("its Grant ID begins or ends with a space", "Revoke it by hand: `revoke NAME --grant ID`")
        try:
            take_by_id(view, row.grant)
        except ConnectorHostError as error:
            raise _Refused(error.message, error.hint.rstrip(".") or "Decide otherwise") from None

    def _line_of(self, system: int, grant: str) -> str:
        """Return the row of a grant in the workbook as text, empty if it has none."""
        for num, _ in self._review.systems[system].find(grant):
            if num in self._seen[system]:
                return self._row_text(self._seen[system][num] // WORD_CODES)
        return ""

    def _place(self, row: ReturnedRow) -> int:
        """Return sheet and row as one number."""
        if row.sheet not in self._places:
            self._places.append(row.sheet)
        return self._places.index(row.sheet) * 2 * MOST_ROWS + row.line

    def _sheet_of(self, place: int) -> str:
        return self._places[place // (2 * MOST_ROWS)]

    def _row_text(self, place: int) -> str:
        number, line = divmod(place, 2 * MOST_ROWS)
        return f"row {line} of {self._places[number]}"


def _refusal(workbooks: str, reader: _DecisionReader) -> ConfigError:
    order = {name: at for at, name in enumerate(dict.fromkeys(problem[0] for problem in reader.problems))}
    problems = sorted(reader.problems, key=lambda problem: (order[problem[0]], problem[1]))
    listed = [f"  {sheet} row {line}: {reason}. {remedy}." for sheet, line, reason, remedy in problems[:MOST_PROBLEMS]]
    if (unlisted := reader.refused - MOST_PROBLEMS) > 0:
        listed.append(f"  and {unlisted:,} more")
    number = "1 row" if reader.refused == 1 else f"{reader.refused:,} rows"
    return ConfigError(f"{workbooks}: {number} cannot be imported:\n" + "\n".join(listed), hint="Nothing was written.")
