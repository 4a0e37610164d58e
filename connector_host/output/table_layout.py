"""The layout of tables and trees that the plain format and the drawn one share."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from .document import Row, TablePart, TreePart
from .terminal_text import printable, width

__all__ = ["SampledTable", "readable_widths", "sample", "tree_lines", "widths", "without_columns"]

SAMPLE = 1000  # rows that decide the widths
SAMPLE_SIZE = 1 << 20  # characters in them; a sample ends with the row that exceeds it
COMFORTABLE = 14  # columns of a cell that is broken into lines
UNBROKEN = 32  # columns of the longest word that is not broken: a date, an address, the id of a sync
WIDEST = 160  # columns that a cell is padded to: one long name must not make every row as long


class SampledTable(Struct, frozen=True):
    """A table whose first rows are read: their widths are those of the columns. All text is printable."""

    columns: tuple[str, ...]
    first_rows: list[list[str]]
    later_rows: Iterator[list[str]]

    def rows(self) -> Iterator[list[str]]:
        """Yield all rows, once."""
        return itertools.chain(self.first_rows, self.later_rows)


def sample(table: TablePart) -> SampledTable:
    """Read the first rows of a table."""
    rows = ([printable(cell) for cell in row] for row in table.rows())
    first_rows: list[list[str]] = []
    size = 0
    for row in itertools.islice(rows, SAMPLE):
        first_rows.append(row)
        size += sum(map(len, row))
        if size > SAMPLE_SIZE:
            break
    return SampledTable(tuple(map(printable, table.columns)), first_rows, rows)


def without_columns(sampled: SampledTable, names: Collection[str]) -> SampledTable:
    """Return a table without these columns."""
    places = [place for place, name in enumerate(sampled.columns) if name not in names]
    return SampledTable(
        tuple(sampled.columns[place] for place in places),
        [[row[place] for place in places] for row in sampled.first_rows],
        ([row[place] for place in places] for row in sampled.later_rows),
    )


def readable_widths(columns: Sequence[str], rows: Sequence[Row]) -> list[int]:
    """Return for each column the width at which its cells are still read easily.

    A cell may take several lines, but dates, addresses and short ids are not broken.
    """
    readable = []
    for cells in zip(columns, *rows, strict=True):
        word = max((width(part) for cell in cells for part in cell.split()), default=0)
        readable.append(min(max(map(width, cells)), max(COMFORTABLE, word if word <= UNBROKEN else 0)))
    return readable


def widths(columns: Sequence[str], rows: Iterable[Row]) -> list[int]:
    """Return the width of the widest cell of each column, at most `WIDEST`."""
    return [min(WIDEST, max(map(width, cells))) for cells in zip(columns, *rows, strict=True)]


def tree_lines(tree: TreePart, lead: str = "", follow: str = "") -> Iterator[str]:
    """Yield the lines of a tree with its branches drawn."""
    yield lead + printable(tree.label)
    for number, branch in enumerate(tree.branches, 1):
        last = number == len(tree.branches)
        yield from tree_lines(branch, follow + ("└── " if last else "├── "), follow + ("    " if last else "│   "))
