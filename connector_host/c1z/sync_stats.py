"""The counts of a sync, and their JSON text in the `stats` column (docs/c1z-v1.md, Statistics)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import apsw
from msgspec import Struct, field

from .v1 import schema

__all__ = ["Stats", "compute", "to_json"]

NO_GRANTS: Mapping[str, int] = {}
# the characters that Go's JSON encoder escapes although JSON does not require it
HTML = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


class Stats(Struct, frozen=True, kw_only=True):
    """The numbers of rows of a sync. The maps go from resource type id to number of rows.

    `resources_by_resource_type` has every type that has a row of its own, also with 0; grants count for the resource
    type of their entitlement.
    """

    resource_types: int = 0
    resources: int = 0
    entitlements: int = 0
    grants: int = 0
    resources_by_resource_type: dict[str, int] = field(default_factory=dict)
    grants_by_resource_type: dict[str, int] = field(default_factory=dict)
    entitlements_by_resource_type: dict[str, int] = field(default_factory=dict)
    assets: int = 0


def compute(
    db: apsw.Connection,
    sync_id: str,
    sync_type: str = "full",
    *,
    alone: bool = False,
    runs: Mapping[str, int] = NO_GRANTS,
) -> Stats:
    """Count the rows of a sync.

    A million grants take about 0.3 s: one scan of the table, which no index avoids. `alone`: the database holds no row
    of any other sync, so that an index on the types is enough. `runs` counts grants without rows.
    """
    types = [
        str(name) for (name,) in db.execute("select external_id from v1_resource_types where sync_id = ?", (sync_id,))
    ]
    resources = _by_type(db, "v1_resources", sync_id, alone=alone)
    with_access = sync_type != "resources_only"
    entitlements = _by_type(db, "v1_entitlements", sync_id, alone=alone) if with_access else {}
    grants = Counter(_by_type(db, "v1_grants", sync_id, alone=alone) if with_access else {})
    grants.update(runs)
    assets = 0
    if schema.columns(db, "v1_assets"):
        assets = db.execute("select count(*) from v1_assets where sync_id = ?", (sync_id,)).get
    return Stats(
        resource_types=len(types),
        resources=sum(resources.values()),
        entitlements=sum(entitlements.values()),
        grants=sum(grants.values()),
        resources_by_resource_type={name: resources.get(name, 0) for name in types},
        grants_by_resource_type=dict(sorted(grants.items())),
        entitlements_by_resource_type=entitlements,
        assets=assets,
    )


def to_json(stats: Stats) -> str:
    """Return the text of the `stats` column: keys in a fixed order, zeros and empty maps omitted, map keys sorted."""
    members: dict[str, object] = {}
    for name in Stats.__struct_fields__:
        value = getattr(stats, name)
        if value:
            members[name] = dict(sorted(value.items())) if isinstance(value, dict) else value
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).translate(HTML)


def _by_type(db: apsw.Connection, table: str, sync_id: str, *, alone: bool) -> dict[str, int]:
    if alone:
        rows = db.execute(f"select resource_type_id, count(*) from {table} group by 1")
        return {str(name): int(count) for name, count in rows}
    # with the index on the type, every row would be looked up for its sync, which is slower than a scan of the table
    rows = db.execute(
        f"select resource_type_id, count(*) from {table} not indexed where sync_id = ? group by 1",
        (sync_id,),
    )
    return {str(name): int(count) for name, count in rows}
