"""A review that is split among reviewers: a workbook or a page each, and a manifest of all of them.

Nobody reviews their own access: such a grant goes to the next owner, else to the package of unassigned grants.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import uuid4

import msgspec
from msgspec import Struct

from ..errors import ConfigError
from ..index.text_search import fold_text
from ..model import ResourceId
from ..operating_system import portable_file_name
from ..output.atomic_file import new_folder, replacing
from ..wire import decode
from .review_files import Review
from .review_model import ReviewPackage, ReviewRow
from .review_state import describe_review, review_id
from .workbooks.workbook import write as write_workbook

__all__ = [
    "MANIFEST",
    "SPLITS",
    "UNASSIGNED",
    "Assignment",
    "PackageLimit",
    "assign_reviewers",
    "split_review",
    "write_campaign",
]

SPLITS = ("owner", "manager", "resource", "type")
"""The built-in ways to find the reviewer of a grant; any other value is a CSV file."""
MANIFEST = "campaign.json"
UNASSIGNED = "unassigned"
MOST_REVIEWERS = 1_000
MANAGER_FIELDS = ("manager", "manager_email", "managerEmail", "manager_name", "manager_id", "supervisor")
RULE_COLUMNS = ("principal", "resource", "resource type", "entitlement")
PLAIN = re.compile(r"[^a-z0-9]+")
FindReviewer = Callable[[ReviewRow], Iterator[str]]


class Assignment(Struct):
    """The reviewer of each row of a review, as an index in `reviewers`; `reassigned` counts reviewers' own rows."""

    reviewers: list[str]
    numbers: array[int]
    reassigned: int = 0


class PackageLimit(NamedTuple):
    """The largest package: its numbers of principals and of grants."""

    principals: int
    grants: int


class PackageFile(NamedTuple):
    """A workbook or a page of a campaign."""

    reviewer: str
    file: str
    rows: int


def assign_reviewers(review: Review, split_by: str, limit: PackageLimit | None = None) -> Assignment:
    """Find the reviewer of each row, and split the review among the reviewers.

    `split_by` is `owner`, `manager`, `resource`, `type`, or the path of a CSV file. With a `limit`, which needs the
    order by principal, the rows of a reviewer are split into packages of that size.
    Raises ConfigError for a CSV file without rules and for more than `MOST_REVIEWERS` packages.
    """
    candidates = _finder(review, split_by)
    assignment = Assignment([], array("I"))

    def reviewer_of(row: ReviewRow) -> str:
        names = list(dict.fromkeys(candidates(row)))
        allowed = [name for name in names if not row.principal.is_called(name)]
        reviewer = allowed[0] if allowed else UNASSIGNED
        assignment.reassigned += bool(names) and reviewer != names[0]
        return reviewer

    _assign(review, assignment, reviewer_of, limit)
    if len(assignment.reviewers) > MOST_REVIEWERS:
        raise ConfigError(
            f"The review would be split into {len(assignment.reviewers):,} files; the limit is {MOST_REVIEWERS:,}.",
            hint="Split by type, or name the reviewers in a CSV file.",
        )
    return assignment


def split_review(review: Review, limit: PackageLimit) -> list[Review]:
    """Return a review of the order by principal in parts of at most a size, each with its package."""
    assignment = Assignment([], array("I"))
    _assign(review, assignment, lambda _: "", limit)
    campaign, count = review_id(describe_review(review)), len(assignment.reviewers)
    return [review.select(ReviewPackage(campaign, "", number + 1, count), number) for number in range(count)]


def _assign(
    review: Review, assignment: Assignment, reviewer_of: Callable[[ReviewRow], str], limit: PackageLimit | None
) -> None:
    """Store the package of each row."""
    packages: dict[str, _OpenPackage] = {}
    for system in review.systems:
        rows, first = array("Q"), len(assignment.numbers)
        for row in system.rows(review.order, review.unit):
            reviewer = reviewer_of(row)
            package = packages.get(reviewer)
            if package is None or (limit is not None and package.is_full(row, limit)):
                package = packages[reviewer] = _OpenPackage(len(assignment.reviewers))
                assignment.reviewers.append(reviewer)
            package.add(row)
            assignment.numbers.append(package.number)
            rows.append(row.number)
        system.split(rows, assignment.numbers[first:])


