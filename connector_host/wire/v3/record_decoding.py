"""Records of format v3 as the columns and messages that format v1 has for them: the other way of `records`.

Objects inside an entitlement or a grant are their ids, which is all that a record has of them. Raises FileError for
bytes that are no record.
"""

from __future__ import annotations

from ..message_parts import Parts, inner, last, parts, string
from ..parsing import Memo, damaged
from ..wire_format import LENGTHS, WireError, block, read_varint, scan, varint
from .trait_names import PURPOSE_NUMBERS, TRAIT_NUMBERS

__all__ = [
    "AssetColumns",
    "EntitlementColumns",
    "GrantColumns",
    "GrantRows",
    "ResourceColumns",
    "TypeColumns",
    "asset",
    "attached",
    "entitlement",
    "has_scope",
    "nanoseconds",
    "resource",
    "resource_type",
]

SECOND = 1_000_000_000
EXPANDABLE = block(b"\x0a", b"type.googleapis.com/c1.connector.v2.GrantExpandable")
TypeColumns = tuple[str, bytes, bytes]
"""id, data, discovered (the content of a Timestamp, as in those below)."""
ResourceColumns = tuple[str, str, str | None, str | None, bytes, bytes]
"""type, `type:id`, the parent's type and id or None, data, discovered."""
EntitlementColumns = tuple[str, str, str, bytes, bytes]
"""resource type, resource, id, data, discovered."""
GrantColumns = tuple[str, str, str, str, str, str, bytes | None, int, bytes, bytes]
"""resource type, resource, entitlement, principal type, principal, id, expansion, needs expansion, data, discovered."""
AssetColumns = tuple[str, str, bytes, bytes]
"""id, content type, data, discovered."""


def nanoseconds(moment: bytes) -> int:
    """The nanoseconds since 1970 of a `google.protobuf.Timestamp`."""
    seconds = nanos = 0
    try:
        for tag, _, start, _ in scan(moment):
            if tag == 0x08:
                seconds = read_varint(moment, start)[0]
            elif tag == 0x10:
                nanos = read_varint(moment, start)[0]
    except WireError as error:
        raise damaged("time", error) from None
    if seconds >= 1 << 63:
        seconds -= 1 << 64
    if not 0 <= nanos < SECOND:
        raise damaged("time", f"{nanos} nanoseconds")
    return seconds * SECOND + nanos


def has_scope(record: bytes, tag: int) -> bool:
    """Whether a record says which scope of a connector's cache it is from, in the field of this tag."""
    return tag in parts(record, "object")


def resource_type(record: bytes) -> TypeColumns:
    """A `ResourceTypeRecord`. A trait of an unknown name becomes UNSPECIFIED."""
    found = parts(record, "resource type")
    traits = b"".join(varint(TRAIT_NUMBERS.get(string(name, "resource type"), 0)) for name in found.get(0x22, ()))
    data = b"".join(
        (
            _text(b"\x0a", found, 0x12),
            _text(b"\x12", found, 0x1A),
            block(b"\x1a", traits) if traits else b"",
            *(block(b"\x22", item) for item in found.get(0x2A, ())),
            _text(b"\x2a", found, 0x3A),
            b"\x30\x01" if last(found, 0x40).strip(b"\x00") else b"",
        )
    )
    return string(last(found, 0x12), "resource type"), data, last(found, 0x32)


def resource(record: bytes) -> ResourceColumns:
    """A `ResourceRecord`."""
    found = parts(record, "resource")
    kind, name = last(found, 0x12), last(found, 0x1A)
    above = inner(found, 0x32, "resource")
    parent_type, parent = last(above, 0x0A), last(above, 0x12)
    icon = _text(b"\x0a", found, 0x6A)
    data = b"".join(
        (
            block(b"\x0a", _id(kind, name)),
            block(b"\x12", _id(parent_type, parent)) if parent else b"",
            _text(b"\x1a", found, 0x22),
            *(block(b"\x22", item) for item in found.get(0x3A, ())),
            _text(b"\x2a", found, 0x2A),
            _message(b"\x4a", found, 0x4A),
            block(b"\x52", icon) if icon else b"",
            _message(b"\x5a", found, 0x52),
            _message(b"\x62", found, 0x5A),
        )
    )
    of_type = string(kind, "resource")
    full = f"{of_type}:{string(name, 'resource')}"
    if not parent:
        return of_type, full, None, None, data, last(found, 0x42)
    return of_type, full, string(parent_type, "resource"), string(parent, "resource"), data, last(found, 0x42)


