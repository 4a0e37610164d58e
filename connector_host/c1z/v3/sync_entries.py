"""One sync in the tables of format v1 as the entries of a v3 database, ascending by key.

Each family is selected in the order of its keys, so nothing is held in memory; SQLite sorts on the disk. Grants come
entitlement by entitlement, from rows or from runs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import lru_cache, partial
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import apsw

from ...errors import FileError
from ...wire.v3 import record_encoding
from ...wire.v3.format_losses import FormatLoss, LossCounter
from ...wire.v3.sync_records import RunRecord, StatsRecord, type_number, write_run, write_stats
from .. import ksuid, timestamps, transactions
from ..pebble.table_writer import RowGroup, row_groups
from ..sqlite_connections import DAMAGED
from ..v1 import schema
from ..v1.schema import BY_HOLDER
from . import keys
from .grant_runs import read_runs
from .principal_index import PrincipalIndex
from .row_grants import RowGrants
from .run_groups import RunGroups

__all__ = ["SyncEntries", "build_indexes", "run_record"]

Entry = tuple[bytes, bytes]
Row = tuple[Any, ...]
BATCH = 5000
FORMAT = (2).to_bytes(4, "big")


class SyncEntries:
    """The entries of one sync; `lost`, `stats` and `run` are complete after the last entry.

    The database has the indexes of `build_indexes`, and its packed grants are separated (`grant_runs`). `local`: the
    times are this computer's wall clock, as a running sync writes them; otherwise their digits are UTC, as readers of
    files take them.
    """

    def __init__(self, db: apsw.Connection, sync_id: str, *, local: bool = False) -> None:
        self._db, self._sync_id = db, sync_id
        self._nanoseconds = lru_cache(4096)(partial(timestamps.to_nanoseconds, local=local))
        self.lost: LossCounter = Counter()
        self.run = run_record(db, sync_id, local=local)
        self._assets = 0
        self._types: list[str] = []
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("resources", "entitlements", "grants")}

    @property
    def stats(self) -> StatsRecord:
        """The counts of the entries so far."""
        resources, entitlements, grants = (dict(self._counts[name]) for name in self._counts)
        return StatsRecord(
            sync_id=self._sync_id,
            resource_types=len(self._types),
            resources=sum(resources.values()),
            entitlements=sum(entitlements.values()),
            grants=sum(grants.values()),
            assets=self._assets,
            resources_by_type={name: resources.get(name, 0) for name in self._types},
            grants_by_type=grants,
            entitlements_by_type=entitlements,
            written_at=self.run.ended_at,
        )

    def groups(self) -> Generator[RowGroup]:
        """Yield the entries, ascending by key."""
        db = self._db
        db.create_scalar_function("v3_parts", keys.entitlement_parts, 3, deterministic=True)
        with transactions.transaction(db, "begin"):  # of the temporary tables; the database itself is only read
            db.execute("create temp table v3_index (key blob not null)")
            by_principal = PrincipalIndex(db)
            yield from row_groups(chain(self._resource_types(), self._resources(), self._entitlements()))
            yield from self._grants(by_principal.add)
            run = (keys.SYNC_RUN, write_run(self.run))
            yield from row_groups(chain(self._asset_entries(), (run,), self._index(keys.BY_PARENT)))
            yield from by_principal.groups()
            yield from row_groups(chain(self._index(keys.NEEDS_EXPANSION), self._meta()))
            db.execute("drop table temp.v3_index")

    def _index(self, family: bytes) -> Iterator[Entry]:
        """Yield the entries of a collected index."""
        sql = "select distinct key from temp.v3_index where key > ? and key < ? order by key"
        for (key,) in self._db.execute(sql, (family, keys.after(family))):
            yield key, b""  # once, also of merged grants

    def _meta(self) -> Iterator[Entry]:
        sessions = "select count(*) from v1_connector_sessions where sync_id = ?"
        self.lost[FormatLoss.SESSIONS] += int(self._db.execute(sessions, (self._sync_id,)).get)
        yield keys.ID_FORMAT, FORMAT
        yield keys.KEYSPACE_VERSION, FORMAT
        yield keys.STATS, write_stats(self.stats)

    # ------------------------------------------------------------------------------------------ the families

    def _resource_types(self) -> Iterator[Entry]:
        rows = self._select("external_id, data, discovered_at", "v1_resource_types", "external_id")
        for type_id, data, discovered in rows:
            if not type_id:
                self.lost[FormatLoss.NO_IDS] += 1
                continue
            self._types.append(type_id)
            record = record_encoding.resource_type(data, type_id, self._nanoseconds(discovered), self.lost)
            yield keys.resource_type(type_id), record

    def _resources(self) -> Iterator[Entry]:
        columns = "resource_type_id, external_id, data, discovered_at"
        children: list[bytes] = []
        for type_id, full_id, data, discovered in self._select(
            columns, "v1_resources", "resource_type_id, external_id"
        ):
            if not full_id.startswith(f"{type_id}:"):
                raise FileError(f"the resource {full_id!r} is stored as one of type {type_id!r}", hint=DAMAGED)
            resource_id = full_id[len(type_id) + 1 :]
            if not (type_id and resource_id):
                self.lost[FormatLoss.NO_IDS] += 1
                continue
            self._counts["resources"][type_id] += 1
            record, parent = record_encoding.resource(
                data, type_id, resource_id, self._nanoseconds(discovered), self.lost
            )
            if parent is not None:
                own = keys.join(type_id, resource_id)
                children.append(keys.index(keys.BY_PARENT, keys.join(*parent), own))
            if len(children) >= BATCH:
                self._add_to_index(children)
            yield keys.resource(type_id, resource_id), record
        self._add_to_index(children)

    def _entitlements(self) -> Iterator[Entry]:
        columns = "resource_type_id, resource_id, external_id"
        sql = (
            f"select {columns}, data, discovered_at, v3_parts({columns}) as parts from v1_entitlements"
            " where sync_id = ? order by parts"
        )
        for type_id, resource_id, entitlement_id, data, discovered, parts in self._db.execute(sql, (self._sync_id,)):
            if parts is None:
                self.lost[FormatLoss.NO_IDS] += 1
                continue
            self._counts["entitlements"][type_id] += 1
            moment = self._nanoseconds(discovered)
            record = record_encoding.entitlement(data, type_id, resource_id, entitlement_id, moment, self.lost)
            yield keys.ENTITLEMENTS + b"\x00" + parts, record

    def _grants(self, add_to_index: Callable[[bytes, list[str]], None]) -> Iterator[RowGroup]:
        moment_of = lru_cache(4096)(lambda text: record_encoding.moment(self._nanoseconds(text)))
        runs = RunGroups(moment_of, add_to_index)
        rows = RowGrants(
            self._db,
            self._sync_id,
            self.lost,
            moment_of=moment_of,
            add_to_index=add_to_index,
            add_keys=self._add_to_index,
        )
        with_rows = ((parts, ids, None) for parts, ids in rows.entitlements())
        with_runs = ((on.parts, on.ids, on) for on in read_runs(self._db))
        ascending = merge(with_rows, with_runs, key=itemgetter(0))
        for parts, members in groupby(ascending, key=itemgetter(0)):
            *others, (_, ids, with_run) = members  # the rows of an entitlement stand in front of its runs
            if with_run is None:
                groups = rows.groups(parts, ids)
            else:
                groups = runs.groups(with_run, rows.records(parts, ids) if others else {})
            number = 0
            for group in groups:
                number += group.entries
                yield group
            if number:
                self._counts["grants"][ids[0]] += number

    def _asset_entries(self) -> Iterator[Entry]:
        for asset_id, content_type, data, discovered in self._select(
            "external_id, content_type, data, discovered_at", "v1_assets", "external_id"
        ):
            self._assets += 1
            record = record_encoding.asset(data, asset_id, content_type, self._nanoseconds(discovered))
            yield keys.asset(asset_id), record

    def _select(self, columns: str, table: str, order: str) -> Iterator[Row]:
        sql = f"select {columns} from {table} where sync_id = ? order by {order}"
        return self._db.execute(sql, (self._sync_id,))

    def _add_to_index(self, index: list[bytes]) -> None:
        """Collect keys of an index, to be sorted later."""
        if index and hasattr(apsw, "carray"):  # since apsw 3.51: all at once
            array = apsw.carray(tuple(index), flags=apsw.SQLITE_CARRAY_BLOB)
            self._db.execute("insert into temp.v3_index select value from carray(?)", (array,))
        elif index:
            self._db.executemany("insert into temp.v3_index values (?)", zip(index, strict=True))
        index.clear()


def build_indexes(db: apsw.Connection, sync_id: str) -> int:
    """Build the indexes that `SyncEntries` reads by, and return the number of repeated ids that were folded."""
    folded = sum(schema.build_unique_index(db, table, sync_id) for table in schema.TABLES)
    schema.create_index(db, schema.GRANTS, BY_HOLDER)
    return folded


def run_record(db: apsw.Connection, sync_id: str, *, local: bool = False) -> RunRecord:
    """Return the record of a sync. Raises FileError for one that format v3 cannot hold."""
    row = db.execute(
        "select sync_type, parent_sync_id, started_at, ended_at, sync_token, supports_diff, linked_sync_id,"
        " ingest_invariant_generation, ingest_invariant_coverage, ingest_invariant_mode from v1_sync_runs"
        " where sync_id = ?",
        (sync_id,),
    ).fetchone()
    if row is None:
        raise FileError(f"the database does not hold the sync {sync_id}", hint=DAMAGED)
    sync_type, parent, started, ended, token, supports_diff, linked, generation, coverage, mode = row
    if not ksuid.is_ksuid(sync_id):
        raise FileError(
            f"format v3 needs a sync id of 27 letters and digits, not {sync_id!r}", hint="Sync again, or keep the file."
        )
    try:
        type_number(sync_type)
    except ValueError:
        raise FileError(
            f"format v3 has no syncs of type {sync_type!r}", hint="Choose another sync of the file."
        ) from None
    return RunRecord(
        sync_id=sync_id,
        type=sync_type,
        parent_sync_id=parent,
        started_at=timestamps.to_nanoseconds(started, local=local) if started else None,
        ended_at=timestamps.to_nanoseconds(ended, local=local) if ended else None,
        token=token,
        supports_diff=bool(supports_diff),
        linked_sync_id=linked,
        invariant_generation=generation,
        invariant_coverage=_coverage(coverage),
        invariant_mode=mode,
    )


def _coverage(text: str) -> tuple[str, ...]:
    try:
        items = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    return tuple(item for item in items if isinstance(item, str)) if isinstance(items, list) else ()
