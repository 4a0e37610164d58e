"""The page of a report: HTML with inline SVG and style, without scripts, links or anything from a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from ...output.html_format import html_text
from ..result_table import LakeTable

__all__ = ["ReportSection", "page_lines"]

STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:62em;margin:2em auto;padding:0 1em}
h1{font-size:1.7em;margin:0 0 .2em}h2{font-size:1.25em;margin:2em 0 .4em;border-bottom:2px solid #12304f}
table{border-collapse:collapse;margin:.5em 0 1em;width:100%}
th,td{border-bottom:1px solid #ddd;padding:.25em .8em .25em 0;text-align:left;vertical-align:top}
td{overflow-wrap:anywhere}.number{text-align:right;font-variant-numeric:tabular-nums}
figure{margin:1em 0}figure svg{max-width:100%;height:auto;overflow:visible}figcaption{color:#444}
.notes{color:#5c3c00;background:#fff7e6;padding:.5em .8em;border-left:4px solid #c77700}
.tiles{display:flex;flex-wrap:wrap;gap:.8em;margin:1em 0;padding:0;list-style:none}
.tiles li{border:1px solid #bbb;border-radius:.3em;padding:.5em .9em;min-width:7em}
.tiles b{display:block;font-size:1.5em}nav ul{columns:2;padding-left:1.2em}
@media print{body{max-width:none;margin:0;font-size:10.5px}nav{display:none}h2{break-after:avoid}
figure,tr{break-inside:avoid}thead{display:table-header-group}@page{margin:14mm}}
"""
MOST_ROWS = 200  # of a table; the command of the section shows all


class ReportSection(Struct, frozen=True, kw_only=True):
    """A part of the page: numbers, charts (SVG and the sentence below it), a table, and the command that shows more."""

    key: str
    title: str
    text: str = ""
    notes: tuple[str, ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()
    charts: tuple[tuple[str, str], ...] = ()
    table: LakeTable | None = None
    command: str = ""
    empty: str = "None."


def page_lines(title: str, subtitle: str, sections: Iterable[ReportSection]) -> Iterator[str]:
    """Yield the lines of the page."""
    parts = list(sections)
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield f"<title>{html_text(title)}</title><style>{STYLE}</style></head><body><main>"
    yield f"<h1>{html_text(title)}</h1><p>{html_text(subtitle)}</p>"
    links = "".join(f'<li><a href="#{part.key}">{html_text(part.title)}</a></li>' for part in parts)
    yield f'<nav aria-label="Sections"><ul>{links}</ul></nav>'
    for part in parts:
        yield from _section(part)
    yield "</main></body></html>"


def _section(part: ReportSection) -> Iterator[str]:
    yield f'<section id="{part.key}"><h2>{html_text(part.title)}</h2>'
    if part.text:
        yield f"<p>{html_text(part.text)}</p>"
    if part.notes:
        yield f'<p class="notes">{"<br>".join(map(html_text, part.notes))}</p>'
    if part.numbers:
        tiles = "".join(f"<li><b>{number:,}</b>{html_text(label)}</li>" for label, number in part.numbers)
        yield f'<ul class="tiles">{tiles}</ul>'
    for svg, caption in part.charts:
        label = html_text(caption).replace('"', "&quot;")
        drawing = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        yield f"<figure>{drawing}<figcaption>{html_text(caption)}</figcaption></figure>"
    if part.table is not None:
        yield from _table(part, part.table)
    yield "</section>"


def _table(part: ReportSection, table: LakeTable) -> Iterator[str]:
    if not table.rows:
        yield f"<p>{html_text(part.empty)}</p>"
        return
    columns = [number for number, column in enumerate(table.columns) if not column.secondary]
    classes = [' class="number"' if table.columns[number].number else "" for number in columns]
    titles = "".join(
        f'<th scope="col"{style}>{html_text(table.columns[number].title)}</th>'
        for number, style in zip(columns, classes, strict=True)
    )
    yield f"<table><thead><tr>{titles}</tr></thead><tbody>"
    for row in table.rows[:MOST_ROWS]:
        cells = (
            f"<td{style}>{html_text(_text(row[number]))}</td>" for number, style in zip(columns, classes, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"
    if len(table.rows) > MOST_ROWS:
        yield f"<p>{len(table.rows) - MOST_ROWS:,} more rows: <code>{html_text(part.command)}</code></p>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return ", ".join(map(_text, value)) if isinstance(value, (list, tuple)) else str(value)
