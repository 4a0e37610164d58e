"""The view of one sync of a v1 file, in SQL.

Every statement names its sync. Listings run over the table itself in row order, because the planner's choice could
depend on statistics that the file brings along. Row numbers must ascend strictly: this bounds the reading of a database
whose pages refer to each other in circles.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from ...errors import FileError
from ...model import ResourceId
from ...wire.grant_row import GrantColumns, GrantRow, grant_columns, grant_row
from ..grant_batches import GrantBatch, row_batches
from ..sqlite_connections import DAMAGED
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
    grant_key,
)
from .checks import TABLE_OF, dangling
from .column_reader import FIRST_ROW, LAST_ROW, ColumnReader
from .guarded_database import GuardedDatabase, Row
from .older_writers import grant_completion
from .schema import ENTITLEMENTS, GRANTS, OBJECT_COLUMNS, RESOURCE_TYPES, RESOURCES

__all__ = ["V1View"]


class _Numbered(Protocol):
    @property
    def row(self) -> int: ...


RowType = TypeVar("RowType", bound=_Numbered)
PRINCIPAL = ("principal_resource_type_id", "principal_resource_id")
KEY_COLUMNS = ("entitlement_id", *PRINCIPAL, "id")
GRANTS_AT_ONCE = 2_000
WORTH_A_RANGE = 8
"""Rows of a range for each wanted one, from which on the wanted ones are looked up one by one."""
Conditions = Mapping[str, object]
"""Column -> the value it must have."""
NO_CONDITIONS: Conditions = {}


class V1View:
    """One sync of an open database. `backfilled`: expandable annotations have been moved out of the grants' data.

    Each grant passes through `complete`; the default adds what older and slim writers left out.
    """

    slim = False

    def __init__(
        self,
        database: GuardedDatabase,
        sync: SyncRun,
        *,
        backfilled: bool,
        complete: Callable[[GrantRow], GrantRow] | None = None,
    ) -> None:
        self.sync = sync
        self._database = database
        self._backfilled = backfilled
        self._complete = complete or grant_completion(backfilled=backfilled)
        self._lookups: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------ listings

    def resource_types(self) -> Iterator[ResourceTypeRow]:
        """Yield every resource type."""
        return self._scan(RESOURCE_TYPES, ResourceTypeRow._make)

    def resources(self, resource_type: str | None = None) -> Iterator[ResourceRow]:
        """Yield the resources, or those of one type."""
        return self._scan(RESOURCES, ResourceRow._make, _conditions(resource_type_id=resource_type))

    def entitlements(self, resource_type: str | None = None, resource: str | None = None) -> Iterator[EntitlementRow]:
        """Yield the entitlements, or those on resources of one type or on one resource."""
        where = _conditions(resource_type_id=resource_type, resource_id=resource)
        return self._scan(ENTITLEMENTS, EntitlementRow._make, where)

    def grants(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantRow]:
        """Yield the grants of a filter with complete messages."""
        return map(self._complete, self._scan(GRANTS, grant_row, _grant_conditions(where)))

    def grant_batches(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantBatch]:
        """Yield the grants of a filter in batches; the database joins their columns where it scans the table."""
        conditions = _grant_conditions(where)
        if not self._backfilled or not self._database.has(GRANTS) or self._index(GRANTS, conditions):
            yield from row_batches(self.grants(where))
            return
        reader = ColumnReader(self._database, *self._where(conditions))
        unread = FIRST_ROW
        while (numbers := reader.advance()) is not None:
            if not numbers:
                return
            unread = numbers[-1] + 1
            yield GrantBatch(partial(self._at, conditions, numbers), reader.columns)
        yield from row_batches(self._between(conditions, unread, LAST_ROW))

    def _at(
        self, conditions: Conditions, numbers: Sequence[int], positions: Sequence[int] | None
    ) -> Iterator[GrantRow]:
        """Yield the grants at positions in a range of row numbers, None for all of the range."""
        if positions is not None and len(positions) * WORTH_A_RANGE < len(numbers):
            for position in positions:
                yield from self._between(conditions, numbers[position], numbers[position])
            return
        wanted = None if positions is None else {numbers[position] for position in positions}
        for row in self._between(conditions, numbers[0], numbers[-1]):
            if wanted is None or row.row in wanted:
                yield row

    def _between(self, conditions: Conditions, first: int, last: int) -> Iterator[GrantRow]:
        """Yield the grants whose row numbers are in a range."""
        return map(self._complete, self._scan(GRANTS, grant_row, conditions, within=(first, last)))

    def grant_columns(self) -> Iterator[GrantColumns]:
        """Yield every grant, some thousand at a time, for its columns and sources.

        A message that ends with the grant's id has no sources behind it: nearly all are left in the database.
        """
        if not self._database.has(GRANTS):
            return
        if not self._backfilled:
            rows = self.grants()
            while whole := list(itertools.islice(rows, GRANTS_AT_ONCE)):
                yield grant_columns(whole)
            return
        for batch in self._row_lists(self._columns_statement()):
            *columns, _ = zip(*batch, strict=True)
            yield GrantColumns(*columns)

    def _row_lists(self, sql: str) -> Iterator[list[Row]]:
        """Yield the rows of a statement about the grants of the sync, whose last column is the row number."""
        last = FIRST_ROW
        for batch in self._database.batches(sql, (self.sync.id,), GRANTS_AT_ONCE):
            numbers = [row[-1] for row in batch]
            if not all(map(operator.lt, (last, *numbers), numbers)):
                raise self._repeated_row(GRANTS)
            last = numbers[-1]
            yield batch

    def _columns_statement(self) -> str:
        expression = self._database.expression
        names = ("resource_type_id", "resource_id", "entitlement_id", *PRINCIPAL)
        keys = [expression(GRANTS, name) for name in names]
        grant_id, message = expression(GRANTS, "external_id"), expression(GRANTS, "data")
        field = f"cast(char(26) || char(length({grant_id})) || {grant_id} as blob)"  # right below 128 bytes
        place = f"length({message}) - length({grant_id}) - 1"
        columns = (
            *keys,
            f"nullif({grant_id}, {keys[2]} || ':' || {keys[3]} || ':' || {keys[4]})",
            expression(GRANTS, "expansion"),
            f"case when instr({message}, {field}) = {place} then null else {message} end",
            "id",
        )
        return f"select {', '.join(columns)} from {GRANTS} not indexed where sync_id = ? order by id"

    def grant_keys(self, where: GrantFilter = EVERY_GRANT) -> Iterator[GrantKey]:
        """Yield the ids of the grants of a filter."""
        if where != EVERY_GRANT or not self._database.has(GRANTS):
            return self._scan(GRANTS, grant_key, _grant_conditions(where), columns=KEY_COLUMNS)
        names = self._database.select(GRANTS, *KEY_COLUMNS)
        lists = self._row_lists(f"select {names} from {GRANTS} not indexed where sync_id = ? order by id")
        return map(grant_key, itertools.chain.from_iterable(lists))

    def expandable_grants(self, entitlement: str | None = None) -> Iterator[GrantRow]:
        """Yield the grants whose principal passes the entitlement on."""
        where = GrantFilter(entitlement=entitlement)
        if self._backfilled:
            rows = self._scan(GRANTS, grant_row, _grant_conditions(where), also="expansion is not null")
            return map(self._complete, rows)
        return (row for row in self.grants(where) if row.expansion)

    def principals(self, where: GrantFilter = EVERY_GRANT) -> Iterator[ResourceId]:
        """Yield each principal once, in the order of its first grant."""
        if self._database.has(GRANTS):
            distinct, values = self._distinct_principals(where)
            for type_id, resource_id, _ in self._database.rows(f"{distinct} order by 3", values):
                yield ResourceId(type_id, resource_id)

    def holders(self, where: GrantFilter = EVERY_GRANT) -> Iterator[tuple[ResourceId, bytes | None]]:
        """Yield the same principals with their messages, None for a resource that the sync lacks."""
        if not self._database.has(RESOURCES):
            yield from ((principal, None) for principal in self.principals(where))
        elif self._database.has(GRANTS):
            self._database.index(RESOURCES, "external_id", "sync_id")
            distinct, values = self._distinct_principals(where)
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

    def _distinct_principals(self, where: GrantFilter) -> tuple[str, list[object]]:
        """Return a select of the principals with the row of their first grant, and its values."""
        type_id, resource_id = (self._database.expression(GRANTS, column) for column in PRINCIPAL)
        conditions = _grant_conditions(where)
        clause, values = self._where(conditions)
        source = GRANTS
        if where == EVERY_GRANT and self._is_alone(GRANTS):
            # no rows of other syncs: the index on principals has the answer in a fraction of the table's size
            self._database.index(GRANTS, *PRINCIPAL)
            clause, values = "true", []
        elif not self._index(GRANTS, conditions):
            source = f"{GRANTS} not indexed"
        sql = (
            f"select {type_id} as type, {resource_id} as id, min(id) as first from {source} where {clause}"
            f" group by {', '.join(PRINCIPAL)}"
        )
        return sql, values

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        """Yield (id, data, expansion) of every object of a kind, ascending by id."""
        table = TABLE_OF[kind]
        if not self._database.has(table):
            return
        self._database.index(table, "external_id", "sync_id")
        columns = OBJECT_COLUMNS[GRANTS] if kind is ObjectKind.GRANT else ("external_id", "data")
        sql = f"select {self._database.select(table, *columns)} from {table} where sync_id = ? order by external_id, id"
        last = ""
        for values in self._database.rows(sql, (self.sync.id,)):
            if kind is ObjectKind.GRANT:
                grant = self._complete(grant_row(values))
                item = (grant.id, grant.data, grant.expansion)
            else:
                item = (values[0], values[1] or b"", None)
            if item[0] < last:
                raise FileError(f"{self._database.label}: {table} cannot be read in order", hint=DAMAGED)
            last = item[0]
            yield item

    # ------------------------------------------------------------------------------------------ single objects

    def resource_type(self, type_id: str) -> bytes | None:
        """Return the message of one resource type."""
        return self._message(RESOURCE_TYPES, type_id)

    def resource(self, resource_id: ResourceId) -> bytes | None:
        """Return the message of one resource; the id alone does not tell its type: "a:b:c" is that of two."""
        return self._message(RESOURCES, str(resource_id), resource_id.resource_type)

    def entitlement(self, entitlement_id: str) -> bytes | None:
        """Return the message of one entitlement."""
        return self._message(ENTITLEMENTS, entitlement_id)

    def grant(self, grant_id: str) -> GrantRow | None:
        """Return one grant by its id."""
        return next(map(self._complete, self._scan(GRANTS, grant_row, {"external_id": grant_id})), None)

    def grant_at(self, row: int) -> GrantRow | None:
        """Return the grant of a row number."""
        return next(map(self._complete, self._scan(GRANTS, grant_row, {"id": row})), None)

    # ------------------------------------------------------------------------------------------ counts

    def count(self) -> Stats:
        """Count the rows. A resource counts under its type only if the sync lists the type."""
        counts = {table: self._grouped(table, "resource_type_id") for table in (RESOURCES, ENTITLEMENTS, GRANTS)}
        listed_types = [row.id for row in self.resource_types()]
        return Stats(
            resource_types=len(listed_types),
            resources=sum(counts[RESOURCES].values()),
            entitlements=sum(counts[ENTITLEMENTS].values()),
            grants=sum(counts[GRANTS].values()),
            resources_by_resource_type={name: counts[RESOURCES].get(name, 0) for name in listed_types},
            entitlements_by_resource_type=counts[ENTITLEMENTS],
            grants_by_resource_type=counts[GRANTS],
            assets=sum(self._grouped("v1_assets", "sync_id").values()),
        )

    def _grouped(self, table: str, column: str) -> dict[str, int]:
        if not self._database.has(table):
            return {}
        column = self._database.expression(table, column)
        sql = f"select {column}, count(*) from {table} not indexed where sync_id = ? group by 1"
        return {str(name): int(count) for name, count in self._database.rows(sql, (self.sync.id,))}

    def dangling(self) -> Iterator[DanglingReference]:
        """Yield the references to objects that the sync lacks."""
        return dangling(self._database, self.sync.id)

    # ------------------------------------------------------------------------------------------ statements

    def _scan(
        self,
        table: str,
        make_row: Callable[[Row], RowType],
        where: Conditions = NO_CONDITIONS,
        *,
        columns: Sequence[str] = (),
        also: str = "",
        within: tuple[int, int] | None = None,
    ) -> Iterator[RowType]:
        """Yield the rows of a filter in row order; `also` is a further SQL condition, `within` limits row numbers."""
        if not self._database.has(table):
            return
        clause, values = self._where(where)
        if also:
            clause += f" and {also}"
        if within is not None:
            clause += " and id between ? and ?"
            values += within
        source = table if self._index(table, where) or also else f"{table} not indexed"
        selected = self._database.select(table, *(columns or OBJECT_COLUMNS[table]))
        last = FIRST_ROW
        for row in map(
            make_row, self._database.rows(f"select {selected} from {source} where {clause} order by id", values)
        ):
            number = row.row
            if number <= last:
                raise self._repeated_row(table)
            last = number
            yield row

    def _repeated_row(self, table: str) -> FileError:
        return FileError(f"{self._database.label}: {table} holds the same row twice", hint=DAMAGED)

    def _where(self, conditions: Conditions) -> tuple[str, list[object]]:
        clause = " and ".join(["sync_id = ?", *(f"{name} = ?" for name in conditions)])
        return clause, [self.sync.id, *conditions.values()]

    def _index(self, table: str, conditions: Conditions) -> bool:
        """Ensure that a filter selects its rows by an index. False when a scan of the table is better.

        Most grants are on one type: selected by an index, all of them would have to be sorted before the first is
        returned.
        """
        columns = set(conditions)
        if not columns or (columns == {"resource_type_id"} and table != RESOURCES):
            return False
        if columns != {"id"}:
            self._database.index(table, *_index_columns(table, columns))
        return True

    def _message(self, table: str, external_id: str, *resource_type: str) -> bytes | None:
        sql = self._lookups.get(table)
        if sql is None:
            if not self._database.has(table):
                return None
            self._database.index(table, "external_id", "sync_id")
            data = self._database.expression(table, "data")
            of_type = "and resource_type_id = ? " if resource_type else ""
            sql = f"select {data} from {table} where external_id = ? and sync_id = ? {of_type}order by id limit 1"
            self._lookups[table] = sql
        row: Row | None = self._database.first(sql, (external_id, self.sync.id, *resource_type))
        return None if row is None else row[0] or b""

    def _is_alone(self, table: str) -> bool:
        """Return True when every row of the table is of this sync; the index on ids shows it without a scan."""
        self._database.index(table, "external_id", "sync_id")
        sql = f"select 1 from {table} where sync_id <> ? limit 1"
        return self._database.first(sql, (self.sync.id,)) is None


def _conditions(**columns: object) -> Conditions:
    return {name: value for name, value in columns.items() if value is not None}


def _grant_conditions(where: GrantFilter) -> Conditions:
    principal = where.principal
    return _conditions(
        resource_type_id=where.resource_type,
        resource_id=where.resource,
        entitlement_id=where.entitlement,
        principal_resource_type_id=principal and principal.resource_type,
        principal_resource_id=principal and principal.resource,
    )


def _index_columns(table: str, columns: set[str]) -> tuple[str, ...]:
    """Return the columns of the index that suits a filter best."""
    if "external_id" in columns:
        return ("external_id", "sync_id")
    if table == GRANTS and "entitlement_id" in columns:
        return ("entitlement_id",)
    if table == GRANTS and PRINCIPAL[0] in columns:
        return PRINCIPAL
    return ("resource_type_id",)
