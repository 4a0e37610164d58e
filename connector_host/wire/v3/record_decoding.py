"""Decoding of format v3 records into the columns and messages that format v1 has for them.

Objects inside an entitlement or a grant are their ids, which is all that a record has of them. Raises FileError for
bytes that are no record.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..damage import damaged
from ..grant_row import GrantColumns, GrantRow, grant_row
from ..message_parts import Parts, inner, last, parts, string
from ..parsing import Memo
from ..wire_format import LENGTHS, WireError, block, read_varint, scan, varint
from .trait_names import PURPOSE_NUMBERS, TRAIT_NUMBERS

__all__ = [
    "AssetColumns",
    "DecodedGrant",
    "EntitlementColumns",
    "GrantRecordDecoder",
    "ResourceColumns",
    "TypeColumns",
    "annotations_and_sources",
    "asset",
    "attached",
    "entitlement",
    "grant_fields",
    "has_scope",
    "nanoseconds",
    "resource",
    "resource_type",
    "with_expansion",
]

SECOND = 1_000_000_000
EXPANDABLE = block(b"\x0a", b"type.googleapis.com/c1.connector.v2.GrantExpandable")
TypeColumns = tuple[str, bytes, bytes]
"""id, data, discovered (the content of a Timestamp, as in those below)."""
ResourceColumns = tuple[str, str, str | None, str | None, bytes, bytes]
"""type, `type:id`, the parent's type and id or None, data, discovered."""
EntitlementColumns = tuple[str, str, str, bytes, bytes]
"""resource type, resource, id, data, discovered."""
DecodedGrant = tuple[GrantRow, bytes]
"""row, discovered."""
AssetColumns = tuple[str, str, bytes, bytes]
"""id, content type, data, discovered."""


def nanoseconds(moment: bytes) -> int:
    """Return the nanoseconds since 1970 of a `google.protobuf.Timestamp`."""
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
    """Return whether a record names its scope of a connector's cache, in the field of this tag."""
    return tag in parts(record, "object")


def resource_type(record: bytes) -> TypeColumns:
    """Decode a `ResourceTypeRecord`. A trait of an unknown name becomes UNSPECIFIED."""
    fields = parts(record, "resource type")
    traits = b"".join(varint(TRAIT_NUMBERS.get(string(name, "resource type"), 0)) for name in fields.get(0x22, ()))
    data = b"".join(
        (
            _text(b"\x0a", fields, 0x12),
            _text(b"\x12", fields, 0x1A),
            block(b"\x1a", traits) if traits else b"",
            *(block(b"\x22", item) for item in fields.get(0x2A, ())),
            _text(b"\x2a", fields, 0x3A),
            b"\x30\x01" if last(fields, 0x40).strip(b"\x00") else b"",
        )
    )
    return string(last(fields, 0x12), "resource type"), data, last(fields, 0x32)


def resource(record: bytes) -> ResourceColumns:
    """Decode a `ResourceRecord`."""
    plain = _plain_resource(record)
    if plain is not None:
        type_id, name, data, discovered = plain
        of_type = string(type_id, "resource")
        return of_type, f"{of_type}:{string(name, 'resource')}", None, None, data, discovered
    fields = parts(record, "resource")
    type_id, name = last(fields, 0x12), last(fields, 0x1A)
    above = inner(fields, 0x32, "resource")
    parent_type, parent = last(above, 0x0A), last(above, 0x12)
    icon = _text(b"\x0a", fields, 0x6A)
    data = b"".join(
        (
            block(b"\x0a", _id(type_id, name)),
            block(b"\x12", _id(parent_type, parent)) if parent else b"",
            _text(b"\x1a", fields, 0x22),
            *(block(b"\x22", item) for item in fields.get(0x3A, ())),
            _text(b"\x2a", fields, 0x2A),
            _message(b"\x4a", fields, 0x4A),
            block(b"\x52", icon) if icon else b"",
            _message(b"\x5a", fields, 0x52),
            _message(b"\x62", fields, 0x5A),
        )
    )
    of_type = string(type_id, "resource")
    full = f"{of_type}:{string(name, 'resource')}"
    if not parent:
        return of_type, full, None, None, data, last(fields, 0x42)
    return of_type, full, string(parent_type, "resource"), string(parent, "resource"), data, last(fields, 0x42)


PLAIN_TAGS = {0x22: b"\x1a", 0x3A: b"\x22", 0x4A: b"\x4a", 0x52: b"\x5a", 0x5A: b"\x62"}
"""Tag of a field in a resource's record -> that in its message, in the order in which both have them."""
ANNOTATION, MOMENT = 0x3A, 0x42


