"""The messages of the envelope of a v3 c1z: its manifest and the index of a payload (docs/c1z-v3.md, The envelope)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ..damage import damaged
from ..parsing import parse
from ..pb.c1.c1z.v3.manifest_pb2 import C1ZManifestV3, IndexedFrameIndex

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

__all__ = [
    "Frame",
    "FrameIndex",
    "Manifest",
    "SyncSummary",
    "read_index",
    "read_manifest",
    "write_index",
    "write_manifest",
]

SECOND = 1_000_000_000


class SyncSummary(Struct, frozen=True, kw_only=True):
    """The description of a sync in the manifest. Times are nanoseconds since 1970 (UTC), None when not recorded.

    `type` is a number of `c1.storage.v3.SyncType` (1: full), `stats` the bytes of a `SyncStatsRecord` (empty: none).
    """

    sync_id: str
    type: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    parent_sync_id: str = ""
    stats: bytes = b""


class Manifest(Struct, frozen=True, kw_only=True):
    """The description of the payload in the envelope. All but engine and encoding is advice.

    `descriptors` are the bytes of a `FileDescriptorSet` of the stored records, `id_index_format` is 2 for structural
    keys, `digest_root` the bytes of the message with the digest over all grants (None: not built).
    """

    engine: str
    payload_encoding: int
    engine_schema_version: int = 0
    descriptors: bytes = b""
    sync_runs: tuple[SyncSummary, ...] = ()
    fold_dead_bytes: int = 0
    id_index_format: int = 0
    digest_root: bytes | None = None


class Frame(Struct, frozen=True):
    """One file of an indexed payload: where its zstd frame lies in the c1z, and what it decodes to."""

    name: str
    offset: int
    compressed_size: int
    raw_size: int
    raw_xxh64: int
    raw_sha256: bytes


class FrameIndex(Struct, frozen=True):
    """The files of an indexed payload. `manifest_xxh64` is 0 when it was not recorded."""

    frames: tuple[Frame, ...]
    total_raw_size: int
    total_compressed_size: int
    manifest_xxh64: int = 0


def read_manifest(data: bytes) -> Manifest:
    """Parse a manifest. Raises FileError."""
    message = parse(C1ZManifestV3, data, "manifest")
    return Manifest(
        engine=message.engine,
        payload_encoding=message.payload_encoding,
        engine_schema_version=message.engine_schema_version,
        descriptors=message.descriptors,
        sync_runs=tuple(
            SyncSummary(
                sync_id=sync_run.sync_id,
                type=sync_run.type,
                started_at=_nanoseconds(sync_run.started_at) if sync_run.HasField("started_at") else None,
                ended_at=_nanoseconds(sync_run.ended_at) if sync_run.HasField("ended_at") else None,
                parent_sync_id=sync_run.parent_sync_id,
                stats=sync_run.stats,
            )
            for sync_run in message.sync_runs
        ),
        fold_dead_bytes=message.fold_dead_bytes,
        id_index_format=message.pebble_id_index_format,
        digest_root=message.grant_digest_root.SerializeToString() if message.HasField("grant_digest_root") else None,
    )


def write_manifest(manifest: Manifest) -> bytes:
    """Serialise a manifest, fields in the order of their numbers."""
    message = C1ZManifestV3(
        engine=manifest.engine,
        engine_schema_version=manifest.engine_schema_version,
        payload_encoding=manifest.payload_encoding,  # type: ignore[arg-type]
        descriptors=manifest.descriptors,
        fold_dead_bytes=manifest.fold_dead_bytes,
        pebble_id_index_format=manifest.id_index_format,
    )
    for summary in manifest.sync_runs:
        run = message.sync_runs.add(
            sync_id=summary.sync_id, type=summary.type, parent_sync_id=summary.parent_sync_id, stats=summary.stats
        )
        if summary.started_at is not None:
            run.started_at.seconds, run.started_at.nanos = divmod(summary.started_at, SECOND)
        if summary.ended_at is not None:
            run.ended_at.seconds, run.ended_at.nanos = divmod(summary.ended_at, SECOND)
    if manifest.digest_root is not None:
        message.grant_digest_root.MergeFromString(manifest.digest_root)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def read_index(data: bytes) -> FrameIndex:
    """Parse an index. Raises FileError; sizes and offsets are the caller's to check."""
    message = parse(IndexedFrameIndex, data, "payload index")
    return FrameIndex(
        tuple(
            Frame(entry.name, entry.offset, entry.compressed_size, entry.raw_size, entry.raw_xxh64, entry.raw_sha256)
            for entry in message.entries
        ),
        message.total_raw_size,
        message.total_compressed_size,
        message.manifest_xxh64,
    )


def write_index(index: FrameIndex) -> bytes:
    """Serialise an index."""
    message = IndexedFrameIndex(
        total_raw_size=index.total_raw_size,
        total_compressed_size=index.total_compressed_size,
        manifest_xxh64=index.manifest_xxh64,
    )
    for frame in index.frames:
        message.entries.add(
            name=frame.name,
            offset=frame.offset,
            compressed_size=frame.compressed_size,
            raw_size=frame.raw_size,
            raw_xxh64=frame.raw_xxh64,
            raw_sha256=frame.raw_sha256,
        )
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _nanoseconds(moment: Timestamp) -> int:
    if not 0 <= moment.nanos < SECOND:
        raise damaged("manifest", "a time has wrong nanoseconds")
    return int(moment.seconds) * SECOND + int(moment.nanos)
