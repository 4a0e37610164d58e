"""Sections of the review page that need no script: the facts, the summary, the principals, the changes.

Every text from a file passes `escaped`, which leaves no markup and no character that moves or hides letters.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from ...output.terminal_text import printable
from ..review_model import (
    ReviewChange,
    ReviewFinding,
    ReviewPackage,
    ReviewPrincipal,
    ReviewRow,
    SystemFacts,
    SystemSummary,
)
from .page_data import MatrixTable, anchor, entitlement_name, principal_tags, short_entitlement_name

__all__ = ["about", "as_of", "changes", "escaped", "in_chunks", "matrix", "part_note", "person", "plural", "summary"]

CHUNK = 100  # entries that a browser lays out together


def escaped(value: str) -> str:
    """Escape a text from a file for HTML, quoted attributes included."""
    return html.escape(printable(value))


def plural(number: int, word: str) -> str:
    """Return a number and its noun, in the plural unless the number is 1."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _tags(words: Iterable[str]) -> str:
    return "".join(f' <span class="tag tag-{word}">{word}</span>' for word in words)


def _when(moment: datetime | None) -> str:
    if moment is None:
        return ""
    aware = moment.utcoffset() is not None
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if aware else f"{moment:%Y-%m-%d %H:%M}"


# ----------------------------------------------------------------------------------------------- summary


def as_of(systems: Sequence[SystemFacts]) -> str:
    """Return the date of the sync if exactly one system is reviewed, else an empty text."""
    return f"as of {_when(systems[0].ended)} · " if len(systems) == 1 and systems[0].ended else ""


def part_note(package: ReviewPackage, systems: Sequence[SystemFacts]) -> Iterator[str]:
    """Write what a part holds, where the other parts are, and what is not known of the systems."""
    rows, grants = sum(facts.to_decide for facts in systems), sum(facts.reviewed for facts in systems)
    due = f" Decide by {package.due.isoformat()}." if package.due else ""
    reviewer = f" for {package.reviewer}" if package.reviewer else ""
    numbers = f"{plural(rows, 'row')} to decide on, with {plural(grants, 'grant')}."
    part = f"Part {package.number} of {package.count}{reviewer}: {numbers}{due}"
    yield f'<p class="note">{escaped(part)}</p>'
    if package.pages:
        links = (f'<li><a href="{escaped(quote(page))}">{escaped(page)}</a></li>' for page in package.pages)
        yield f'<h2>All parts</h2><ul class="about-list">{"".join(links)}</ul>'
    if package.reviewer:
        yield from (f'<p class="note">{escaped(gap)}</p>' for facts in systems for gap in facts.gaps)


def summary(facts: SystemFacts, counts: SystemSummary, *, several: bool, linked: bool = True) -> Iterator[str]:
    """Write the counts, the findings and the number of changes of one system; names are links if `linked`."""
    if several:
        yield f"<h2>{escaped(facts.system)}</h2>"
    yield _numbers(facts, counts)
    if facts.scope:
        covered = f"{facts.reviewed:,} of {facts.grants:,} grants"
        scope = f"This review covers {covered}: {facts.scope}. The counts below are of all grants."
        yield f'<p class="note">{escaped(scope)}</p>'
    for gap in facts.gaps:
        yield f'<p class="note">{escaped(gap)}</p>'
    yield '<div class="tables overview"><section><h2>Findings</h2>'
    yield '<div class="scroll"><table><thead><tr><th scope="col">Finding</th>'
    yield '<th scope="col" class="number">Count</th></tr></thead><tbody>'
    yield from (_finding(finding, linked=linked) for finding in counts.findings)
    yield "</tbody></table></div></section><section>"
    yield from _change_counts(facts, counts)
    yield "</section></div>"


def _numbers(facts: SystemFacts, counts: SystemSummary) -> str:
    detail = f"{counts.direct:,} direct, {counts.inherited:,} inherited"
    since = f"since {_when(facts.compared.ended)}" if facts.compared else "no earlier sync to compare with"
    cards = (
        ("Principals", f"{counts.principals:,}", "with at least one grant"),
        ("Resources", f"{facts.resources:,}", plural(facts.resource_types, "type")),
        ("Entitlements", f"{facts.entitlements:,}", ""),
        ("Grants", f"{counts.grants:,}", detail),
        ("Privileged grants", f"{counts.privileged:,}", "based on entitlement names"),
        ("New grants", f"{counts.new:,}" if facts.compared else "-", since),
    )
    items = (
        f'<li><span class="label">{label}</span><strong>{value}</strong>'
        f'<span class="change">{escaped(note)}</span></li>'
        for label, value, note in cards
    )
    return f'<ul class="numbers">{"".join(items)}</ul>'