def entitlement(record: bytes) -> EntitlementColumns:
    """An `EntitlementRecord`. A purpose of an unknown name becomes UNSPECIFIED."""
    what = "entitlement"
    found = parts(record, what)
    on = inner(found, 0x1A, what)
    kind, name = last(on, 0x0A), last(on, 0x12)
    purpose = PURPOSE_NUMBERS.get(string(last(found, 0x32), what), 0)
    data = b"".join(
        (
            block(b"\x0a", block(b"\x0a", _id(kind, name))) if 0x1A in found else b"",
            _text(b"\x12", found, 0x12),
            _text(b"\x1a", found, 0x22),
            _text(b"\x22", found, 0x2A),
            *(block(b"\x2a", block(b"\x0a", type_id)) for type_id in found.get(0x52, ())),
            *(block(b"\x32", item) for item in found.get(0x3A, ())),
            b"\x38" + varint(purpose) if purpose else b"",
            _text(b"\x42", found, 0x4A),
        )
    )
    return string(kind, what), string(name, what), string(last(found, 0x12), what), data, last(found, 0x42)


def asset(record: bytes) -> AssetColumns:
    """An `AssetRecord`."""
    found = parts(record, "asset")
    external_id, kind = string(last(found, 0x12), "asset"), string(last(found, 0x1A), "asset")
    return external_id, kind or "unknown", last(found, 0x22), last(found, 0x2A)


class GrantRows:
    """Reads `GrantRecord`s: what many share, an entitlement or a principal, is made once."""

    def __init__(self) -> None:
        self._entitlements: Memo[tuple[str, str, str, bytes]] = Memo(_granted)
        self._principals: Memo[tuple[str, str, bytes]] = Memo(_holder)

    def row(self, record: bytes) -> GrantColumns:
        """The columns of a grant; its data are without the expansion. An id that is not told is made."""
        plain = _plain(record)
        if plain is None:
            return self._row(record)
        raw, granted, holder, discovered = plain
        kind, name, entitlement_id, field = self._entitlements.get(granted) or self._entitlements(granted)
        who_type, who, principal = self._principals.get(holder) or self._principals(holder)
        data = b"".join((field, principal, b"\x1a", LENGTHS[len(raw)], raw))
        return kind, name, entitlement_id, who_type, who, string(raw, "grant"), None, 0, data, discovered

    def _row(self, record: bytes) -> GrantColumns:
        found, annotations, sources = _grant_fields(record)
        kind, name, entitlement_id, field = self._entitlements(found.get(0x1A, b""))
        who_type, who, principal = self._principals(found.get(0x22, b""))
        raw = found.get(0x12, b"")
        grant_id = string(raw, "grant") if raw else f"{entitlement_id}:{who_type}:{who}"
        data = field + principal + block(b"\x1a", raw or grant_id.encode())
        if annotations or sources:
            data = b"".join((data, *(block(b"\x22", item) for item in annotations), _sources(sources)))
        needs = int(bool(found.get(0x38, b"").strip(b"\x00")))
        discovered = found.get(0x2A, b"")
        return kind, name, entitlement_id, who_type, who, grant_id, found.get(0x32), needs, data, discovered


def _plain(record: bytes) -> tuple[bytes, bytes, bytes, bytes] | None:
    """The id, the references and the time of a grant that has these short and no more, as most have; else None."""
    try:
        one = record[1]
        end = 2 + one
        two = record[end + 1]
        after = end + 2 + two
        three = record[after + 1]
        third = after + 2 + three
        four = record[third + 1]
    except IndexError:
        return None
    if (one | two | three | four) >= 0x80 or not one or third + 2 + four != len(record):
        return None
    if (record[0], record[end], record[after], record[third]) != (0x12, 0x1A, 0x22, 0x2A):
        return None
    return record[2:end], record[end + 2 : after], record[after + 2 : third], record[third + 2 :]


