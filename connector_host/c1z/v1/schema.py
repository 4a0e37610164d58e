"""The SQLite schema of format v1 as data, and the functions that build it.

Names, declared types, defaults and column order are those of a file the Go SDK makes new (docs/c1z-v1.md, Tables). The
declared types matter: its driver reads a text as a time only from a column declared `datetime`. Two index names on
resources say something else than the index holds; Go looks for them by name, so they stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import apsw
from msgspec import Struct

from .. import transactions

__all__ = [
    "DEFAULTS",
    "TABLES",
    "ColumnSchema",
    "IndexSchema",
    "TableSchema",
    "build_indexes",
    "build_unique_index",
    "columns",
    "create_index",
    "create_indexes",
    "create_tables",
    "fold_duplicates",
    "has_unique_index",
]


class ColumnSchema(Struct, frozen=True):
    """A column; `default` is SQL text, None for no default."""

    name: str
    type: str = "text"
    not_null: bool = True
    default: str | None = None

    @property
    def ddl(self) -> str:
        """The column as `create table` has it."""
        parts = [self.name, self.type, "not null" if self.not_null else ""]
        parts.append("" if self.default is None else f"default {self.default}")
        return " ".join(part for part in parts if part)


class IndexSchema(Struct, frozen=True):
    """An index over `columns`; `where` makes it a partial one."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


