"""SVG drawing of a small layered graph: boxes that are links, in columns from left to right, and lines between them.

Colours are attributes, for a file of its own, and classes, which the style sheet of the pages sets to light or dark.
There is no inline style, which the policy of the pages forbids. Texts are escaped for XML and for hiding characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from msgspec import Struct

from ..output.terminal_text import printable
from .labels import shorten_middle

__all__ = ["EdgeLine", "NodeBox", "draw_layers"]

WIDTH, HEIGHT, GAP_ACROSS, GAP_DOWN, MARGIN, TOP = 176, 46, 52, 14, 16, 40
LANE, MOST_LANES = 14, 10  # space in a column for lines that pass its boxes
LETTERS = 19
GAP_LABELLED, LABEL_MARGIN, LABEL_HEIGHT = 200, 6, 12
LABEL_STYLE = 'fill="#333" font-size="11" stroke="#fff" stroke-width="3" paint-order="stroke"'  # readable over a line
WIDE = 900  # px; a wider drawing may be scaled down to this width
LEGEND, LEGEND_STEP, SAMPLE, LEGEND_WIDTH = 20, 130, 34, 430
KINDS_OF_LINE = (("direct", False, False), ("inherited", True, False), ("privileged", False, True))
Place = tuple[float, float]


class NodeBox(Struct, frozen=True):
    """A node in a column, counted from the left; `subject` marks the object that the graph is about."""

    key: str
    column: int
    text: str
    under: str = ""
    href: str = ""
    subject: bool = False


class EdgeLine(Struct, frozen=True):
    """A line between two boxes, named by their keys. `inherited` lines are dashed, `strong` ones thick.

    `text` is shown when the pointer is over the line, `label` is written beside it.
    """

    start: str
    end: str
    text: str = ""
    inherited: bool = False
    strong: bool = False
    label: str = ""


def draw_layers(
    title: str, heads: Sequence[str], boxes: Sequence[NodeBox], lines: Sequence[EdgeLine], *, legend: bool = False
) -> str:
    """Return the complete `<svg>`: `heads` above the columns, the legend below."""
    layout = _Layout(len(heads), boxes, lines)
    height = layout.height + (LEGEND if legend else 0)
    width = max(layout.width, LEGEND_WIDTH if legend else 0)
    wide = ' class="g-wide"' if width > WIDE else ""
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg"{wide} width="{width}" height="{height:g}"'
        f' viewBox="0 0 {width} {height:g}" role="group" aria-label="{_safe(title)}"'
        ' font-family="system-ui, sans-serif">'
    )
    parts = [opening, f"<title>{_safe(title)}</title>"]
    for column, head in enumerate(heads):
        x = layout.x(column)
        parts.append(f'<text class="g-head" fill="#555" font-size="12" x="{x}" y="24">{_safe(head)}</text>')
    parts += [_line(line, layout.places, layout.ways.get((line.start, line.end), [])) for line in layout.lines]
    parts += [_box(box, *layout.places[box.key]) for column in layout.columns for box in column]
    parts += _labels(layout)
    if legend:
        parts += _legend(height - MARGIN)
    return "\n".join((*parts, "</svg>\n"))


class _Layout:
    """The places of boxes, and the ways of lines past the boxes of the columns between."""

    def __init__(self, columns: int, boxes: Sequence[NodeBox], lines: Sequence[EdgeLine]) -> None:
        self.columns = [[box for box in boxes if box.column == number] for number in range(columns)]
        column_of = {box.key: box.column for box in boxes}
        self.lines = [line for line in lines if line.start in column_of and line.end in column_of]
        self._gap = GAP_LABELLED if any(line.label for line in self.lines) else GAP_ACROSS
        passing = [
            [line for line in self.lines if column_of[line.start] < number < column_of[line.end]]
            for number in range(columns)
        ]
        lanes = [min(len(passing_lines), MOST_LANES) * LANE for passing_lines in passing]
        sizes = [lane + len(column) * (HEIGHT + GAP_DOWN) for lane, column in zip(lanes, self.columns, strict=True)]
        tallest = max(sizes, default=0)
        self.height = TOP + tallest + MARGIN
        self.width = 2 * MARGIN + columns * WIDTH + (columns - 1) * self._gap
        self.places: dict[str, Place] = {}
        self.ways: dict[tuple[str, str], list[Place]] = {}
        for number, column in enumerate(self.columns):
            x, y = self.x(number), TOP + (tallest - sizes[number]) / 2
            for lane, line in enumerate(passing[number]):
                self.ways.setdefault((line.start, line.end), []).append((x, y + (lane % MOST_LANES) * LANE))
            for row, box in enumerate(column):
                self.places[box.key] = (x, y + lanes[number] + row * (HEIGHT + GAP_DOWN))

    def x(self, column: int) -> int:
        """Return the left side of a column."""
        return MARGIN + column * (WIDTH + self._gap)


def _labels(layout: _Layout) -> list[str]:
    """Return the labels, none over another: beside a box, or on the lane on which the line passes other boxes."""
    labelled = [line for line in layout.lines if line.label]
    starts, ends = Counter(line.start for line in labelled), Counter(line.end for line in labelled)
    used: set[Place] = set()
    parts = []
    for line in labelled:
        at_start = starts[line.start] <= ends[line.end]
        is_alone = (starts[line.start] if at_start else ends[line.end]) == 1
        beside = _beside(layout, line, at_start=at_start)
        lanes = [(x + LABEL_MARGIN, y - LABEL_MARGIN / 2, "start") for x, y in _way(layout, line)]
        candidates = [*beside, *lanes] if is_alone else [*lanes, *beside]
        x, y, anchor = next((place for place in candidates if place[:2] not in used), candidates[0])
        used.add((x, y))
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        parts.append(f'<text class="g-label" {LABEL_STYLE} {place}>{_safe(line.label)}</text>')
    return parts


def _way(layout: _Layout, line: EdgeLine) -> list[Place]:
    """Return the lanes of a line, those nearest to its end first."""
    return layout.ways.get((line.start, line.end), [])[::-1]


def _beside(layout: _Layout, line: EdgeLine, *, at_start: bool) -> list[tuple[float, float, str]]:
    """Return the places of a label beside one of its boxes: above the line, and further ones below."""
    x, y = layout.places[line.start if at_start else line.end]
    x, anchor = (x + WIDTH + LABEL_MARGIN, "start") if at_start else (x - LABEL_MARGIN, "end")
    first = y + HEIGHT / 2 - LABEL_MARGIN
    return [(x, first + row * LABEL_HEIGHT, anchor) for row in (0, 2, 1, 3, -1)]


def _legend(y: float) -> list[str]:
    """Return a sample line of each kind with its name."""
    parts, x = [], MARGIN
    for word, inherited, strong in KINDS_OF_LINE:
        parts.append(f'<path {_stroke(inherited=inherited, strong=strong)} d="M{x} {y - 4:g}h{SAMPLE}"/>')
        place = f'x="{x + SAMPLE + 8}" y="{y:g}"'
        parts.append(f'<text class="g-head" fill="#555" font-size="12" {place}>{word}</text>')
        x += LEGEND_STEP
    return parts


def _stroke(*, inherited: bool, strong: bool) -> str:
    """Return the attributes of a line."""
    marks = " g-inherited" * inherited + " g-privileged" * strong
    dashes = ' stroke-dasharray="5 4"' if inherited else ""
    wide = 3 if strong else 1.4
    return f'class="g-edge{marks}" fill="none" stroke="#666" stroke-width="{wide}"{dashes}'


def _line(line: EdgeLine, places: dict[str, Place], waypoints: Sequence[Place]) -> str:
    (start_x, start_y), (end_x, end_y) = places[line.start], places[line.end]
    path, x, y = f"M{start_x + WIDTH:g} {start_y + HEIGHT / 2:g}", start_x + WIDTH, start_y + HEIGHT / 2
    for next_x, next_y in (*waypoints, (end_x, end_y + HEIGHT / 2)):
        middle = (x + next_x) / 2
        path += f"C{middle:g} {y:g} {middle:g} {next_y:g} {next_x:g} {next_y:g}"
        x, y = next_x, next_y
        if (next_x, next_y) in waypoints:
            path, x = f"{path}H{next_x + WIDTH:g}", next_x + WIDTH
    stroke = _stroke(inherited=line.inherited, strong=line.strong)
    return f'<path {stroke} d="{path}"><title>{_safe(_said(line))}</title></path>'


def _said(line: EdgeLine) -> str:
    how = ("inherited" if line.inherited else "direct", *(["privileged"] if line.strong else []))
    return ", ".join((*([line.text] if line.text else []), *how))


def _box(box: NodeBox, x: float, y: float) -> str:
    name, under = shorten_middle(box.text, LETTERS), shorten_middle(box.under, LETTERS + 6)
    marker_class, stroke = (" g-here", "#2757c7") if box.subject else ("", "#888")
    inside = (
        f"<title>{_safe(box.text)}</title>"
        f'<rect class="g-box{marker_class}" fill="#fff" stroke="{stroke}" rx="8" x="{x:g}" y="{y:g}"'
        f' width="{WIDTH}" height="{HEIGHT}"/>'
        f'<text class="g-text" fill="#111" font-size="13" x="{x + 11:g}" y="{y + 19:g}">{_safe(name)}</text>'
        f'<text class="g-sub" fill="#555" font-size="11" x="{x + 11:g}" y="{y + 35:g}">{_safe(under)}</text>'
    )
    return f'<a href="{_safe(box.href)}">{inside}</a>' if box.href else f"<g>{inside}</g>"


def _safe(text: str) -> str:
    return escape(printable(text).replace("\ufffe", "").replace("\uffff", ""), quote=True)
