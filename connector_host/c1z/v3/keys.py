"""The keys of format v3: the family of a record, and the parts that sort it there (docs/c1z-v3.md, Keys).

A key is the byte 03, a byte for the family, and the parts that identify the record, each preceded by a zero byte. Zero
and one bytes inside a part are escaped, so that keys sort as the tuples of their parts do. An index has two bytes for
its family. An entitlement's id mostly repeats its resource; then only the remainder is stored, after the flag `1`.
"""

from __future__ import annotations

from functools import lru_cache

from ...errors import FileError
from ..sqlite_connections import DAMAGED

__all__ = [
    "ASSETS",
    "BY_PARENT",
    "BY_PRINCIPAL",
    "ENTITLEMENTS",
    "GRANTS",
    "ID_FORMAT",
    "KEYSPACE_VERSION",
    "KNOWN_FAMILIES",
    "META",
    "NEEDS_EXPANSION",
    "RESOURCES",
    "RESOURCE_TYPES",
    "SESSIONS",
    "STATS",
    "SYNC_RUN",
    "UNFINISHED_INDEX",
    "after",
    "asset",
    "entitlement",
    "entitlement_parts",
    "escape",
    "first_part",
    "grant",
    "index",
    "join",
    "resource",
    "resource_type",
    "split",
]

RESOURCE_TYPES, RESOURCES, ENTITLEMENTS = b"\x03\x01", b"\x03\x02", b"\x03\x03"
GRANTS, ASSETS = b"\x03\x04", b"\x03\x05"
SYNC_RUN = b"\x03\x06"
"""A family, and the whole key of its one record."""
SESSIONS = b"\x03\x09"
"""Values that a connector stored for itself, by the id of the sync."""
BY_PARENT, BY_PRINCIPAL, NEEDS_EXPANSION = b"\x03\x07\x01", b"\x03\x07\x04", b"\x03\x07\x05"
META = b"\x03\xff"
KEYSPACE_VERSION, ID_FORMAT, STATS = (
    META + b"keyspace_version",
    META + b"grant_entitlement_id_format",
    META + b"stats\x00",
)
UNFINISHED_INDEX = META + b"deferred_grant_idx_pending"
"""The mark of a file whose index by principal is incomplete."""
KNOWN_FAMILIES = frozenset((*range(1, 11), 0xFF))
"""The second bytes in use: the data, the sync, 07 indexes, 08 counters (retired), 09 sessions, 0a digests, ff marks."""


def escape(part: bytes) -> bytes:
    """Return a part without zero bytes; escaped parts sort as the parts do."""
    if b"\x00" not in part and b"\x01" not in part:
        return part
    return part.replace(b"\x01", b"\x01\x02").replace(b"\x00", b"\x01\x01")


def join(*parts: str) -> bytes:
    """Join parts as they follow a family: each escaped, a zero byte between two."""
    return b"\x00".join([escape(part.encode()) for part in parts])


def split(key: bytes) -> tuple[bytes, list[bytes]]:
    """Split a key into its family and its parts, unescaped. Raises FileError for a key that is not well-formed."""
    family = key[:3] if key[1:2] == b"\x07" else key[:2]
    parts = key[len(family) :]
    if len(family) < 2 or (parts and parts[:1] != b"\x00"):
        raise _damaged(key)
    return family, [_raw(part, key) for part in parts[1:].split(b"\x00")] if parts else []


def first_part(key: bytes) -> bytes:
    """Return the first part of a key or of its beginning. Raises FileError for a key without parts."""
    parts = split(key)[1]
    if not parts:
        raise _damaged(key)
    return parts[0]


def after(prefix: bytes) -> bytes:
    """Return the least key behind all that begin with `prefix`, which must not end with the byte ff."""
    return prefix[:-1] + bytes((prefix[-1] + 1,))


# ----------------------------------------------------------------------------------------------- the data


def resource_type(type_id: str) -> bytes:
    """Return the key of a resource type."""
    return RESOURCE_TYPES + b"\x00" + join(type_id)


def resource(type_id: str, resource_id: str) -> bytes:
    """Return the key of a resource."""
    return RESOURCES + b"\x00" + join(type_id, resource_id)


@lru_cache(256)
def entitlement_parts(type_id: str, resource_id: str, entitlement_id: str) -> bytes | None:
    """Return the four parts of an entitlement, joined: its resource, the flag, and its id or the remainder of it.

    None for an entitlement that has no key, because its id or its resource is empty.
    """
    if not (type_id and resource_id and entitlement_id):
        return None
    start = f"{type_id}:{resource_id}:"
    if entitlement_id.startswith(start):
        return join(type_id, resource_id, "1", entitlement_id[len(start) :])
    return join(type_id, resource_id, "0", entitlement_id)


def entitlement(type_id: str, resource_id: str, entitlement_id: str) -> bytes | None:
    """Return the key of an entitlement, None when its id or its resource is empty."""
    parts = entitlement_parts(type_id, resource_id, entitlement_id)
    return None if parts is None else ENTITLEMENTS + b"\x00" + parts


def grant(entitlement_key_parts: bytes, principal_type: str, principal: str) -> bytes:
    """Return the key of a grant on the entitlement with these `entitlement_parts`."""
    return b"\x00".join((GRANTS, entitlement_key_parts, join(principal_type, principal)))


def asset(external_id: str) -> bytes:
    """Return the key of an asset."""
    return ASSETS + b"\x00" + join(external_id)


def index(family: bytes, *joined: bytes) -> bytes:
    """Return the key of an index entry, from parts that are joined already."""
    return b"\x00".join((family, *joined))


def _raw(part: bytes, key: bytes) -> bytes:
    if b"\x01" not in part:
        return part
    first, *escaped = part.split(b"\x01")
    raw = [first]
    # each 01 is followed by 01 (then the split gives an empty piece, and one more) or 02
    pieces = iter(escaped)
    for piece in pieces:
        if piece[:1] == b"\x02":
            raw.append(b"\x01" + piece[1:])
        elif piece == b"":
            following = next(pieces, None)
            if following is None:
                raise _damaged(key)
            raw.append(b"\x00" + following)
        else:
            raise _damaged(key)
    return b"".join(raw)


def _damaged(key: bytes) -> FileError:
    return FileError(f"a key cannot be read ({key[:60].hex()})", hint=DAMAGED)
