"""Reader of the cells of an untrusted workbook: in pieces, within limits, and only cells.

A general reader of workbooks builds each row as a tree and expands everything it is given. A workbook that is returned
by mail cannot be trusted that far: here every size is bounded, and a document type (which entities that grow need) is
refused.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from ...decoding.archive_errors import ARCHIVE_ERRORS
from ...errors import FileError
from .sheet_writer import MOST_ROWS

__all__ = [
    "MOST_COLUMNS",
    "FormulaResult",
    "SheetRow",
    "SheetValue",
    "WorkbookReader",
    "column_number",
    "local_name",
    "open_workbook",
    "xml_parser",
]

SheetValue = str | float


class FormulaResult(str):
    """The stored result of a formula, as text: the person who opened the workbook may have seen another one."""


SheetRow = tuple[int, dict[int, SheetValue]]
"""The number of a row, from 1, and its non-empty cells by column number, from 0."""
MOST_COLUMNS = 64
MOST_PARTS = 2_000
MOST_BYTES = 4 << 30  # of everything, unpacked
MOST_RATIO, FREE_BYTES = 250, 32 << 20  # a sheet of ours packs to a thirtieth at best; small parts may do better
MOST_TEXT = 40_000  # letters of a cell
MOST_STRINGS = 256 << 20  # letters of all shared texts
CHUNK = 1 << 16
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
LETTERS = re.compile("[A-Z]{1,3}")
SAVE_AGAIN = "Save it again as .xlsx in Excel or LibreOffice, or ask the sender for a new copy."
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_SEARCHED = 64 << 20
MOST_MERGED = 1_000
OTHER_ARCHIVES = {
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "content.xml": "an OpenDocument file (.ods)",
    "Index/Document.iwa": "a Numbers document",
    "word/document.xml": "a Word document",
}
"""A part that tells the format of an archive."""


class _Bad(Exception):
    """Raised for a workbook that cannot be read, with the reason and the remedy."""

    def __init__(self, reason: str, remedy: str = SAVE_AGAIN) -> None:
        super().__init__(reason)
        self.remedy = remedy


class WorkbookReader:
    """An open workbook with the `names` of its sheets in order; `days_from_1904` is its date system.

    `merged` holds the ranges of merged cells, like `P4:P6`, of each sheet that was read to its end.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        contents = _Contents()
        self._parse("xl/workbook.xml", contents.start)
        targets: dict[str, str] = {}
        self._parse("xl/_rels/workbook.xml.rels", lambda tag, at: _target(targets, tag, at))
        self._parts = {name: targets.get(relation, "") for name, relation in contents.sheets}
        if len(self._parts) < len(contents.sheets):
            raise FileError(f"{path} has two sheets of the same name.", hint=SAVE_AGAIN)
        self.merged: dict[str, list[str]] = {}
        self._texts: list[str] | None = None
        self.days_from_1904 = contents.from_1904

    @property
    def names(self) -> list[str]:
        """The names of the sheets."""
        return list(self._parts)

    def part_of(self, name: str) -> str:
        """Return the part of the archive that holds a sheet."""
        return self._parts[name]

    def read_part(self, part: str, parser: Any) -> None:
        """Parse another part of the archive, if it exists."""
        if part in self._archive.namelist():
            for _ in self._chunks(part, parser):
                pass

    def lines(self, name: str) -> Iterator[SheetRow]:
        """Yield the non-empty rows of a sheet, from the top."""
        if self._texts is None:
            self._texts = self._shared()
        lines = _Lines(self._texts)
        for _ in self._chunks(self._parts[name], lines.parser):
            yield from lines.done
            lines.done.clear()
        yield from lines.done
        self.merged[name] = lines.merged

    def _shared(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return []
        texts = _Texts()
        for _ in self._chunks("xl/sharedStrings.xml", texts.parser):
            pass
        return texts.texts

    def _parse(self, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
        parser = xml_parser()
        parser.StartElementHandler = lambda tag, at: start(local_name(tag), at)
        for _ in self._chunks(part, parser):
            pass

    def _chunks(self, part: str, parser: Any) -> Iterator[None]:
        with _guarded(self._path):
            try:
                with self._archive.open(part) as file:
                    while chunk := file.read(CHUNK):
                        parser.Parse(chunk, False)
                        yield
                    parser.Parse(b"", True)
            except KeyError:
                raise _Bad(f"it has no part {part!r}") from None
            except expat.ExpatError as error:
                raise _Bad(f"{part} is not sound XML ({error})") from None


@contextmanager
def open_workbook(path: Path) -> Iterator[WorkbookReader]:
    """Open a workbook. Raises FileError, also while it is read, for an invalid file and for one beyond the limits."""
    with ExitStack() as stack:
        with _guarded(path):
            _check_format(path)
            archive = stack.enter_context(zipfile.ZipFile(path))
            _check_contents(archive)
            _within_limits(archive)
        yield WorkbookReader(path, archive)


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise FileError(f"There is no file {path}.") from None
    except _Bad as error:
        raise FileError(f"{path} cannot be read as an .xlsx workbook: {error}.", hint=error.remedy) from error
    except ARCHIVE_ERRORS as error:
        raise FileError(f"{path} cannot be read as an .xlsx workbook: {error}.", hint=SAVE_AGAIN) from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error


def _check_format(path: Path) -> None:
    """Raise `_Bad` with the name of another format that the file begins like."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise _Bad("it is not a file", "Name the workbook itself.")
    with path.open("rb") as file:
        head = file.read(len(OLE_SIGNATURE))
        if head == OLE_SIGNATURE:
            if _holds(file, "EncryptedPackage".encode("utf-16-le")):
                raise _Bad("it is protected with a password", "Remove the password and save it again as .xlsx.")
            raise _Bad("it is in the old format .xls", "Save it as .xlsx in Excel or LibreOffice.")
        if head.startswith(b"%PDF"):
            raise _Bad("it is a PDF document", "Import the workbook itself.")
        if not head.startswith(b"PK"):
            raise _Bad("it is not a workbook", SAVE_AGAIN)


def _holds(file: BinaryIO, words: bytes) -> bool:
    """Return True if the rest of a file contains some bytes; only the first `MOST_SEARCHED` bytes are read."""
    tail = b""
    for _ in range(MOST_SEARCHED // CHUNK):
        block = file.read(CHUNK)
        if not block:
            return False
        if words in tail + block:
            return True
        tail = block[-len(words) :]
    return False


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Raise `_Bad` with the name of another format that is an archive, too."""
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return
    for part, name in OTHER_ARCHIVES.items():
        if part in names:
            raise _Bad(f"it is {name}", "Save it as .xlsx in Excel or LibreOffice.")


def _within_limits(archive: zipfile.ZipFile) -> None:
    """Check the declared sizes of the parts; the archive reader returns no byte more than declared."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise _Bad(f"it has {len(parts):,} parts, and more than {MOST_PARTS:,} are not opened")
    size = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if size > MOST_BYTES or size > FREE_BYTES + MOST_RATIO * packed:
        raise _Bad(f"it unpacks to {size >> 20:,} MB, from {packed >> 10:,} kB: it is not opened")


# ----------------------------------------------------------------------------------------------- the parts


def xml_parser() -> Any:
    """Return a parser that refuses a document type; names have their namespace before a space."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise _Bad("it has a document type, which no workbook needs")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def local_name(tag: str) -> str:
    """Return a name without its namespace."""
    return tag.rpartition(" ")[2]


class _Contents:
    """The contents of `workbook.xml`."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.from_1904 = False

    def start(self, tag: str, at: dict[str, str]) -> None:
        if tag == "sheet":
            relation = next((value for name, value in at.items() if local_name(name) == "id" and " " in name), "")
            self.sheets.append((at.get("name", ""), relation))
        elif tag == "workbookPr":
            self.from_1904 = at.get("date1904") in ("1", "true")


def _target(targets: dict[str, str], tag: str, at: dict[str, str]) -> None:
    if tag == "Relationship":
        where = at.get("Target", "")
        targets[at.get("Id", "")] = where.lstrip("/") if where.startswith("/") else f"xl/{where}"


class _Texts:
    """The shared texts of the cells."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parser = xml_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self._pieces: list[str] = []
        self._size = 0
        self._inside, self._reading = False, False

    def _start(self, tag: str, _: dict[str, str]) -> None:
        name = local_name(tag)
        if name == "rPh":
            self._inside = True
        self._reading = name == "t" and not self._inside

    def _data(self, data: str) -> None:
        if self._reading:
            self._pieces.append(data)
            self._size += len(data)
            if self._size > MOST_STRINGS:
                raise _Bad("it holds too much text")

    def _end(self, tag: str) -> None:
        name = local_name(tag)
        self._reading = False
        if name == "rPh":
            self._inside = False
        elif name == "si":
            self.texts.append(_plain("".join(self._pieces)))
            self._pieces = []
            self._size += 50


class _Lines:
    """The rows of a sheet while they are read."""

    def __init__(self, texts: list[str]) -> None:
        self.done: list[SheetRow] = []
        self.parser = xml_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self._texts = texts
        self._line, self._column, self._kind = 0, -1, ""
        self._formula, self._phonetic = False, False
        self.merged: list[str] = []
        self._cells: dict[int, SheetValue] = {}
        self._pieces: list[str] = []
        self._size = 0
        self._reading = False

    def _start(self, tag: str, at: dict[str, str]) -> None:
        name = local_name(tag)
        if name == "c":
            reference = at.get("r")
            self._column = self._column + 1 if reference is None else column_number(reference)
            self._kind = at.get("t", "n")
            self._pieces, self._size, self._formula = [], 0, False
        elif name in {"v", "t"}:
            self._reading = not self._phonetic
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell" and len(self.merged) < MOST_MERGED:
            self.merged.append(at.get("ref", "")[:40])
        elif name == "row":
            self._begin(at.get("r"))

    def _begin(self, number: str | None) -> None:
        before = self._line
        self._line = before + 1 if number is None else _row_number(number)
        if not before < self._line <= MOST_ROWS:
            raise _Bad(f"row {(number or str(self._line))[:20]} comes after row {before}")
        self._column, self._cells = -1, {}

    def _data(self, data: str) -> None:
        if self._reading and self._column < MOST_COLUMNS:
            self._pieces.append(data)
            self._size += len(data)
            if self._size > MOST_TEXT:
                raise _Bad(f"a cell of row {self._line} is longer than a cell can be")

    def _end(self, tag: str) -> None:
        name = local_name(tag)
        if name in {"v", "t"}:
            self._reading = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "c":
            not_computed = self._formula and self._kind != "str"  # no program has stored its result
            if (self._pieces or not_computed) and self._column < MOST_COLUMNS:
                self._add_cell("".join(self._pieces))
        elif name == "row" and self._cells:
            self.done.append((self._line, self._cells))

    def _add_cell(self, raw: str) -> None:
        if self._column in self._cells:
            raise _Bad(f"a cell of row {self._line} occurs twice")
        self._cells[self._column] = FormulaResult(raw and self._value(raw)) if self._formula else self._value(raw)

    def _value(self, raw: str) -> SheetValue:
        try:
            if self._kind == "s":
                return self._texts[int(raw)]
            if self._kind == "n":
                return float(raw)
        except (ValueError, IndexError):
            raise _Bad(f"a cell of row {self._line} holds {raw[:20]!r}, which is no value of its kind") from None
        return _plain(raw)


def _row_number(text: str) -> int:
    """Return the number of a row, 0 for a text that is no number or longer than any number of a row."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ROWS)) else 0


def column_number(reference: str) -> int:
    """Return the number of a column, from 0, by a reference like `B7` or `B`."""
    letters = LETTERS.match(reference)
    if letters is None:
        raise _Bad(f"{reference[:20]!r} names no cell")
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _plain(raw: str) -> str:
    """Decode the escapes that workbooks use for characters that XML cannot hold."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw) if "_x" in raw else raw