def _finding(finding: ReviewFinding, *, linked: bool) -> str:
    note = f'<br><span class="soft">{escaped(finding.note)}</span>' if finding.note and finding.count else ""
    if finding.not_given:
        return (
            f'<tr><th scope="row">{escaped(finding.title)}</th><td class="soft">{escaped(finding.not_given)}</td></tr>'
        )
    listed = ""
    if finding.principals:
        items = (
            f'<li>{_named(finding.system, principal, linked=linked)} <span class="soft">{number:,}</span></li>'
            for principal, number in finding.principals
        )
        unlisted = finding.count - len(finding.principals)
        more = f"<li>and {unlisted:,} more</li>" if unlisted > 0 else ""
        names = f"<ul>{''.join(items)}{more}</ul>"
        listed = f'<details class="listed"><summary>names and numbers of grants</summary>{names}</details>'
    return (
        f'<tr><th scope="row">{escaped(finding.title)}{note}{listed}</th><td class="number">{finding.count:,}</td></tr>'
    )


def _named(system: int, principal: ReviewPrincipal, *, linked: bool) -> str:
    name = escaped(principal.name)
    return f'<a href="#{anchor(system, principal)}">{name}</a>' if linked else name


def _change_counts(facts: SystemFacts, counts: SystemSummary) -> Iterator[str]:
    if facts.compared is None:
        yield '<h2>Changes</h2><p class="empty">There is no earlier sync to compare with.</p>'
        return
    yield f"<h2>Changes since {escaped(_when(facts.compared.ended))}</h2>"
    if not counts.changes:
        yield '<p class="empty">Nothing has changed.</p>'
        return
    yield '<div class="scroll"><table><thead><tr><th scope="col">Section</th><th scope="col">Change</th>'
    yield '<th scope="col" class="number">Count</th></tr></thead><tbody>'
    for section, mark, number in counts.changes:
        yield f'<tr><th scope="row">{escaped(section)}</th><td>{_tags([mark])}</td>'
        yield f'<td class="number">{number:,}</td></tr>'
    yield "</tbody></table></div>"


# ----------------------------------------------------------------------------------------------- principals


def person(number: int, rows: Sequence[ReviewRow], system: str) -> str:
    """Return the entry of a principal: all its rows, grouped by what gives the access; `system` may be empty."""
    principal = rows[0].principal
    direct = sum(row.direct for row in rows)
    privileged = sum(bool(row.entitlement.privileged) for row in rows)
    counts = f"{direct:,} direct, {len(rows):,} in all" + (f", {privileged:,} privileged" if privileged else "")
    about = " · ".join(escaped(part) for part in (system, principal.type_name, principal.mail, counts) if part)
    signed = f"last signed in {_when(principal.signed_in)}" if principal.signed_in else ""
    ids = " · ".join(escaped(part) for part in (principal.id, principal.status, principal.account, signed) if part)
    tags = _tags(principal_tags(principal))
    name = f'<span class="name">{escaped(principal.name)}</span>{tags} <span class="soft">{about}</span>'
    opening = (
        f'<details class="entry" id="{anchor(rows[0].system, principal)}" data-at="{number}"><summary>{name}</summary>'
    )
    ways = "".join(f"<dt>{escaped(way)}</dt><dd>{_lines(lines)}</dd>" for way, lines in _by_way(rows).items())
    return f'{opening}<p class="soft">{ids}</p><dl class="plain">{ways}</dl></details>\n'


def _lines(lines: list[tuple[str, list[str]]]) -> str:
    parts = (f"{on}: {', '.join(levels)}" if on else ", ".join(levels) for on, levels in lines)
    return ";\n".join(map(escaped, parts))


def _by_way(rows: Sequence[ReviewRow]) -> dict[str, list[tuple[str, list[str]]]]:
    """Map `Directly` and each `Through ...` to (resource, levels); a grant may be held in several ways."""
    by_way: dict[str, dict[tuple[str, str], list[str]]] = {"Directly": {}}
    for row in rows:
        words = ("privileged" if row.entitlement.privileged else "", row.change)
        remark = ", ".join(word for word in words if word)
        name = short_entitlement_name(row.entitlement)
        label = f"{name} ({remark})" if remark else name
        ways = ["Directly"] if row.direct else []
        ways += sorted(f"Through {entitlement_name(via.name, via.resource_name)}" for via in row.via)
        for way in ways:
            on = (row.entitlement.resource_name, row.entitlement.resource_id)
            by_way.setdefault(way, {}).setdefault(on, []).append(label)
    return {way: [(on[0], levels) for on, levels in lines.items()] for way, lines in by_way.items() if lines}


