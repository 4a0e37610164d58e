"""Facts of a report: numbers of each sync over time, and who joined, moved and left between two moments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from ..engines.engine_choice import LakeEngine, open_reading
from ..engines.lake_views import PersonMapping
from ..lake_catalog import Lake
from ..questions.change_questions import list_changes
from ..result_table import LakeColumn, LakeTable
from ..sync_commits import SyncCommit

__all__ = ["DayNumbers", "PeopleChanges", "day_numbers", "people_changes"]

NUMBERS = """
    select r.source, r.sync_id, count(*) as accounts,
        sum(case when r.status not in ('disabled', 'deleted') then 1 else 0 end) as active,
        sum(case when r.status not in ('disabled', 'deleted') and r.last_sign_in is not null
            and r.last_sign_in < s.ended_at - interval '$days days' then 1 else 0 end) as dormant
    from history.resources as r join history.syncs as s on s.source = r.source and s.sync_id = r.sync_id
    where r.is_account group by r.source, r.sync_id
"""
PRIVILEGED = """
    select g.source, g.sync_id, count(distinct g.principal_type || ':' || g.principal) as holders
    from history.grants as g
    join (select source, sync_id, entitlement from history.entitlements where privileged_word <> '') as e
    on e.source = g.source and e.sync_id = g.sync_id and e.entitlement = g.entitlement
    join (select source, sync_id, resource_type, resource from history.resources where is_account) as r
    on r.source = g.source and r.sync_id = g.sync_id and r.resource_type = g.principal_type
        and r.resource = g.principal
    group by g.source, g.sync_id
"""
PEOPLE_COLUMNS = (
    LakeColumn("change", "Change"),
    LakeColumn("person", "Person"),
    LakeColumn("name", "Name"),
    LakeColumn("added", "Grants added", number=True),
    LakeColumn("removed", "Grants removed", number=True),
    LakeColumn("sources", "Sources"),
)
JOINED, MOVED, LEFT = "joined", "moved", "left"
Person = tuple[str, bool, tuple[str, ...]]
"""Name, True with an active account, sources."""


class DayNumbers(Struct, frozen=True):
    """The numbers of one source on one day: those of its last sync of that day. `privileged` counts accounts."""

    day: str
    source: str
    accounts: int
    active: int
    dormant: int
    privileged: int
    grants: int


class PeopleChanges(Struct, frozen=True):
    """The people who joined, moved and left between two moments; the notes name sources that are not compared."""

    table: LakeTable
    counts: dict[str, int]


def day_numbers(engine: LakeEngine, history: Sequence[SyncCommit], dormant_days: int) -> list[DayNumbers]:
    """Return the numbers of each source on each day on which it has a sync."""
    accounts = {(row[0], row[1]): row[2:] for row in engine.query(NUMBERS.replace("$days", str(dormant_days))).rows}
    holders = {(row[0], row[1]): row[2] for row in engine.query(PRIVILEGED).rows}
    last: dict[tuple[str, str], SyncCommit] = {}
    for commit in history:  # in the order of their ends
        last[f"{commit.end:%Y-%m-%d}", commit.source] = commit
    numbers = []
    for (day, source), commit in sorted(last.items()):
        key = commit.source, commit.sync_id
        total, active, dormant = accounts.get(key, (0, 0, 0))
        privileged, grants = int(holders.get(key, 0)), commit.counts.get("grants", 0)
        numbers.append(DayNumbers(day, source, int(total), int(active), int(dormant), privileged, grants))
    return numbers


def people_changes(
    lake: Lake, start: datetime, end: datetime, *, engine: str, mappings: Sequence[PersonMapping], against: str | None
) -> PeopleChanges:
    """Compare the people of two moments, in the sources that have a sync at both.

    With `against`, who joins and leaves is decided by that source alone. Movers keep an account, and their grants
    changed.
    """
    both = {commit.source for commit in lake.current(start)} & {commit.source for commit in lake.current(end)}
    deciding = both if against is None else both & {against}
    before, after = (_people(lake, moment, engine, mappings, deciding) for moment in (start, end))
    added, removed, sources = _grant_changes(lake, start, end, engine, mappings, both)
    rows: list[tuple[Any, ...]] = []
    for person in sorted(before.keys() | after.keys() | added.keys() | removed.keys()):
        was, now = before.get(person), after.get(person)
        was_active, is_active = was is not None and was[1], now is not None and now[1]
        if is_active and not was_active:
            change = JOINED
        elif was_active and not is_active:
            change = LEFT
        elif is_active and (added[person] or removed[person]):
            change = MOVED
        else:
            continue
        name = (now or was or ("", False, ()))[0]
        places = sorted(sources[person] | set((now or was or ("", False, ()))[2]))
        rows.append((change, person, name, added[person], removed[person], places))
    order = {JOINED: 0, MOVED: 1, LEFT: 2}
    rows.sort(key=lambda row: (order[row[0]], row[1]))
    missing = sorted({commit.source for commit in lake.current(end)} - both)
    notes = (f"Without a sync by {start:%Y-%m-%d}, so not compared: {', '.join(missing)}.",) if missing else ()
    table = LakeTable(key="people", columns=PEOPLE_COLUMNS, rows=rows, notes=notes)
    return PeopleChanges(table, {word: sum(row[0] == word for row in rows) for word in order})


def _people(
    lake: Lake, moment: datetime, engine: str, mappings: Sequence[PersonMapping], sources: set[str]
) -> dict[str, Person]:
    sql = "select person, source, name, status from accounts where matched_by <> 'none'"
    people: dict[str, Person] = {}
    with open_reading(lake, engine=engine, moment=moment, mappings=mappings) as reading:
        for person, source, name, status in reading.engine.query(sql).rows:
            if source in sources:
                previous = people.get(person, ("", False, ()))
                is_active = status not in ("disabled", "deleted")
                people[person] = (max(previous[0], name), previous[1] or is_active, (*previous[2], source))
    return people


def _grant_changes(
    lake: Lake, start: datetime, end: datetime, engine: str, mappings: Sequence[PersonMapping], both: set[str]
) -> tuple[Counter[str], Counter[str], dict[str, set[str]]]:
    """Count the grants that each person got and lost, and collect the sources of these."""
    people: dict[tuple[str, str], str] = {}
    sql = "select source, account_type || ':' || account, person from accounts"
    for moment in (start, end):
        with open_reading(lake, engine=engine, moment=moment, mappings=mappings) as reading:
            people.update({(row[0], row[1]): row[2] for row in reading.engine.query(sql).rows})
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    sources: dict[str, set[str]] = defaultdict(set)
    for row in list_changes(lake, start, end, engine=engine).rows:
        change, kind_of_object, source, principal = row[0], row[1], row[2], row[7]
        person = people.get((source, principal))
        if kind_of_object != "grant" or source not in both or person is None or change not in ("added", "removed"):
            continue
        (added if change == "added" else removed)[person] += 1
        sources[person].add(source)
    return added, removed, sources