def _plain_resource(record: bytes) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Return type, id, message and time of a resource whose fields stand in order, as those of most do; else None."""
    try:
        type_end = 2 + record[1]
        at = type_end + 2 + record[type_end + 1]
        if (record[0], record[type_end]) != (0x12, 0x1A) or record[1] | record[type_end + 1] >= 0x80:
            return None
        type_id, name = record[2:type_end], record[type_end + 2 : at]
        message, discovered, tag = [block(b"\x0a", _id(type_id, name))], b"", 0
        while at < len(record):
            before, tag, begin, size = tag, record[at], at + 1, record[at + 1]
            start = at + 2
            if size >= 0x80:
                size, start = size & 0x7F | record[at + 2] << 7, at + 3
            at = start + size
            if tag == MOMENT:
                discovered = record[start:at]
            else:
                message += (PLAIN_TAGS[tag], record[begin:at])
            is_usual = before < tag or before == tag == ANNOTATION
            if not (is_usual and 0 < size < 0x4000 and (size >= 0x80) == (start == begin + 2)):
                return None
    except (IndexError, KeyError):
        return None
    return (type_id, name, b"".join(message), discovered) if at == len(record) else None


def entitlement(record: bytes) -> EntitlementColumns:
    """Decode an `EntitlementRecord`. A purpose of an unknown name becomes UNSPECIFIED."""
    subject = "entitlement"
    fields = parts(record, subject)
    on = inner(fields, 0x1A, subject)
    type_id, name = last(on, 0x0A), last(on, 0x12)
    purpose = PURPOSE_NUMBERS.get(string(last(fields, 0x32), subject), 0)
    data = b"".join(
        (
            block(b"\x0a", block(b"\x0a", _id(type_id, name))) if 0x1A in fields else b"",
            _text(b"\x12", fields, 0x12),
            _text(b"\x1a", fields, 0x22),
            _text(b"\x22", fields, 0x2A),
            *(block(b"\x2a", block(b"\x0a", grantable_id)) for grantable_id in fields.get(0x52, ())),
            *(block(b"\x32", item) for item in fields.get(0x3A, ())),
            b"\x38" + varint(purpose) if purpose else b"",
            _text(b"\x42", fields, 0x4A),
        )
    )
    return (
        string(type_id, subject),
        string(name, subject),
        string(last(fields, 0x12), subject),
        data,
        last(fields, 0x42),
    )


def asset(record: bytes) -> AssetColumns:
    """Decode an `AssetRecord`."""
    fields = parts(record, "asset")
    external_id, content_type = string(last(fields, 0x12), "asset"), string(last(fields, 0x1A), "asset")
    return external_id, content_type or "unknown", last(fields, 0x22), last(fields, 0x2A)


class GrantRecordDecoder:
    """Decoder of `GrantRecord`s: an entitlement or a principal that many share is decoded once."""

    def __init__(self) -> None:
        self._entitlements: Memo[tuple[str, str, str, bytes]] = Memo(_granted)
        self._principals: Memo[tuple[str, str, bytes]] = Memo(_holder)

    def row(self, record: bytes) -> DecodedGrant:
        """Decode a grant, its data without the expansion, and when it was discovered. A missing id is generated."""
        plain = _plain(record)
        if plain is None:
            return self._row(record)
        raw, granted, holder, discovered = plain
        type_id, resource_id, entitlement_id, field = self._entitlements.get(granted) or self._entitlements(granted)
        principal_type, principal_id, principal = self._principals.get(holder) or self._principals(holder)
        data = b"".join((field, principal, b"\x1a", LENGTHS[len(raw)], raw))
        grant_id = string(raw, "grant")
        values = (type_id, resource_id, entitlement_id, principal_type, principal_id, grant_id, None, 0, data, 0)
        return grant_row(values), discovered

    def columns(self, records: Iterable[bytes]) -> GrantColumns:
        """Decode grants column by column. Plain ones get no message."""
        rows: list[tuple[str, str, str, str, str, str | None, bytes | None, bytes | None]] = []
        append = rows.append
        for record in records:
            plain = _plain(record)
            if plain is None:
                grant = self._row(record)[0]
                resource_type, resource, entitlement, principal_type, principal, grant_id = grant[:6]
                expansion, message = grant.expansion, grant.data
            else:
                raw, granted, holder, _ = plain
                resource_type, resource, entitlement, _ = self._entitlements.get(granted) or self._entitlements(granted)
                principal_type, principal, _ = self._principals.get(holder) or self._principals(holder)
                grant_id = string(raw, "grant")
                expansion = message = None
            shown_id = None if grant_id == f"{entitlement}:{principal_type}:{principal}" else grant_id
            append((resource_type, resource, entitlement, principal_type, principal, shown_id, expansion, message))
        return GrantColumns(*zip(*rows, strict=True))

    def _row(self, record: bytes) -> DecodedGrant:
        fields, annotations, sources = grant_fields(record)
        type_id, resource_id, entitlement_id, field = self._entitlements(fields.get(0x1A, b""))
        principal_type, principal_id, principal = self._principals(fields.get(0x22, b""))
        raw = fields.get(0x12, b"")
        grant_id = string(raw, "grant") if raw else f"{entitlement_id}:{principal_type}:{principal_id}"
        data = field + principal + block(b"\x1a", raw or grant_id.encode())
        if annotations or sources:
            data += annotations_and_sources(annotations, sources)
        needs = int(bool(fields.get(0x38, b"").strip(b"\x00")))
        discovered = fields.get(0x2A, b"")
        ids = (type_id, resource_id, entitlement_id, principal_type, principal_id, grant_id)
        return GrantRow(*ids, fields.get(0x32), needs, data), discovered


def _plain(record: bytes) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Return id, references and time of a grant that has these short and no more, as most have; else None."""
    try:
        id_size = record[1]
        end = 2 + id_size
        entitlement_size = record[end + 1]
        after = end + 2 + entitlement_size
        principal_size = record[after + 1]
        third = after + 2 + principal_size
        time_size = record[third + 1]
    except IndexError:
        return None
    if (
        (id_size | entitlement_size | principal_size | time_size) >= 0x80
        or not id_size
        or third + 2 + time_size != len(record)
    ):
        return None
    if (record[0], record[end], record[after], record[third]) != (0x12, 0x1A, 0x22, 0x2A):
        return None
    return record[2:end], record[end + 2 : after], record[after + 2 : third], record[third + 2 :]


