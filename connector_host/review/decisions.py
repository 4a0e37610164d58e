"""Decisions read from returned workbooks and compared with the file they were made of; other rows are refused."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from ..errors import ConfigError, PreconditionError
from .file_facts import fingerprint
from .returned.decision_reader import DecisionReader, RecordDecision
from .returned.returned_file import ReturnedFile, open_returned
from .returned.revocations import ASK, DECISION_WORDS, KEEP, OPEN, REASSIGN, REVOKE, Revocation
from .review_files import ReviewRequest, open_review
from .review_model import ReviewOrder, ReviewUnit
from .review_state import ReviewedFile

__all__ = ["ASK", "KEEP", "OPEN", "REASSIGN", "REVOKE", "ReviewDecisions", "Revocation", "read_decisions"]

MOST_PROBLEMS = 20  # listed in the error


class ReviewDecisions(Struct, frozen=True):
    """All decisions: the systems, the paths of their files, the revocations, and the number of each decision.

    The numbers count rows of the `unit`. `counts[OPEN]` is the number of rows without a decision; `lacking` of them are
    not in the workbook any more, `annotated` have a reviewer, a date or a note. `missing_packages` packages of
    the campaign were not imported. `notes` are sentences on access that remains, `reassigned` counts the rows by the
    person they were reassigned to.
    """

    systems: tuple[ReviewedFile, ...]
    files: tuple[Path, ...]
    revocations: tuple[Revocation, ...]
    counts: Counter[str]
    lacking: int
    annotated: int = 0
    missing_packages: int = 0
    unit: ReviewUnit = ReviewUnit.GRANT
    notes: tuple[str, ...] = ()
    reassigned: Counter[str] = Counter()

    @property
    def undecided(self) -> int:
        """The number of rows that are not decided: without a decision, with an open question, or reassigned."""
        return self.counts[OPEN] + self.counts[ASK] + self.counts[REASSIGN]

    @property
    def noun(self) -> str:
        """The noun of the counted rows, in the plural."""
        return "grants" if self.unit is ReviewUnit.GRANT else "rows"


def read_decisions(
    workbooks: Path | Sequence[Path], files: tuple[Path, ...] = (), record: RecordDecision | None = None
) -> ReviewDecisions:
    """Read the decisions of one or more workbooks and decision files of one review.

    `files` are the c1z files it was made of, if they were moved. A row may be decided in several workbooks if
    the decisions are equal. `record` is called with each decision and its row.

    Raises FileError for a file that is no such workbook, PreconditionError if the c1z file is not the reviewed one
    (another sync), ConfigError for workbooks of different reviews, or naming every refused row. Nothing is written.
    """
    paths = (workbooks,) if isinstance(workbooks, Path) else tuple(workbooks)
    with ExitStack() as stack:
        reviews = [open_returned(stack, path) for path in paths]
        systems = _common_systems(reviews)
        unit = systems[0].unit if systems else ReviewUnit.GRANT
        sources = tuple(_find_file(paths[0], system, files) for system in systems)
        labels = tuple(system.system for system in systems)
        request = ReviewRequest(sources, tuple(system.sync for system in systems), compare=False, labels=labels)
        review = stack.enter_context(open_review(request, ReviewOrder.PRINCIPAL, unit))
        reader = DecisionReader(review, record)
        for returned in reviews:
            label = returned.path.name if len(paths) > 1 else ""
            reader.take(returned.entries(unit, label), returned.words)
            for problem in returned.problems(unit, label):
                reader.refuse(*problem)
        reader.contradict()
        total = max(_rows_to_decide(reviews), reader.rows)
    if reader.problems:
        raise _refusal(", ".join(map(str, paths)), reader)
    reader.counts[OPEN] = total - sum(reader.counts[word] for word in DECISION_WORDS)
    return ReviewDecisions(
        tuple(systems),
        sources,
        tuple(reader.revocations),
        reader.counts,
        total - reader.rows if all(returned.has_every_row for returned in reviews) else 0,
        reader.annotated,
        _missing_packages(reviews),
        unit,
        tuple(reader.notes),
        reader.reassigned,
    )


def _common_systems(reviews: Sequence[ReturnedFile]) -> Sequence[ReviewedFile]:
    """Return the systems of the review. Raises ConfigError if the files are of different ones."""
    first = reviews[0]
    for returned in reviews[1:]:
        if list(map(_identity, returned.systems)) != list(map(_identity, first.systems)):
            raise ConfigError(
                f"{returned.path} and {first.path} belong to different reviews.", hint="Import each review by itself."
            )
    return first.systems


def _identity(system: ReviewedFile) -> tuple[str, ...]:
    """Return what the files of one review have in common."""
    return system.system, system.sync, system.sha256, system.campaign, system.unit.value, system.scope


def _missing_packages(reviews: Sequence[ReturnedFile]) -> int:
    """Return how many packages of a campaign are not imported."""
    first = [returned.systems[0] for returned in reviews if returned.systems]
    return max((system.packages for system in first), default=0) - len({system.package for system in first} - {0})


def _rows_to_decide(reviews: Sequence[ReturnedFile]) -> int:
    """Return the number of rows to decide on; copies of a workbook count once, the parts of a campaign add up."""
    rows: dict[int, int] = {}
    for returned in reviews:
        package = returned.systems[0].package if returned.systems else 0
        rows[package] = max(rows.get(package, 0), sum(system.rows for system in returned.systems))
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
        f"The review was made of sync {system.sync} in a file of SHA-256 {system.sha256},"
        f" but {searched} is a different file.",
        hint="Name an unchanged copy of the reviewed file with -f, or write a new review of the present file.",
    )


def _refusal(workbooks: str, reader: DecisionReader) -> ConfigError:
    order = {name: at for at, name in enumerate(dict.fromkeys(problem[0] for problem in reader.problems))}
    problems = sorted(reader.problems, key=lambda problem: (order[problem[0]], problem[1]))
    listed = [f"  {sheet} row {line}: {reason}. {remedy}." for sheet, line, reason, remedy in problems[:MOST_PROBLEMS]]
    if (unlisted := reader.refused - MOST_PROBLEMS) > 0:
        listed.append(f"  and {unlisted:,} more")
    number = "1 row" if reader.refused == 1 else f"{reader.refused:,} rows"
    return ConfigError(f"{workbooks}: {number} cannot be imported:\n" + "\n".join(listed), hint="Nothing was written.")
