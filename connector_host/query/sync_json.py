"""Syncs and their counts in the shape of `baton -o json`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..c1z.sync_stats import Stats
from ..c1z.types import SyncRun, View

__all__ = ["sync_counts", "sync_json", "sync_seconds", "sync_stats_json"]


def sync_counts(view: View) -> Stats:
    """Return the counts stored with the sync, or count its rows."""
    return view.sync.stats or view.count()


def sync_json(sync: SyncRun) -> dict[str, Any]:
    """Return `{id, startedAt, endedAt, syncToken, syncType, parentSyncId}` without the empty ones."""
    fields = {
        "id": sync.id,
        "startedAt": sync.started_at,
        "endedAt": sync.ended_at,
        "syncToken": sync.token,
        "syncType": sync.type,
        "parentSyncId": sync.parent_id,
    }
    return {name: value for name, value in fields.items() if value}


def sync_stats_json(sync: SyncRun, stats: Stats) -> dict[str, Any]:
    """Return the JSON of a sync with `stats`; numbers are text, as protobuf's JSON has those of 64 bits."""
    shown: dict[str, Any] = {}
    for name, value in (
        ("resourceTypes", stats.resource_types),
        ("resources", stats.resources),
        ("entitlements", stats.entitlements),
        ("grants", stats.grants),
        ("assets", stats.assets),
    ):
        if value:
            shown[name] = str(value)
    for name, group in (
        ("resourcesByResourceType", stats.resources_by_resource_type),
        ("grantsByResourceType", stats.grants_by_resource_type),
        ("entitlementsByResourceType", stats.entitlements_by_resource_type),
    ):
        if group:
            shown[name] = {key: str(group[key]) for key in sorted(group)}
    return {**sync_json(sync), "stats": shown}


def sync_seconds(sync: SyncRun) -> float | None:
    """Return the seconds from start to end; None for an unfinished sync or unreadable times."""
    try:
        return (datetime.fromisoformat(sync.ended_at) - datetime.fromisoformat(sync.started_at)).total_seconds()
    except (ValueError, TypeError):
        return None