def attached(data: bytes, expansion: bytes) -> bytes:
    """Return a grant's message with its expansion as the last of its annotations, as readers of format v3 show it."""
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


def with_expansion(grant: GrantRow) -> GrantRow:
    """Add the expansion of a grant, if it has one, to its annotations, as readers of format v3 show it."""
    return grant if grant.expansion is None else grant._replace(data=attached(grant.data, grant.expansion))


# ----------------------------------------------------------------------------------------------- parts


def grant_fields(record: bytes) -> tuple[dict[int, bytes], list[bytes], list[bytes]]:
    """Return the contents of a grant's fields by tag, its annotations, the entries of its sources."""
    fields: dict[int, bytes] = {}
    annotations: list[bytes] = []
    sources: list[bytes] = []
    at, end = 0, len(record)
    try:
        while at < end:
            tag = record[at]
            if tag & 0x87 != 2:  # not a text or message of a field below 16
                tag, _, start, at = next(scan(record, at))
                fields[tag] = record[start:at]
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
            elif tag in MERGED and tag in fields:
                fields[tag] += record[start:at]
            else:
                fields[tag] = record[start:at]
    except (WireError, IndexError, TypeError) as error:
        raise damaged("grant", error) from None
    if at > end:
        raise damaged("grant", "a field runs past its end")
    return fields, annotations, sources


MERGED = frozenset((0x1A, 0x22, 0x2A, 0x32))
"""The messages in a grant: written in parts, they are one."""


def _granted(ref: bytes) -> tuple[str, str, str, bytes]:
    """Return the ids of an `EntitlementRef`, and the field of a grant that names it."""
    fields = parts(ref, "grant")
    type_id, name, raw = (last(fields, tag) for tag in (0x0A, 0x12, 0x1A))
    entitlement_id = string(raw, "grant")
    inside = block(b"\x0a", block(b"\x0a", _id(type_id, name))) + (block(b"\x12", raw) if raw else b"")
    return string(type_id, "grant"), string(name, "grant"), entitlement_id, block(b"\x0a", inside)


def _holder(ref: bytes) -> tuple[str, str, bytes]:
    """Return the ids of a `PrincipalRef`, and the field of a grant that names it."""
    fields = parts(ref, "grant")
    type_id, name, parent_type, parent = (last(fields, tag) for tag in (0x0A, 0x12, 0x1A, 0x22))
    inside = block(b"\x0a", _id(type_id, name)) + (block(b"\x12", _id(parent_type, parent)) if parent else b"")
    return string(type_id, "grant"), string(name, "grant"), block(b"\x12", inside)


def annotations_and_sources(annotations: Iterable[bytes], sources: list[bytes]) -> bytes:
    """Return the end of a grant's message, from the fields of its record."""
    return b"".join((*(block(b"\x22", item) for item in annotations), _sources(sources)))


def _sources(entries: list[bytes]) -> bytes:
    """Return the sources' field of a grant, ascending by key."""
    sources: dict[bytes, bytes] = {}
    for entry in entries:
        source = parts(entry, "grant")
        direct = last(inner(source, 0x12, "grant"), 0x20).strip(b"\x00")
        sources[last(source, 0x0A)] = b"\x12\x02\x08\x01" if direct else b"\x12\x00"
    if not sources:
        return b""
    return block(b"\x2a", b"".join(block(b"\x0a", block(b"\x0a", key) + sources[key]) for key in sorted(sources)))


def _id(type_id: bytes, name: bytes) -> bytes:
    return (block(b"\x0a", type_id) if type_id else b"") + (block(b"\x12", name) if name else b"")


def _text(tag: bytes, fields: Parts, of: int) -> bytes:
    raw = last(fields, of)
    return block(tag, raw) if raw else b""


def _message(tag: bytes, fields: Parts, of: int) -> bytes:
    return block(tag, b"".join(fields[of])) if of in fields else b""