class TableSchema(Struct, frozen=True):
    """A table. All have `id integer primary key` before `columns`; `unique` is the index that identifies a row."""

    name: str
    columns: tuple[ColumnSchema, ...]
    unique: IndexSchema
    others: tuple[IndexSchema, ...] = ()
    object: bool = True
    """Whether its rows are objects of a sync, kept by `external_id`."""

    @property
    def indexes(self) -> tuple[IndexSchema, ...]:
        """All indexes, the unique one first."""
        return (self.unique, *self.others)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns without `id`."""
        return tuple(column.name for column in self.columns)


def _unique(name: str, *names: str) -> IndexSchema:
    return IndexSchema(name, names or ("external_id", "sync_id"), unique=True)


EMPTY = "''"
# the end of every object's row
MESSAGE = (ColumnSchema("data", "blob"), ColumnSchema("sync_id"), ColumnSchema("discovered_at", "datetime"))

TABLES: dict[str, TableSchema] = {
    table.name: table
    for table in (
        TableSchema(
            "v1_resource_types",
            (ColumnSchema("external_id"), *MESSAGE),
            _unique("idx_resource_types_external_sync_v1"),
        ),
        TableSchema(
            "v1_resources",
            (
                ColumnSchema("resource_type_id"),
                ColumnSchema("external_id"),
                ColumnSchema("parent_resource_type_id", not_null=False),
                ColumnSchema("parent_resource_id", not_null=False),
                *MESSAGE,
            ),
            _unique("idx_resources_parent_resource_id_v1"),
            (
                IndexSchema("idx_resources_resource_type_id_v1", ("resource_type_id",)),
                IndexSchema("idx_resources_external_sync_v1", ("parent_resource_type_id", "parent_resource_id")),
            ),
        ),
        TableSchema(
            "v1_entitlements",
            (ColumnSchema("resource_type_id"), ColumnSchema("resource_id"), ColumnSchema("external_id"), *MESSAGE),
            _unique("idx_entitlements_external_sync_v1"),
            (IndexSchema("idx_entitlements_resource_id_v1", ("resource_type_id", "resource_id")),),
        ),
        TableSchema(
            "v1_sync_runs",
            (
                ColumnSchema("sync_id"),
                ColumnSchema("started_at", "datetime"),
                ColumnSchema("ended_at", "datetime", not_null=False),
                ColumnSchema("sync_token"),
                ColumnSchema("sync_type", default="'full'"),
                ColumnSchema("parent_sync_id", default=EMPTY),
                ColumnSchema("linked_sync_id", default=EMPTY),
                ColumnSchema("supports_diff", "integer", default="0"),
                ColumnSchema("grants_backfilled", "integer", default="0"),
                ColumnSchema("stats", not_null=False),
                ColumnSchema("ingest_invariant_generation", default=EMPTY),
                ColumnSchema("ingest_invariant_coverage", default=EMPTY),
                ColumnSchema("ingest_invariant_mode", default=EMPTY),
            ),
            _unique("idx_sync_runs_sync_id_v1", "sync_id"),
            object=False,
        ),
        TableSchema(
            "v1_grants",
            (
                ColumnSchema("resource_type_id"),
                ColumnSchema("resource_id"),
                ColumnSchema("entitlement_id"),
                ColumnSchema("principal_resource_type_id"),
                ColumnSchema("principal_resource_id"),
                ColumnSchema("external_id"),
                ColumnSchema("expansion", "blob", not_null=False),
                ColumnSchema("needs_expansion", "integer", default="0"),
                *MESSAGE,
            ),
            _unique("idx_grants_external_sync_v1"),
            (
                IndexSchema("idx_grants_resource_type_id_resource_id_v1", ("resource_type_id", "resource_id")),
                IndexSchema("idx_grants_principal_id_v1", ("principal_resource_type_id", "principal_resource_id")),
                IndexSchema(
                    "idx_grants_entitlement_id_principal_id_v1",
                    ("entitlement_id", "principal_resource_type_id", "principal_resource_id"),
                ),
                IndexSchema("idx_grants_entitlement_sync_grant_v1", ("entitlement_id", "sync_id", "id")),
                IndexSchema("idx_grants_sync_expansion_v1", ("sync_id",), where="expansion is not null"),
                IndexSchema("idx_grants_sync_needs_expansion_v1", ("sync_id",), where="needs_expansion = 1"),
            ),
        ),
        TableSchema(
            "v1_assets",
            (ColumnSchema("external_id"), ColumnSchema("content_type"), *MESSAGE),
            _unique("idx_assets_external_sync_v1"),
        ),
        TableSchema(
            "v1_connector_sessions",
            (ColumnSchema("sync_id"), ColumnSchema("key"), ColumnSchema("value", "blob")),
            _unique("idx_session_store_sync_key_v1", "sync_id", "key"),
            object=False,
        ),
    )
}
"""The seven tables by name, in the order Go makes them."""

DEFAULTS: dict[str, dict[str, str]] = {
    table.name: {
        column.name: column.default or "null" for column in table.columns if column.default or not column.not_null
    }
    for table in TABLES.values()
}
"""For each table, what a reader takes for a column that an older file lacks: {column: SQL text}."""

# what a repeated object takes from its last row; everything else stays as the first row has it
FOLDED = {"v1_grants": ("data", "expansion", "needs_expansion"), "v1_connector_sessions": ("value",)}


def create_tables(db: apsw.Connection) -> None:
    """Make the seven tables, where missing, without their indexes except the partial ones.

    Those hold few rows: they cost nothing to keep up to date, and a pass over the whole table to make later.
    """
    for table in TABLES.values():
        body = ", ".join(("id integer primary key", *(column.ddl for column in table.columns)))
        db.execute(f"create table if not exists {table.name} ({body})")
        for index in table.indexes:
            if index.where:
                _create_index(db, table.name, index)


def create_indexes(db: apsw.Connection, table: str) -> None:
    """Make the indexes of a table, where missing. Each is its own transaction unless one is open.

    Raises apsw.ConstraintError when a row occurs twice (see `build_indexes`).
    """
    for index in TABLES[table].indexes:
        _create_index(db, table, index)


def build_indexes(db: apsw.Connection, table: str, sync_id: str) -> int:
    """Make the indexes of a table whose rows were inserted without any, folding repeated ids of `sync_id` first.

    Gives the number of rows that were folded away. Each index, and the folding, is a transaction of its own: after a
    crash, call it again. The common case, nothing repeated, costs nothing extra: the unique index says so.
    """
    folded = build_unique_index(db, table, sync_id)
    create_indexes(db, table)
    return folded


def build_unique_index(db: apsw.Connection, table: str, sync_id: str, taken: Sequence[str] = ()) -> int:
    """The first step of `build_indexes` alone: fold repeated ids of `sync_id`, make the unique index."""
    try:
        _create_index(db, table, TABLES[table].unique)
    except apsw.ConstraintError:
        folded = fold_duplicates(db, table, sync_id, taken)
        _create_index(db, table, TABLES[table].unique)
        return folded
    return 0


def create_index(db: apsw.Connection, table: str, name: str) -> None:
    """Make one index of a table, where missing."""
    _create_index(db, table, next(index for index in TABLES[table].indexes if index.name == name))


def fold_duplicates(db: apsw.Connection, table: str, sync_id: str, taken: Sequence[str] = ()) -> int:
    """Fold the rows of each external id that a sync has more than once into one, in one transaction.

    The row that stays has the id and the columns of the first, and the message of the last (for a grant also its
    expansion; `taken` names other columns): what the Go SDK's upserts come to. Gives the number of rows deleted.
    """
    key = "key" if table == "v1_connector_sessions" else "external_id"
    have = columns(db, table)
    taken = [name for name in taken or FOLDED.get(table, ("data",)) if name in have]
    sets = ", ".join(f"{name} = newest.{name}" for name in taken)
    with transactions.transaction(db):
        db.execute("create temp table if not exists folding (key text primary key, first, last) without rowid")
        db.execute("delete from temp.folding")
        db.execute(
            f"insert into temp.folding select {key}, min(id), max(id)"
            f" from main.{table} where sync_id = ? group by 1 having count(*) > 1",
            (sync_id,),
        )
        db.execute(
            f"update main.{table} set {sets} from temp.folding as f, main.{table} as newest"
            f" where {table}.id = f.first and newest.id = f.last"
        )
        db.execute(
            f"delete from main.{table} where id in (select again.id"
            f" from main.{table} as again join temp.folding as f on f.key = again.{key}"
            " where again.sync_id = ? and again.id <> f.first)",
            (sync_id,),
        )
        folded = db.changes()
        db.execute("drop table temp.folding")
    return folded


def has_unique_index(db: apsw.Connection, table: str) -> bool:
    """Whether the unique index of a table is there: repeated ids are upserts from then on."""
    return bool(
        db.execute("select 1 from sqlite_schema where type = 'index' and name = ?", (TABLES[table].unique.name,)).get
    )


def columns(db: apsw.Connection, table: str, *, database: str = "main") -> set[str]:
    """The names of the columns that a table of a file has, in lower case; empty when the table is absent."""
    return {str(name).lower() for name in _table_info(db, table, database)}


def _table_info(db: apsw.Connection, table: str, database: str) -> Iterator[str]:
    for (name,) in db.execute("select name from pragma_table_info(?, ?)", (table, database)):
        yield name


def _create_index(db: apsw.Connection, table: str, index: IndexSchema) -> None:
    unique = "unique " if index.unique else ""
    where = f" where {index.where}" if index.where else ""
    names = ", ".join(index.columns)
    db.execute(f"create {unique}index if not exists {index.name} on {table} ({names}){where}")
