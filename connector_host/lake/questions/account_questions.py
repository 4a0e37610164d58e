"""Questions about accounts: those without a person in a source of people, and those that nobody uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..engines.engine_choice import LakeReading
from ..engines.lake_views import literal
from ..result_table import LakeColumn, LakeTable

__all__ = ["list_dormant", "list_orphans"]

ORPHAN_COLUMNS = (
    LakeColumn("source", "Source"),
    LakeColumn("account", "Account"),
    LakeColumn("name", "Name"),
    LakeColumn("email", "E-mail"),
    LakeColumn("status", "Status"),
    LakeColumn("kind", "Kind", secondary=True),
    LakeColumn("grants", "Grants", number=True),
    LakeColumn("owners", "Owners", secondary=True),
    LakeColumn("reason", "Reason"),
)
DORMANT_COLUMNS = (
    LakeColumn("source", "Source"),
    LakeColumn("account", "Account"),
    LakeColumn("name", "Name"),
    LakeColumn("email", "E-mail", secondary=True),
    LakeColumn("lastSignIn", "Last sign-in"),
    LakeColumn("days", "Days", number=True),
    LakeColumn("grants", "Grants", number=True),
    LakeColumn("privileged", "Privileged", number=True),
    LakeColumn("kind", "Kind", secondary=True),
)
HELD = """
    select source, principal_type, principal, count(*) as grants from current.grants
    group by source, principal_type, principal
"""
ORPHANS = f"""
    select a.source, a.account, a.name, a.email, a.status, a.account_kind, coalesce(h.grants, 0) as grants, a.owners,
        a.person, a.matched_by, r.active
    from accounts as a
    left join (select person, max(case when status in ('disabled', 'deleted') then 0 else 1 end) as active
               from accounts where source = $source and matched_by <> 'none' group by person) as r
    on r.person = a.person and a.matched_by <> 'none'
    left join ({HELD}) as h
    on h.source = a.source and h.principal_type = a.account_type and h.principal = a.account
    where a.source <> $source and coalesce(r.active, 0) = 0 and a.status <> 'deleted'
    order by a.source, a.account
"""
DORMANT = f"""
    select a.source, a.account, a.name, a.email, a.last_sign_in, coalesce(h.grants, 0) as grants,
        coalesce(p.grants, 0) as privileged, a.account_kind
    from accounts as a
    left join ({HELD}) as h
    on h.source = a.source and h.principal_type = a.account_type and h.principal = a.account
    left join (select g.source, g.principal_type, g.principal, count(*) as grants from current.grants as g
               join privileged_entitlements as e on e.source = g.source and e.entitlement = g.entitlement
               group by g.source, g.principal_type, g.principal) as p
    on p.source = a.source and p.principal_type = a.account_type and p.principal = a.account
    where a.status not in ('disabled', 'deleted')
    and (a.last_sign_in < cast($limit as timestamp with time zone) $never)
    order by a.last_sign_in nulls first, a.source, a.account
"""


def list_orphans(reading: LakeReading, against: str) -> LakeTable:
    """Return the accounts of other sources whose person has no account that is active in the source `against`."""
    sql = ORPHANS.replace("$source", literal(against))
    rows = [(*row[:8], _orphan_reason(row, against)) for row in reading.engine.query(sql).rows]
    return LakeTable(key="orphans", columns=ORPHAN_COLUMNS, rows=rows, notes=reading.notes)


def _orphan_reason(row: tuple[Any, ...], against: str) -> str:
    matched_by, active = row[9], row[10]
    if matched_by == "none":
        return "an account of a service" if row[5] in ("service", "system") else "it has no e-mail address"
    return f"disabled in {against}" if active == 0 else f"not in {against}"


def list_dormant(reading: LakeReading, days: int, now: datetime, *, never: bool) -> LakeTable:
    """Return the enabled accounts without a sign-in for some days; `never`: also those without a known sign-in."""
    limit = now - timedelta(days=days)
    sql = DORMANT.replace("$limit", literal(limit.isoformat()))
    sql = sql.replace("$never", "or a.last_sign_in is null" if never else "")
    rows = [
        (*row[:5], None if row[4] is None else (now - row[4]).days, *row[5:]) for row in reading.engine.query(sql).rows
    ]
    return LakeTable(key="dormant", columns=DORMANT_COLUMNS, rows=rows, notes=_dormant_notes(reading))


def _dormant_notes(reading: LakeReading) -> tuple[str, ...]:
    """Name the sources that report no sign-in at all: their silence is not dormancy."""
    sql = "select source from accounts group by source having count(last_sign_in) = 0 order by source"
    silent = [str(row[0]) for row in reading.engine.query(sql).rows]
    if not silent:
        return reading.notes
    return (*reading.notes, f"These sources report no sign-in: {', '.join(silent)}. --never lists their accounts.")
