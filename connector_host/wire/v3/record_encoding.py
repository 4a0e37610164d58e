"""Encoding of format v1 messages as the records of format v3, field by field, their parts copied unchanged.

A record names other objects by their ids: the rest that a message holds of them is dropped, as is what records have
no field for. A `LossCounter` counts them. Times are nanoseconds since 1970 (UTC), None: not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..damage import damaged
from ..message_parts import Parts, inner, last, parts, string
from ..parsing import Memo
from ..stored_grants import GENERATED, entitlement_field, split
from ..stored_grants import IMMUTABLE as MARK
from ..wire_format import LENGTHS, WireError, block, length, read_varint, scan, varint
from .format_losses import FormatLoss, LossCounter
from .trait_names import PURPOSES, TRAITS

__all__ = [
    "GrantRecords",
    "annotation_fields",
    "asset",
    "entitlement",
    "entitlement_ref",
    "moment",
    "resource",
    "resource_type",
    "source_fields",
]

SECOND = 1_000_000_000
MOST, LONG = 65536, 256
"""Principals whose parts are kept, and the bytes of a message that is not."""
IMMUTABLE = b"\x42" + MARK[1:]
"""The annotation of grants that expansion makes, as a field of a record."""


def moment(nanoseconds: int | None) -> bytes:
    """Encode the content of a `google.protobuf.Timestamp`; empty for None, too."""
    if not nanoseconds:
        return b""
    seconds, nanos = divmod(nanoseconds, SECOND)
    return (b"\x08" + varint(seconds & 0xFFFF_FFFF_FFFF_FFFF) if seconds else b"") + (
        b"\x10" + varint(nanos) if nanos else b""
    )


def resource_type(data: bytes, type_id: str, discovered: int | None, lost: LossCounter) -> bytes:
    """Encode a `ResourceTypeRecord` of a `ResourceType`. Raises FileError for bytes that are no message."""
    fields = _fields(data, "resource type", frozenset((0x0A, 0x12, 0x18, 0x1A, 0x22, 0x2A, 0x30)), lost)
    names = [TRAITS.get(number) for number in _numbers(fields)]
    lost[FormatLoss.NAMES] += names.count(None)
    return b"".join(
        (
            _text(b"\x12", type_id.encode()),
            _text(b"\x1a", last(fields, 0x12)),
            *(block(b"\x22", (name or "").encode()) for name in names),
            *(block(b"\x2a", item) for item in fields.get(0x22, ())),
            _moment(b"\x32", discovered),
            _text(b"\x3a", last(fields, 0x2A)),
            b"\x40\x01" if last(fields, 0x30).strip(b"\x00") else b"",
        )
    )


def resource(
    data: bytes, type_id: str, resource_id: str, discovered: int | None, lost: LossCounter
) -> tuple[bytes, tuple[str, str] | None]:
    """Encode a `ResourceRecord` of a `Resource`; return it and the type and id of the parent."""
    known_tags = frozenset((0x0A, 0x12, 0x1A, 0x22, 0x2A, 0x30, 0x3A, 0x40, 0x4A, 0x52, 0x5A, 0x62))
    fields = _fields(data, "resource", known_tags, lost)
    lost[FormatLoss.OLD_FIELDS] += any(tag in fields for tag in (0x30, 0x3A, 0x40))
    parent_type, parent = _ids(fields, 0x12)
    record = b"".join(
        (
            _text(b"\x12", type_id.encode()),
            _text(b"\x1a", resource_id.encode()),
            _text(b"\x22", last(fields, 0x1A)),
            _text(b"\x2a", last(fields, 0x2A)),
            block(b"\x32", _text(b"\x0a", parent_type) + _text(b"\x12", parent)) if parent else b"",
            *(block(b"\x3a", item) for item in fields.get(0x22, ())),
            _moment(b"\x42", discovered),
            _message(b"\x4a", fields, 0x4A),
            _message(b"\x52", fields, 0x5A),
            _message(b"\x5a", fields, 0x62),
            _text(b"\x6a", last(inner(fields, 0x52, "resource"), 0x0A)),
        )
    )
    return record, (string(parent_type, "resource"), string(parent, "resource")) if parent else None


def entitlement(
    data: bytes, type_id: str, resource_id: str, entitlement_id: str, discovered: int | None, lost: LossCounter
) -> bytes:
    """Encode an `EntitlementRecord` of an `Entitlement`."""
    fields = _fields(data, "entitlement", frozenset((0x0A, 0x12, 0x1A, 0x22, 0x2A, 0x32, 0x38, 0x42)), lost)
    grantable_types = [parts(item, "entitlement") for item in fields.get(0x2A, ())]
    lost[FormatLoss.DETAILS] += len(inner(fields, 0x0A, "entitlement")) > 1 or any(
        len(grantable_type) > 1 for grantable_type in grantable_types
    )
    number = read_varint(last(fields, 0x38), 0)[0] if 0x38 in fields else 0
    lost[FormatLoss.NAMES] += number not in PURPOSES
    return b"".join(
        (
            _text(b"\x12", entitlement_id.encode()),
            block(b"\x1a", _text(b"\x0a", type_id.encode()) + _text(b"\x12", resource_id.encode())),
            _text(b"\x22", last(fields, 0x1A)),
            _text(b"\x2a", last(fields, 0x22)),
            _text(b"\x32", PURPOSES.get(number, "").encode()),
            *(block(b"\x3a", item) for item in fields.get(0x32, ())),
            _moment(b"\x42", discovered),
            _text(b"\x4a", last(fields, 0x42)),
            *(_text(b"\x52", last(grantable_type, 0x0A)) for grantable_type in grantable_types),
        )
    )


def asset(data: bytes, external_id: str, content_type: str, discovered: int | None) -> bytes:
    """Encode an `AssetRecord`."""
    return b"".join(
        (
            _text(b"\x12", external_id.encode()),
            _text(b"\x1a", content_type.encode()),
            _text(b"\x22", data),
            _moment(b"\x2a", discovered),
        )
    )


class GrantRecords:
    """Encoder of `GrantRecord`s: the part that grants of an entitlement share is written once, a principal once.

    `tail_of` returns what the caller needs of each principal, from its type and id.
    """

    def __init__(self, tail_of: Callable[[str, str], bytes]) -> None:
        self._tail_of = tail_of
        self._on = b""
        self._head = b""
        self._holders: dict[bytes, Holder] = {}
        self._sources: Memo[bytes] = Memo(source_fields)

    def on(self, type_id: str, resource_id: str, entitlement_id: str) -> None:
        """Set the entitlement of the grants that follow."""
        self._on = entitlement_ref(type_id, resource_id, entitlement_id)
        self._head = b""

    def records(
        self, rows: Iterable[GrantColumns], moment_of: Callable[[str], bytes]
    ) -> Iterator[tuple[bytes, bytes, bool]]:
        """Yield for each grant the tail of its principal, the record, and whether it needs expansion.

        The shape that nearly all grants of connectors have is encoded here at once; every other by `record`.
        """
        holders, on, text, moment_field, discovered = self._holders, self._on, "", b"", b""
        for principal_type, name, grant_id, data, expansion, needs, time in rows:
            if time != text:
                text, discovered = time, moment_of(time)
                moment_field = block(b"\x2a", discovered) if discovered else b""
            head = self._head
            start = len(head) + 2
            try:
                if head and not expansion and data.startswith(head) and data[start - 2] == 0x12:
                    end = start + data[start - 1]
                    size = data[end + 1]
                    if data[start - 1] < 0x80 and data[end] == 0x1A and size == len(data) - end - 2 < 0x80:
                        held = holders.get(data[start:end])
                        if held is not None and held[0] == principal_type and held[1] == name:
                            raw = grant_id.encode()
                            yield held[3], b"".join((b"\x12", length(len(raw)), raw, on, held[2], moment_field)), False
                            continue
            except IndexError:
                pass  # shorter than it says: `split` says so
            tail, record = self.record(principal_type, name, grant_id, data, expansion, needs, discovered)
            yield tail, record, bool(needs and expansion)

    def record(
        self,
        principal_type: str,
        name: str,
        grant_id: str,
        data: bytes,
        expansion: bytes | None,
        needs: object,
        discovered: bytes,
    ) -> tuple[bytes, bytes]:
        """Encode a `GrantRecord` of a `Grant` with these columns; return the tail of its principal and the record.

        Raises FileError for data that are no message.
        """
        message, annotations, origin = self._parts(data)
        held = self._holders.get(message)
        if held is None or held[0] != principal_type or held[1] != name:
            held = self._holder(principal_type, name, message)
        raw = grant_id.encode()
        size = len(raw)
        pieces = [b"\x12", LENGTHS[size] if size < 2048 else length(size), raw, self._on, held[2]]
        if discovered:
            pieces += (b"\x2a", LENGTHS[len(discovered)], discovered)
        if expansion:
            pieces.append(block(b"\x32", expansion))
            if needs:
                pieces.append(b"\x38\x01")
        if annotations:
            pieces.append(annotations)
        if origin:
            pieces.append(self._sources.get(origin) or self._sources(origin))
        return held[3], b"".join(pieces)

    def _parts(self, data: bytes) -> tuple[bytes, bytes, bytes]:
        """Return the principal's message, the annotations as fields of a record, the sources.

        The two shapes that nearly all grants have, as a connector gave it and as expansion made it, are read here at
        once; every other goes through `split`.
        """
        head = self._head
        base = len(head)
        try:
            if base and data.startswith(head) and data[base] == 0x12 and data[base + 1] < 0x80:
                start = base + 2
                end = start + data[base + 1]
                if data[end] == 0x1A:
                    size = data[end + 1]
                    at = end + 2 + size if size < 0x80 else end + 3 + (size & 0x7F | data[end + 2] << 7)
                    if at == len(data):
                        return data[start:end], b"", b""
                    if data.startswith(GENERATED, at):
                        size, first = read_varint(data, at + len(GENERATED))
                        if first + size == len(data):
                            return data[start:end], IMMUTABLE, data[first:]
        except (IndexError, WireError):
            pass  # shorter than it says: `split` says so
        granted, message, _, annotations, origin = split(data)
        if granted is not None:
            self._head = entitlement_field(granted) if len(granted) < 8192 else b""
        return message or b"", annotation_fields(annotations), origin or b""

    def _holder(self, principal_type: str, name: str, message: bytes) -> Holder:
        parent_type, parent = _ids(parts(message, "principal"), 0x12)
        tags = (b"\x0a", b"\x12", b"\x1a", b"\x22")
        ids = zip(tags, (principal_type.encode(), name.encode(), parent_type, parent), strict=True)
        field = block(b"\x22", b"".join(_text(tag, raw) for tag, raw in ids))
        held = (principal_type, name, field, self._tail_of(principal_type, name))
        if len(message) < LONG:
            if len(self._holders) >= MOST:
                self._holders.clear()
            self._holders[message] = held
        return held


GrantColumns = tuple[str, str, str, bytes, bytes | None, object, str]
"""Principal type, principal, id, message, expansion, whether it needs expansion, time of discovery."""
Holder = tuple[str, str, bytes, bytes]
"""A principal's type and id, its field in a record, its tail."""


