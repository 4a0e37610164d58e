"""State of a campaign: how much of each workbook is decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from ..decoding.json_decoding import decode_json
from ..errors import ConnectorHostError, FileError
from .decisions import KEEP, REVOKE, read_decisions
from .returned.decision_file import is_decision_file

__all__ = ["CampaignStatus", "PackageStatus", "assigned_reviewers", "due_day", "read_status", "returned_files"]

MANIFEST = "campaign.json"
NO_PERSONS = ("resource", "type")  # splits by what is reviewed, not by who reviews it
DECISIONS = ".decisions.json"
MISSING = "missing"
MOST_BYTES = 16 << 20  # of a manifest


class _ManifestPackage(Struct, frozen=True):
    reviewer: str
    file: str
    rows: int


class _Manifest(Struct, frozen=True, rename="camel"):
    format: int
    packages: tuple[_ManifestPackage, ...]
    due: date | None = None
    split_by: str = ""


class PackageStatus(Struct, frozen=True):
    """The state of one workbook: the numbers of decisions, or the problem that keeps it from being imported."""

    reviewer: str
    file: str
    rows: int
    keep: int = 0
    revoke: int = 0
    undecided: int = 0
    problem: str = ""


class CampaignStatus(Struct, frozen=True):
    """The workbooks of a campaign and the day by which they are due."""

    packages: tuple[PackageStatus, ...]
    due: date | None

    @property
    def undecided(self) -> int:
        """The number of rows without a decision."""
        return sum(package.undecided for package in self.packages)

    def is_overdue(self, package: PackageStatus, today: date) -> bool:
        """Return True if a workbook has undecided rows after the due day."""
        return self.due is not None and today > self.due and package.undecided > 0


def returned_files(words: Iterable[str]) -> list[Path]:
    """Return the paths of returned files; the folder of a campaign stands for its workbooks and its decision files.

    Missing workbooks are left out. Raises FileError for a folder without a manifest or without returned files.
    """
    paths: list[Path] = []
    for path in map(Path, words):
        if not path.is_dir():
            paths.append(path)
            continue
        named = [path / Path(package.file).name for package in _read_manifest(path / MANIFEST).packages]
        workbooks = [file for file in named if file.suffix == ".xlsx" and file.is_file()]
        returned = [*workbooks, *_other_files(path, workbooks)]
        if not returned:
            raise FileError(
                f"{path} has no returned files.", hint="Put the returned workbooks and decision files into it."
            )
        paths += returned
    return paths


def _exists(path: Path) -> bool:
    """Return whether there is a file; a name that the system refuses has none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def assigned_reviewers(manifest: Path) -> Iterator[tuple[str, str]]:
    """Yield the names of the files that each reviewer returns, if the campaign names persons.

    Raises FileError for an unreadable manifest.
    """
    content = _read_manifest(manifest)
    for package in content.packages if content.split_by not in NO_PERSONS else ():
        name = Path(Path(package.file).name)
        yield name.name, package.reviewer
        yield name.with_suffix(DECISIONS).name, package.reviewer


def due_day(manifest: Path) -> date | None:
    """Return the day by which the decisions of a campaign are due. Raises FileError for an unreadable manifest."""
    return _read_manifest(manifest).due


def _other_files(folder: Path, workbooks: list[Path]) -> list[Path]:
    """Return the decision files and further workbooks that were put into the folder of a campaign."""
    others = (path for path in sorted(folder.iterdir()) if path.name != MANIFEST and path not in workbooks)
    visible = (path for path in others if not path.name.startswith((".", "~$")))  # locks of open workbooks
    return [
        path
        for path in visible
        if path.suffix.lower() == ".xlsx" or (path.suffix.lower() == ".json" and is_decision_file(path))
    ]


def read_status(manifest: Path, reviewed: tuple[Path, ...] = ()) -> CampaignStatus:
    """Read the workbooks that a manifest names, in its folder; `reviewed` are the c1z files, if they were moved.

    Raises FileError for a manifest that cannot be read. A workbook with a problem is reported, not raised.
    """
    content = _read_manifest(manifest)
    packages = tuple(_package_status(manifest.parent, package, reviewed) for package in content.packages)
    return CampaignStatus(packages, content.due)


def _read_manifest(manifest: Path) -> _Manifest:
    try:
        with manifest.open("rb") as file:
            return decode_json(file.read(MOST_BYTES), _Manifest)
    except OSError as error:
        raise FileError(
            f"{manifest} cannot be read ({error.strerror}).", hint="Name the folder that --split-by wrote."
        ) from error
    except ValueError as error:
        raise FileError(
            f"{manifest} is not the manifest of a campaign ({error}).", hint="Name the folder that --split-by wrote."
        ) from error


def _package_status(folder: Path, package: _ManifestPackage, reviewed: tuple[Path, ...]) -> PackageStatus:
    path = folder / (Path(package.file).name or MISSING)  # a manifest never leads out of its folder
    decision_file = path.with_suffix(DECISIONS)  # of the page, which itself holds no decisions
    paths = [file for file in (path, decision_file) if file.suffix != ".html" and _exists(file)]
    if path.suffix == ".html":
        path = decision_file
    status = PackageStatus(package.reviewer, path.name, package.rows, undecided=package.rows)
    if not paths:
        return msgspec.structs.replace(status, problem="not returned" if path.suffix == ".json" else "missing")
    try:
        decisions = read_decisions(paths, reviewed)
    except ConnectorHostError as error:
        return msgspec.structs.replace(status, problem=error.message.partition("\n")[0].rstrip(":"))
    counts = decisions.counts
    return msgspec.structs.replace(status, keep=counts[KEEP], revoke=counts[REVOKE], undecided=decisions.undecided)
