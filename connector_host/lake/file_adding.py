"""Adding of the syncs of a c1z file to a lake: rows as Parquet under new keys, then one commit."""

from __future__ import annotations

import gc
import itertools
import logging
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins
from msgspec.json import encode
from msgspec.structs import replace

from ..c1z.opening import open_store
from ..c1z.types import FULL, Store, SyncRun, View
from ..errors import ConfigError, FileError, PreconditionError
from ..query.index_loading import batches
from ..query.sync_context import is_expanded, sync_gaps
from ..query.sync_origin import read_origin
from ..query.sync_selection import finished_syncs, sync_by_id
from .grant_tables import GrantReader, run_table
from .lake_catalog import Lake
from .lake_schema import OBJECT_TABLES, arrow_schema, import_pyarrow, table_columns
from .parquet_files import store_parquet
from .source_names import default_source_name
from .sync_commits import DataFile, SourceRecord, SyncCommit, key_part
from .table_rows import Row, entitlement_rows, resource_rows, resource_type_rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AddedSync", "add_file", "open_lake_for_adding", "sync_row"]

ROWS_AT_ONCE, ROWS_OF_FILE = 10_000, 4_000_000
ADDED, PRESENT, REPLACED = "added", "present", "replaced"

log = logging.getLogger(__name__)


class AddedSync(Struct, frozen=True):
    """The result for one sync: its commit, and `added`, `present` (nothing was written) or `replaced`."""

    commit: SyncCommit
    outcome: str


def open_lake_for_adding(place: str) -> Lake:
    """Open a lake, or create it. Raises FileError without the extra."""
    import_pyarrow()
    return Lake.open(place, create=True, created_by=f"connector-host {version('connector-host')}")


def add_file(
    lake: Lake, path: Path, *, source: str | None = None, sync_id: str | None = None, replace_existing: bool = False
) -> list[AddedSync]:
    """Add the finished full syncs of a c1z file, or one of them; a sync that the lake holds is left alone.

    `source` is the name of the source; by default connector and account make it. `replace_existing` writes a sync that
    the lake holds again. Raises PreconditionError for a file without such a sync and for a clash of names.
    """
    with open_store(path) as store:
        return [
            _add_sync(lake, store, sync, source, replace_existing=replace_existing)
            for sync in _chosen_syncs(store, sync_id)
        ]


def _chosen_syncs(store: Store, sync_id: str | None) -> list[SyncRun]:
    syncs = store.syncs()
    finished = [sync for sync in finished_syncs(syncs) if sync.type == FULL]
    if sync_id is not None:
        sync = sync_by_id(store, syncs, sync_id)
        if sync not in finished:
            raise PreconditionError(
                f"The sync {sync_id} of {store.path} is not a finished full sync.", hint="A lake holds only such syncs."
            )
        return [sync]
    if not finished:
        raise PreconditionError(
            f"{store.path} holds no finished full sync, so nothing was added.",
            hint="Run the connector's sync to its end, without --sync-resources and other restrictions.",
        )
    if not all(sync.id for sync in finished):
        raise PreconditionError(
            f"{store.path} holds a sync without an id, so nothing was added.", hint="Run the connector's sync again."
        )
    if len(finished) < len(syncs):
        log.warning(
            "%s: %d syncs that are unfinished or not full are left out.", store.path, len(syncs) - len(finished)
        )
    return finished


def _add_sync(lake: Lake, store: Store, sync: SyncRun, source: str | None, *, replace_existing: bool) -> AddedSync:
    view = store.view(sync)
    commit = _describe(view, store, source)
    _refuse_other_source(lake, commit)
    lake.register_source(SourceRecord(name=commit.source, connector=commit.connector, account=commit.account))
    previous = lake.newest_revision(commit.source, sync.id)
    is_present = previous is not None and not previous.removed
    if previous is not None and is_present and not replace_existing:
        if previous.expanded != commit.expanded:
            log.warning(
                "%s: the lake holds sync %s from before `expand` changed it; see --replace.", store.path, sync.id
            )
        return AddedSync(previous, PRESENT)
    commit = replace(commit, revision=previous.revision + 1 if previous is not None else 1)
    with _discarded_on_error(lake) as keys, _paused_collector():
        commit = _write_tables(lake, view, commit, keys)
        is_first = _create_commit(lake, commit, keys)
        if is_first:
            keys.clear()
    lake.note_sync(commit)
    if not is_first:  # another process added the same sync meanwhile
        winner = lake.newest_revision(commit.source, sync.id)
        return AddedSync(winner or commit, PRESENT)
    return AddedSync(commit, REPLACED if is_present else ADDED)


def _describe(view: View, store: Store, source: str | None) -> SyncCommit:
    """Return the commit of a sync without its rows."""
    sync, origin = view.sync, read_origin(view.sync)
    if source is None and not origin.connector:
        raise ConfigError(
            f"{store.path} does not record its connector and account, so its source has no name.",
            hint="Specify a name for the application and account: --source NAME.",
        )
    return SyncCommit(
        source=source or default_source_name(origin),
        sync_id=sync.id,
        revision=1,
        connector=origin.connector,
        connector_version=origin.connector_version,
        account=origin.account,
        read_as=origin.user,
        type=sync.type,
        started_at=_moment(sync, sync.started_at),
        ended_at=_moment(sync, sync.ended_at),
        added_at=(now := datetime.now(UTC)),
        committed_at=now,
        expanded=is_expanded(view),
        gaps=tuple(sync_gaps(view)),
        unread=origin.unread,
        file_format="v3" if store.engine == "pebble" else "v1",
    )


