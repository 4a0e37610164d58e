"""The records of a sync and of its counts in format v3."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from msgspec import Struct, field

from ..damage import damaged
from ..parsing import parse
from ..pb.c1.storage.v3 import records_pb2
from ..wire_format import block, utf8, varint
from .record_encoding import moment

__all__ = [
    "RunRecord",
    "StatsRecord",
    "descriptors",
    "has_timings",
    "read_run",
    "read_stats",
    "type_number",
    "write_run",
    "write_stats",
]

SECOND = 1_000_000_000
PREFIX = "SYNC_TYPE_"


class RunRecord(Struct, frozen=True, kw_only=True):
    """A sync. Times are nanoseconds since 1970 (UTC), None when not recorded; `type` is text, as format v1 has it."""

    sync_id: str
    type: str = "full"
    parent_sync_id: str = ""
    started_at: int | None = None
    ended_at: int | None = None
    token: str = ""
    supports_diff: bool = False
    linked_sync_id: str = ""
    compacted: bool = False
    invariant_generation: str = ""
    invariant_coverage: tuple[str, ...] = ()
    invariant_mode: str = ""


class StatsRecord(Struct, frozen=True, kw_only=True):
    """The counts of a sync by resource type id; grants by the type of the resource they are on."""

    sync_id: str = ""
    resource_types: int = 0
    resources: int = 0
    entitlements: int = 0
    grants: int = 0
    assets: int = 0
    resources_by_type: dict[str, int] = field(default_factory=dict)
    grants_by_type: dict[str, int] = field(default_factory=dict)
    entitlements_by_type: dict[str, int] = field(default_factory=dict)
    written_at: int | None = None


def type_number(sync_type: str) -> int:
    """Return the number of a type of sync. Raises ValueError for one that format v3 does not have."""
    number: int = records_pb2.SyncType.Value(PREFIX + sync_type.upper())
    return number


def read_run(record: bytes) -> RunRecord:
    """Decode a `SyncRunRecord`. Raises FileError; a type without a name is returned as its number."""
    message = parse(records_pb2.SyncRunRecord, record, "sync")
    type_value = records_pb2.SyncType.DESCRIPTOR.values_by_number.get(message.type)
    return RunRecord(
        sync_id=message.sync_id,
        type=str(message.type) if type_value is None else type_value.name.removeprefix(PREFIX).lower(),
        parent_sync_id=message.parent_sync_id,
        started_at=_nanoseconds(message.started_at) if message.HasField("started_at") else None,
        ended_at=_nanoseconds(message.ended_at) if message.HasField("ended_at") else None,
        token=message.sync_token,
        supports_diff=message.supports_diff,
        linked_sync_id=message.linked_sync_id,
        compacted=message.compacted,
        invariant_generation=message.ingest_invariant_generation,
        invariant_coverage=tuple(message.ingest_invariant_coverage),
        invariant_mode=message.ingest_invariant_mode,
    )


def write_run(run: RunRecord) -> bytes:
    """Encode a `SyncRunRecord`, fields in the order of their numbers. ValueError as `type_number`."""
    message = records_pb2.SyncRunRecord(
        sync_id=run.sync_id,
        type=type_number(run.type),  # type: ignore[arg-type]
        parent_sync_id=run.parent_sync_id,
        sync_token=run.token,
        supports_diff=run.supports_diff,
        linked_sync_id=run.linked_sync_id,
        compacted=run.compacted,
        ingest_invariant_generation=run.invariant_generation,
        ingest_invariant_coverage=run.invariant_coverage,
        ingest_invariant_mode=run.invariant_mode,
    )
    if run.started_at is not None:
        message.started_at.seconds, message.started_at.nanos = divmod(run.started_at, SECOND)
    if run.ended_at is not None:
        message.ended_at.seconds, message.ended_at.nanos = divmod(run.ended_at, SECOND)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def read_stats(record: bytes) -> StatsRecord:
    """Decode the counts of a `SyncStatsRecord`; its times and calls are passed over."""
    message = parse(records_pb2.SyncStatsRecord, record, "count of a sync")
    return StatsRecord(
        sync_id=message.sync_id,
        resource_types=message.resource_types,
        resources=message.resources,
        entitlements=message.entitlements,
        grants=message.grants,
        assets=message.assets,
        resources_by_type=dict(message.resources_by_resource_type),
        grants_by_type=dict(message.grants_by_entitlement_resource_type),
        entitlements_by_type=dict(message.entitlements_by_resource_type),
        written_at=_nanoseconds(message.written_at) if message.HasField("written_at") else None,
    )


def has_timings(record: bytes) -> bool:
    """Return whether a `SyncStatsRecord` holds more than counts."""
    message = parse(records_pb2.SyncStatsRecord, record, "count of a sync")
    return bool(message.step_durations_ms or message.connector_call_stats or message.session_store_stats)


def write_stats(stats: StatsRecord) -> bytes:
    """Encode a `SyncStatsRecord`, the entries of its maps ascending by the bytes of their keys."""
    numbers = (stats.resource_types, stats.resources, stats.entitlements, stats.grants, stats.assets)
    sync_id = utf8(stats.sync_id, "sync_id")
    return b"".join(
        (
            block(b"\x0a", sync_id) if sync_id else b"",
            *(bytes((tag << 3,)) + varint(number) for tag, number in enumerate(numbers, 2) if number),
            _map(b"\x3a", stats.resources_by_type),
            _map(b"\x42", stats.grants_by_type),
            _map(b"\x4a", stats.entitlements_by_type),
            block(b"\xa2\x06", moment(stats.written_at)) if stats.written_at is not None else b"",
        )
    )


def descriptors() -> bytes:
    """Return a `FileDescriptorSet` of the records and all their parts, for the manifest of a file."""
    file_set = FileDescriptorSet()
    files = [records_pb2.DESCRIPTOR]
    seen: dict[str, None] = {}
    while files:
        descriptor = files.pop()
        if descriptor.name not in seen:
            seen[descriptor.name] = None
            files.extend(descriptor.dependencies)
            descriptor.CopyToProto(file_set.file.add())
    file_set.file.sort(key=lambda file: file.name)
    data: bytes = file_set.SerializeToString(deterministic=True)
    return data


def _map(tag: bytes, numbers: Mapping[str, int]) -> bytes:
    entries = sorted((utf8(key, "type"), number) for key, number in numbers.items())
    # a value of 0 is written in the entry of a map
    return b"".join(block(tag, block(b"\x0a", key) + b"\x10" + varint(number)) for key, number in entries)


def _nanoseconds(time: object) -> int:
    seconds, nanos = int(time.seconds), int(time.nanos)  # type: ignore[attr-defined]
    if not 0 <= nanos < SECOND:
        raise damaged("time", f"{nanos} nanoseconds")
    return seconds * SECOND + nanos
