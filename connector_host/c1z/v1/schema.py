"""The SQLite schema of format v1 as data, and the functions that build it (docs/c1z-v1.md, Tables).

Names, declared types, defaults and column order are those of a new file of the Go SDK. The declared types matter: its
driver reads a text as a time only from a column declared `datetime`. Two index names on resources describe the columns
of the other one; the SDK looks for them by name, so they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw
from msgspec import Struct

from .. import transactions

__all__ = [
    "BY_HOLDER",
    "DEFAULTS",
    "ENTITLEMENTS",
    "GRANTS",
    "OBJECT_COLUMNS",
    "RESOURCES",
    "RESOURCE_TYPES",
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
    "insert_statement",
]

RESOURCE_TYPES, RESOURCES, ENTITLEMENTS, GRANTS = "v1_resource_types", "v1_resources", "v1_entitlements", "v1_grants"
BY_HOLDER = "idx_grants_entitlement_id_principal_id_v1"
"""The index by which the grants of an entitlement are read in the order of their principals."""


class ColumnSchema(Struct, frozen=True):
    """A column; `default` is SQL text, None for no default."""

    name: str
    type: str = "text"
    not_null: bool = True
    default: str | None = None

    @property
    def ddl(self) -> str:
        """The column definition of `create table`."""
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
    """A table. Each has `id integer primary key` before `columns`; the index `unique` identifies a row."""

    name: str
    columns: tuple[ColumnSchema, ...]
    unique: IndexSchema
    further_indexes: tuple[IndexSchema, ...] = ()
    object: bool = True
    """True when the rows are objects of a sync, identified by `external_id`."""

    @property
    def indexes(self) -> tuple[IndexSchema, ...]:
        """All indexes, the unique one first."""
        return (self.unique, *self.further_indexes)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, without `id`."""
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
"""The seven tables by name, in the order in which the SDK creates them."""

DEFAULTS: dict[str, dict[str, str]] = {
    table.name: {
        column.name: column.default or "null" for column in table.columns if column.default or not column.not_null
    }
    for table in TABLES.values()
}
"""Table -> column -> SQL text of the value that a reader takes for a column that an older file lacks."""

OBJECT_COLUMNS: dict[str, tuple[str, ...]] = {
    RESOURCE_TYPES: ("external_id", "data", "id"),
    RESOURCES: (
        *("resource_type_id", "external_id", "parent_resource_type_id", "parent_resource_id"),
        *("data", "id"),
    ),
    ENTITLEMENTS: ("resource_type_id", "resource_id", "external_id", "data", "id"),
    GRANTS: (
        *("resource_type_id", "resource_id", "entitlement_id"),
        *("principal_resource_type_id", "principal_resource_id"),
        *("external_id", "expansion", "needs_expansion", "data", "id"),
    ),
    "v1_assets": ("external_id", "content_type", "data", "id"),
}
"""Table -> the columns of its row type (`types.GrantRow` and its siblings), field by field; the last is the row number.
The one list of these columns: readers select them and writers insert them in this order."""

# the columns that a repeated object takes from its last row; all others stay as in the first row
FOLDED = {"v1_grants": ("data", "expansion", "needs_expansion"), "v1_connector_sessions": ("value",)}


def create_tables(db: apsw.Connection) -> None:
    """Create the missing ones of the seven tables, without indexes except the partial ones.

    Partial indexes hold few rows: keeping them up to date costs nothing, and building them later a scan of the table.
    """
    for table in TABLES.values():
        body = ", ".join(("id integer primary key", *(column.ddl for column in table.columns)))
        db.execute(f"create table if not exists {table.name} ({body})")
        for index in table.indexes:
            if index.where:
                _create_index(db, table.name, index)


def insert_statement(table: str, columns: Sequence[str], *, sync_id: str = "", now: str = "") -> str:
    """Return the statement that inserts one row of `columns`; `id` 0 stands for a new row number.

    With `sync_id`, every row gets it as its sync and `now` as the time of its discovery.
    """
    names = list(columns)
    marks = ["nullif(?, 0)" if name == "id" else "?" for name in columns]
    if sync_id:
        names += ("sync_id", "discovered_at")
        marks += (apsw.format_sql_value(sync_id), apsw.format_sql_value(now))
    return f"insert into {table} ({', '.join(names)}) values ({', '.join(marks)})"


