"""One way to read a c1z, whatever its format: the store, and the view of one sync in it.

`opening.open_store` chooses the reader of the format. What is asked of a view is asked in the field's
terms; rows come as they are stored, in the order the file has them (v1: the order they were written), and their `data`
is the serialised `c1.connector.v2` message. Nothing here or behind it writes to the file.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from ..model import ResourceId
from .sync_stats import Stats

__all__ = [
    "EVERY_GRANT",
    "DanglingReference",
    "EntitlementRow",
    "GrantFilter",
    "GrantKey",
    "GrantRow",
    "ObjectKind",
    "ResourceRow",
    "ResourceTypeRow",
    "Store",
    "SyncRun",
    "View",
]

FULL = "full"


class ObjectKind(enum.StrEnum):
    """The four kinds of stored objects."""

    RESOURCE_TYPE = "resource type"
    RESOURCE = "resource"
    ENTITLEMENT = "entitlement"
    GRANT = "grant"


class SyncRun(Struct, frozen=True, kw_only=True):
    """One sync of a file. Times are RFC 3339 text, to the nanosecond, as the file has them; no `ended_at`: unfinished.

    `type` is `full`, `partial`, `resources_only`, `partial_upserts` or `partial_deletions`; `parent_id` is the sync it
    adds to, `linked_id` its other half; `stats` are the counts stored with it, if any; `ended` is what the end times
    of a file are compared by.
    """

    id: str
    type: str = FULL
    started_at: str = ""
    ended_at: str = ""
    ended: str = ""
    token: str = ""
    parent_id: str = ""
    linked_id: str = ""
    supports_diff: bool = False
    stats: Stats | None = None

    @property
    def finished(self) -> bool:
        """Whether the sync ended."""
        return bool(self.ended_at)

    @property
    def expanded(self) -> bool:
        """Whether grants were derived from groups: marked so, and not taken back (the token has work left, then)."""
        if not self.supports_diff:
            return False
        try:
            token = msgspec.json.decode(self.token or "{}")
        except msgspec.DecodeError:
            return True
        return not (isinstance(token, dict) and token.get("action_order"))


class ResourceTypeRow(Struct, frozen=True, gc=False):
    """A resource type as stored. `row` numbers the rows of a kind in file order."""

    row: int
    id: str
    data: bytes


class ResourceRow(Struct, frozen=True, gc=False):
    """A resource as stored. `id` is `type:id`; the parent's ids are empty where it has none."""

    row: int
    resource_type: str
    id: str
    parent_type: str
    parent: str
    data: bytes


class EntitlementRow(Struct, frozen=True, gc=False):
    """An entitlement as stored, with the ids of the resource it is on."""

    row: int
    resource_type: str
    resource: str
    id: str
    data: bytes


class GrantRow(Struct, frozen=True, gc=False):
    """A grant as stored. `expansion` is its serialised `GrantExpandable`, which `data` is without.

    In a slim view `data` has it, too, among the annotations: so readers of that format show it.
    """

    row: int
    resource_type: str
    resource: str
    entitlement: str
    principal_type: str
    principal: str
    id: str
    data: bytes
    expansion: bytes | None = None

    @property
    def principal_id(self) -> ResourceId:
        """Who holds it."""
        return ResourceId(self.principal_type, self.principal)


class GrantKey(Struct, frozen=True, gc=False):
    """The least that says who holds what. `row` leads to the grant itself (`View.grant_at`)."""

    row: int
    entitlement: str
    principal_type: str
    principal: str


class GrantFilter(Struct, frozen=True, kw_only=True):
    """Which grants: on resources of a type, on one resource of it, of an entitlement, of a principal. None: any."""

    resource_type: str | None = None
    resource: str | None = None
    entitlement: str | None = None
    principal: ResourceId | None = None


EVERY_GRANT = GrantFilter()


class DanglingReference(Struct, frozen=True):
    """`count` objects name, as their `role`, what the sync does not hold: `example` is one of them, `missing` what."""

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
        """Whether the objects inside entitlements and grants are ids only, as format v3 stores them."""

    @property
    def sync(self) -> SyncRun:
        """The sync whose rows these are."""

    def resource_types(self) -> Iterator[ResourceTypeRow]:
        """Every resource type."""

    def resources(self, resource_type: str | None = None) -> Iterator[ResourceRow]:
        """Resources, of a type if given."""

    def entitlements(self, resource_type: str | None = None, resource: str | None = None) -> Iterator[EntitlementRow]:
        """Entitlements, on resources of a type or on one resource if given."""

    def grants(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantRow]:
        """Grants."""

    def grant_keys(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantKey]:
        """Who holds what, without the messages: much quicker."""

    def expandable_grants(self, entitlement: str | None = None) -> Iterator[GrantRow]:
        """Grants whose principal passes the entitlement on to its own holders."""

    def principals(self, where: GrantFilter = EVERY_GRANT) -> Iterator[ResourceId]:
        """Each principal of the grants once, in the order of its first grant."""

    def holders(self, where: GrantFilter = EVERY_GRANT) -> Iterator[tuple[ResourceId, bytes | None]]:
        """The same with the message of each, None where the sync lacks it."""

    def resource_type(self, type_id: str) -> bytes | None:
        """The message of one resource type."""

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """The message of one resource."""

    def entitlement(self, entitlement_id: str) -> bytes | None:
        """The message of one entitlement."""

    def grant(self, grant_id: str) -> GrantRow | None:
        """One grant."""

    def grant_at(self, row: int) -> GrantRow | None:
        """The grant of a row number."""

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        """(id, data, expansion) of every object of a kind, ascending by id: for merging with another view."""

    def count(self) -> Stats:
        """Counts, made from the rows."""

    def dangling(self) -> Iterator[DanglingReference]:
        """References to objects that are not there."""


class Store(Protocol):
    """An open file."""

    @property
    def path(self) -> Path:
        """Where the file is."""

    @property
    def engine(self) -> str:
        """What Go calls the format: `sqlite` for v1, `pebble` for v3."""

    def syncs(self) -> list[SyncRun]:
        """Every sync of the file, in file order."""

    def view(self, sync: SyncRun) -> View:
        """The rows of one sync."""

    def integrity(self) -> Iterator[str]:
        """What is wrong with the storage itself: one sentence each, nothing when it is sound."""

    def copy_sync(self, sync: SyncRun, output: Path) -> None:
        """Write a new file that holds this sync alone, rows untouched."""
