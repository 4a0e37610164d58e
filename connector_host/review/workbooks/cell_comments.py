"""Comments on the cells of a returned workbook: people may decide there, where no import would look."""

from __future__ import annotations

import posixpath
import re

from .xlsx_reader import WorkbookReader, local_name, xml_parser

__all__ = ["cell_comments", "decision_in"]

LINE = re.compile(r"[A-Z]{1,3}([0-9]{1,7})")
WORD = re.compile(r"[^\W\d_]+")
COMMENT_PARTS = ("/comments", "/threadedComment")
MOST_COMMENTS = 10_000
MOST_LETTERS = 4_000  # of a row's comments
DECIDING = ("keep", "revoke")


def cell_comments(sheets: WorkbookReader, name: str) -> dict[int, str]:
    """Return the texts of the comments on a sheet by row, those of one row joined."""
    part = sheets.part_of(name)
    folder, _, file = part.rpartition("/")
    relations = _Relations()
    sheets.read_part(f"{folder}/_rels/{file}.rels", relations.parser)
    comments = _Comments()
    for target in relations.targets:
        comments.start_part()
        sheets.read_part(posixpath.normpath(posixpath.join(folder, target)).lstrip("/"), comments.parser)
    return comments.texts


def decision_in(text: str) -> str:
    """Return the decision that a comment names, empty if it names none or both."""
    words = {word.casefold() for word in WORD.findall(text)} & set(DECIDING)
    return words.pop() if len(words) == 1 else ""


class _Relations:
    """The parts with comments that the relations of a sheet name."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.parser = xml_parser()
        self.parser.StartElementHandler = self._start

    def _start(self, tag: str, at: dict[str, str]) -> None:
        if local_name(tag) == "Relationship" and at.get("Type", "").endswith(COMMENT_PARTS):
            self.targets.append(at.get("Target", ""))


class _Comments:
    """The texts of comments by row; each part of the archive needs a parser of its own."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self._line = 0
        self._reading = False
        self.start_part()

    def start_part(self) -> None:
        """Begin with another part."""
        self.parser = xml_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _start(self, tag: str, at: dict[str, str]) -> None:
        name = local_name(tag)
        if name in ("comment", "threadedComment"):
            match = LINE.fullmatch(at.get("ref", ""))
            self._line = int(match[1]) if match is not None else 0
        self._reading = name in ("t", "text")

    def _end(self, _tag: str) -> None:
        self._reading = False

    def _data(self, data: str) -> None:
        if not self._reading or (self._line not in self.texts and len(self.texts) >= MOST_COMMENTS):
            return
        self.texts[self._line] = f"{self.texts.get(self._line, '')} {data}"[:MOST_LETTERS].strip()
