"""Checks of a v3 database: a layout that this version knows, and records and indexes that agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ...errors import UnsupportedFormat
from ...wire.v3 import record_decoding
from ...wire.v3.record_decoding import GrantRecordDecoder
from ...wire.v3.run_decoding import RecordRun
from ..pebble.pebble_database import PebbleDatabase
from . import keys
from .record_reader import RecordReader

__all__ = ["check_layout", "integrity"]

VERSION, ID_FORMAT_VERSION = 2, 2
NEWER = "A newer connector-host may read it. Or sync again with --storage-engine sqlite into a new file."
OLDER = "Sync again with a current connector, or with --storage-engine sqlite, into a new file."


def check_layout(database: PebbleDatabase, path: Path) -> bool:
    """Refuse a layout that this version does not know, by its name. Raises UnsupportedFormat.

    Returns True when entitlements and grants have the keys of the older layout, which the Go SDK upgrades whenever it
    opens such a file. An empty database passes.
    """
    if database.first(end=keys.META) is None:
        return False
    version = _number(database, keys.KEYSPACE_VERSION)
    if version != VERSION:
        problem = "has no version of its key space" if version is None else f"has key space version {version}"
        raise UnsupportedFormat(f"{path} {problem}; this version reads {VERSION}", hint=NEWER if version else OLDER)
    id_format = _number(database, keys.ID_FORMAT)
    if id_format not in (None, ID_FORMAT_VERSION):
        raise UnsupportedFormat(
            f"{path} has format {id_format} of the ids of grants and entitlements; this version reads"
            f" {ID_FORMAT_VERSION}",
            hint=OLDER if id_format == 1 else NEWER,
        )
    for start, end in _unknown_ranges():
        item = database.first(start, end)
        if item is not None:
            raise UnsupportedFormat(f"{path} holds records of the unknown kind {item[0][:2].hex(' ')}", hint=NEWER)
    second_sync = database.first(keys.SYNC_RUN + b"\x00", keys.after(keys.SYNC_RUN))
    if second_sync is not None:
        raise UnsupportedFormat(f"{path} holds several syncs, which this format has not held since 2026-06", hint=OLDER)
    return id_format is None


def _number(database: PebbleDatabase, key: bytes) -> int | None:
    value = database.get(key)
    return None if value is None else int.from_bytes(value[:8], "big")


def _unknown_ranges() -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the ranges of keys between the families in use."""
    start: bytes | None = b""
    for family in sorted(keys.KNOWN_FAMILIES):
        begin = bytes((3, family))
        if start is not None and start != begin:
            yield start, begin
        start = bytes((3, family + 1)) if family < 0xFF else b"\x04"
    yield b"\x04", None


def integrity(reader: RecordReader) -> Iterator[str]:
    """Yield one sentence for each fault: records under keys of other records, and indexes that lack entries."""
    index_sizes: Counter[bytes] = Counter()
    yield from _misplaced(reader, index_sizes)
    if reader.unkeyed:
        yield f"{reader.unkeyed} records of the older layout have no ids to be stored under"
    if reader.legacy:
        return
    for family, name in (
        (keys.BY_PARENT, "resources by parent"),
        (keys.BY_PRINCIPAL, "grants by principal"),
        (keys.NEEDS_EXPANSION, "grants to be expanded"),
    ):
        entries = sum(map(len, reader.database.blocks(family, keys.after(family))))
        if entries != index_sizes[family]:
            yield f"the index of {name} has {entries} entries, and there are {index_sizes[family]} records for it"


def _misplaced(reader: RecordReader, index_sizes: Counter[bytes]) -> Iterator[str]:
    """Yield the records whose ids are not those of their keys, and count the entries that the indexes should hold."""
    for key, value in reader.entries(keys.RESOURCE_TYPES):
        if key != keys.resource_type(record_decoding.resource_type(value)[0]):
            yield _sentence("resource type", key)
    for key, value in reader.entries(keys.RESOURCES):
        type_id, full_id, _, parent, _, _ = record_decoding.resource(value)
        index_sizes[keys.BY_PARENT] += parent is not None
        if key != keys.resource(type_id, full_id[len(type_id) + 1 :]):
            yield _sentence("resource", key)
    for key, value in reader.entries(keys.ENTITLEMENTS):
        type_id, resource_id, entitlement_id, _, _ = record_decoding.entitlement(value)
        if key != keys.entitlement(type_id, resource_id, entitlement_id):
            yield _sentence("entitlement", key)
    yield from _misplaced_grants(reader, index_sizes)


def _misplaced_grants(reader: RecordReader, index_sizes: Counter[bytes]) -> Iterator[str]:
    decoder = GrantRecordDecoder()
    for start, names, part in reader.keyed_grant_runs(decoder):
        index_sizes[keys.BY_PRINCIPAL] += len(names)
        if isinstance(part, RecordRun):
            if start != _grant_key(part.resource_type, part.resource, part.entitlement, part.principal_type, ""):
                yield from (_sentence("grant", start + name) for name in names)
            continue
        for name, value in zip(names, part, strict=True):
            grant, _ = decoder.row(value)
            index_sizes[keys.NEEDS_EXPANSION] += grant.needs_expansion
            if start + name != _grant_key(*grant[:5]):
                yield _sentence("grant", start + name)


def _grant_key(resource_type: str, resource: str, entitlement: str, principal_type: str, principal: str) -> bytes:
    """Return the key of a grant, empty when it has none."""
    parts = keys.entitlement_parts(resource_type, resource, entitlement)
    return b"" if parts is None else keys.grant(parts, principal_type, principal)


def _sentence(kind: str, key: bytes) -> str:
    return f"a {kind} is stored under a key that is not its own: {key[:80]!r}"