# ----------------------------------------------------------------------------------------------- parts


def entitlement_ref(type_id: str, resource_id: str, entitlement_id: str) -> bytes:
    """Return the field of a grant's record that names its entitlement."""
    ids = (b"\x0a", type_id), (b"\x12", resource_id), (b"\x1a", entitlement_id)
    return block(b"\x1a", b"".join(_text(tag, part.encode()) for tag, part in ids))


def annotation_fields(annotations: Iterable[bytes]) -> bytes:
    """Return the annotations of a grant as fields of its record."""
    return b"".join(block(b"\x42", item) for item in annotations)


def source_fields(message: bytes) -> bytes:
    """Return the entries of a grant's sources, ascending by key, in their new form: the flag is another field."""
    sources: dict[bytes, bytes] = {}
    try:
        for tag, _, start, end in scan(message):
            if tag == 0x0A:
                entry = parts(message[start:end], "grant")
                direct = last(inner(entry, 0x12, "grant"), 0x08).strip(b"\x00")
                sources[last(entry, 0x0A)] = b"\x12\x02\x20\x01" if direct else b"\x12\x00"
    except WireError as error:
        raise damaged("grant", error) from None
    return b"".join(block(b"\x4a", block(b"\x0a", key) + sources[key]) for key in sorted(sources))


