"""Documents on a terminal, drawn by rich."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text as RichText

from .document import DocumentPart, TablePart, TextPart, TreePart
from .screen import Screen
from .table_layout import SampledTable, readable_widths, sample, tree_lines, widths, without_columns
from .terminal_text import printable

__all__ = ["terminal_pieces"]

LEAST = 8  # columns that a squeezed column keeps
BETWEEN = 2  # columns between two cells: a space of padding, and the box's own
CHUNK = 200  # rows drawn at a time


def terminal_pieces(parts: Iterable[DocumentPart], screen: Screen) -> Iterator[bytes]:
    """Yield the bytes for a terminal, part by part, tables in chunks of rows."""
    for number, part in enumerate(parts):
        if number:
            yield b"\n"
        match part:
            case TextPart():
                yield _drawn(screen, *(RichText(printable(line)) for line in part.lines))
            case TreePart():
                yield _drawn(screen, *(RichText(line, overflow="fold") for line in tree_lines(part)))
            case TablePart():
                yield from _table(part, screen)


def fitted(natural: list[int], room: int, least: list[int] | None = None) -> list[int]:
    """Return widths that fit into `room` columns: the widest shrink first, none below a least."""
    limits = least or [LEAST] * len(natural)
    fitting = list(natural)
    while sum(fitting) > room:
        shrinking = [index for index, size in enumerate(fitting) if size > limits[index]]
        if not shrinking:
            break
        widest = max(fitting[index] for index in shrinking)
        at = [index for index in shrinking if fitting[index] == widest]
        runner_up = max((size for size in fitting if size < widest), default=LEAST)
        lowest = max(runner_up, *(limits[index] for index in at))
        step = max(1, min(widest - lowest, -(-(sum(fitting) - room) // len(at))))
        for index in at:
            fitting[index] -= step
    return fitting


def _table(table: TablePart, screen: Screen) -> Iterator[bytes]:
    complete = sample(table)
    sampled, dropped = _readable(table, complete, screen)
    room = screen.width - BETWEEN * (len(sampled.columns) - 1)
    natural = widths(sampled.columns, sampled.first_rows)
    readable = readable_widths(sampled.columns, sampled.first_rows) if sum(natural) > room else natural
    columns = fitted(natural, room, readable if sum(readable) <= room else None)
    if sum(columns) > room:
        yield from _table(table.narrow, screen) if table.narrow is not None else _records(table, complete, screen)
        return
    yield from _rows(table, sampled, columns, screen)
    if dropped:
        note = f"Not shown, because the terminal is narrow: {', '.join(dropped)}. `-o csv` has all columns."
        yield _drawn(screen, RichText(""), RichText(note, style="dim"))


def _readable(table: TablePart, sampled: SampledTable, screen: Screen) -> tuple[SampledTable, list[str]]:
    """Leave out droppable columns until the others can be read; return the others, and the names of those left out."""
    dropped: list[str] = []
    shown = sampled
    for name in table.droppable:
        room = screen.width - BETWEEN * (len(shown.columns) - 1)
        natural = widths(shown.columns, shown.first_rows)
        if sum(natural) <= room or sum(readable_widths(shown.columns, shown.first_rows)) <= room:
            break
        dropped.append(name)
        shown = without_columns(sampled, dropped)
    return shown, dropped


def _rows(table: TablePart, sampled: SampledTable, columns: list[int], screen: Screen) -> Iterator[bytes]:
    right = [name in table.numbers for name in sampled.columns]
    rows = sampled.rows()
    if table.title:
        yield _drawn(screen, RichText(printable(table.title), style="bold"))
    chunk = list(itertools.islice(rows, CHUNK))
    head = True
    while chunk or head:
        yield _drawn(screen, _chunk(sampled, columns, right, chunk, head=head))
        chunk = list(itertools.islice(rows, CHUNK))
        head = False


def _records(table: TablePart, sampled: SampledTable, screen: Screen) -> Iterator[bytes]:
    """Draw each row as lines of column and cell, for a terminal on which the columns do not fit side by side."""
    if table.title:
        yield _drawn(screen, RichText(printable(table.title), style="bold"))
    for number, row in enumerate(sampled.rows()):
        lines = [f"{name}: {cell}" for name, cell in zip(sampled.columns, row, strict=True) if cell]
        yield _drawn(screen, *([RichText("")] if number else []), *(RichText(line, overflow="fold") for line in lines))


def _chunk(
    sampled: SampledTable, columns: list[int], right: list[bool], rows: list[list[str]], *, head: bool
) -> RichTable:
    drawn = RichTable(
        box=SIMPLE_HEAD if head else None, show_header=head, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False
    )
    for name, size, number in zip(sampled.columns, columns, right, strict=True):
        drawn.add_column(RichText(name), width=size, overflow="fold", justify="right" if number else "left")
    for row in rows:
        drawn.add_row(*(RichText(cell, overflow="fold") for cell in row))
    return drawn


def _drawn(screen: Screen, *renderables: object) -> bytes:
    out = io.StringIO()
    console = Console(
        file=out,
        width=screen.width,
        force_terminal=screen.colour,
        color_system="standard" if screen.colour else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for renderable in renderables:
        console.print(renderable, soft_wrap=False)
    lines = (line.rstrip(" ") for line in out.getvalue().splitlines())
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
