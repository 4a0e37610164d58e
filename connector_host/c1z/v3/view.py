"""The sync of a v3 file as a view: questions answered from tables of format v1, into which it puts what they need."""

from __future__ import annotations

from collections.abc import Iterator

from ...model import ResourceId
from ...wire.v3 import record_decoding
from ..sync_stats import Stats
from ..types import (
    EVERY_GRANT,
    DanglingReference,
    EntitlementRow,
    GrantFilter,
    GrantKey,
    GrantRow,
    ObjectKind,
    ResourceRow,
    ResourceTypeRow,
    SyncRun,
)
from ..v1.checks import TABLE_OF
from ..v1.guarded_database import GuardedDatabase as Tables
from ..v1.view import V1View
from . import keys
from .record_reader import RecordReader

__all__ = ["Filled", "V3View"]


class Filled:
    """The tables of format v1, and which kinds are in them."""

    def __init__(self, records: RecordReader, tables: Tables, sync_id: str) -> None:
        self.records, self.tables = records, tables
        self.kinds: set[ObjectKind] = set()
        self._sync_id = sync_id

    def need(self, *kinds: ObjectKind) -> None:
        """Have the records of these kinds in their tables."""
        for kind in kinds:
            if kind not in self.kinds:
                table = TABLE_OF[kind]
                self.tables.fill(table, *self.records.rows(table, self._sync_id))
                self.kinds.add(kind)


class V3View(V1View):
    """The sync of an open v3 file: a `V1View` of what it has put into tables."""

    slim = True

    def __init__(self, filled: Filled, sync: SyncRun) -> None:
        super().__init__(filled.tables, sync, backfilled=True, settle=_attached)
        self._filled = filled
        self._records = filled.records
        self._found: list[bytes] = []
        """The keys of grants that were found by the index; -1 is the row number of the first, and so on."""

    def resource_types(self) -> Iterator[ResourceTypeRow]:
        """Every resource type."""
        self._filled.need(ObjectKind.RESOURCE_TYPE)
        return super().resource_types()

    def resources(self, resource_type: str | None = None) -> Iterator[ResourceRow]:
        """Resources, of a type if given."""
        self._filled.need(ObjectKind.RESOURCE)
        return super().resources(resource_type)

    def entitlements(self, resource_type: str | None = None, resource: str | None = None) -> Iterator[EntitlementRow]:
        """Entitlements, on resources of a type or on one resource if given."""
        self._filled.need(ObjectKind.ENTITLEMENT)
        return super().entitlements(resource_type, resource)

    def grants(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantRow]:
        """Grants. As readers of this format show them, what they pass on is among their annotations."""
        if ObjectKind.GRANT not in self._filled.kinds:
            if where == EVERY_GRANT:
                return self._streamed()
            if (
                where.principal is not None
                and where == GrantFilter(principal=where.principal)
                and self._records.indexed
            ):
                return self._held(where.principal)
        self._filled.need(ObjectKind.GRANT)
        return super().grants(where)

    def grant_keys(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantKey]:
        """Who holds what."""
        if where == EVERY_GRANT and ObjectKind.GRANT not in self._filled.kinds:
            return (GrantKey(row, grant[2], grant[3], grant[4]) for row, grant in self._numbered())
        self._filled.need(ObjectKind.GRANT)
        return super().grant_keys(where)

    def expandable_grants(self, entitlement: str | None = None) -> Iterator[GrantRow]:
        """Grants whose principal passes the entitlement on."""
        self._filled.need(ObjectKind.GRANT)
        return super().expandable_grants(entitlement)

    def principals(self, where: GrantFilter = EVERY_GRANT) -> Iterator[ResourceId]:
        """Each principal once, in the order of its first grant."""
        self._filled.need(ObjectKind.GRANT)
        return super().principals(where)

    def holders(self, where: GrantFilter = EVERY_GRANT) -> Iterator[tuple[ResourceId, bytes | None]]:
        """The same with the message of each, None where the sync lacks it."""
        self._filled.need(ObjectKind.GRANT, ObjectKind.RESOURCE)
        return super().holders(where)

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        """(id, data, expansion) of every object of a kind, ascending by id."""
        self._filled.need(kind)
        return super().by_id(kind)

    def resource_type(self, type_id: str) -> bytes | None:
        """The message of one resource type."""
        self._filled.need(ObjectKind.RESOURCE_TYPE)
        return super().resource_type(type_id)

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """The message of one resource."""
        self._filled.need(ObjectKind.RESOURCE)
        return super().resource(resource_id)

    def entitlement(self, entitlement_id: str) -> bytes | None:
        """The message of one entitlement."""
        self._filled.need(ObjectKind.ENTITLEMENT)
        return super().entitlement(entitlement_id)

    def grant(self, grant_id: str) -> GrantRow | None:
        """One grant by its id."""
        self._filled.need(ObjectKind.GRANT)
        return super().grant(grant_id)

    def grant_at(self, row: int) -> GrantRow | None:
        """The grant of a row number."""
        if row < 0:
            found = self._records.grant(self._found[~row]) if -row <= len(self._found) else None
            return None if found is None else _attached(_grant_row(row, found))
        self._filled.need(ObjectKind.GRANT)
        return super().grant_at(row)

    def count(self) -> Stats:
        """Counts, made from the keys. A resource counts under its type only if the sync lists the type."""
        count = self._records.count
        listed = count(keys.RESOURCE_TYPES)
        resources, entitlements, grants = (count(family) for family in (keys.RESOURCES, keys.ENTITLEMENTS, keys.GRANTS))
        return Stats(
            resource_types=len(listed),
            resources=sum(resources.values()),
            entitlements=sum(entitlements.values()),
            grants=sum(grants.values()),
            resources_by_resource_type={name: resources.get(name, 0) for name in listed},
            entitlements_by_resource_type=entitlements,
            grants_by_resource_type=grants,
            assets=sum(count(keys.ASSETS).values()),
        )

    def dangling(self) -> Iterator[DanglingReference]:
        """References to objects that are not there."""
        self._filled.need(*ObjectKind)
        return super().dangling()

    def _numbered(self) -> Iterator[tuple[int, record_decoding.GrantColumns]]:
        return enumerate(self._records.grants(), 1)  # the row numbers that the table would give

    def _streamed(self) -> Iterator[GrantRow]:
        for row, (kind, name, entitlement, who_type, who, grant_id, expansion, _, data, _) in self._numbered():
            grant = GrantRow(row, kind, name, entitlement, who_type, who, grant_id, data, expansion)
            yield grant if expansion is None else _attached(grant)

    def _held(self, who: ResourceId) -> Iterator[GrantRow]:
        for key, columns in self._records.held(who):
            self._found.append(key)
            yield _attached(_grant_row(-len(self._found), columns))


def _grant_row(row: int, columns: record_decoding.GrantColumns) -> GrantRow:
    kind, name, entitlement, who_type, who, grant_id, expansion, _, data, _ = columns
    return GrantRow(row, kind, name, entitlement, who_type, who, grant_id, data, expansion)


def _attached(row: GrantRow) -> GrantRow:
    """A grant with its expansion among its annotations."""
    if row.expansion is None:
        return row
    return GrantRow(
        *(row.row, row.resource_type, row.resource, row.entitlement, row.principal_type, row.principal, row.id),
        data=record_decoding.attached(row.data, row.expansion),
        expansion=row.expansion,
    )