def _moment(sync: SyncRun, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FileError(
            f"The sync {sync.id} cannot be added: {text!r} is not a time.", hint="Run `connector-host validate`."
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refuse_other_source(lake: Lake, commit: SyncCommit) -> None:
    """Raise PreconditionError if the lake holds the sync under another name."""
    holder = lake.source_of(commit.sync_id)
    if holder not in (None, commit.source):
        raise PreconditionError(
            f"The lake holds sync {commit.sync_id} under the source {holder!r}.",
            hint=f"Leave out --source, or specify --source {holder}.",
        )


@contextmanager
def _discarded_on_error(lake: Lake) -> Iterator[list[str]]:
    """Collect keys for the block, and delete their objects afterwards unless the block cleared the list."""
    keys: list[str] = []
    try:
        yield keys
    finally:
        for key in keys:
            try:
                lake.store.delete(key)
            except FileError as error:  # invisible, and `lake prune` removes it
                log.debug("not deleted: %s", error)


def _create_commit(lake: Lake, commit: SyncCommit, keys: list[str]) -> bool:
    """Create the object of a commit; return False if another process has committed the sync.

    If the answer of the store is lost, the commit may exist: it is read again. If that fails, too, the files stay.
    """
    content = encode(commit)
    try:
        return lake.store.create(commit.key, content)
    except FileError as error:
        try:
            stored = lake.store.read(commit.key)
        except FileError:
            keys.clear()
            raise FileError(
                error.message, hint="It is not known whether the sync was added. Repeat the command: it is added once."
            ) from error
        if stored == content:
            return True
        raise


@contextmanager
def _paused_collector() -> Iterator[None]:
    """Leave Python's collector of cycles off: millions of short-lived rows give it work, and nothing to free."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_tables(lake: Lake, view: View, commit: SyncCommit, keys: list[str]) -> SyncCommit:
    """Write the rows of a sync under new keys, each noted in `keys`, and return the commit with its files."""
    writer = _TableWriter(lake, commit, keys)
    ownership: dict[str, int] = {}
    writer.write_rows("resource_types", resource_type_rows(view))
    writer.write_rows("entitlements", entitlement_rows(view, ownership))
    reader = GrantReader(view, ownership)
    writer.write_grants(reader)
    writer.write_rows("resources", resource_rows(view, reader.owners))
    counts = {table: sum(file.rows for file in writer.files if file.table == table) for table in OBJECT_TABLES}
    commit = replace(commit, counts=counts)
    writer.write_rows("syncs", [sync_row(commit)])
    return replace(commit, files=tuple(writer.files))


def sync_row(commit: SyncCommit) -> Row:
    """Return the row of `syncs` for a commit."""
    values = {**to_builtins(commit, builtin_types=(datetime,)), **commit.counts}
    return tuple(values.get(name, 0) for name in list(table_columns("syncs"))[2:])


class _TableWriter:
    """Writer of the Parquet files of one sync, each under a name that nobody else uses."""

    def __init__(self, lake: Lake, commit: SyncCommit, keys: list[str]) -> None:
        self.files: list[DataFile] = []
        self._lake = lake
        self._commit = commit
        self._keys = keys

    def write_rows(self, table: str, rows: Iterable[Row]) -> None:
        """Write the rows of one table."""
        import pyarrow as pa  # noqa: PLC0415 - an extra

        schema = arrow_schema(table)
        fields = list(schema)[2:]

        def tables() -> Iterator[pa.Table]:
            for batch in batches(rows, ROWS_AT_ONCE):
                size = len(batch)
                constants = [pa.repeat(self._commit.source, size), pa.repeat(self._commit.sync_id, size)]
                columns = zip(*batch, strict=True)
                arrays = [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)]
                yield pa.table([*constants, *arrays], schema)

        self._write(table, tables())

    def write_grants(self, reader: GrantReader) -> None:
        """Write the grants; one thread reads runs while another sorts and compresses the one before."""
        with ThreadPoolExecutor(1) as worker:

            def tables() -> Iterator[pa.Table]:
                waiting: Future[pa.Table] | None = None
                for run in reader.runs():
                    following = worker.submit(run_table, run, self._commit.source, self._commit.sync_id)
                    if waiting is not None:
                        yield waiting.result()
                    waiting = following
                if waiting is not None:
                    yield waiting.result()

            self._write("grants", tables())

    def _write(self, table: str, tables: Iterator[pa.Table]) -> None:
        """Write Arrow tables as files of at most `ROWS_OF_FILE` rows."""
        for part in itertools.count():
            first = next(tables, None)
            if first is None:
                break
            key = f"data/{table}/{key_part(self._commit.source)}/{key_part(self._commit.sync_id)}/"
            key += f"{uuid.uuid4().hex}-{part}.parquet"
            self._keys.append(key)
            self.files.append(store_parquet(self._lake.store, key, table, _part(first, tables)))


def _part(first: pa.Table, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables until they have the rows of one file."""
    yield first
    rows = len(first)
    while rows < ROWS_OF_FILE and (table := next(tables, None)) is not None:
        rows += len(table)
        yield table
