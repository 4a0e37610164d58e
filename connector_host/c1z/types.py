"""The interface of a c1z of either format: the store, the view of one sync, and its rows.

`opening.open_store` chooses the reader of the format. Rows come as they are stored and in file order (v1: the order in
which they were written); their `data` is the serialised `c1.connector.v2` message. Nothing behind this interface writes
to the file.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from ..decoding.json_decoding import decode_json
from ..model import ResourceId
from ..wire.grant_row import GrantColumns, GrantRow
from .grant_batches import GrantBatch
from .sync_stats import Stats

__all__ = [
    "EVERY_GRANT",
    "PARTIAL",
    "DanglingReference",
    "EntitlementRow",
    "GrantColumns",
    "GrantFilter",
    "GrantKey",
    "GrantRow",
    "ObjectKind",
    "ResourceRow",
    "ResourceTypeRow",
    "Store",
    "SyncRun",
    "View",
    "grant_key",
]

FULL, PARTIAL = "full", "partial"


class ObjectKind(enum.StrEnum):
    """The four kinds of stored objects."""

    RESOURCE_TYPE = "resource type"
    RESOURCE = "resource"
    ENTITLEMENT = "entitlement"
    GRANT = "grant"


class SyncRun(Struct, frozen=True, kw_only=True):
    """One sync of a file. Times are RFC 3339 text with the precision of the file; `ended_at` is empty while unfinished.

    `type` is `full`, `partial`, `resources_only`, `partial_upserts` or `partial_deletions`. `parent_id` is the sync
    that this one adds to, `linked_id` the other half of a pair of diffs. `stats` are the counts stored with the sync,
    if any. The times of the syncs of a file are compared by `started` and `ended`, the stored texts: they are local
    wall clock, while `started_at` and `ended_at` are in UTC where the host recorded that.
    """

    id: str
    type: str = FULL
    started_at: str = ""
    started: str = ""
    ended_at: str = ""
    ended: str = ""
    token: str = ""
    parent_id: str = ""
    linked_id: str = ""
    supports_diff: bool = False
    stats: Stats | None = None

    @property
    def finished(self) -> bool:
        """True when the sync has ended."""
        return bool(self.ended_at)

    @property
    def expanded(self) -> bool:
        """True when the file holds the inherited grants: the sync was expanded, and its token has no work left."""
        if not self.supports_diff:
            return False
        try:
            token = decode_json(self.token or "{}")
        except ValueError:
            return True
        return not (isinstance(token, dict) and token.get("action_order"))


class ResourceTypeRow(NamedTuple):
    """A resource type as stored. In every row type, `row` numbers the rows of a kind in file order."""

    id: str
    data: bytes
    row: int


class ResourceRow(NamedTuple):
    """A resource as stored. `id` is `type:id`; the ids of the parent are empty without one."""

    resource_type: str
    id: str
    parent_type: str
    parent: str
    data: bytes
    row: int


class EntitlementRow(NamedTuple):
    """An entitlement as stored, with the ids of the resource it is on."""

    resource_type: str
    resource: str
    id: str
    data: bytes
    row: int


class GrantKey(NamedTuple):
    """The ids of a grant without its message. `View.grant_at` returns the grant of a `row`."""

    entitlement: str
    principal_type: str
    principal: str
    row: int


grant_key: Callable[[Iterable[Any]], GrantKey] = partial(tuple.__new__, GrantKey)
"""Make ids of all their values at once: twice as quick as `GrantKey._make`."""


class GrantFilter(Struct, frozen=True, kw_only=True):
    """The grants on resources of a type, on one resource of it, of an entitlement, of a principal. None: any."""

    resource_type: str | None = None
    resource: str | None = None
    entitlement: str | None = None
    principal: ResourceId | None = None


EVERY_GRANT = GrantFilter()


class DanglingReference(Struct, frozen=True):
    """References to objects that the sync does not hold.

    `count` objects of `kind` name one of `missing_kind` in their `role`; `example` is the id of one of them, `missing`
    the id it names.
    """

    kind: ObjectKind
    missing_kind: ObjectKind
    role: str
    count: int
    example: str
    missing: str


class View(Protocol):
    """The rows of one sync. Iterators stream: they hold a cursor, not rows."""

    @property
    def slim(self) -> bool:
        """True when the objects inside entitlements and grants are ids only, as format v3 stores them."""

    @property
    def sync(self) -> SyncRun:
        """The sync whose rows these are."""

    def resource_types(self) -> Iterator[ResourceTypeRow]:
        """Yield every resource type."""

    def resources(self, resource_type: str | None = None) -> Iterator[ResourceRow]:
        """Yield the resources, or those of one type."""

    def entitlements(self, resource_type: str | None = None, resource: str | None = None) -> Iterator[EntitlementRow]:
        """Yield the entitlements, or those on resources of one type or on one resource."""

    def grants(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantRow]:
        """Yield the grants of a filter."""

    def grant_batches(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantBatch]:
        """Yield the grants of a filter, the first alone and then some hundred at a time; much quicker than `grants`."""

    def grant_columns(self) -> Iterator[GrantColumns]:
        """Yield every grant, some thousand at a time, for its columns and sources; much quicker than `grants`.

        The messages may lack the entitlement and the principal.
        """

    def grant_keys(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantKey]:
        """Yield the ids of the grants of a filter; much quicker than `grants`."""

    def expandable_grants(self, entitlement: str | None = None) -> Iterator[GrantRow]:
        """Yield the grants whose principal passes the entitlement on to its own holders."""

    def principals(self, where: GrantFilter = EVERY_GRANT) -> Iterator[ResourceId]:
        """Yield each principal of the grants once, in the order of its first grant."""

    def holders(self, where: GrantFilter = EVERY_GRANT) -> Iterator[tuple[ResourceId, bytes | None]]:
        """Yield the same principals with their messages, None for a resource that the sync lacks."""

    def resource_type(self, type_id: str) -> bytes | None:
        """Return the message of one resource type, None if the sync lacks it."""

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """Return the message of one resource, None if the sync lacks it."""

    def entitlement(self, entitlement_id: str) -> bytes | None:
        """Return the message of one entitlement, None if the sync lacks it."""

    def grant(self, grant_id: str) -> GrantRow | None:
        """Return one grant by its id."""

    def grant_at(self, row: int) -> GrantRow | None:
        """Return the grant of a row number."""

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        """Yield (id, data, expansion) of every object of a kind, ascending by id, to be merged with another view."""

    def count(self) -> Stats:
        """Count the rows."""

    def dangling(self) -> Iterator[DanglingReference]:
        """Yield the references to objects that the sync lacks."""


class Store(Protocol):
    """An open file."""

    @property
    def path(self) -> Path:
        """The path of the file."""

    @property
    def engine(self) -> str:
        """The storage engine as the Go SDK names it: `sqlite` for v1, `pebble` for v3."""

    def syncs(self) -> list[SyncRun]:
        """Return every sync of the file, in file order."""

    def view(self, sync: SyncRun) -> View:
        """Return the rows of one sync."""

    def integrity(self) -> Iterator[str]:
        """Yield one sentence for each fault of the storage itself."""

    def start_integrity(self) -> bool:
        """Start the work of the next `integrity` in the background; False where this brings nothing."""

    def copy_sync(self, sync: SyncRun, output: Path) -> None:
        """Write a new file that holds this sync alone, rows unchanged."""
