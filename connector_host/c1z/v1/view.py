"""The rows of one sync of a v1 file: what `store.View` asks, in SQL.

Every statement names its sync. Listings run over the table itself in row order: the planner's choice could depend on
statistics that the file brings along. Row numbers must ascend strictly, which bounds what a database whose pages
refer to each other in circles can make us read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from ...errors import FileError
from ...model import ResourceId
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
from .checks import TABLE_OF, dangling
from .guarded_database import DAMAGED, GuardedDatabase, Row
from .older_writers import settling

__all__ = ["V1View"]

T = TypeVar("T", ResourceTypeRow, ResourceRow, EntitlementRow, GrantRow, GrantKey)
TYPES, RESOURCES, ENTITLEMENTS, GRANTS = "v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants"
RESOURCE_COLUMNS = ("resource_type_id", "external_id", "parent_resource_type_id", "parent_resource_id", "data")
GRANT_COLUMNS = (
    *("resource_type_id", "resource_id", "entitlement_id", "principal_resource_type_id", "principal_resource_id"),
    *("external_id", "data", "expansion"),
)
PRINCIPAL = ("principal_resource_type_id", "principal_resource_id")
NOTHING: Mapping[str, object] = {}
KEY_COLUMNS = ("entitlement_id", *PRINCIPAL)


class V1View:
    """One sync of an open database. `backfilled`: expandable annotations have been moved out of the grants' data.

    `settle` is done to each grant before it is given: unless told, what older and slim writers left out is put right.
    """

    slim = False

    def __init__(
        self,
        database: GuardedDatabase,
        sync: SyncRun,
        *,
        backfilled: bool,
        settle: Callable[[GrantRow], GrantRow] | None = None,
    ) -> None:
        self.sync = sync
        self._database = database
        self._backfilled = backfilled
        self._settle = settle or settling(backfilled=backfilled)
        self._lookups: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------ listings

    def resource_types(self) -> Iterator[ResourceTypeRow]:
        """Every resource type."""
        return self._scan(TYPES, ("external_id", "data"), ResourceTypeRow)

    def resources(self, resource_type: str | None = None) -> Iterator[ResourceRow]:
        """Resources, of a type if given."""
        return self._scan(RESOURCES, RESOURCE_COLUMNS, ResourceRow, {"resource_type_id": resource_type})

    def entitlements(self, resource_type: str | None = None, resource: str | None = None) -> Iterator[EntitlementRow]:
        """Entitlements, on resources of a type or on one resource if given."""
        columns = ("resource_type_id", "resource_id", "external_id", "data")
        where = {"resource_type_id": resource_type, "resource_id": resource}
        return self._scan(ENTITLEMENTS, columns, EntitlementRow, where)

    def grants(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantRow]:
        """Grants, each with the whole message: what older writers left in it or out of it is put right."""
        return map(self._settle, self._scan(GRANTS, GRANT_COLUMNS, GrantRow, _columns(where)))

    def grant_keys(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantKey]:
        """Who holds what."""
        return self._scan(GRANTS, KEY_COLUMNS, GrantKey, _columns(where))

    def expandable_grants(self, entitlement: str | None = None) -> Iterator[GrantRow]:
        """Grants whose principal passes the entitlement on."""
        where = GrantFilter(entitlement=entitlement)
        if self._backfilled:
            found = self._scan(GRANTS, GRANT_COLUMNS, GrantRow, _columns(where), extra="expansion is not null")
            return map(self._settle, found)
        return (row for row in self.grants(where) if row.expansion)

    def principals(self, where: GrantFilter = EVERY_GRANT) -> Iterator[ResourceId]:
        """Each principal once, in the order of its first grant."""
        if self._database.has(GRANTS):
            distinct, values = self._distinct(where)
            for type_id, resource_id, _ in self._database.rows(f"{distinct} order by 3", values):
                yield ResourceId(type_id, resource_id)

    def holders(self, where: GrantFilter = EVERY_GRANT) -> Iterator[tuple[ResourceId, bytes | None]]:
        """The same with the message of each, None where the sync lacks it."""
        if not self._database.has(RESOURCES):
            yield from ((who, None) for who in self.principals(where))
        elif self._database.has(GRANTS):
            self._database.index(RESOURCES, "external_id", "sync_id")
            distinct, values = self._distinct(where)
            data = self._database.expression(RESOURCES, "data")
            sql = (
                f"select p.type, p.id, p.first, r.row, {data} from ({distinct}) as p left join (select id as row,"
                f" external_id, sync_id, data from {RESOURCES}) as r"
                " on r.external_id = p.type || ':' || p.id and r.sync_id = ? order by p.first, r.row"
            )
            last = None
            for type_id, resource_id, first, row, message in self._database.rows(sql, (*values, self.sync.id)):
                if first != last:  # a file without its unique index may hold a resource twice
                    yield ResourceId(type_id, resource_id), None if row is None else message
                last = first

    def _distinct(self, where: GrantFilter) -> tuple[str, list[object]]:
        """A select of the principals with the row of their first grant, and its values."""
        type_id, resource_id = (self._database.expression(GRANTS, column) for column in PRINCIPAL)
        conditions, values = self._where(_columns(where))
        source = GRANTS
        if where == EVERY_GRANT and self._alone(GRANTS):
            # no other sync's rows: the index on principals answers, a fraction of the table's size
            self._database.index(GRANTS, *PRINCIPAL)
            conditions, values = "true", []
        elif not self._index(GRANTS, _columns(where)):
            source = f"{GRANTS} not indexed"
        sql = (
            f"select {type_id} as type, {resource_id} as id, min(id) as first from {source} where {conditions}"
            f" group by {', '.join(PRINCIPAL)}"
        )
        return sql, values

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        """(id, data, expansion) of every object of a kind, ascending by id."""
        table = TABLE_OF[kind]
        if not self._database.has(table):
            return
        self._database.index(table, "external_id", "sync_id")
        columns = GRANT_COLUMNS if kind is ObjectKind.GRANT else ("external_id", "data")
        picked = self._database.select(table, *columns)
        sql = f"select id, {picked} from {table} where sync_id = ? order by external_id, id"
        last = ""
        for row in self._database.rows(sql, (self.sync.id,)):
            if kind is ObjectKind.GRANT:
                grant = self._settle(GrantRow(*row))
                found = (grant.id, grant.data, grant.expansion)
            else:
                found = (row[1], row[2] or b"", None)
            if found[0] < last:
                raise FileError(f"{self._database.label}: {table} cannot be read in order", hint=DAMAGED)
            last = found[0]
            yield found

    # ------------------------------------------------------------------------------------------ single objects

    def resource_type(self, type_id: str) -> bytes | None:
        """The message of one resource type."""
        return self._message(TYPES, type_id)

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """The message of one resource."""
        return self._message(RESOURCES, f"{resource_id.resource_type}:{resource_id.resource}")

    def entitlement(self, entitlement_id: str) -> bytes | None:
        """The message of one entitlement."""
        return self._message(ENTITLEMENTS, entitlement_id)

    def grant(self, grant_id: str) -> GrantRow | None:
        """One grant by its id."""
        return next(map(self._settle, self._scan(GRANTS, GRANT_COLUMNS, GrantRow, {"external_id": grant_id})), None)

    def grant_at(self, row: int) -> GrantRow | None:
        """The grant of a row number."""
        return next(map(self._settle, self._scan(GRANTS, GRANT_COLUMNS, GrantRow, {"id": row})), None)

    # ------------------------------------------------------------------------------------------ counts

    def count(self) -> Stats:
        """Counts made from the rows. A resource counts under its type only if the sync lists the type."""
        grouped = {table: self._grouped(table, "resource_type_id") for table in (RESOURCES, ENTITLEMENTS, GRANTS)}
        listed = [row.id for row in self.resource_types()]
        return Stats(
            resource_types=len(listed),
            resources=sum(grouped[RESOURCES].values()),
            entitlements=sum(grouped[ENTITLEMENTS].values()),
            grants=sum(grouped[GRANTS].values()),
            resources_by_resource_type={name: grouped[RESOURCES].get(name, 0) for name in listed},
            entitlements_by_resource_type=grouped[ENTITLEMENTS],
            grants_by_resource_type=grouped[GRANTS],
            assets=sum(self._grouped("v1_assets", "sync_id").values()),
        )

    def _grouped(self, table: str, column: str) -> dict[str, int]:
        if not self._database.has(table):
            return {}
        column = self._database.expression(table, column)
        sql = f"select {column}, count(*) from {table} not indexed where sync_id = ? group by 1"
        return {str(name): int(count) for name, count in self._database.rows(sql, (self.sync.id,))}

    def dangling(self) -> Iterator[DanglingReference]:
        """References to rows that are not there."""
        return dangling(self._database, self.sync.id)

    # ------------------------------------------------------------------------------------------ statements

    def _scan(
        self,
        table: str,
        columns: Sequence[str],
        make: Callable[..., T],
        where: Mapping[str, object] = NOTHING,
        *,
        extra: str = "",
    ) -> Iterator[T]:
        """Rows in row order, each as `make(row number, column, ...)`; `where` are columns that must have a value."""
        if not self._database.has(table):
            return
        given = {name: value for name, value in where.items() if value is not None}
        conditions, values = self._where(given)
        if extra:
            conditions += f" and {extra}"
        indexed = self._index(table, given)
        source = table if indexed or extra else f"{table} not indexed"
        sql = f"select id, {self._database.select(table, *columns)} from {source} where {conditions} order by id"
        last = -(1 << 63)
        for values_of_row in self._database.rows(sql, values):
            row = make(*values_of_row)
            if row.row <= last:
                raise FileError(f"{self._database.label}: {table} holds the same row twice", hint=DAMAGED)
            last = row.row
            yield row

    def _where(self, given: dict[str, object]) -> tuple[str, list[object]]:
        conditions = ["sync_id = ?", *(f"{name} = ?" for name, value in given.items() if value is not None)]
        return " and ".join(conditions), [self.sync.id, *(value for value in given.values() if value is not None)]

    def _index(self, table: str, given: dict[str, object]) -> bool:
        """See that a filter finds its rows by index. False where it picks too many for that, or there is none.

        Most grants are on one type: found by index, they would have to be sorted, all of them, before the first is
        given.
        """
        columns = {name for name, value in given.items() if value is not None}
        if not columns or (columns == {"resource_type_id"} and table != RESOURCES):
            return False
        if columns != {"id"}:
            self._database.index(table, *_leading(table, columns))
        return True

    def _message(self, table: str, external_id: str) -> bytes | None:
        sql = self._lookups.get(table)
        if sql is None:
            if not self._database.has(table):
                return None
            self._database.index(table, "external_id", "sync_id")
            data = self._database.expression(table, "data")
            sql = f"select {data} from {table} where external_id = ? and sync_id = ? order by id limit 1"
            self._lookups[table] = sql
        row: Row | None = self._database.first(sql, (external_id, self.sync.id))
        return None if row is None else row[0] or b""

    def _alone(self, table: str) -> bool:
        """Whether every row of the table is of this sync, as its index on ids says without reading the table."""
        self._database.index(table, "external_id", "sync_id")
        sql = f"select 1 from {table} where sync_id <> ? limit 1"
        return self._database.first(sql, (self.sync.id,)) is None


def _columns(where: GrantFilter) -> dict[str, object]:
    principal = where.principal
    return {
        "resource_type_id": where.resource_type,
        "resource_id": where.resource,
        "entitlement_id": where.entitlement,
        "principal_resource_type_id": principal and principal.resource_type,
        "principal_resource_id": principal and principal.resource,
    }


def _leading(table: str, columns: set[str]) -> tuple[str, ...]:
    """The columns of the index that suits a filter best."""
    if "external_id" in columns:
        return ("external_id", "sync_id")
    if table == GRANTS and "entitlement_id" in columns:
        return ("entitlement_id",)
    if table == GRANTS and PRINCIPAL[0] in columns:
        return PRINCIPAL
    return ("resource_type_id",)
