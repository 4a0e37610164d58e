"""The settings of a sync and the summary of its result."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from ...model import RateLimit

__all__ = ["RunSummary", "SyncSettings"]


class SyncSettings(Struct, frozen=True, kw_only=True):
    """The host's own settings of one sync.

    `page_size` is a hint to the connector, `workers` a limit below what it declares (None: what it declares).
    `allow_partial` writes the file although parts could not be read. `max_attempts` is for each call, `deadline` the
    seconds for everything. `rate_limits` take the place of those the connector declares (None: what it declares).
    `resource_types` are the only ones to sync (none: all), `resources` the only resources (none: all), as
    `type:id` or `bid:r:type/id`; with them `skip_grants` leaves out who holds what. `without_grants` does so for all.
    `storage_engine` is `sqlite` (format v1) or `pebble` (v3), None: that of the file which is there, else sqlite.
    `strict` ends the run at the first malformed item instead of skipping it.
    `read_all` reads all grants again, also those that the application reports as unchanged; else these are taken from
    the newest full sync of `previous_file` (None: of the output).
    `allow_shrink` writes the file although more than `shrink_threshold` percent of the resources or grants are gone.
    """

    file: Path
    page_size: int | None = None
    workers: int | None = None
    fresh: bool = False
    allow_partial: bool = False
    skip_grant_expansion: bool = False
    skip_entitlements_and_grants: bool = False
    resource_types: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    skip_grants: bool = False
    without_grants: bool = False
    max_attempts: int = 8
    deadline: float | None = None
    rate_limits: tuple[RateLimit, ...] | None = None
    storage_engine: str | None = None
    allow_shrink: bool = False
    shrink_threshold: float = 50.0
    strict: bool = False
    read_all: bool = False
    previous_file: Path | None = None


class RunSummary(Struct, kw_only=True):
    """The result of a sync. Times are seconds, `bytes` is the size of the file.

    `counts` maps a resource type id to its numbers of resources, entitlements and grants; `totals` has
    resource_types, resources, entitlements, grants and expanded (grants made by expansion); `previous` the same of
    the newest full sync that was in the file. `counters` are the events that changed what was stored: skipped,
    retried, waited, merged, dropped, named by kind. `malformed` names the first items
    that were skipped as malformed, `unread` what could not be read, `dropped_syncs` the
    earlier syncs that left the file, and why.
    """

    connector: str
    account: str = ""
    user: str = ""
    plan: str = ""
    mode: str = ""
    limits: tuple[str, ...] = ()
    sync_id: str = ""
    file: str = ""
    resumed: bool = False
    seconds: float = 0.0
    application_seconds: float = 0.0
    waiting_seconds: float = 0.0
    writing_seconds: float = 0.0
    expansion_seconds: float = 0.0
    sealing_seconds: float = 0.0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    previous: dict[str, int] | None = None
    counters: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    dropped_syncs: list[str] = field(default_factory=list)
    bytes: int = 0
