"""The parts of the page that need no script: what is reviewed, the summary, principals one by one, what has changed.

Every text from a file goes through `text`, which leaves no markup and no character that moves or hides letters.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from ..output.terminal_text import shown
from .page_data import Grid, entitlement_name, key, level, marks
from .review_model import Change, Facts, Finding, ReviewRow, Summary

__all__ = ["about", "as_of", "changes", "in_chunks", "matrix", "person", "plural", "summary", "text"]

CHUNK = 100  # entries that a browser lays out together


def text(value: str) -> str:
    """Text of a file's as it may stand in HTML, also within quotes."""
    return html.escape(shown(value))


def plural(number: int, word: str) -> str:
    """A number and what it counts."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _tags(words: Iterable[str]) -> str:
    return "".join(f' <span class="tag tag-{word}">{word}</span>' for word in words)


def _when(moment: datetime | None) -> str:
    if moment is None:
        return ""
    aware = moment.utcoffset() is not None
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if aware else f"{moment:%Y-%m-%d %H:%M}"


# ----------------------------------------------------------------------------------------------- summary


def as_of(systems: Sequence[Facts]) -> str:
    """The moment that the review is of, where it is one."""
    return f"as of {_when(systems[0].ended)} · " if len(systems) == 1 and systems[0].ended else ""


def summary(facts: Facts, found: Summary, *, several: bool) -> Iterator[str]:
    """Counts of a system, what deserves a look in it, how much has changed."""
    if several:
        yield f"<h2>{text(facts.system)}</h2>"
    yield _numbers(facts, found)
    for gap in facts.gaps:
        yield f'<p class="note">{text(gap)}</p>'
    yield '<div class="tables overview"><section><h2>Worth a look</h2>'
    yield '<div class="scroll"><table><thead><tr><th scope="col">What</th>'
    yield '<th scope="col" class="number">How many</th></tr></thead><tbody>'
    yield from map(_finding, found.findings)
    yield "</tbody></table></div></section><section>"
    yield from _change_counts(facts, found)
    yield "</section></div>"


def _numbers(facts: Facts, found: Summary) -> str:
    how = f"{found.direct:,} direct, {found.inherited:,} inherited"
    since = f"since {_when(facts.compared.ended)}" if facts.compared else "no earlier sync to compare with"
    cards = (
        ("Principals", f"{found.principals:,}", "that hold something"),
        ("Resources", f"{facts.resources:,}", plural(facts.resource_types, "type")),
        ("Entitlements", f"{facts.entitlements:,}", ""),
        ("Grants", f"{found.grants:,}", how),
        ("Privileged grants", f"{found.privileged:,}", "by what they are called"),
        ("New grants", f"{found.new:,}" if facts.compared else "-", since),
    )
    items = (
        f'<li><span class="label">{label}</span><strong>{value}</strong><span class="change">{text(note)}</span></li>'
        for label, value, note in cards
    )
    return f'<ul class="numbers">{"".join(items)}</ul>'


def _finding(found: Finding) -> str:
    note = f'<br><span class="soft">{text(found.note)}</span>' if found.note and found.count else ""
    if found.not_given:
        return f'<tr><th scope="row">{text(found.title)}</th><td class="soft">{text(found.not_given)}</td></tr>'
    listed = ""
    if found.who:
        items = (
            f'<li><a href="#{key(found.system, who)}">{text(who.name)}</a> <span class="soft">{number:,}</span></li>'
            for who, number in found.who
        )
        rest = found.count - len(found.who)
        more = f"<li>and {rest:,} more</li>" if rest > 0 else ""
        names = f"<ul>{''.join(items)}{more}</ul>"
        listed = f'<details class="listed"><summary>who, with how many grants</summary>{names}</details>'
    return f'<tr><th scope="row">{text(found.title)}{note}{listed}</th><td class="number">{found.count:,}</td></tr>'


def _change_counts(facts: Facts, found: Summary) -> Iterator[str]:
    if facts.compared is None:
        yield '<h2>Changes</h2><p class="empty">There is no earlier sync to compare with.</p>'
        return
    yield f"<h2>Changes since {text(_when(facts.compared.ended))}</h2>"
    if not found.changes:
        yield '<p class="empty">Nothing has changed.</p>'
        return
    yield '<div class="scroll"><table><thead><tr><th scope="col">What</th><th scope="col">Change</th>'
    yield '<th scope="col" class="number">How many</th></tr></thead><tbody>'
    for section, mark, number in found.changes:
        yield f'<tr><th scope="row">{text(section)}</th><td>{_tags([mark])}</td><td class="number">{number:,}</td></tr>'
    yield "</tbody></table></div>"


# ----------------------------------------------------------------------------------------------- principals


def person(at: int, rows: Sequence[ReviewRow], system: str) -> str:
    """The entry of a principal: all its rows, by what gives them. `system` is said if it is not empty."""
    who = rows[0].who
    direct = sum(row.direct for row in rows)
    mighty = sum(bool(row.what.privileged) for row in rows)
    counts = f"{direct:,} direct, {len(rows):,} in all" + (f", {mighty:,} privileged" if mighty else "")
    about = " · ".join(text(part) for part in (system, who.type_name, who.mail, counts) if part)
    signed = f"last signed in {_when(who.signed_in)}" if who.signed_in else ""
    ids = " · ".join(text(part) for part in (who.id, who.status, who.account, signed) if part)
    name = f'<span class="name">{text(who.name)}</span>{_tags(marks(who))} <span class="soft">{about}</span>'
    opening = f'<details class="entry" id="{key(rows[0].system, who)}" data-at="{at}"><summary>{name}</summary>'
    ways = "".join(f"<dt>{text(way)}</dt><dd>{_lines(lines)}</dd>" for way, lines in _by_way(rows).items())
    return f'{opening}<p class="soft">{ids}</p><dl class="plain">{ways}</dl></details>\n'


def _lines(lines: list[tuple[str, list[str]]]) -> str:
    parts = (f"{on}: {', '.join(levels)}" if on else ", ".join(levels) for on, levels in lines)
    return ";\n".join(map(text, parts))


def _by_way(rows: Sequence[ReviewRow]) -> dict[str, list[tuple[str, list[str]]]]:
    """`Directly` and `Through ...` -> (resource, levels): what is held in each way; some of it in several."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {"Directly": {}}
    for row in rows:
        words = ("privileged" if row.what.privileged else "", row.change)
        said = ", ".join(word for word in words if word)
        what = f"{level(row.what)} ({said})" if said else level(row.what)
        ways = ["Directly"] if row.direct else []
        ways += sorted(f"Through {entitlement_name(via.name, via.resource_name)}" for via in row.via)
        for way in ways:
            on = (row.what.resource_name, row.what.resource_id)
            found.setdefault(way, {}).setdefault(on, []).append(what)
    return {way: [(on[0], levels) for on, levels in lines.items()] for way, lines in found.items() if lines}


