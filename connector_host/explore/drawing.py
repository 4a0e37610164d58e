"""A small layered graph as SVG: boxes that are links, in columns from left to right, and lines between them.

Colours stand in attributes, for a file of its own, and in classes, which the style of the pages sets to light or dark;
nothing is inline style, which the pages' policy forbids. Texts are escaped for XML and for what hides or reorders them.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from msgspec import Struct

from ..output.text import shown

__all__ = ["Box", "Line", "draw"]

WIDTH, HEIGHT, GAP_ACROSS, GAP_DOWN, MARGIN, TOP = 220, 46, 110, 14, 16, 40
LETTERS = 27


class Box(Struct, frozen=True):
    """A node: `column` from the left, `here`: what the graph is about."""

    key: str
    column: int
    text: str
    under: str = ""
    href: str = ""
    here: bool = False


class Line(Struct, frozen=True):
    """From box to box, by their keys. `inherited`: dashed; `strong`: thick."""

    start: str
    end: str
    text: str = ""
    inherited: bool = False
    strong: bool = False


def draw(title: str, heads: Sequence[str], boxes: Sequence[Box], lines: Sequence[Line]) -> str:
    """The whole `<svg>`; `heads` stand above the columns."""
    columns: list[list[Box]] = [[box for box in boxes if box.column == at] for at in range(len(heads))]
    tallest = max((len(column) for column in columns), default=0)
    height = TOP + tallest * (HEIGHT + GAP_DOWN) + MARGIN
    width = 2 * MARGIN + len(heads) * WIDTH + (len(heads) - 1) * GAP_ACROSS
    places: dict[str, tuple[float, float]] = {}
    for at, column in enumerate(columns):
        free = (tallest - len(column)) * (HEIGHT + GAP_DOWN) / 2
        for number, box in enumerate(column):
            places[box.key] = (MARGIN + at * (WIDTH + GAP_ACROSS), TOP + free + number * (HEIGHT + GAP_DOWN))
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:g}"'
        f' viewBox="0 0 {width} {height:g}" role="group" aria-label="{_safe(title)}"'
        ' font-family="system-ui, sans-serif">'
    )
    parts = [opening, f"<title>{_safe(title)}</title>"]
    for at, head in enumerate(heads):
        x = MARGIN + at * (WIDTH + GAP_ACROSS)
        parts.append(f'<text class="g-head" fill="#555" font-size="12" x="{x}" y="24">{_safe(head)}</text>')
    parts += [_line(line, places) for line in lines if line.start in places and line.end in places]
    parts += [_box(box, *places[box.key]) for column in columns for box in column]
    return "\n".join((*parts, "</svg>\n"))


def _line(line: Line, places: dict[str, tuple[float, float]]) -> str:
    (left, top), (right, bottom) = places[line.start], places[line.end]
    x1, y1, x2, y2 = left + WIDTH, top + HEIGHT / 2, right, bottom + HEIGHT / 2
    middle = (x1 + x2) / 2
    marks = " g-inherited" * line.inherited + " g-privileged" * line.strong
    dashes = ' stroke-dasharray="5 4"' if line.inherited else ""
    wide = 3 if line.strong else 1.4
    return (
        f'<path class="g-edge{marks}" fill="none" stroke="#666" stroke-width="{wide}"{dashes}'
        f' d="M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}">'
        f"<title>{_safe(line.text)}</title></path>"
    )


def _box(box: Box, x: float, y: float) -> str:
    name = box.text if len(box.text) <= LETTERS else box.text[: LETTERS - 1] + "…"
    under = box.under if len(box.under) <= LETTERS + 6 else box.under[: LETTERS + 5] + "…"
    here = " g-here" if box.here else ""
    inside = (
        f"<title>{_safe(box.text)}</title>"
        f'<rect class="g-box{here}" fill="#fff" stroke="{"#2757c7" if box.here else "#888"}" rx="8" x="{x:g}" y="{y:g}"'
        f' width="{WIDTH}" height="{HEIGHT}"/>'
        f'<text class="g-text" fill="#111" font-size="13" x="{x + 11:g}" y="{y + 19:g}">{_safe(name)}</text>'
        f'<text class="g-sub" fill="#555" font-size="11" x="{x + 11:g}" y="{y + 35:g}">{_safe(under)}</text>'
    )
    return f'<a href="{_safe(box.href)}">{inside}</a>' if box.href else f"<g>{inside}</g>"


def _safe(text: str) -> str:
    return escape(shown(text).replace("\ufffe", "").replace("\uffff", ""), quote=True)
