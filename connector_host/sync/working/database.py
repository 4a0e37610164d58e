"""The working database of a running sync: the rows stored so far, and the work that remains.

It is a c1z v1 database with a few more tables (`host_*`) that the output does not get. Rows are inserted
without indexes, which is what makes a large sync quick; `close_table` builds them when a phase is over and folds
repeated ids into the row the Go SDK would have: columns of the first, message of the last. After that, writes to
the table are upserts by the same rule. Grants stay packed, many in a row, until they are expanded or sealed.

Write-ahead log with `synchronous=NORMAL`: the death of the process loses nothing that was committed, a power loss at
most the commits since the log was last moved into the database (`settle`, or 64 MiB), never their order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

import apsw
from msgspec import Struct
from msgspec.structs import replace

from ...c1z import timestamps, transactions
from ...c1z.sqlite_connections import NEW_WORKING, WORKING, Profile, open_database, rollback_journal
from ...c1z.v1 import schema
from ...c1z.v1.expansion_rows import ExpansionRows
from ...c1z.v1.packed_rows import (
    COLLECTED_GRANTS,
    PACKED,
    create_packed,
    expansions,
    has_foreign_ids,
    unpack,
    unpack_entitlements,
)
from ...errors import FileError
from ...model import Annotation, Entitlement, Resource, ResourceId, ResourceType
from ...wire import decode, encode
from ...wire.grants.packed_grants import PackedGrants
from .page_buffer import PageBuffer, disk_transaction
from .page_writer import ETAGS, PARENTS, SPOILED, TEMPLATES, TYPES

__all__ = ["COLLECTED", "SyncStart", "WorkingSync"]

STATE = (
    "create table if not exists host_state (key text primary key, value) without rowid",
    "create table if not exists host_parents (id text primary key, data blob not null)",
    "create table if not exists host_types (id text primary key, data blob not null)",
    """create table if not exists host_templates (
        resource_type text, slug text, display_name text, description text, data blob not null,
        primary key (resource_type, slug)
    ) without rowid""",
    "create table if not exists host_remarks (counter text, name text, primary key (counter, name)) without rowid",
    "create table if not exists host_etags (resource text primary key, etag text not null) without rowid",
    "create table if not exists host_spoiled (resource text primary key) without rowid",
    """create table if not exists host_items (
        hook text, resource_type text, items integer, malformed integer, primary key (hook, resource_type)
    ) without rowid""",
)
STAMPED = "etags stamped"
PART = 1000
COLLECTED = "collected"
"""The state of a sync of which only the file is to be written."""


class SyncStart(Struct, frozen=True, kw_only=True):
    """The facts that are fixed when a sync begins."""

    sync_id: str
    sync_type: str = "full"
    parent_sync_id: str = ""


class WorkingSync(PageBuffer):
    """One running sync in its database. Used by one thread.

    `read_resource` makes a resource of its stored bytes.
    """

    def __init__(self, db: apsw.Connection, sync_id: str) -> None:
        self.read_resource: Callable[[bytes], Resource] = decode.resource
        for statement in STATE:
            db.execute(statement)
        create_packed(db)
        super().__init__(db, sync_id)
        self._templates: dict[str, list[Entitlement]] = {}

    @classmethod
    def create(cls, path: Path, start: SyncStart) -> WorkingSync:
        """Create a new database at `path`, which must not exist, holding the start of one sync."""
        db = _connect(path, NEW_WORKING)
        with disk_transaction(db):
            schema.create_tables(db)
            db.execute(
                "insert into v1_sync_runs (sync_id, started_at, sync_token, sync_type, parent_sync_id,"
                " grants_backfilled) values (?, ?, '', ?, ?, 1)",
                (start.sync_id, timestamps.now(), start.sync_type, start.parent_sync_id),
            )
            work = cls(db, start.sync_id)
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)  # on the disk before anything says that it is there
        return work

    @classmethod
    def open(cls, path: Path, sync_id: str) -> WorkingSync:
        """Open the database of an earlier run at `path`; FileError when it is not one of sync `sync_id`."""
        db = _connect(path, WORKING)
        try:
            sync_count = db.execute("select count(*) from v1_sync_runs where sync_id = ?", (sync_id,)).get
        except apsw.Error as error:
            db.close()
            if isinstance(error, transactions.DISK_ERRORS):
                raise FileError(
                    f"{path}: the working state cannot be read ({error})", hint=transactions.ROOM
                ) from error
            raise FileError(f"{path}: the working state is damaged ({error})", hint=FRESH) from error
        if not sync_count:
            db.close()
            raise FileError(f"{path}: the working state does not hold sync {sync_id}", hint=FRESH)
        return cls(db, sync_id)

    def close(self) -> None:
        """Close the database; nothing that was written is lost."""
        self._db.close()

    def expansion_rows(self) -> ExpansionRows:
        """Return the grants as expansion reads and writes them."""
        return ExpansionRows(self._db, self.sync_id)

    def settle(self) -> None:
        """Write everything committed to the disk, where a power loss cannot take it."""
        self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def written_once(self) -> AbstractContextManager[None]:
        """Use a rollback journal, which writes appended rows once instead of twice, for long work of the host."""
        return rollback_journal(self._db)

    # ----------------------------------------------------------------------------------------------- writing rows

    def put_resource_types(self, items: Sequence[ResourceType]) -> None:
        """Store resource types; one stored before is replaced."""
        self._page.add_rows(schema.RESOURCE_TYPES, [(item.id, encode.resource_type(item)) for item in items])

    def keep_types(self, items: Iterable[ResourceType]) -> None:
        """Keep resource types that are not to be stored: entitlements may still name them in `grantable_to`."""
        rows = [(item.id, encode.resource_type(item)) for item in items]
        self._page.add_rows(TYPES, rows)

    def kept_types(self) -> list[ResourceType]:
        """Return the resource types that `keep_types` kept."""
        self.flush()
        return [decode.resource_type(data) for (data,) in self._db.execute("select data from host_types")]

    def put_resources(self, items: Sequence[Resource]) -> None:
        """Store resources."""
        rows = [
            (
                item.id.resource_type,
                str(item.id),
                item.parent.resource_type if item.parent else None,
                item.parent.resource if item.parent else None,
                encode.resource(item),
            )
            for item in items
        ]
        self._page.add_rows(schema.RESOURCES, rows)

    def put_found_resources(self, items: Sequence[Resource], hooks: Sequence[str]) -> None:
        """Store resources that only turned up with grants: `hooks` are not called for them, also not by a later run."""
        self.put_resources(items)
        self.flush()
        last = self._last_resource()
        for hook in hooks:
            self.set_state(f"planned:{hook}", last)

    def keep_parents(self, items: Iterable[Resource]) -> None:
        """Keep resources at hand whose children are to be listed: `resource` is slow until their table is closed."""
        self._page.add_rows(PARENTS, [(str(item.id), encode.resource(item)) for item in items])

    def parent(self, resource_id: ResourceId) -> Resource | None:
        """Return a resource that was kept by `keep_parents`."""
        self._flush_table(PARENTS)
        data = self._db.execute("select data from host_parents where id = ?", (str(resource_id),)).get
        return None if data is None else self.read_resource(data)

    def put_entitlements(self, items: Iterable[Entitlement], types: Mapping[str, ResourceType]) -> None:
        """Store entitlements; type ids in `grantable_to` are looked up in `types`."""
        rows = [
            (item.resource.id.resource_type, item.resource.id.resource, item.id, encode.entitlement(item, types))
            for item in items
        ]
        self._page.add_rows(schema.ENTITLEMENTS, rows)

    def keep_template(self, resource_type: str, item: Entitlement, types: Mapping[str, ResourceType]) -> None:
        """Keep a static entitlement of a type, for resources that turn up later."""
        data = encode.entitlement(item, types)
        self._page.add_rows(TEMPLATES, [(resource_type, item.slug, item.display_name, item.description, data)])
        self._templates.pop(resource_type, None)

    def templates(self, resource_type: str) -> list[Entitlement]:
        """Return the static entitlements that `keep_template` kept for a type."""
        if resource_type not in self._templates:
            self._flush_table(TEMPLATES)
            rows = self._db.execute(
                "select display_name, description, data from host_templates where resource_type = ?", (resource_type,)
            )
            self._templates[resource_type] = [
                replace(decode.entitlement(data), display_name=name, description=description)
                for name, description, data in rows
            ]
        return self._templates[resource_type]

    def has_entitlement(self, entitlement_id: str) -> bool:
        """Return whether an entitlement is stored. Quick once entitlements are closed."""
        self._flush_table(schema.ENTITLEMENTS)
        return bool(
            self._db.execute(
                "select 1 from v1_entitlements where external_id = ? and sync_id = ?", (entitlement_id, self.sync_id)
            ).get
        )

    def missing_resources(self, ids: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those of the resources, each a type and an id, that are not stored."""
        self._flush_table(schema.RESOURCES)
        by_text = {f"{type_id}:{name}": (type_id, name) for type_id, name in ids}
        stored = self._db.execute(
            "select external_id from v1_resources where sync_id = ?"
            " and external_id in (select value from json_each(?))",
            (self.sync_id, json.dumps(list(by_text))),
        )
        for (text,) in stored:
            by_text.pop(text, None)
        return set(by_text.values())

    def missing_parents(self) -> list[tuple[str, str, int]]:
        """Return the type and id of each parent that is named and not stored, and the number of its children."""
        return self._missing("parent_resource_type_id", "parent_resource_id", schema.RESOURCES)

    def missing_entitled(self) -> list[tuple[str, str, int]]:
        """Return the type and id of each resource that is not stored, and the number of the entitlements on it."""
        return self._missing("resource_type_id", "resource_id", schema.ENTITLEMENTS)

    def _missing(self, type_column: str, id_column: str, table: str) -> list[tuple[str, str, int]]:
        """Return the resources that two columns of a table name and that are not stored."""
        self.flush()
        rows = self._db.execute(
            f"select {type_column}, {id_column}, count(*) from {table} as row where sync_id = ? and {id_column} <> ''"
            " and not exists (select 1 from v1_resources as named where named.sync_id = row.sync_id"
            f" and named.external_id = row.{type_column} || ':' || row.{id_column}) group by 1, 2 order by 1, 2",
            (self.sync_id,),
        )
        return [(str(type_id), str(name), int(number)) for type_id, name, number in rows]

    def put_grants(self, grants: Iterable[PackedGrants]) -> None:
        """Store grants in the form that `wire.grants.packed_grants.GrantPacker` gives them."""
        self._page.add_rows(PACKED, grants)

    def unpack_grants(self) -> None:
        """Make rows of the packed grants that expansion cannot read packed, on entitlements that an expansion names.

        Repeated ids must be rows together, so all are where an id may be repeated on another entitlement.
        """
        with self.transaction():
            if has_foreign_ids(self._db):
                unpack(self._db, self.sync_id, COLLECTED_GRANTS)
                return
            entitlements: set[str] = set()
            for entitlement, expansion in expansions(self._db, self.sync_id):
                entitlements.add(entitlement)
                entitlements.update(decode.expandable(expansion).entitlement_ids)
            unpack_entitlements(self._db, self.sync_id, entitlements)

    def unpack_all_grants(self) -> None:
        """Make rows of all packed grants. The caller holds the transaction."""
        unpack(self._db, self.sync_id)

    # ----------------------------------------------------------------------------------------------- ETags

    def put_etag(self, resource: str, etag: str) -> None:
        """Keep the ETag of the grants on a resource (`type:id`)."""
        self._page.add_rows(ETAGS, [(resource, etag)])

    def spoil_etags(self, resources: Iterable[str]) -> None:
        """Note resources whose grants must be read again by the next sync, whatever ETag they have."""
        self._page.add_rows(SPOILED, [(resource,) for resource in resources])

    def stamp_etags(self) -> int:
        """Write the ETags onto their resources, once, and return their number. The caller holds the transaction."""
        self.flush()
        if stamped := self.state(STAMPED):
            return stamped - 1
        rows = self._db.execute(
            "select r.id, r.data, e.etag from host_etags e join v1_resources r"
            " on r.external_id = e.resource and r.sync_id = ?"
            " where e.resource not in (select resource from host_spoiled) order by r.id",
            (self.sync_id,),
        )
        count = 0
        while part := list(islice(rows, PART)):
            self._db.executemany(
                "update v1_resources set data = ? where id = ?",
                [(data + encode.carried([Annotation.of("ETag", {"value": etag})]), row) for row, data, etag in part],
            )
            count += len(part)
        self.set_state(STAMPED, count + 1)
        return count

    # ----------------------------------------------------------------------------------------------- reading them back

    def resource_types(self) -> list[ResourceType]:
        """Return the stored resource types, in the order they came."""
        self.flush()
        return [
            decode.resource_type(data) for (data,) in self._db.execute("select data from v1_resource_types order by id")
        ]

    def resource(self, resource_id: ResourceId) -> Resource | None:
        """Return one stored resource as it was last given. Quick once resources are closed."""
        self._flush_table(schema.RESOURCES)
        data = self._db.execute(
            "select data from v1_resources where external_id = ? and sync_id = ? order by id desc limit 1",
            (str(resource_id), self.sync_id),
        ).get
        return None if data is None else self.read_resource(data)

    def resources(self, resource_type: str) -> Iterator[Resource]:
        """Return the stored resources of a type, in the order they came."""
        self._flush_table(schema.RESOURCES)
        rows = self._db.execute(
            "select data from v1_resources where resource_type_id = ? and sync_id = ? order by id",
            (resource_type, self.sync_id),
        )
        for (data,) in rows:
            yield self.read_resource(data)

    # ----------------------------------------------------------------------------------------------- phases

    def plan(self, phase: int, hook: str, skipped_types: Iterable[str], only: Sequence[str] | None = None) -> int:
        """Queue `hook` once for every resource stored since the last call for this hook, and return their number.

        Resources of `skipped_types` are left out, and with `only` all but those of these ids (`type:id`).
        """
        key = f"planned:{hook}"
        since, last = self.state(key, 0), self._last_resource()
        types = list(skipped_types)
        chosen = None if only is None else json.dumps(list(only))
        marks = ",".join("?" * len(types))
        added = self.queue.push_resources(
            "select ?, ?, resource_type_id, substr(external_id, length(resource_type_id) + 2) from v1_resources"
            f" where id > ? and id <= ? and sync_id = ? and resource_type_id not in ({marks})"
            " and (? is null or external_id in (select value from json_each(?))) order by id",
            (phase, hook, since, last, self.sync_id, *types, chosen, chosen),
        )
        self.set_state(key, last)
        return added

    def _last_resource(self) -> int:
        return int(self._db.execute("select coalesce(max(id), 0) from v1_resources").get)

    def close_table(self, table: str) -> int:
        """Build the indexes of `resource_types`, `resources`, `entitlements` or `grants`.

        Gives the number of repeated ids that were folded into one row. Safe to call again after a crash.
        """
        self.flush()
        return self._writer.close(f"v1_{table}")


FRESH = "Run the same command with --fresh to delete the working state and start anew."


def _connect(path: Path, profile: Profile) -> apsw.Connection:
    try:
        return open_database(path, profile)
    except transactions.DISK_ERRORS as error:
        raise FileError(f"{path}: the working database cannot be opened ({error})", hint=transactions.ROOM) from error
    except apsw.Error as error:
        raise FileError(f"{path}: the working database cannot be opened ({error})", hint=FRESH) from error
