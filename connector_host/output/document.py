"""The result of a command, before a format writes it.

A document has a form for people (`parts`: tables, trees, lines of text), one flat table for spreadsheets (`flat`), and
two for programs: one JSON document in pieces (`document`) and one JSON text for each record (`records`). Each is a
callable that begins to read anew whenever it is called, row by row, so that the size of a result does not matter. A
format calls those that it needs, as often as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..secret import Redactor

__all__ = ["Document", "DocumentPart", "Row", "TablePart", "TextPart", "TreePart", "json_bytes", "json_list"]

Row = Sequence[str]
encoder = msgspec.json.Encoder()


class TablePart(Struct, frozen=True):
    """Rows of text under column names. The columns in `numbers` are aligned to the right; `title` stands above.

    A terminal that is too narrow leaves out the `droppable` columns, in their order, as far as it must, and names them.
    If the others do not fit either, it shows the table `narrow` instead, or else each row as a list.
    """

    columns: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]
    title: str = ""
    numbers: frozenset[str] = frozenset()
    narrow: TablePart | None = None
    droppable: tuple[str, ...] = ()


class TextPart(Struct, frozen=True):
    """A paragraph, line by line."""

    lines: tuple[str, ...]


class TreePart(Struct, frozen=True):
    """A label with branches under it."""

    label: str
    branches: tuple[TreePart, ...] = ()


DocumentPart = TablePart | TextPart | TreePart
DEPRECATED = {
    "Answer": "Document",
    "Part": "DocumentPart",
    "Table": "TablePart",
    "Text": "TextPart",
    "Tree": "TreePart",
}


class Document(Struct, frozen=True, kw_only=True):
    """One result in all its forms. Without `flat`, the first table of `parts` is the flat one."""

    parts: Callable[[], Iterable[DocumentPart]]
    document: Callable[[], Iterable[bytes]]
    records: Callable[[], Iterable[bytes]]
    flat: TablePart | None = None
    title: str = ""

    def spreadsheet(self) -> TablePart:
        """Return the one table that CSV and the like hold."""
        if self.flat is not None:
            return self.flat
        return next((part for part in self.parts() if isinstance(part, TablePart)), TablePart((), tuple))


def mask_document(document: Document, redactor: Redactor) -> Document:
    """Return a document with every known secret masked, before any format cuts or encodes a text.

    Its JSON is kept in memory: this is for the results of connectors, not for listings of files.
    """
    mask: Callable[[str], str] = redactor

    def table(part: TablePart) -> TablePart:
        rows = lambda: ([mask(cell) for cell in row] for row in part.rows())  # noqa: E731 - the factory of a table
        return TablePart(tuple(map(mask, part.columns)), rows, mask(part.title), frozenset(map(mask, part.numbers)))

    def tree(part: TreePart) -> TreePart:
        return TreePart(mask(part.label), tuple(map(tree, part.branches)))

    def part(part: DocumentPart) -> DocumentPart:
        if isinstance(part, TextPart):
            return TextPart(tuple(map(mask, part.lines)))
        return table(part) if isinstance(part, TablePart) else tree(part)

    def json(text: bytes) -> bytes:
        return json_bytes(redactor.values(msgspec.json.decode(text)))

    return Document(
        parts=lambda: map(part, document.parts()),
        document=lambda: (json(b"".join(document.document())),),
        records=lambda: map(json, document.records()),
        flat=None if document.flat is None else table(document.flat),
        title=mask(document.title),
    )


def listing(
    table: TablePart,
    key: str,
    items: Callable[[], Iterable[bytes]],
    pieces: Callable[[], Iterable[bytes]] | None = None,
) -> Document:
    """Return a document that is one list: `{"key": [item, ...]}` as JSON, an item a record, `table` for people.

    `pieces` are the items with commas between those of one piece, where these are quicker to make.
    """
    return Document(parts=lambda: (table,), document=lambda: json_list(key, (pieces or items)()), records=items)


def json_bytes(value: Any) -> bytes:
    """Return a plain value as JSON; lone surrogates, which no JSON may hold, become escapes in their texts."""
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:
        return encoder.encode(_valid(value))


def _valid(value: Any) -> Any:
    """Return a plain value whose texts have escapes for lone surrogates."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_valid(key): _valid(item) for key, item in value.items()}
        case list() | tuple():
            return [_valid(item) for item in value]
    return value


def json_list(key: str, items: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `{"key":[item,item]}`; without items `{}`, as protobuf's JSON leaves out an empty list."""
    opening = b"{" + json_bytes(key) + b":["
    separator = opening
    for item in items:
        yield separator
        yield item
        separator = b","
    yield b"{}" if separator is opening else b"]}"


def __getattr__(name: str) -> Any:
    if name not in DEPRECATED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import warnings  # noqa: PLC0415 - only for old names

    warnings.warn(f"{__name__}.{name} is now called {DEPRECATED[name]}", DeprecationWarning, stacklevel=2)
    return globals()[DEPRECATED[name]]