def _fields(data: bytes, subject: str, known_tags: frozenset[int], lost: LossCounter) -> Parts:
    fields = parts(data, subject)
    if not known_tags.issuperset(fields):
        lost[FormatLoss.UNKNOWN_FIELDS] += 1
    return fields


def _ids(fields: Parts, tag: int) -> tuple[bytes, bytes]:
    found_ids = inner(fields, tag, "object")
    return last(found_ids, 0x0A), last(found_ids, 0x12)


def _numbers(fields: Parts) -> list[int]:
    """Return the traits of a resource type, packed or each on its own."""
    numbers = []
    for packed in (*fields.get(0x1A, ()), *fields.get(0x18, ())):
        at = 0
        while at < len(packed):
            number, at = _number(packed, at)
            numbers.append(number)
    return numbers


def _number(packed: bytes, at: int) -> tuple[int, int]:
    try:
        return read_varint(packed, at)
    except WireError as error:
        raise damaged("resource type", error) from None


def _text(tag: bytes, raw: bytes) -> bytes:
    return block(tag, raw) if raw else b""


def _message(tag: bytes, fields: Parts, of: int) -> bytes:
    return block(tag, b"".join(fields[of])) if of in fields else b""


def _moment(tag: bytes, nanoseconds: int | None) -> bytes:
    return b"" if nanoseconds is None else block(tag, moment(nanoseconds))