class _OpenPackage:
    """The package of a reviewer to which rows are added."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._principals, self._grants = 0, 0
        self._last: tuple[int, int] | None = None

    def is_full(self, row: ReviewRow, limit: PackageLimit) -> bool:
        """Return True if the package must end before this row; the rows of a principal stay together."""
        is_next = (row.system, row.principal.num) != self._last
        return is_next and (self._principals >= limit.principals or self._grants >= limit.grants)

    def add(self, row: ReviewRow) -> None:
        """Count a row."""
        self._principals += (row.system, row.principal.num) != self._last
        self._grants += 1
        self._last = row.system, row.principal.num


def write_campaign(
    review: Review,
    assignment: Assignment,
    folder: Path,
    split_by: str,
    due: date | None,
    *,
    ending: str = ".xlsx",
    write: Callable[[Review, BinaryIO], None] = write_workbook,
    write_page: Callable[[Review, BinaryIO], None] | None = None,
) -> list[PackageFile]:
    """Write a file for each reviewer and the manifest; the folder must be empty or new.

    `write` writes a file of the `ending`, a workbook by default; `write_page` writes a page beside it.
    """
    with new_folder(folder) as unfinished:
        writers = {ending: write} if write_page is None else {ending: write, ".html": write_page}
        return _write_files(review, assignment, unfinished, split_by, due, writers)


def _write_files(
    review: Review,
    assignment: Assignment,
    folder: Path,
    split_by: str,
    due: date | None,
    writers: Mapping[str, Callable[[Review, BinaryIO], None]],
) -> list[PackageFile]:
    """Write the files of each package by their endings, and the manifest, which names those of the first ending."""
    campaign, files = str(uuid4()), list[PackageFile]()
    names = _file_names(assignment.reviewers)
    order = sorted(range(len(names)), key=lambda number: (assignment.reviewers[number] == UNASSIGNED, names[number]))
    for position, number in enumerate(order, 1):
        package = ReviewPackage(campaign, assignment.reviewers[number], position, len(order), due)
        part = review.select(package, number)
        for ending, write in writers.items():
            with replacing(folder / f"{names[number]}{ending}") as out:
                write(part, out)
        name = f"{names[number]}{next(iter(writers))}"
        files.append(PackageFile(package.reviewer, name, sum(facts.to_decide for facts in part.facts)))
    with replacing(folder / MANIFEST) as out:
        out.write(_manifest(review, campaign, split_by, due, files, assignment.reassigned))
    return files


def _manifest(
    review: Review, campaign: str, split_by: str, due: date | None, files: Sequence[PackageFile], reassigned: int
) -> bytes:
    values = {
        "format": 1,
        "campaign": campaign,
        "created": review.created.isoformat(timespec="seconds"),
        "host": review.version,
        "unit": review.unit.value,
        "splitBy": split_by if split_by in SPLITS else Path(split_by).name,
        "due": due.isoformat() if due else None,
        "systems": [
            {
                "system": facts.system,
                "file": facts.file,
                "sha256": facts.sha256,
                "sync": facts.sync_id,
                "grants": facts.grants,
                "reviewed": facts.reviewed,
                "toDecide": facts.to_decide,
                "scope": facts.scope,
                "rules": facts.rules,
            }
            for facts in review.facts
        ],
        "reassigned": reassigned,
        "packages": [{"reviewer": file.reviewer, "file": file.file, "rows": file.rows} for file in files],
    }
    return msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n"


def _file_names(reviewers: Sequence[str]) -> list[str]:
    names: list[str] = []
    for reviewer in reviewers:
        name = portable_file_name(PLAIN.sub("-", fold_text(reviewer))[:60], "reviewer")
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


# ----------------------------------------------------------------------------------------------- reviewers


def _finder(review: Review, split_by: str) -> FindReviewer:
    if split_by == "owner":
        return lambda row: iter(review.systems[row.system].owners_of(row.entitlement))
    if split_by == "manager":
        return _Managers(review).find
    if split_by == "resource":
        return lambda row: iter((row.entitlement.resource_name or row.entitlement.name,))
    if split_by == "type":
        return lambda row: iter((row.entitlement.type_name or UNASSIGNED,))
    return _Rules(Path(split_by)).find


class _Managers:
    """Managers as the profiles of principals name them."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self._found: dict[tuple[int, int], str] = {}

    def find(self, row: ReviewRow) -> Iterator[str]:
        """Yield the manager of the principal, if its profile has one."""
        key = row.system, row.principal.num
        if key not in self._found:
            self._found[key] = self._manager(row)
        if self._found[key]:
            yield self._found[key]

    def _manager(self, row: ReviewRow) -> str:
        view = self._review.systems[row.system].view
        data = view.resource(ResourceId(row.principal.resource_type, row.principal.resource))
        profile = (decode.resource(data).profile or {}) if data is not None else {}
        values = (profile.get(field) for field in MANAGER_FIELDS)
        return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")


class _Rules:
    """Rules of a CSV file: the first line names columns of `RULE_COLUMNS` and `reviewer`; an empty cell matches all."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.reader(file))
        except OSError as error:
            raise ConfigError(
                f"--split-by: {path} cannot be read ({error.strerror}).",
                hint=f"Choose {', '.join(SPLITS)}, or a CSV file of reviewers.",
            ) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(f"--split-by: {path} is not a CSV file in UTF-8 ({error}).") from error
        columns = [cell.strip().casefold().replace("_", " ") for cell in lines[0]] if lines else []
        unknown = [column for column in columns if column not in (*RULE_COLUMNS, "reviewer")]
        if "reviewer" not in columns or unknown or len(set(columns)) < len(columns):
            raise ConfigError(
                f"--split-by: the first line of {path} has wrong columns.",
                hint=f"Use reviewer and any of {', '.join(RULE_COLUMNS)}, each once.",
            )
        self._rules = [self._rule(path, number, columns, line) for number, line in enumerate(lines[1:], 2) if any(line)]

    @staticmethod
    def _rule(path: Path, number: int, columns: list[str], line: list[str]) -> tuple[str, dict[str, str]]:
        cells = dict(zip(columns, (cell.strip() for cell in line), strict=False))
        if not cells.get("reviewer"):
            raise ConfigError(f"--split-by: line {number} of {path} names no reviewer.", hint="Fill it in.")
        return cells["reviewer"], {name: fold_text(text) for name, text in cells.items() if text and name != "reviewer"}

    def find(self, row: ReviewRow) -> Iterator[str]:
        """Yield the reviewers of the rules that match, in the order of the file."""
        principal, entitlement = row.principal, row.entitlement
        texts = {
            "principal": (principal.name, principal.mail, principal.id),
            "resource": (entitlement.resource_name, entitlement.resource_id),
            "resource type": (entitlement.type_name, entitlement.resource_type),
            "entitlement": (entitlement.name, entitlement.slug, entitlement.id),
        }
        folded = {name: {fold_text(text) for text in values} for name, values in texts.items()}
        for reviewer, conditions in self._rules:
            if all(value in folded[name] for name, value in conditions.items()):
                yield reviewer
