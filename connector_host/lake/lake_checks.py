"""Checks of a lake: every commit can be read, and every file that it names exists, unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ..errors import FileError
from .access_decisions import damaged_decisions
from .lake_catalog import Lake
from .parquet_files import file_hash
from .sync_commits import COMMITS, DataFile, SyncCommit, decode_record, parse_commit_key

OBJECT_KEYS = {
    "resource_types": ("resource_type",),
    "resources": ("resource_type", "resource"),
    "entitlements": ("entitlement",),
}

__all__ = ["LakeFinding", "verify_lake"]


class LakeFinding(Struct, frozen=True):
    """A fault of a lake (`error`) or a fact worth knowing (`note`), with what to do."""

    severity: str
    source: str
    sync_id: str
    text: str
    remedy: str = ""


def verify_lake(lake: Lake, *, quick: bool = False) -> Iterator[LakeFinding]:
    """Yield the faults of a lake. `quick`: compare sizes only, without reading the files."""
    commits: dict[tuple[str, str], SyncCommit] = {}
    for stored in lake.store.list(COMMITS):
        name = parse_commit_key(stored.key)
        if name is None:
            yield LakeFinding("note", "", "", f"{stored.key} is not a commit and is ignored.")
            continue
        label = f"Lake {lake.store.url}: {stored.key}"
        try:
            commit = decode_record(lake.store.read(stored.key) or b"", SyncCommit, label)
        except FileError as error:
            yield LakeFinding("error", name.source, name.sync_id, error.message, error.hint)
            continue
        previous = commits.get((name.source, name.sync_id))
        if previous is None or previous.revision < commit.revision:
            commits[name.source, name.sync_id] = commit
    faults: dict[str, str] = {}
    for commit in commits.values():
        if not commit.removed:
            yield from _check_files(lake, commit, faults, quick=quick)
    for key in damaged_decisions(lake):
        remedy = "Delete this object, and add the record or the evidence again: connector-host lake add-decisions FILE"
        yield LakeFinding("error", "", "", f"The decisions in {key} are damaged: its content has changed.", remedy)
    yield from _unreferenced(lake, commits)


def _check_files(lake: Lake, commit: SyncCommit, faults: dict[str, str], *, quick: bool) -> Iterator[LakeFinding]:
    """Yield the faults of the files of a sync; `faults` are those of files that were checked before."""
    remedy = "Add the c1z file of the sync again: connector-host lake add FILE --replace"
    for file in commit.files:
        if file.key not in faults:
            with lake.store.local_copy(file.key) as path:
                faults[file.key] = _fault(path, file, quick=quick)
        if fault := faults[file.key]:
            text = f"The file {file.key} ({file.rows:,} rows of {file.table}) {fault}."
            yield LakeFinding("error", commit.source, commit.sync_id, text, remedy)


def _fault(path: Path | None, file: DataFile, *, quick: bool) -> str:
    if path is None:
        return "is missing"
    size = path.stat().st_size
    if size != file.size:
        return f"has {size:,} bytes instead of {file.size:,}"
    if quick:
        return ""
    return _repeated_rows(path, file.table) if file_hash(path) == file.sha256 else "is damaged: its content has changed"


def _repeated_rows(path: Path, table: str) -> str:
    """Return the fault of a file that cannot be read, or in which objects are repeated: joins would multiply them."""
    if table not in OBJECT_KEYS:
        return ""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    keys = ["source", "sync_id", *OBJECT_KEYS[table]]
    try:
        rows = pq.read_table(path, columns=keys, partitioning=None)
        objects = rows.group_by(keys).aggregate([]).num_rows
    except (OSError, pa.ArrowException, KeyError) as error:
        return f"cannot be read ({error})"
    return f"has {rows.num_rows:,} rows of {objects:,} objects" if objects < rows.num_rows else ""


def _unreferenced(lake: Lake, commits: dict[tuple[str, str], SyncCommit]) -> Iterator[LakeFinding]:
    named = {file.key for commit in commits.values() if not commit.removed for file in commit.files}
    extra = [stored.size for stored in lake.store.list("data/") if stored.key not in named]
    if extra:
        text = (
            f"{len(extra):,} files with {sum(extra):,} bytes belong to no commit: of a writer at work, or left by one."
        )
        yield LakeFinding("note", "", "", text, "`connector-host lake prune` removes those that are older than a day.")
