"""Is a v3 database laid out as this version knows it, and sound in itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ...errors import UnsupportedFormat
from ...wire.v3 import record_decoding
from ...wire.v3.record_decoding import GrantRows
from ..pebble.database import PebbleDatabase
from . import keys
from .record_reader import RecordReader

__all__ = ["check_layout", "integrity"]

VERSION, FORMAT = 2, 2
NEWER = "A newer connector-host may read it; or sync again with --storage-engine sqlite into a new file."
AGAIN = "Sync again with a current connector, or with --storage-engine sqlite, into a new file."


def check_layout(database: PebbleDatabase, path: Path) -> bool:
    """Refuse, by its name, what is laid out in a way that this version does not know: UnsupportedFormat.

    Gives whether entitlements and grants stand under the keys of the older layout, which the Go SDK brings to today's
    whenever it opens such a file. An empty database passes.
    """
    if next(database.items(end=keys.META), None) is None:
        return False
    version = _number(database, keys.KEYSPACE_VERSION)
    if version != VERSION:
        said = "does not say the version of its key space" if version is None else f"has key space version {version}"
        raise UnsupportedFormat(f"{path} {said}; this version reads {VERSION}", hint=AGAIN if not version else NEWER)
    form = _number(database, keys.ID_FORMAT)
    if form not in (None, FORMAT):
        raise UnsupportedFormat(
            f"{path} has format {form} of the ids of grants and entitlements; this version reads {FORMAT}",
            hint=AGAIN if form == 1 else NEWER,
        )
    for start, end in _unknown_ranges():
        found = next(database.items(start, end), None)
        if found is not None:
            raise UnsupportedFormat(f"{path} holds records of the unknown kind {found[0][:2].hex(' ')}", hint=NEWER)
    extra = next(database.items(keys.SYNC_RUN + b"\x00", keys.after(keys.SYNC_RUN)), None)
    if extra is not None:
        raise UnsupportedFormat(f"{path} holds several syncs, which this format has not held since 2026-06", hint=AGAIN)
    return form is None


def _number(database: PebbleDatabase, key: bytes) -> int | None:
    value = database.get(key)
    return None if value is None else int.from_bytes(value[:8], "big")


def _unknown_ranges() -> Iterator[tuple[bytes, bytes | None]]:
    """The ranges of keys between the families in use."""
    start: bytes | None = b""
    for family in sorted(keys.KNOWN_FAMILIES):
        begin = bytes((3, family))
        if start is not None and start != begin:
            yield start, begin
        start = bytes((3, family + 1)) if family < 0xFF else b"\x04"
    yield b"\x04", None


def integrity(records: RecordReader) -> Iterator[str]:
    """One sentence for each thing that is wrong: records under other keys than theirs, indexes that lack entries."""
    wanted: Counter[bytes] = Counter()
    yield from _misplaced(records, wanted)
    if records.unkeyed:
        yield f"{records.unkeyed} records of the older layout have no ids to be stored under"
    if records.legacy:
        return
    for family, name in (
        (keys.BY_PARENT, "resources by parent"),
        (keys.BY_PRINCIPAL, "grants by principal"),
        (keys.NEEDS_EXPANSION, "grants to be expanded"),
    ):
        entries = sum(1 for _ in records.database.items(family, keys.after(family)))
        if entries != wanted[family]:
            yield f"the index of {name} has {entries} entries, and there are {wanted[family]} records for it"


def _misplaced(records: RecordReader, wanted: Counter[bytes]) -> Iterator[str]:
    """Records whose ids are not those of their keys; counts on the way what indexes should hold."""
    grant = GrantRows().row
    for key, value in records.entries(keys.RESOURCE_TYPES):
        if key != keys.resource_type(record_decoding.resource_type(value)[0]):
            yield _sentence("resource type", key)
    for key, value in records.entries(keys.RESOURCES):
        kind, full, _, parent, _, _ = record_decoding.resource(value)
        wanted[keys.BY_PARENT] += parent is not None
        if key != keys.resource(kind, full[len(kind) + 1 :]):
            yield _sentence("resource", key)
    for key, value in records.entries(keys.ENTITLEMENTS):
        kind, name, entitlement_id, _, _ = record_decoding.entitlement(value)
        if not entitlement_id or key != keys.entitlement(kind, name, entitlement_id):
            yield _sentence("entitlement", key)
    for key, value in records.entries(keys.GRANTS):
        kind, name, entitlement_id, principal_type, principal, _, _, needs, _, _ = grant(value)
        wanted[keys.BY_PRINCIPAL] += 1
        wanted[keys.NEEDS_EXPANSION] += needs
        parts = keys.entitlement_parts(kind, name, entitlement_id) if kind and name and entitlement_id else b""
        if key != keys.grant(parts, principal_type, principal):
            yield _sentence("grant", key)


def _sentence(kind: str, key: bytes) -> str:
    return f"a {kind} is stored under a key that is not its own: {key[:80]!r}"
