"""What can be wrong with the database of a v1 file as such."""

from __future__ import annotations

from collections.abc import Iterator

from ..types import DanglingReference, ObjectKind
from .guarded_database import GuardedDatabase
from .schema import TABLES

__all__ = ["dangling", "integrity"]

TYPES, RESOURCES, ENTITLEMENTS, GRANTS = "v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants"
TABLE_OF = {
    ObjectKind.RESOURCE_TYPE: TYPES,
    ObjectKind.RESOURCE: RESOURCES,
    ObjectKind.ENTITLEMENT: ENTITLEMENTS,
    ObjectKind.GRANT: GRANTS,
}
RESOURCE_OF = "o.resource_type_id || ':' || o.resource_id"
PARENT_OF = "o.parent_resource_type_id || ':' || o.parent_resource_id"
PRINCIPAL_OF = "o.principal_resource_type_id || ':' || o.principal_resource_id"
REFERENCES = (
    (ObjectKind.RESOURCE, "type", ObjectKind.RESOURCE_TYPE, "o.resource_type_id"),
    (ObjectKind.RESOURCE, "parent", ObjectKind.RESOURCE, PARENT_OF),
    (ObjectKind.ENTITLEMENT, "resource", ObjectKind.RESOURCE, RESOURCE_OF),
    (ObjectKind.GRANT, "entitlement", ObjectKind.ENTITLEMENT, "o.entitlement_id"),
    (ObjectKind.GRANT, "principal", ObjectKind.RESOURCE, PRINCIPAL_OF),
)
"""Who names whom: the kind, the role, the kind named, and SQL for its id in a row `o`."""

EXTERNAL_MATCH = "cast('c1.connector.v2.ExternalResourceMatch' as blob)"
"""The annotation of a grant whose principal is in another system, and so not among the resources."""

MOST = 20  # findings of one kind; more say nothing new


def integrity(database: GuardedDatabase) -> Iterator[str]:
    """One sentence for each thing that is wrong."""
    yield from _sqlite(database)
    yield from _layout(database)
    yield from _ids(database)
    yield from _orphans(database)


def _sqlite(database: GuardedDatabase) -> Iterator[str]:
    for (text,) in database.rows(f"pragma integrity_check({MOST})"):
        if text != "ok":
            yield f"SQLite: {text}"


def _layout(database: GuardedDatabase) -> Iterator[str]:
    """Missing tables and columns are for older files, so only what no writer ever left out counts."""
    for table in TABLES.values():
        if not database.has(table.name):
            if table.object and table.name != "v1_assets":
                yield f"table {table.name} is missing"
            continue
        needed = {column.name for column in table.columns if column.default is None and column.not_null}
        for name in sorted(needed - database.columns[table.name]):
            yield f"table {table.name} has no column {name}"


def _ids(database: GuardedDatabase) -> Iterator[str]:
    """Ids that are empty, repeated, or not text."""
    for table in TABLES.values():
        if not table.object or not {"external_id", "sync_id", "data"} <= database.columns.get(table.name, frozenset()):
            continue
        database.index(table.name, "external_id", "sync_id")
        repeated = database.first(
            f"select external_id, count(*) from {table.name} group by external_id, sync_id having count(*) > 1 limit 1"
        )
        if repeated is not None:
            yield f"{table.name} holds the id {repeated[0]!r} {repeated[1]} times in one sync"
        odd = database.first(
            f"select count(*) from {table.name} where typeof(external_id) <> 'text' or typeof(data) <> 'blob'"
        )
        if odd is not None and odd[0]:
            yield f"{table.name} holds {odd[0]} rows whose id is not text or whose data are not bytes"


def _orphans(database: GuardedDatabase) -> Iterator[str]:
    """Rows of syncs that the file does not list."""
    if not database.has("v1_sync_runs"):
        return
    for table in TABLES.values():
        if not table.object or "sync_id" not in database.columns.get(table.name, frozenset()):
            continue
        sql = (
            f"select count(*), min(sync_id) from {table.name} not indexed"
            " where sync_id not in (select sync_id from v1_sync_runs)"
        )
        found = database.first(sql)
        if found is not None and found[0]:
            yield f"{table.name} holds {found[0]} rows of a sync that the file does not list, {found[1]!r}"


def dangling(database: GuardedDatabase, sync_id: str) -> Iterator[DanglingReference]:
    """References of one sync's rows, as their columns have them, to rows that it lacks."""
    for kind, role, named_kind, named in REFERENCES:
        table, named_table = TABLE_OF[kind], TABLE_OF[named_kind]
        if not database.has(table):
            continue
        exists = "false"
        if database.has(named_table):
            database.index(named_table, "external_id", "sync_id")
            same = f"n.external_id = {named} and n.sync_id = o.sync_id"
            exists = f"exists (select 1 from {named_table} as n where {same})"
        elsewhere = ""
        if role == "principal" and "data" in database.columns[table]:
            elsewhere = f" and instr(o.data, {EXTERNAL_MATCH}) = 0"
        sql = (
            f"select count(*), min(o.external_id), {named} from {table} as o not indexed"
            f" where o.sync_id = ? and {named} is not null and not {exists}{elsewhere}"
        )
        found = database.first(sql, (sync_id,))
        if found is not None and found[0]:
            count, example, missing = found
            yield DanglingReference(kind, named_kind, role, int(count), str(example), str(missing))