def attached(data: bytes, expansion: bytes) -> bytes:
    """A grant's message with its expansion as the last of its annotations, as readers of format v3 show it."""
    packed = block(b"\x22", EXPANDABLE + (block(b"\x12", expansion) if expansion else b""))
    place = len(data)
    try:
        for tag, start, _, _ in scan(data):
            if tag == 0x2A:
                place = start
                break
    except WireError as error:
        raise damaged("grant", error) from None
    return data[:place] + packed + data[place:]


# ----------------------------------------------------------------------------------------------- parts


def _grant_fields(record: bytes) -> tuple[dict[int, bytes], list[bytes], list[bytes]]:
    """The contents of a grant's fields by tag, its annotations, the entries of its sources."""
    found: dict[int, bytes] = {}
    annotations: list[bytes] = []
    sources: list[bytes] = []
    at, end = 0, len(record)
    try:
        while at < end:
            tag = record[at]
            if tag & 0x87 != 2:  # not a text or message of a field below 16
                tag, _, start, at = next(scan(record, at))
                found[tag] = record[start:at]
                continue
            start = at + 2
            size = record[at + 1]
            if size >= 0x80:
                size, start = read_varint(record, at + 1)
            at = start + size
            if tag == 0x42:
                annotations.append(record[start:at])
            elif tag == 0x4A:
                sources.append(record[start:at])
            elif tag in MERGED and tag in found:
                found[tag] += record[start:at]
            else:
                found[tag] = record[start:at]
    except (WireError, IndexError, TypeError) as error:
        raise damaged("grant", error) from None
    if at > end:
        raise damaged("grant", "a field runs past its end")
    return found, annotations, sources


MERGED = frozenset((0x1A, 0x22, 0x2A, 0x32))
"""The messages in a grant: written in parts, they are one."""


def _granted(ref: bytes) -> tuple[str, str, str, bytes]:
    """The ids of an `EntitlementRef`, and the field of a grant that names it."""
    found = parts(ref, "grant")
    kind, name, raw = (last(found, tag) for tag in (0x0A, 0x12, 0x1A))
    entitlement_id = string(raw, "grant")
    inside = block(b"\x0a", block(b"\x0a", _id(kind, name))) + (block(b"\x12", raw) if raw else b"")
    return string(kind, "grant"), string(name, "grant"), entitlement_id, block(b"\x0a", inside)


def _holder(ref: bytes) -> tuple[str, str, bytes]:
    """The ids of a `PrincipalRef`, and the field of a grant that names it."""
    found = parts(ref, "grant")
    kind, name, parent_type, parent = (last(found, tag) for tag in (0x0A, 0x12, 0x1A, 0x22))
    inside = block(b"\x0a", _id(kind, name)) + (block(b"\x12", _id(parent_type, parent)) if parent else b"")
    return string(kind, "grant"), string(name, "grant"), block(b"\x12", inside)


def _sources(entries: list[bytes]) -> bytes:
    """The sources' field of a grant, ascending by key."""
    found: dict[bytes, bytes] = {}
    for entry in entries:
        source = parts(entry, "grant")
        direct = last(inner(source, 0x12, "grant"), 0x20).strip(b"\x00")
        found[last(source, 0x0A)] = b"\x12\x02\x08\x01" if direct else b"\x12\x00"
    if not found:
        return b""
    return block(b"\x2a", b"".join(block(b"\x0a", block(b"\x0a", key) + found[key]) for key in sorted(found)))


def _id(kind: bytes, name: bytes) -> bytes:
    return (block(b"\x0a", kind) if kind else b"") + (block(b"\x12", name) if name else b"")


def _text(tag: bytes, found: Parts, of: int) -> bytes:
    raw = last(found, of)
    return block(tag, raw) if raw else b""


def _message(tag: bytes, found: Parts, of: int) -> bytes:
    return block(tag, b"".join(found[of])) if of in found else b""
