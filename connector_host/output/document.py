"""What a question's answer is made of, before a format writes it.

An answer has a form for people (`parts`: tables, trees, lines of text), one flat table for spreadsheets (`flat`), and
two for programs: one JSON document in pieces (`document`) and one JSON text for each record (`records`). All are
callables or iterables that read the file only when the format wants them, row by row, so that the size of an answer
does not matter; a format takes one of them, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

__all__ = ["Answer", "Part", "Row", "Table", "Text", "Tree", "json_bytes", "json_list"]

Row = Sequence[str]
encoder = msgspec.json.Encoder()


class Table(Struct, frozen=True):
    """Rows of text under column names. `numbers` are the columns that stand right; `title` stands above it."""

    columns: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]
    title: str = ""
    numbers: frozenset[str] = frozenset()


class Text(Struct, frozen=True):
    """A paragraph, a line each."""

    lines: tuple[str, ...]


class Tree(Struct, frozen=True):
    """A label with branches under it."""

    label: str
    branches: tuple[Tree, ...] = ()


Part = Table | Text | Tree


class Answer(Struct, frozen=True, kw_only=True):
    """One answer in all its forms. Without `flat`, the first table of `parts` is the flat one."""

    parts: Callable[[], Iterable[Part]]
    document: Callable[[], Iterable[bytes]]
    records: Callable[[], Iterable[bytes]]
    flat: Table | None = None
    title: str = ""

    def spreadsheet(self) -> Table:
        """The one table that CSV and the like hold."""
        if self.flat is not None:
            return self.flat
        return next((part for part in self.parts() if isinstance(part, Table)), Table((), tuple))


def listing(table: Table, key: str, items: Callable[[], Iterable[bytes]]) -> Answer:
    """An answer that is one list: `{"key": [item, ...]}` as a document, an item a record, `table` for people."""
    return Answer(parts=lambda: (table,), document=lambda: json_list(key, items()), records=items)


def json_bytes(value: Any) -> bytes:
    """A plain value as JSON."""
    return encoder.encode(value)


def json_list(key: str, items: Iterable[bytes]) -> Iterator[bytes]:
    """`{"key":[item,item]}`; without items `{}`, as protobuf's JSON leaves out an empty list."""
    opening = b"{" + json_bytes(key) + b":["
    before = opening
    for item in items:
        yield before
        yield item
        before = b","
    yield b"{}" if before is opening else b"]}"