# ----------------------------------------------------------------------------------------------- matrix


def matrix(grid: Grid | None, principals: int, resources: int) -> Iterator[str]:
    """A small matrix as a plain table; of a larger one, what to do where there is no script, or on paper."""
    if grid is not None:
        yield from _plain_matrix(grid)
        return
    size = f"{plural(principals, 'principal')} and {plural(resources, 'resource')}"
    yield (
        f'<p class="note without-script in-print">The matrix of {size} is not on paper, and needs script on a'
        " screen. The list of principals says the same, and so does the workbook: connector-host review -o review.xlsx"
        "</p>"
    )


def _plain_matrix(grid: Grid) -> Iterator[str]:
    yield '<div class="scroll matrix without-script in-print"><table><thead><tr><th scope="col">Principal</th>'
    for name in grid.resources:
        yield f'<th scope="col">{html.escape(name)}</th>'
    yield "</tr></thead><tbody>"
    for name, levels in grid.rows:
        yield f'<tr><th scope="row">{html.escape(name)}</th>'
        yield from (f"<td{' class=held' if held else ''}>{html.escape(held)}</td>" for held in levels)
        yield "</tr>"
    yield "</tbody></table></div>"


# ----------------------------------------------------------------------------------------------- changes


def changes(found: Iterable[Change], systems: Sequence[Facts]) -> Iterator[str]:
    """Every change, under a heading for each section of each system."""
    different = False
    for (system, section), group in itertools.groupby(found, lambda change: (change.system, change.section)):
        different = True
        name = f"{systems[system].system}: " if len(systems) > 1 else ""
        yield f"<h3>{text(name + section)}</h3>"
        yield from in_chunks(map(_change, group), "ul", "changes chunk")
    for facts in systems:
        name = f"{facts.system}: " if len(systems) > 1 else ""
        if facts.compared is None:
            yield f'<p class="empty">{text(name)}There is no earlier sync to compare with.</p>'
    if not different and any(facts.compared for facts in systems):
        yield '<p class="empty">Nothing has changed.</p>'


def _change(change: Change) -> str:
    more = " · ".join(text(part) for part in (change.where, change.details) if part)
    return f"<li>{_tags([change.mark])} <strong>{text(change.name)}</strong> <span class=soft>{more}</span></li>\n"


def in_chunks(items: Iterable[str], element: str, classes: str) -> Iterator[str]:
    """Items in elements of `CHUNK` each: a browser lays out only those that are near to what is seen."""
    items = iter(items)
    while chunk := list(itertools.islice(items, CHUNK)):
        yield f'<{element} class="{classes}">'
        yield from chunk
        yield f"</{element}>"


# ----------------------------------------------------------------------------------------------- about


def about(facts: Facts, *, several: bool) -> Iterator[str]:
    """What a system's part of the page was made from."""
    if several:
        yield f"<h3>{text(facts.system)}</h3>"
    yield '<dl class="facts">'
    for label, value in _facts(facts):
        if value:
            yield f"<div><dt>{label}</dt><dd>{text(value)}</dd></div>"
    yield "</dl>"
    lines = [*facts.gaps, *(f"{column.value}: {why}" for column, why in facts.missing.items())]
    if lines:
        yield "<h3>What is not in it</h3><ul class=about-list>"
        yield from (f"<li>{text(line)}</li>" for line in lines)
        yield "</ul>"


def _facts(facts: Facts) -> Iterator[tuple[str, str]]:
    yield "System", facts.system
    yield "Connector", f"{facts.connector} {facts.connector_version}".strip()
    yield "Account", facts.account
    yield "Read as", facts.user
    yield "File", f"{facts.file} ({facts.size:,} bytes)"
    yield "SHA-256 of the file", facts.sha256
    yield "Sync", f"{facts.sync_id} ({facts.sync_type})"
    yield "Began", _when(facts.started)
    yield "Ended", _when(facts.ended)
    yield "Written by connector-host", facts.host_version
    if facts.compared is not None:
        yield "Compared with", f"{facts.compared.sync_id}, ended {_when(facts.compared.ended)}, {facts.compared.file}"