def create_indexes(db: apsw.Connection, table: str, check: Callable[[], None] | None = None) -> None:
    """Create the missing indexes of a table. Each is a transaction of its own unless one is open.

    `check` is called after each, and ends the work by an exception. Raises apsw.ConstraintError when a row occurs twice
    (see `build_indexes`).
    """
    for index in TABLES[table].indexes:
        _create_index(db, table, index)
        if check is not None:
            check()


def build_indexes(db: apsw.Connection, table: str, sync_id: str | None, check: Callable[[], None] | None = None) -> int:
    """Create the indexes of a table whose rows were inserted without any, and fold repeated ids of `sync_id` first.

    None folds the repeated ids of every sync. Returns the number of rows that were folded away. Each index, and the
    folding, is a transaction of its own: after a crash, call it again. The common case without repeated ids costs
    nothing extra: the unique index shows it. `check` is that of `create_indexes`.
    """
    folded = build_unique_index(db, table, sync_id)
    create_indexes(db, table, check)
    return folded


def build_unique_index(db: apsw.Connection, table: str, sync_id: str | None, from_last: Sequence[str] = ()) -> int:
    """Do the first step of `build_indexes`: fold repeated ids of `sync_id` and create the unique index."""
    try:
        _create_index(db, table, TABLES[table].unique)
    except apsw.ConstraintError:
        folded = fold_duplicates(db, table, sync_id, from_last)
        _create_index(db, table, TABLES[table].unique)
        return folded
    return 0


def create_index(db: apsw.Connection, table: str, name: str) -> None:
    """Create one index of a table if it is missing."""
    _create_index(db, table, next(index for index in TABLES[table].indexes if index.name == name))


def fold_duplicates(db: apsw.Connection, table: str, sync_id: str | None, from_last: Sequence[str] = ()) -> int:
    """Fold the rows of each id that a sync (None: any sync) has more than once into one, in one transaction.

    The row that stays has the row number and the columns of the first row, and the message of the last (for a grant
    also its expansion; `from_last` names other columns). This is the result of the Go SDK's upserts. Returns the number
    of rows deleted.
    """
    key = next((name for name in TABLES[table].unique.columns if name != "sync_id"), "sync_id")
    existing = columns(db, table)
    replaced = [name for name in from_last or FOLDED.get(table, ("data",)) if name in existing]
    assignments = ", ".join(f"{name} = newest.{name}" for name in replaced)
    with transactions.transaction(db):
        db.execute(
            "create temp table if not exists folding (key text, sync text, first, last, primary key (key, sync))"
            " without rowid"
        )
        db.execute("delete from temp.folding")
        db.execute(
            f"insert into temp.folding select {key}, sync_id, min(id), max(id)"
            f" from main.{table} where (:sync is null or sync_id = :sync) group by 1, 2 having count(*) > 1",
            {"sync": sync_id},
        )
        if assignments:
            db.execute(
                f"update main.{table} set {assignments} from temp.folding as f, main.{table} as newest"
                f" where {table}.id = f.first and newest.id = f.last"
            )
        db.execute(
            f"delete from main.{table} where id in (select again.id"
            f" from main.{table} as again join temp.folding as f on f.key = again.{key} and f.sync = again.sync_id"
            " where again.id <> f.first)"
        )
        folded = db.changes()
        db.execute("drop table temp.folding")
    return folded


def has_unique_index(db: apsw.Connection, table: str) -> bool:
    """Return True when a table has its unique index: repeated ids are upserts from then on."""
    return bool(
        db.execute("select 1 from sqlite_schema where type = 'index' and name = ?", (TABLES[table].unique.name,)).get
    )


def columns(db: apsw.Connection, table: str, *, database: str = "main") -> set[str]:
    """Return the names of the columns of a table, in lower case; empty when the table is missing."""
    rows = db.execute("select name from pragma_table_info(?, ?)", (table, database))
    return {str(name).lower() for (name,) in rows}


def _create_index(db: apsw.Connection, table: str, index: IndexSchema) -> None:
    unique = "unique " if index.unique else ""
    where = f" where {index.where}" if index.where else ""
    names = ", ".join(index.columns)
    db.execute(f"create {unique}index if not exists {index.name} on {table} ({names}){where}")
