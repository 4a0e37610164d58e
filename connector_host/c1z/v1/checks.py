"""Checks of the database of a v1 file: its storage, its tables, and the references between its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from ..types import DanglingReference, ObjectKind
from .guarded_database import GuardedDatabase
from .schema import ENTITLEMENTS, GRANTS, RESOURCE_TYPES, RESOURCES, TABLES

__all__ = ["EXTERNAL_ANNOTATION", "TABLE_OF", "dangling", "integrity"]

TABLE_OF = {
    ObjectKind.RESOURCE_TYPE: RESOURCE_TYPES,
    ObjectKind.RESOURCE: RESOURCES,
    ObjectKind.ENTITLEMENT: ENTITLEMENTS,
    ObjectKind.GRANT: GRANTS,
}


class Reference(Struct, frozen=True):
    """The reference from a kind of objects to another: `target_id` is SQL for the id in a row `o`."""

    kind: ObjectKind
    role: str
    target: ObjectKind
    target_id: str
    columns: tuple[str, ...] = ()
    """The columns of an index from which every target can be read once, where there are far more rows than targets."""


RESOURCE_ID = "o.resource_type_id || ':' || o.resource_id"
PARENT_ID = "o.parent_resource_type_id || ':' || o.parent_resource_id"
PRINCIPAL_ID = "o.principal_resource_type_id || ':' || o.principal_resource_id"
PRINCIPAL = ("principal_resource_type_id", "principal_resource_id")
REFERENCES = (
    Reference(ObjectKind.RESOURCE, "type", ObjectKind.RESOURCE_TYPE, "o.resource_type_id"),
    Reference(ObjectKind.RESOURCE, "parent", ObjectKind.RESOURCE, PARENT_ID),
    Reference(ObjectKind.ENTITLEMENT, "resource", ObjectKind.RESOURCE, RESOURCE_ID),
    Reference(ObjectKind.GRANT, "entitlement", ObjectKind.ENTITLEMENT, "o.entitlement_id", ("entitlement_id",)),
    Reference(ObjectKind.GRANT, "principal", ObjectKind.RESOURCE, PRINCIPAL_ID, PRINCIPAL),
)
EXTERNAL_ANNOTATION = b"c1.connector.v2.ExternalResourceMatch"
"""The annotation of a grant whose principal is in another system, and so not among the resources."""
EXTERNAL_MATCH = f"cast('{EXTERNAL_ANNOTATION.decode()}' as blob)"
MOST_FINDINGS = 20  # of one kind; more add nothing


def integrity(database: GuardedDatabase) -> Iterator[str]:
    """Yield one sentence for each fault of the storage."""
    yield from _sqlite(database)
    yield from _layout(database)
    yield from _ids(database)
    yield from _orphans(database)


def _sqlite(database: GuardedDatabase) -> Iterator[str]:
    for (text,) in database.rows(f"pragma integrity_check({MOST_FINDINGS})"):
        if text != "ok":
            yield f"SQLite: {text}"


def _layout(database: GuardedDatabase) -> Iterator[str]:
    """Yield the missing tables and columns, except those that older writers leave out."""
    for table in TABLES.values():
        if not database.has(table.name):
            if table.object and table.name != "v1_assets":
                yield f"table {table.name} is missing"
            continue
        needed = {column.name for column in table.columns if column.default is None and column.not_null}
        for name in sorted(needed - database.columns[table.name]):
            yield f"table {table.name} has no column {name}"


def _ids(database: GuardedDatabase) -> Iterator[str]:
    """Yield the tables with ids that are repeated or not text."""
    for table in TABLES.values():
        if not table.object or not {"external_id", "sync_id", "data"} <= database.columns.get(table.name, frozenset()):
            continue
        database.index(table.name, "external_id", "sync_id")
        repeated = database.first(
            f"select external_id, count(*) from {table.name} group by external_id, sync_id having count(*) > 1 limit 1"
        )
        if repeated is not None:
            yield f"{table.name} holds the id {repeated[0]!r} {repeated[1]} times in one sync"
        mistyped = database.first(
            f"select count(*) from {table.name} where typeof(external_id) <> 'text' or typeof(data) <> 'blob'"
        )
        if mistyped is not None and mistyped[0]:
            yield f"{table.name} holds {mistyped[0]} rows whose id is not text or whose data are not bytes"


def _orphans(database: GuardedDatabase) -> Iterator[str]:
    """Yield the tables with rows of syncs that the file does not list."""
    if not database.has("v1_sync_runs"):
        return
    for table in TABLES.values():
        if not table.object or "sync_id" not in database.columns.get(table.name, frozenset()):
            continue
        sql = (
            f"select count(*), min(sync_id) from {table.name} not indexed"
            " where sync_id not in (select sync_id from v1_sync_runs)"
        )
        row = database.first(sql)
        if row is not None and row[0]:
            yield f"{table.name} holds {row[0]} rows of a sync that the file does not list, {row[1]!r}"


def dangling(
    database: GuardedDatabase, sync_id: str, kinds: Collection[ObjectKind] = tuple(ObjectKind)
) -> Iterator[DanglingReference]:
    """Yield the references in the columns of one sync's rows to rows that it lacks; `kinds` are those of the rows."""
    for reference in REFERENCES:
        if reference.kind not in kinds:
            continue
        table, target_table, target_id = TABLE_OF[reference.kind], TABLE_OF[reference.target], reference.target_id
        if not database.has(table):
            continue
        exists = "false"
        if database.has(target_table):
            database.index(target_table, "external_id", "sync_id")
            match = f"n.external_id = {target_id} and n.sync_id = o.sync_id"
            exists = f"exists (select 1 from {target_table} as n where {match})"
            if reference.columns and _all_exist(database, reference, sync_id):
                continue
        external = ""
        if reference.role == "principal" and "data" in database.columns[table]:
            external = f" and instr(o.data, {EXTERNAL_MATCH}) = 0"
        sql = (
            f"select count(*), min(o.external_id), {target_id} from {table} as o not indexed"
            f" where o.sync_id = ? and {target_id} is not null and not {exists}{external}"
        )
        row = database.first(sql, (sync_id,))
        if row is not None and row[0]:
            count, example, missing = row
            yield DanglingReference(
                kind=reference.kind,
                missing_kind=reference.target,
                role=reference.role,
                count=int(count),
                example=str(example),
                missing=str(missing),
            )


def _all_exist(database: GuardedDatabase, reference: Reference, sync_id: str) -> bool:
    """Return True if every target of a reference exists, seen from an index. False says nothing.

    The index has the rows of all syncs, so with several ones a target of another sync may be missing here.
    """
    table, target_table = TABLE_OF[reference.kind], TABLE_OF[reference.target]
    columns = ", ".join(f"o.{name}" for name in reference.columns)
    database.index(table, *reference.columns)
    missing = database.first(
        f"select 1 from (select distinct {columns} from {table} as o) as o where not exists"
        f" (select 1 from {target_table} as n where n.external_id = {reference.target_id} and n.sync_id = ?) limit 1",
        (sync_id,),
    )
    return missing is None
