"""The content of a report: which questions it asks, and in which sections the answers stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from ...query.rules.access_rules import AccessRules
from ..engines.engine_choice import LakeReading, open_reading
from ..engines.lake_views import PersonMapping
from ..lake_catalog import Lake
from ..lake_statistics import source_statistics
from ..questions.account_questions import list_dormant, list_orphans
from ..questions.people_questions import list_conflicts
from ..questions.rule_questions import list_privileged, list_separation
from .report_charts import area_chart, bar_chart, line_chart
from .report_facts import DayNumbers, day_numbers, people_changes
from .report_page import ReportSection, page_lines

__all__ = ["ReportSettings", "report_lines"]

MOST_SERIES = 10  # sources with a colour of their own in a chart; the others are one series
OTHERS = "other sources"


class ReportSettings(Struct, frozen=True, kw_only=True):
    """The span of a report and what it compares with. `now` is the moment of the report."""

    start: datetime
    now: datetime
    engine: str = "duckdb"
    against: str | None = None
    rules: AccessRules | None = None
    mappings: Sequence[PersonMapping] = ()
    dormant_days: int = 90


def report_lines(lake: Lake, settings: ReportSettings) -> Iterator[str]:
    """Yield the lines of the page."""
    with open_reading(lake, engine=settings.engine, moment=settings.now, mappings=settings.mappings) as reading:
        numbers = day_numbers(reading.engine, reading.history, settings.dormant_days)
        sections = [
            _sources(lake, reading, settings, numbers),
            _people(reading, numbers),
            _changes(lake, settings),
            _privileged(reading, settings, numbers),
            _dormant(reading, settings, numbers),
            *_orphans(reading, settings),
            *_separation(reading, settings),
        ]
    subtitle = f"Lake {lake.store.url}, {settings.start:%Y-%m-%d} to {settings.now:%Y-%m-%d %H:%M} UTC."
    yield from page_lines("Access report", subtitle, sections)


def _sources(lake: Lake, reading: LakeReading, settings: ReportSettings, numbers: list[DayNumbers]) -> ReportSection:
    table = source_statistics(lake, settings.now)
    newest = [{"series": commit.source, "value": commit.counts.get("grants", 0)} for commit in reading.commits]
    newest.sort(key=lambda point: -int(str(point["value"])))
    charts = []
    if numbers:
        charts.append((bar_chart(newest[:30], "grants"), "Grants in the newest sync of each source."))
    return ReportSection(
        key="sources", title="Sources", notes=reading.notes, charts=tuple(charts), table=table, command="lake stats"
    )


def _people(reading: LakeReading, numbers: list[DayNumbers]) -> ReportSection:
    count = reading.engine.query("select count(*), sum(case when active then 1 else 0 end) from people").rows[0]
    accounts = reading.engine.query("select count(*), count(distinct source) from accounts").rows[0]
    unmatched = reading.engine.query("select count(*) from accounts where matched_by = 'none'").rows[0][0]
    conflicts = list_conflicts(reading)
    tiles = (
        ("people", int(count[0])),
        ("people with an active account", int(count[1] or 0)),
        ("accounts", int(accounts[0])),
        ("accounts without a person", int(unmatched)),
        ("conflicts", len(conflicts.rows)),
    )
    chart = _chart(area_chart, numbers, "active", "active accounts", "Active accounts by source.")
    return ReportSection(
        key="people",
        title="People",
        numbers=tiles,
        charts=chart,
        table=conflicts,
        command="connector-host lake people --conflicts",
        empty="Every address says whose it is.",
    )


def _changes(lake: Lake, settings: ReportSettings) -> ReportSection:
    changes = people_changes(
        lake,
        settings.start,
        settings.now,
        engine=settings.engine,
        mappings=settings.mappings,
        against=settings.against,
    )
    decided = f"by their accounts in {settings.against}" if settings.against else "by their accounts in every source"
    text = f"Who joined and left is decided {decided}. Movers stayed, and their access changed."
    points = [{"series": word, "value": number} for word, number in changes.counts.items()]
    caption = "People who joined, moved and left."
    charts = ((bar_chart(points, "people"), caption),) if changes.table.rows else ()
    return ReportSection(
        key="changes",
        title="Joiners, movers, leavers",
        text=text,
        notes=changes.table.notes,
        numbers=tuple((f"people {word}", number) for word, number in changes.counts.items()),
        charts=charts,
        table=changes.table,
        command="connector-host lake diff",
        empty="Nobody joined, moved or left.",
    )


def _privileged(reading: LakeReading, settings: ReportSettings, numbers: list[DayNumbers]) -> ReportSection:
    table = list_privileged(reading, settings.rules)
    text = "The chart counts accounts with an entitlement that counts as privileged by its name."
    if settings.rules is not None:
        text += " The table follows the rules."
    caption = "Accounts with privileged access by source."
    return ReportSection(
        key="privileged",
        title="Privileged access",
        text=text,
        numbers=(("people with privileged access", len({row[0] for row in table.rows})), ("grants", len(table.rows))),
        charts=_chart(area_chart, numbers, "privileged", "accounts", caption),
        table=table,
        command="connector-host lake privileged",
    )


def _dormant(reading: LakeReading, settings: ReportSettings, numbers: list[DayNumbers]) -> ReportSection:
    table = list_dormant(reading, settings.dormant_days, settings.now, never=False)
    return ReportSection(
        key="dormant",
        title="Dormant accounts",
        text=f"Enabled accounts whose last sign-in is more than {settings.dormant_days} days ago.",
        notes=table.notes[len(reading.notes) :],
        numbers=(("dormant accounts", len(table.rows)),),
        charts=_chart(line_chart, numbers, "dormant", "accounts", "Dormant accounts by source."),
        table=table,
        command="connector-host lake dormant",
    )


def _orphans(reading: LakeReading, settings: ReportSettings) -> Iterator[ReportSection]:
    if settings.against is not None:
        table = list_orphans(reading, settings.against)
        yield ReportSection(
            key="orphans",
            title="Accounts without a person",
            text=f"Accounts whose person has no active account in {settings.against}.",
            numbers=(("accounts", len(table.rows)),),
            table=table,
            command=f"connector-host lake orphans --against {settings.against}",
        )


def _separation(reading: LakeReading, settings: ReportSettings) -> Iterator[ReportSection]:
    if settings.rules is not None:
        table = list_separation(reading, settings.rules, settings.now.date())
        severities: dict[str, int] = {}
        for row in table.rows:
            severities[row[0]] = severities.get(row[0], 0) + 1
        yield ReportSection(
            key="separation",
            title="Separation of duties",
            text=f"People who hold access together that {settings.rules.source} separates.",
            numbers=tuple(severities.items()),
            table=table,
            command="connector-host lake sod --rules FILE",
            empty="No rule is violated.",
        )


def _chart(
    draw: Any, numbers: list[DayNumbers], field: str, value_title: str, caption: str
) -> tuple[tuple[str, str], ...]:
    """Return the chart of a number over time; days on which a source has no sync carry the number before."""
    days = sorted({entry.day for entry in numbers})
    if not any(getattr(entry, field) for entry in numbers):
        return ()
    totals: dict[str, int] = {}
    for entry in numbers:
        totals[entry.source] = max(totals.get(entry.source, 0), getattr(entry, field))
    shown = set(sorted(totals, key=lambda source: (-totals[source], source))[:MOST_SERIES])
    values = {(entry.source, entry.day): getattr(entry, field) for entry in numbers}
    points: dict[tuple[str, str], int] = {}
    for source in sorted(totals):
        current: int | None = None
        for day in days:
            current = values.get((source, day), current)
            if current is not None:
                key = source if source in shown else OTHERS, day
                points[key] = points.get(key, 0) + current
    listed = [{"series": series, "day": day, "value": value} for (series, day), value in points.items()]
    return ((draw(listed, value_title), caption),)
