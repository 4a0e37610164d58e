"""The origin of a sync as the file records it: account, user, connector, limits. `query.sync_origin` reads it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata

from ...plugins.facade import Connector
from ..scope import Scope
from .run_summary import RunSummary, SyncSettings

__all__ = ["origin"]


def origin(
    connector: Connector, summary: RunSummary, scope: Scope, settings: SyncSettings, *, began: float, options: str = ""
) -> dict[str, str | Sequence[str]]:
    """Return the fields of `query.sync_origin.SyncOrigin`; `began` is in seconds since the epoch.

    The times of the file are local wall clock, as Go writes them, without a zone. `started` and `ended` are in UTC, so
    that a file shows the right times and durations wherever it was written and is read.
    `options` is a digest of the connector's options, for the reuse of unchanged grants; empty if no ETag is stored.
    """
    left_out = {
        "entitlements": scope.resources_only,
        "grants": not scope.grants,
        "grant expansion": settings.skip_grant_expansion,
    }
    return {
        "version": metadata.version("connector-host"),
        "connector": connector.name,
        "connector_version": connector.version,
        "account": summary.account,
        "user": summary.user,
        "limits": summary.limits,
        "unread": summary.unread,
        "started": _utc(began),
        "ended": _utc(time.time()),
        "only": sorted(scope.resource_types),
        "options": options,
        "without": [name for name, is_left_out in left_out.items() if is_left_out],
    }


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
