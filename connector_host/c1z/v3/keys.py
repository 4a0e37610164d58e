"""The keys of format v3: which family a record is in, and what sorts it there (docs/c1z-v3.md, keys and records).

A key is the byte 03, a byte for the family, and the parts of what identifies the record, each behind a zero byte. Zero
and one bytes inside a part are escaped, so that keys sort as the tuples of their parts do. An index has two bytes for
its family. An entitlement's id mostly repeats its resource; what it adds then stands alone, with the flag `1` before.
"""

from __future__ import annotations

from functools import lru_cache

from ...errors import FileError

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
"""What a connector kept for itself, by the id of the sync."""
BY_PARENT, BY_PRINCIPAL, NEEDS_EXPANSION = b"\x03\x07\x01", b"\x03\x07\x04", b"\x03\x07\x05"
META = b"\x03\xff"
KEYSPACE_VERSION, ID_FORMAT, STATS = (
    META + b"keyspace_version",
    META + b"grant_entitlement_id_format",
    META + b"stats\x00",
)
UNFINISHED_INDEX = META + b"deferred_grant_idx_pending"
"""There while entries of the index by principal are still to be written."""
KNOWN_FAMILIES = frozenset((*range(1, 11), 0xFF))
"""The second bytes in use: the data, the sync, 07 indexes, 08 counters (retired), 09 sessions, 0a digests, ff marks."""


def escape(part: bytes) -> bytes:
    """A part without zero bytes, in an order that keeps the order of the parts."""
    if b"\x00" not in part and b"\x01" not in part:
        return part
    return part.replace(b"\x01", b"\x01\x02").replace(b"\x00", b"\x01\x01")


def join(*parts: str) -> bytes:
    """Parts as they stand behind a family: each escaped, a zero byte between two."""
    return b"\x00".join([escape(part.encode()) for part in parts])


def split(key: bytes) -> tuple[bytes, list[bytes]]:
    """The family of a key and its parts, raw. Raises FileError for a key that this module does not make."""
    family = key[:3] if key[1:2] == b"\x07" else key[:2]
    rest = key[len(family) :]
    if len(family) < 2 or (rest and rest[:1] != b"\x00"):
        raise _damaged(key)
    return family, [_raw(part, key) for part in rest[1:].split(b"\x00")] if rest else []


def after(prefix: bytes) -> bytes:
    """The least key behind all that begin with `prefix`, which ends with another byte than ff."""
    return prefix[:-1] + bytes((prefix[-1] + 1,))


# ----------------------------------------------------------------------------------------------- the data


def resource_type(type_id: str) -> bytes:
    """The key of a resource type."""
    return RESOURCE_TYPES + b"\x00" + join(type_id)


def resource(type_id: str, resource_id: str) -> bytes:
    """The key of a resource."""
    return RESOURCES + b"\x00" + join(type_id, resource_id)


@lru_cache(256)
def entitlement_parts(type_id: str, resource_id: str, entitlement_id: str) -> bytes:
    """The four parts of an entitlement, joined: its resource, the flag, and its id or what that adds to the resource.

    Raises ValueError for what cannot be stored: an entitlement without an id, or without a resource.
    """
    if not (type_id and resource_id and entitlement_id):
        raise ValueError("an entitlement is stored under its resource and its id, and one of them is empty")
    start = f"{type_id}:{resource_id}:"
    if entitlement_id.startswith(start):
        return join(type_id, resource_id, "1", entitlement_id[len(start) :])
    return join(type_id, resource_id, "0", entitlement_id)


def entitlement(type_id: str, resource_id: str, entitlement_id: str) -> bytes:
    """The key of an entitlement."""
    return ENTITLEMENTS + b"\x00" + entitlement_parts(type_id, resource_id, entitlement_id)


def grant(entitlement_key_parts: bytes, principal_type: str, principal: str) -> bytes:
    """The key of a grant, from the `entitlement_parts` of what is granted."""
    return b"\x00".join((GRANTS, entitlement_key_parts, join(principal_type, principal)))


def asset(external_id: str) -> bytes:
    """The key of an asset."""
    return ASSETS + b"\x00" + join(external_id)


def index(family: bytes, *joined: bytes) -> bytes:
    """The key of an index entry, from parts that are joined already."""
    return b"\x00".join((family, *joined))


def _raw(part: bytes, key: bytes) -> bytes:
    if b"\x01" not in part:
        return part
    first, *rest = part.split(b"\x01")
    raw = [first]
    # behind each 01 stands 01 (then the split gives an empty piece, and one more) or 02
    pieces = iter(rest)
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
    return FileError(f"a key cannot be read ({key[:60].hex()})", hint="The file is damaged; make it again with a sync.")
