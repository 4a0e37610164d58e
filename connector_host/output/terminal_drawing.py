"""Answers on a terminal, drawn by rich."""

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
from .table_format import sampled, tree_lines, widths
from .terminal_text import printable

__all__ = ["terminal_pieces"]

LEAST = 8  # columns that a squeezed column keeps
BETWEEN = 2  # columns between two cells: a space of padding, and the box's own
CHUNK = 200  # rows drawn at a time


def terminal_pieces(parts: Iterable[DocumentPart], screen: Screen) -> Iterator[bytes]:
    """The bytes for a terminal, part by part, tables in chunks of rows."""
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


def fitted(natural: list[int], room: int) -> list[int]:
    """Widths that fit into `room` columns: the widest give way first, none below a least."""
    fitting = list(natural)
    while sum(fitting) > room:
        widest = max(fitting)
        if widest <= LEAST:
            break
        runner_up = max([size for size in fitting if size < widest], default=LEAST)
        at = [index for index, size in enumerate(fitting) if size == widest]
        excess = sum(fitting) - room
        step = max(1, min(widest - max(runner_up, LEAST), -(-excess // len(at))))
        for index in at:
            fitting[index] -= step
    return fitting


def _table(table: TablePart, screen: Screen) -> Iterator[bytes]:
    first, rest = sampled(table)
    room = screen.width - BETWEEN * (len(table.columns) - 1)
    columns = fitted(widths(table.columns, first), room)
    rows = itertools.chain(first, rest)
    if table.title:
        yield _drawn(screen, RichText(printable(table.title), style="bold"))
    chunk = list(itertools.islice(rows, CHUNK))
    head = True
    while chunk or head:
        yield _drawn(screen, _chunk(table, columns, chunk, head=head))
        chunk = list(itertools.islice(rows, CHUNK))
        head = False


def _chunk(table: TablePart, columns: list[int], rows: list[list[str]], *, head: bool) -> RichTable:
    drawn = RichTable(
        box=SIMPLE_HEAD if head else None, show_header=head, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False
    )
    for name, size in zip(table.columns, columns, strict=True):
        justify = "right" if name in table.numbers else "left"
        drawn.add_column(RichText(name), width=size, overflow="fold", justify=justify)  # type: ignore[arg-type]
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
    for one in renderables:
        console.print(one, soft_wrap=False)
    lines = (line.rstrip(" ") for line in out.getvalue().splitlines())
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
