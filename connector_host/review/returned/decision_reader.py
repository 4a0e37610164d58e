"""Reader of returned rows: each is compared with the reviewed file, and with the other rows, and taken or refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from ...errors import ConnectorHostError
from ...index.text_search import fold_text
from ...output.terminal_text import printable
from ...provision.change_targets import take_by_id
from ..cell_text import cell_text, unquote_id
from ..contradictions import KeptGrant, describe_paths, find_contradictions
from ..review_columns import LAYOUTS
from ..review_files import Review
from ..review_model import ReviewRow, ReviewUnit
from ..review_units import AccessRow, access_key, level_name, parse_row_id
from ..workbooks.returned_workbook import parse_day
from ..workbooks.sheet_writer import MOST_ROWS
from .returned_entry import RESTORE, RefusedRow, ReturnedEntry
from .revocations import ASK, DECISION_WORDS, KEEP, REASSIGN, REVOKE, Revocation

__all__ = ["DecisionReader", "RecordDecision", "selected_grants"]

MOST_KEPT = 1_000  # problems and notes, kept to sort and list them
SLACK = timedelta(days=1)  # a day has no time zone
WORD_CODES = len(DECISION_WORDS) + 1
SEPARATORS = re.compile(r"[,;\n]")


RecordDecision = Callable[[ReturnedEntry, AccessRow], None]


class DecisionReader:
    """Reads row after row. `problems` holds the first (sheet, line, reason, remedy) of the `refused` rows.

    `rows` counts the rows that need a decision, `counts` those that have one. `notes` are sentences on access that
    remains, `reassigned` counts the rows by the person they were reassigned to. `record` is called with each decision.
    """

    def __init__(self, review: Review, record: RecordDecision | None = None) -> None:
        self._record = record
        self.problems: list[tuple[str, int, str, str]] = []
        self.refused = 0
        self.annotated = 0
        self.revocations: list[Revocation] = []
        self.counts: Counter[str] = Counter()
        self.reassigned: Counter[str] = Counter()
        self.notes: list[str] = []
        self.rows = 0
        self._review, self._unit = review, review.unit
        self._identity = LAYOUTS[review.unit].identity
        self._labels = {cell_text(facts.system): number for number, facts in enumerate(review.facts)}
        self._ended = [facts.ended.date() if facts.ended else None for facts in review.facts]
        self._own = 0
        self._kept: list[KeptGrant] = []
        self._inherited: list[Revocation] = []
        # the only data here that grows with the number of rows
        self._seen: list[dict[int, int]] = [{} for _ in review.facts]
        self._selections: dict[int, tuple[str, ...]] = {}
        self._places: list[str] = []

    def take(self, entries: Iterable[ReturnedEntry], words: tuple[str, ...]) -> None:
        """Read rows whose decisions are any of `words`; an error in one is added to the problems."""
        for entry in entries:
            try:
                self._take(entry, words)
            except RefusedRow as refused:
                self.refuse(entry.sheet, entry.line, refused.reason, refused.remedy)

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
        if self._own:
            self.notes.append(f"Rows that were decided by the principal who holds the access: {self._own:,}.")
        for number, system in enumerate(self._review.systems):
            revocations = [decision for decision in self.revocations if decision.row.system == number]
            revoked = {decision.row.grant: (decision.sheet, decision.line) for decision in revocations}
            kept_grants = [decision for decision in self._kept if decision.system == number]
            principals = {decision.row.principal.id for decision in revocations}
            rows = {decision.row.number for decision in revocations}
            for name in system.unowned_without(rows) if rows else ():
                self.notes.append(f"{name} has no owner any more when the plan is carried out.")
            refused: set[tuple[str, int]] = set()
            for sheet, line, reason in find_contradictions(system.view, kept_grants, revoked, principals):
                if (sheet, line) not in refused:
                    self.refuse(sheet, line, reason, "Change one of the two decisions")
                refused.add((sheet, line))

    def refuse(self, sheet: str, line: int, reason: str, remedy: str) -> None:
        """Add a problem."""
        self.refused += 1
        if len(self.problems) < MOST_KEPT:
            self.problems.append((sheet, line, reason, remedy))

    def _take(self, entry: ReturnedEntry, words: tuple[str, ...]) -> None:
        if entry.unreadable is not None:
            raise RefusedRow(*entry.unreadable)
        if not entry.identity:
            if entry.word or not entry.is_empty:
                raise RefusedRow(f"names no {self._noun}: its {self._identity} is empty", RESTORE)
            return
        access = self._identified(entry)
        if entry.word and entry.word not in words:
            raise RefusedRow(f"{entry.word!r} is not a decision", f"Choose {', '.join(words)}, or leave it empty")
        if not self._is_new(entry, access):
            return
        counted = self._needs_decision(access)
        if entry.only and entry.word != REVOKE:
            chosen = entry.word or "no decision"
            raise RefusedRow(f"has permissions to revoke, but {chosen}", f"Choose {REVOKE}, or remove the permissions")
        if not entry.word:
            self.annotated += counted and entry.is_annotated
            return
        if entry.word == REASSIGN:
            self._reassign(entry)
        elif entry.word != ASK:
            self._decide(entry, access)
        self.counts[entry.word] += counted
        if self._record is not None:
            self._record(entry, access)

    @property
    def _noun(self) -> str:
        return "grant" if self._unit is ReviewUnit.GRANT else "row"

    def _needs_decision(self, access: AccessRow) -> bool:
        return self._unit is ReviewUnit.GRANT or bool(access.direct)

    def _reassign(self, entry: ReturnedEntry) -> None:
        if not entry.to.strip():
            raise RefusedRow("is reassigned to nobody", "Enter who decides instead")
        self.reassigned[entry.to.strip()] += 1

    def _decide(self, entry: ReturnedEntry, access: AccessRow) -> None:
        day = self._day(entry, access.system)
        self._own += access.principal.is_called(entry.reviewer)
        if entry.word == KEEP:
            if not access.direct:
                self._kept += [
                    KeptGrant(entry.sheet, entry.line, access.system, grant.entitlement.id, grant.principal)
                    for grant in access.grants
                ]
            return
        grants = selected_grants(access, entry.only) if entry.only else access.direct
        revocations = [
            Revocation(entry.sheet, entry.line, grant, entry.reviewer, day, entry.note)
            for grant in grants or access.grants[:1]
        ]
        if not access.direct:
            self._inherited += revocations
            return
        for revocation in revocations:
            self._check_revocable(revocation)
        self.revocations += revocations
        self._note_remaining(entry, access)

    def _note_remaining(self, entry: ReturnedEntry, access: AccessRow) -> None:
        """Note the inherited permissions that remain although the direct ones of the row are revoked."""
        if not access.inherited or len(self.notes) >= MOST_KEPT:
            return
        levels = ", ".join(level_name(grant.entitlement) for grant in access.inherited)
        sources = ", ".join(dict.fromkeys(source.name for grant in access.inherited for source in grant.via))
        self.notes.append(
            f"row {entry.line}: {access.principal.name} still inherits {levels} on {access.on.resource_name}"
            f" through {sources or 'others'}."
        )

    def _is_new(self, entry: ReturnedEntry, access: AccessRow) -> bool:
        """Register a row; return False if a copy of the row already holds its decision."""
        seen, number = self._seen[access.system], access.grants[0].number
        code = DECISION_WORDS.index(entry.word) + 1 if entry.word else 0
        position = self._place(entry)
        place = position * WORD_CODES + code
        earlier = seen.setdefault(number, place)
        if entry.only:
            self._selections[position] = tuple(sorted(map(fold_text, entry.only)))
        if earlier == place:
            self.rows += self._needs_decision(access)
            return True
        earlier_position, earlier_code = divmod(earlier, WORD_CODES)
        text = self._row_text(earlier_position)
        if self._sheet_of(earlier_position) == entry.sheet:
            raise RefusedRow(
                f"is the same {self._noun} as {text}", f"A {self._noun} may occur once: delete one of the two"
            )
        if code and earlier_code and self._selections.get(position) != self._selections.get(earlier_position):
            raise RefusedRow(f"revokes other permissions than {text}", "Make the two decisions equal")
        if not code or code == earlier_code:
            return False
        if earlier_code:
            decided = DECISION_WORDS[earlier_code - 1]
            raise RefusedRow(f"decides {entry.word}, but {text} decides {decided}", "Make the two decisions equal")
        seen[number] = place
        return True

    def _identified(self, entry: ReturnedEntry) -> AccessRow:
        """Return the row that a returned one names, if all it says of it equals the reviewed file."""
        number = self._labels.get(entry.system)
        if number is None:
            raise RefusedRow(f"names a system {entry.system!r} that is not in the review", RESTORE)
        try:
            candidates = self._candidates(number, entry.identity)
        except ValueError:
            candidates = []
        if not candidates:
            raise RefusedRow(f"names a {self._noun} {entry.identity!r} that the reviewed file does not hold", RESTORE)
        differences = [entry.difference(self._review.facts[number], candidate) for candidate in candidates]
        if all(differences):
            raise RefusedRow(differences[0], RESTORE)
        return candidates[differences.index("")]

    def _candidates(self, system: int, identity: str) -> list[AccessRow]:
        """Return the rows with an id: one, or several grants of one id in a damaged file."""
        if self._unit is ReviewUnit.GRANT:
            return [AccessRow((row,)) for row in self._review.systems[system].find(unquote_id(identity))]
        numbers = parse_row_id(identity)
        grants = self._review.systems[system].grants_at(numbers)
        pairs = set(map(access_key, grants))
        return [AccessRow(tuple(grants))] if len(grants) == len(numbers) and len(pairs) == 1 else []

    def _day(self, entry: ReturnedEntry, system: int) -> date:
        """Return the day of a decision, if it has a reviewer and the day is possible."""
        if not entry.reviewer:
            raise RefusedRow(f"{entry.word} has no reviewer", "Enter who decided it")
        if entry.day == "":
            raise RefusedRow(f"{entry.word} has no date", "Enter the day of the decision, like 2026-01-31")
        day = parse_day(entry.day, from_1904=entry.from_1904)
        if day is None:
            raise RefusedRow(f"{str(entry.day)!r} is not a date", "Enter a day like 2026-01-31")
        ended = self._ended[system]
        if ended is not None and day < ended - SLACK:
            raise RefusedRow(f"the decision date {day} is before the sync of {ended}", "Enter the day of the decision")
        if day > datetime.now(UTC).date() + SLACK:
            raise RefusedRow(f"the decision date {day} is in the future", "Enter the day of the decision")
        return day

    def _check_revocable(self, revocation: Revocation) -> None:
        """Refuse a revocation that the command `revoke` would refuse."""
        row, view = revocation.row, self._review.systems[revocation.row.system].view
        if row.grant != row.grant.strip():
            raise RefusedRow("its Grant ID begins or ends with a space", "Revoke it by hand: `revoke NAME --grant ID`")
        try:
            take_by_id(view, row.grant)
        except ConnectorHostError as error:
            raise RefusedRow(error.message, error.hint.rstrip(".") or "Decide otherwise") from None

    def _line_of(self, system: int, grant: str) -> str:
        """Return the row that holds a grant as text, empty if none was read."""
        seen = self._seen[system]
        for row in self._review.systems[system].find(grant):
            for number in self._numbers_beside(row):
                if number in seen:
                    return self._row_text(seen[number] // WORD_CODES)
        return ""

    def _numbers_beside(self, row: ReviewRow) -> list[int]:
        """Return the numbers under which the row of a grant may be registered."""
        if self._unit is ReviewUnit.GRANT:
            return [row.number]
        return self._review.systems[row.system].numbers_beside(row.number)

    def _place(self, entry: ReturnedEntry) -> int:
        """Return sheet and row as one number."""
        if entry.sheet not in self._places:
            self._places.append(entry.sheet)
        return self._places.index(entry.sheet) * 2 * MOST_ROWS + entry.line

    def _sheet_of(self, place: int) -> str:
        return self._places[place // (2 * MOST_ROWS)]

    def _row_text(self, place: int) -> str:
        number, line = divmod(place, 2 * MOST_ROWS)
        return f"row {line} of {self._places[number]}"


def selected_grants(access: AccessRow, only: tuple[str, ...]) -> tuple[ReviewRow, ...]:
    """Return the direct grants with these permissions. Raises RefusedRow for a permission that the row lacks."""
    by_name: dict[str, list[ReviewRow]] = {}
    for grant in access.direct:
        held = grant.entitlement
        for name in {fold_text(text) for text in (held.id, printable(held.id), held.slug, held.name) if text}:
            by_name.setdefault(name, []).append(grant)
    chosen: dict[int, ReviewRow] = {}
    for text in only:
        whole = fold_text(text) in by_name
        for part in [text] if whole else filter(str.strip, SEPARATORS.split(text)):
            if fold_text(part) not in by_name:
                levels = ", ".join(level_name(grant.entitlement) for grant in access.direct)
                remedy = f"Use any of: {levels}" if levels else "Leave it empty"
                raise RefusedRow(f"has no direct permission {part.strip()!r}", remedy)
            chosen |= {grant.number: grant for grant in by_name[fold_text(part)]}
    return tuple(chosen.values())
