"""The view of the sync of a v3 file: it answers from tables of format v1, and fills those that a question needs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

from ...model import ResourceId
from ...wire.grant_row import GrantColumns, GrantRow
from ...wire.v3.record_decoding import with_expansion
from ..grant_batches import GrantBatch, row_batches
from ..sync_stats import Stats
from ..types import (
    EVERY_GRANT,
    DanglingReference,
    EntitlementRow,
    GrantFilter,
    GrantKey,
    ObjectKind,
    ResourceRow,
    ResourceTypeRow,
    SyncRun,
)
from ..v1.checks import TABLE_OF, dangling
from ..v1.guarded_database import GuardedDatabase
from ..v1.schema import ENTITLEMENTS
from ..v1.view import V1View
from . import grant_streams, keys
from .record_reader import RecordReader
from .resource_rows import ResourceRows, read_resource_rows
from .selected_grants import KeyRange, SelectedGrants, key_ranges
from .table_filling import fill_table

__all__ = ["FilledTables", "V3View"]


OBJECTS = (ObjectKind.RESOURCE_TYPE, ObjectKind.RESOURCE, ObjectKind.ENTITLEMENT)
MOST_LOOKUPS = 64
"""Single resources that are looked up before all are read: 50,000 take as long as some hundred of them."""


class FilledTables:
    """Tables of format v1, filled with the records of a kind when they are first needed."""

    def __init__(self, records: RecordReader, tables: GuardedDatabase, sync_id: str) -> None:
        self.records, self.tables = records, tables
        self.object_kinds: set[ObjectKind] = set()
        self._resources: ResourceRows | None = None
        self._lookups = 0
        self._sync_id = sync_id

    def need(self, *object_kinds: ObjectKind) -> None:
        """Ensure that the records of these kinds are in their tables."""
        for kind in object_kinds:
            if kind not in self.object_kinds:
                table = TABLE_OF[kind]
                self.tables.fill(partial(fill_table, reader=self.records, table=table, sync_id=self._sync_id))
                self.object_kinds.add(kind)

    def resources(self) -> ResourceRows | None:
        """Return the resources if they are in memory; else they are in their table. Raises FileError."""
        if self._resources is None and ObjectKind.RESOURCE not in self.object_kinds:
            self._resources = read_resource_rows(self.records)
            if self._resources is None:
                self.need(ObjectKind.RESOURCE)
        return self._resources

    def lookup_is_quicker(self) -> bool:
        """Return True as long as looking up one more resource is quicker than reading all; call it once for each."""
        if self.records.legacy or self._resources is not None or ObjectKind.RESOURCE in self.object_kinds:
            return False
        self._lookups += 1
        return self._lookups <= MOST_LOOKUPS


class V3View(V1View):
    """The sync of an open v3 file: a `V1View` of its tables, filled on demand."""

    slim = True

    def __init__(self, filled: FilledTables, sync: SyncRun) -> None:
        super().__init__(filled.tables, sync, backfilled=True, complete=with_expansion)
        self._filled = filled
        self._records = filled.records
        self._selected = SelectedGrants(filled.records)

    def resource_types(self) -> Iterator[ResourceTypeRow]:
        """Yield every resource type."""
        self._filled.need(ObjectKind.RESOURCE_TYPE)
        return super().resource_types()

    def resources(self, resource_type: str | None = None) -> Iterator[ResourceRow]:
        """Yield the resources, or those of one type."""
        resources = self._filled.resources()
        return super().resources(resource_type) if resources is None else resources.of_type(resource_type)

    def entitlements(self, resource_type: str | None = None, resource: str | None = None) -> Iterator[EntitlementRow]:
        """Yield the entitlements, or those on resources of one type or on one resource."""
        self._filled.need(ObjectKind.ENTITLEMENT)
        return super().entitlements(resource_type, resource)

    def grants(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantRow]:
        """Yield the grants of a filter, with expansions among the annotations as in every reader of this format."""
        if ObjectKind.GRANT not in self._filled.object_kinds:
            if where == EVERY_GRANT:
                return grant_streams.grant_rows(self._records)
            if where.principal is not None and where.entitlement is None and self._records.indexed:
                return self._selected.held(where.principal, where)
            if (ranges := self._key_ranges(where)) is not None:
                return self._selected.rows(ranges, where)
        self._filled.need(ObjectKind.GRANT)
        return super().grants(where)

    def grant_columns(self) -> Iterator[GrantColumns]:
        """Yield every grant, some thousand at a time, for its columns and sources."""
        if ObjectKind.GRANT in self._filled.object_kinds:
            return super().grant_columns()
        return self._records.grant_columns()

    def grant_batches(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantBatch]:
        """Yield the grants of a filter in batches."""
        if where == EVERY_GRANT and ObjectKind.GRANT not in self._filled.object_kinds:
            return grant_streams.grant_batches(self._records)
        return row_batches(self.grants(where))

    def grant_keys(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantKey]:
        """Yield the ids of the grants of a filter."""
        if ObjectKind.GRANT not in self._filled.object_kinds:
            if where == EVERY_GRANT:
                return grant_streams.grant_keys(self._records)
            if where.principal is not None:
                return map(grant_streams.key_of, self.grants(where))
            if (ranges := self._key_ranges(where)) is not None:
                return self._selected.keys(ranges, where)
        self._filled.need(ObjectKind.GRANT)
        return super().grant_keys(where)

    def expandable_grants(self, entitlement: str | None = None) -> Iterator[GrantRow]:
        """Yield the grants whose principal passes the entitlement on."""
        if ObjectKind.GRANT not in self._filled.object_kinds:
            if entitlement is None:
                return grant_streams.expandable_grants(self._records)
            where = GrantFilter(entitlement=entitlement)
            if (ranges := self._key_ranges(where)) is not None:
                return (row for row in self._selected.rows(ranges, where) if row.expansion is not None)
        self._filled.need(ObjectKind.GRANT)
        return super().expandable_grants(entitlement)

    def principals(self, where: GrantFilter = EVERY_GRANT) -> Iterator[ResourceId]:
        """Yield each principal once, in the order of its first grant."""
        number = 0
        if where == EVERY_GRANT and ObjectKind.GRANT not in self._filled.object_kinds:
            for principal in grant_streams.principals(self._records):
                number += 1
                yield principal
            if number < grant_streams.MOST_KNOWN:
                return
        elif where.entitlement is not None and (ranges := self._key_ranges(where)) is not None:
            yield from self._selected.principals(ranges, where)
            return
        self._filled.need(ObjectKind.GRANT)
        yield from islice(super().principals(where), number, None)

    def holders(self, where: GrantFilter = EVERY_GRANT) -> Iterator[tuple[ResourceId, bytes | None]]:
        """Yield the same principals with their messages, None for a resource that the sync lacks."""
        is_quick = where == EVERY_GRANT or where.entitlement is not None
        if is_quick and ObjectKind.GRANT not in self._filled.object_kinds:
            return ((principal, self.resource(principal)) for principal in self.principals(where))
        self._filled.need(ObjectKind.GRANT, ObjectKind.RESOURCE)
        return super().holders(where)

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        """Yield (id, data, expansion) of every object of a kind, ascending by id."""
        self._filled.need(kind)
        return super().by_id(kind)

    def resource_type(self, type_id: str) -> bytes | None:
        """Return the message of one resource type."""
        self._filled.need(ObjectKind.RESOURCE_TYPE)
        return super().resource_type(type_id)

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """Return the message of one resource."""
        if self._filled.lookup_is_quicker():
            return self._records.resource(resource_id)
        resources = self._filled.resources()
        if resources is None:
            return super().resource(resource_id)
        row = resources.by_id.get((resource_id.resource_type, str(resource_id)))
        return None if row is None else row.data

    def entitlement(self, entitlement_id: str) -> bytes | None:
        """Return the message of one entitlement."""
        self._filled.need(ObjectKind.ENTITLEMENT)
        return super().entitlement(entitlement_id)

    def grant(self, grant_id: str) -> GrantRow | None:
        """Return one grant by its id."""
        if ObjectKind.GRANT not in self._filled.object_kinds and self._selected.are_quicker():
            return self._selected.find(grant_id)
        self._filled.need(ObjectKind.GRANT)
        return super().grant(grant_id)

    def grant_at(self, row: int) -> GrantRow | None:
        """Return the grant of a row number."""
        if row < 0:
            return self._selected.at(row)
        self._filled.need(ObjectKind.GRANT)
        return super().grant_at(row)

    def count(self) -> Stats:
        """Count the keys. A resource counts under its type only if the sync lists the type."""
        count = self._records.count
        listed_types = count(keys.RESOURCE_TYPES)
        resources, entitlements, grants = (count(family) for family in (keys.RESOURCES, keys.ENTITLEMENTS, keys.GRANTS))
        return Stats(
            resource_types=len(listed_types),
            resources=sum(resources.values()),
            entitlements=sum(entitlements.values()),
            grants=sum(grants.values()),
            resources_by_resource_type={name: resources.get(name, 0) for name in listed_types},
            entitlements_by_resource_type=entitlements,
            grants_by_resource_type=grants,
            assets=sum(count(keys.ASSETS).values()),
        )

    def dangling(self) -> Iterator[DanglingReference]:
        """Yield the references to objects that the sync lacks."""
        if ObjectKind.GRANT in self._filled.object_kinds:
            self._filled.need(*ObjectKind)
            yield from super().dangling()
            return
        self._filled.need(*OBJECTS)
        yield from dangling(self._filled.tables, self.sync.id, OBJECTS)
        yield from grant_streams.dangling_grants(self._records, self._filled.tables, self.sync.id)

    def _key_ranges(self, where: GrantFilter) -> list[KeyRange] | None:
        """Return where the grants of a filter stand, None where the table answers."""
        if ObjectKind.GRANT in self._filled.object_kinds or not self._selected.are_quicker():
            return None
        named: list[EntitlementRow] = []
        if where.entitlement is not None:
            self._filled.need(ObjectKind.ENTITLEMENT)
            named = list(self._scan(ENTITLEMENTS, EntitlementRow._make, {"external_id": where.entitlement}))
        return key_ranges(where, named)