# ----------------------------------------------------------------------------------------------- matrix


def matrix(grid: MatrixTable | None, principals: int, resources: int) -> Iterator[str]:
    """Write a small matrix as a plain table; for a larger one, say where to find it without script or on paper."""
    if grid is not None:
        yield from _plain_matrix(grid)
        return
    size = f"{plural(principals, 'principal')} and {plural(resources, 'resource')}"
    yield (
        f'<p class="note without-script in-print">The matrix of {size} is not printed and needs script on a screen.'
        " The list of principals and the workbook (connector-host review -o review.xlsx) hold the same access.</p>"
    )


def _plain_matrix(grid: MatrixTable) -> Iterator[str]:
    yield '<div class="scroll matrix without-script in-print"><table><thead><tr><th scope="col">Principal</th>'
    for name in grid.resources:
        yield f'<th scope="col">{html.escape(name)}</th>'
    yield "</tr></thead><tbody>"
    for name, levels in grid.rows:
        yield f'<tr><th scope="row">{html.escape(name)}</th>'
        yield from (f"<td{' class=held' if level else ''}>{html.escape(level)}</td>" for level in levels)
        yield "</tr>"
    yield "</tbody></table></div>"


# ----------------------------------------------------------------------------------------------- changes


def changes(rows: Iterable[ReviewChange], systems: Sequence[SystemFacts]) -> Iterator[str]:
    """Write every change, under a heading for each section of each system."""
    different = False
    for (system, section), group in itertools.groupby(rows, lambda change: (change.system, change.section)):
        different = True
        name = f"{systems[system].system}: " if len(systems) > 1 else ""
        yield f"<h3>{escaped(name + section)}</h3>"
        yield from in_chunks(map(_change, group), "ul", "changes chunk")
    for facts in systems:
        name = f"{facts.system}: " if len(systems) > 1 else ""
        if facts.compared is None:
            yield f'<p class="empty">{escaped(name)}There is no earlier sync to compare with.</p>'
    if not different and any(facts.compared for facts in systems):
        yield '<p class="empty">Nothing has changed.</p>'


def _change(change: ReviewChange) -> str:
    more = " · ".join(escaped(part) for part in (change.where, change.details) if part)
    return f"<li>{_tags([change.mark])} <strong>{escaped(change.name)}</strong> <span class=soft>{more}</span></li>\n"


def in_chunks(items: Iterable[str], element: str, classes: str) -> Iterator[str]:
    """Wrap items in elements of `CHUNK` each, so that a browser lays out only those near the visible part."""
    items = iter(items)
    while chunk := list(itertools.islice(items, CHUNK)):
        yield f'<{element} class="{classes}">'
        yield from chunk
        yield f"</{element}>"


# ----------------------------------------------------------------------------------------------- about


def about(facts: SystemFacts, *, several: bool) -> Iterator[str]:
    """Write the facts of one system: source, file, sync, and what the page lacks."""
    if several:
        yield f"<h3>{escaped(facts.system)}</h3>"
    yield '<dl class="facts">'
    for label, value in _facts(facts):
        if value:
            yield f"<div><dt>{label}</dt><dd>{escaped(value)}</dd></div>"
    yield "</dl>"
    lines = [*facts.gaps, *(f"{column.value}: {why}" for column, why in facts.missing.items())]
    if lines:
        yield "<h3>Known gaps</h3><ul class=about-list>"
        yield from (f"<li>{escaped(line)}</li>" for line in lines)
        yield "</ul>"


def _facts(facts: SystemFacts) -> Iterator[tuple[str, str]]:
    yield "System", facts.system
    yield "Connector", f"{facts.connector} {facts.connector_version}".strip()
    yield "Account", facts.account
    yield "Read as", facts.user
    yield "File", f"{facts.file} ({facts.size:,} bytes)"
    yield "SHA-256 of the file", facts.sha256
    yield "Scope", facts.scope and f"{facts.scope}; left out: {facts.left_out_text or 'nothing'}"
    yield "Sync", f"{facts.sync_id} ({facts.sync_type})"
    yield "Began", _when(facts.started)
    yield "Ended", _when(facts.ended)
    yield "Written by connector-host", facts.host_version
    if facts.compared is not None:
        yield "Compared with", f"{facts.compared.sync_id}, ended {_when(facts.compared.ended)}, {facts.compared.file}"
