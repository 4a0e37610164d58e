"""A returned file of a review: a workbook, or a decision file of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from ...errors import FileError
from ..review_columns import DECISIONS
from ..review_model import ReviewUnit
from ..review_state import ReviewedFile
from ..workbooks.returned_workbook import read_reviewed_files
from ..workbooks.xlsx_reader import WorkbookReader, open_workbook
from .decision_file import DecisionFile, decision_entries, is_decision_file, read_decision_file
from .returned_entry import ReturnedEntry, unread_decisions, workbook_entries
from .revocations import DECISION_WORDS

__all__ = ["ReturnedFile", "open_returned"]

PAGES = (".html", ".htm")


class ReturnedFile:
    """A returned file: the systems of its review, its rows, and the words that are decisions in it.

    `has_every_row` is True for a workbook, which was written with every row of its review.
    """

    def __init__(self, path: Path, content: WorkbookReader | DecisionFile) -> None:
        self.path = path
        self._content = content
        self.has_every_row = isinstance(content, WorkbookReader)
        self.words = DECISIONS if self.has_every_row else DECISION_WORDS
        self.systems: Sequence[ReviewedFile] = (
            read_reviewed_files(path, content) if isinstance(content, WorkbookReader) else content.systems
        )

    def entries(self, unit: ReviewUnit, label: str) -> Iterator[ReturnedEntry]:
        """Yield the rows; `label` names the file in messages, and is empty if it is the only one."""
        if isinstance(self._content, WorkbookReader):
            return workbook_entries(self.path, self._content, unit, label)
        return decision_entries(self._content, label or self.path.name)

    def problems(self, unit: ReviewUnit, label: str) -> Iterator[tuple[str, int, str, str]]:
        """Yield (sheet, line, reason, remedy) of decisions outside the rows, after these were read."""
        if isinstance(self._content, WorkbookReader):
            return unread_decisions(self.path, self._content, unit, len(self.systems), label)
        return iter(())


def open_returned(stack: ExitStack, path: Path) -> ReturnedFile:
    """Open a returned file. Raises FileError for a file that is neither a workbook nor a decision file."""
    if path.suffix.lower() in PAGES:
        raise FileError(
            f"{path} is a page; decisions are not stored in it.",
            hint="Open it in a browser, choose *Save decisions* there, and import the file that is saved.",
        )
    if is_decision_file(path):
        return ReturnedFile(path, read_decision_file(path))
    return ReturnedFile(path, stack.enter_context(open_workbook(path)))
