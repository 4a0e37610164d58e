"""Stored grants as bytes: split, given other sources, and created by expansion, without parsing their contents.

Nothing that was only read is serialised anew: parts are cut out and joined as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .damage import damaged
from .grant_row import GrantRow, grant_row
from .wire_format import WireError, block, length, read_varint, scan, utf8

__all__ = [
    "GENERATED",
    "IMMUTABLE",
    "GeneratedGrants",
    "GrantParts",
    "HolderReader",
    "IdOnlyMessages",
    "SourcesReader",
    "entitlement_field",
    "generated",
    "id_principal",
    "principal_bytes",
    "read_sources",
    "sources",
    "sources_field",
    "split",
    "with_sources",
]

GrantParts = tuple[bytes | None, bytes | None, bytes, tuple[bytes, ...], bytes | None]
"""entitlement, principal, id, annotations, sources: the contents of fields 1, 2, 3, 4 and 5; None where absent."""

PARTS = frozenset((0x0A, 0x12, 0x1A, 0x22, 0x2A))
"""The tags of the fields 1 to 5."""

IMMUTABLE_NAME = b"c1.connector.v2.GrantImmutable"
IMMUTABLE = block(b"\x22", block(b"\x0a", b"type.googleapis.com/" + IMMUTABLE_NAME))
"""The annotation field of every grant that expansion makes."""
GENERATED = IMMUTABLE + b"\x2a"
"""How the rest of such a grant begins, behind its id."""
SOURCES = len(GENERATED)
"""Where, from there, the length of its sources is."""

MOST_REPEATED = 1000
"""How often a part, or a source, that occurs once in every grant may be repeated; writers never repeat one."""
MOST_ANNOTATIONS = 10_000
NO_SOURCES: Mapping[str, bool] = {}
MOST_REMEMBERED = 50_000  # different sources; the grants of an entitlement mostly share theirs
MOST_MESSAGES = 65_536


# ----------------------------------------------------------------------------------------------- reading


def split(data: bytes) -> GrantParts:
    """Return the parts of a stored grant. Unknown fields are passed over; FileError for bytes that are no message."""
    fields: dict[int, bytes] = {}
    annotations: list[bytes] = []
    try:
        at, end = 0, len(data)
        while at < end:
            tag = data[at]
            if tag not in PARTS:
                *_, at = next(scan(data, at))
                continue
            start = at + 2
            size = data[at + 1]
            if size >= 0x80:
                size, start = read_varint(data, at + 1)
            at = start + size
            if tag == 0x22:
                annotations.append(data[start:at])
                if len(annotations) > MOST_ANNOTATIONS:
                    raise damaged("grant", f"it has more than {MOST_ANNOTATIONS:,} annotations")
            elif tag in fields and tag != 0x1A:
                return _merged(data)
            else:
                fields[tag] = data[start:at]
    except (WireError, IndexError, TypeError) as error:
        raise damaged("grant", error) from None
    if at > end:
        raise damaged("grant", "a field runs past the end of the message")
    return fields.get(0x0A), fields.get(0x12), fields.get(0x1A, b""), tuple(annotations), fields.get(0x2A)


def _merged(data: bytes) -> GrantParts:
    """Return the parts of a grant in which a part occurs twice: by definition of the encoding they are joined."""
    fields: dict[int, list[bytes]] = {tag: [] for tag in PARTS}
    for tag, _, start, end in scan(data):
        if tag in fields:
            fields[tag].append(data[start:end])
            most = MOST_ANNOTATIONS if tag == 0x22 else MOST_REPEATED
            if len(fields[tag]) > most:
                raise damaged("grant", f"field {tag >> 3} occurs more than {most:,} times")
    entitlement, principal, origin = (b"".join(fields[tag]) if fields[tag] else None for tag in (0x0A, 0x12, 0x2A))
    return entitlement, principal, fields[0x1A][-1] if fields[0x1A] else b"", tuple(fields[0x22]), origin


def principal_bytes(data: bytes) -> bytes:
    """Return the principal's message as it is embedded in a grant; empty when the row was stored without."""
    return split(data)[1] or b""


def sources(data: bytes) -> dict[str, bool]:
    """Return the sources of a grant: entitlement id -> whether the principal holds that entitlement directly."""
    return read_sources(split(data)[4])


def read_sources(message: bytes | None) -> dict[str, bool]:
    """Return the sources from the `sources` part of a grant."""
    direct_by_source: dict[str, bool] = {}
    if not message:
        return direct_by_source
    repeated = 0
    try:
        for tag, _, start, end in scan(message):
            if tag == 0x0A:
                key, direct = _source(message[start:end])
                repeated += key in direct_by_source
                if repeated > MOST_REPEATED:
                    raise damaged("grant", f"more than {MOST_REPEATED:,} of its sources are repeated")
                direct_by_source[key] = direct
    except (WireError, UnicodeDecodeError) as error:
        raise damaged("grant", error) from None
    return direct_by_source


def _source(entry: bytes) -> tuple[str, bool]:
    key, direct = "", False
    for tag, _, start, end in scan(entry):
        if tag == 0x0A:
            key = entry[start:end].decode()
        elif tag == 0x12:
            value = entry[start:end]
            for inner, _, first, _ in scan(value):
                if inner == 0x08:
                    direct = read_varint(value, first)[0] != 0
    return key, direct


class HolderReader:
    """Reader of the grants on one entitlement for expansion. They mostly begin alike: quicker than `split` for many."""

    def __init__(self, entitlement_id: str) -> None:
        self._id = entitlement_id
        self._key = block(b"\x0a", utf8(entitlement_id, "entitlement id"))
        self._head = b""

    def read(self, rows: Iterable[tuple[str, str, bytes]]) -> Iterator[tuple[str, str, bytes | None, bool]]:
        """Yield for each grant its principal's type, id and message, and whether it is held directly.

        The message is None where the grant has none. Directly: the grant has no sources, or names its own entitlement
        among them. The two shapes that nearly all grants have, as a connector gave it and as expansion made it, are
        read here at once; every other goes through `split`.
        """
        head, key = self._head, self._key
        base = len(head)
        for principal_type, name, data in rows:
            try:
                if base and data.startswith(head) and data[base] == 0x12:
                    start = base + 2
                    end = start + data[base + 1]
                    size = data[end + 1]
                    tail = end + 2 + size if size < 0x80 else end + 3 + (size & 0x7F | data[end + 2] << 7)
                    if end - start < 0x80 and data[end] == 0x1A:
                        if tail == len(data):
                            yield principal_type, name, data[start:end], True
                            continue
                        if data.startswith(GENERATED, tail) and data[tail + SOURCES] and data.find(key, tail) < 0:
                            yield principal_type, name, data[start:end], False
                            continue
            except IndexError:
                pass  # shorter than it says: `split` says so
            entitlement, message, _, _, origin = split(data)
            if entitlement is not None:
                head = entitlement_field(entitlement)
                base = len(head) if data.startswith(head) else 0
                self._head = head if base else b""
            yield principal_type, name, message, not origin or self._id in read_sources(origin)


class IdOnlyMessages:
    """The messages of principals that hold an id and nothing else: nearly all, again and again."""

    def __init__(self) -> None:
        self._ids: dict[bytes, tuple[str, str]] = {}

    def holds(self, message: bytes, principal_type: str, name: str) -> bool:
        """Return True if the message of a principal holds its id only; True is remembered."""
        principal = principal_type, name
        if self._ids.get(message) == principal:
            return True
        if message != id_principal(principal_type, name):
            return False
        if len(self._ids) >= MOST_MESSAGES:
            self._ids.clear()
        self._ids[message] = principal
        return True


class SourcesReader:
    """Reader of the sources of grants in file order.

    Grants of one entitlement mostly stand together and begin alike. The two shapes that nearly all grants have, with
    an id as the last field, and as expansion made it, are read at once; every other goes through `split`.
    """

    def __init__(self) -> None:
        self._head = b""
        self._by_message: dict[bytes, Mapping[str, bool]] = {}

    def read(self, messages: Sequence[bytes | None]) -> list[Mapping[str, bool]]:
        """Return the sources of each grant: entitlement id -> whether it is held directly. Raises FileError.

        A message that is None has no sources.
        """
        head, base = self._head, len(self._head)
        sources: list[Mapping[str, bool]] = []
        append = sources.append
        for data in messages:
            if data is None:
                append(NO_SOURCES)
                continue
            try:
                if base and data.startswith(head) and data[base] == 0x12:
                    end = base + 2 + data[base + 1]
                    size = data[end + 1]
                    tail = end + 2 + size if size < 0x80 else end + 3 + (size & 0x7F | data[end + 2] << 7)
                    if data[base + 1] < 0x80 and data[end] == 0x1A:
                        if tail == len(data):
                            append(NO_SOURCES)
                            continue
                        if data.startswith(GENERATED, tail):
                            length, start = read_varint(data, tail + SOURCES)
                            if start + length == len(data):
                                append(self._remembered(data[start:]))
                                continue
            except (IndexError, ValueError):
                pass  # shorter than it says: `split` says so
            entitlement, _, _, _, origin = split(data)
            head = b"" if entitlement is None else entitlement_field(entitlement)
            head = head if data.startswith(head) else b""
            base = len(head)
            append(NO_SOURCES if not origin else self._remembered(origin))
        self._head = head
        return sources

    def _remembered(self, message: bytes) -> Mapping[str, bool]:
        sources = self._by_message.get(message)
        if sources is None:
            if len(self._by_message) >= MOST_REMEMBERED:
                self._by_message.clear()
            self._by_message[message] = sources = read_sources(message)
        return sources


# ----------------------------------------------------------------------------------------------- writing


def entitlement_field(entitlement_data: bytes) -> bytes:
    """Return the entitlement's field of a grant: the stored entitlement, whole."""
    return block(b"\x0a", entitlement_data)


def id_principal(resource_type: str, resource: str) -> bytes:
    """Return the message of a principal of which only the id is known."""
    ids = (b"\x0a", utf8(resource_type, "principal.resource_type")), (b"\x12", utf8(resource, "principal.resource"))
    return block(b"\x0a", b"".join(block(tag, raw) for tag, raw in ids if raw))


def sources_field(origin: Mapping[str, bool]) -> bytes:
    """Return the sources' field of a grant, keys in the order of their bytes; nothing when there are none."""
    if not isinstance(origin, Mapping):
        raise TypeError(f"sources: a mapping is needed, not {type(origin).__name__}")
    if not origin:
        return b""
    entries = []
    for key in sorted(origin, key=lambda key: utf8(key, "sources")):
        direct = origin[key]
        if not isinstance(direct, bool):
            raise TypeError(f"sources[{key!r}]: True or False is needed, not {type(direct).__name__}")
        entries.append(
            block(b"\x0a", block(b"\x0a", utf8(key, "sources")) + (b"\x12\x02\x08\x01" if direct else b"\x12\x00"))
        )
    return block(b"\x2a", b"".join(entries))


def with_sources(data: bytes, origin: Mapping[str, bool]) -> bytes:
    """Return the grant with other sources (none when empty); every other byte is left as and where it is."""
    field = sources_field(origin)
    fields: list[bytes] = []
    place: int | None = None
    try:
        for tag, start, _, end in scan(data):
            if place is None and tag >= 0x28:  # field 5, or the first unknown field: where sources belong
                place = len(fields)
            if tag != 0x2A:
                fields.append(data[start:end])
    except (WireError, TypeError) as error:
        raise damaged("grant", error) from None
    fields.insert(len(fields) if place is None else place, field)
    return b"".join(fields)


class GeneratedGrants:
    """Encoder of the grants that expansion creates on one entitlement: the shared part is written once."""

    def __init__(self, resource_type: str, resource: str, entitlement_id: str, entitlement_data: bytes) -> None:
        self._columns = (resource_type, resource, entitlement_id)
        self._prefix = entitlement_field(entitlement_data) + b"\x12"

    def rows(self, holders: Iterable[tuple[str, str, bytes, bytes]]) -> list[GrantRow]:
        """Return the rows for holders, each (principal type, principal id, its message, a `sources_field`).

        The message holds the entitlement as it is stored, the principal, the id, one empty GrantImmutable, the sources.
        """
        resource_type, resource, entitlement_id = self._columns
        prefix, start, join = self._prefix, f"{entitlement_id}:", b"".join
        rows: list[GrantRow] = []
        for principal_type, name, principal, origin in holders:
            grant_id = f"{start}{principal_type}:{name}"
            raw = grant_id.encode()
            data = join((prefix, length(len(principal)), principal, b"\x1a", length(len(raw)), raw, IMMUTABLE, origin))
            values = (resource_type, resource, entitlement_id, principal_type, name, grant_id, None, 0, data, 0)
            rows.append(grant_row(values))
        return rows


def generated(prefix: bytes, principal: bytes, grant_id: str, origin: bytes) -> bytes:
    """Return the data of one grant made by expansion; `prefix` is the `entitlement_field` of its destination."""
    return b"".join((prefix, block(b"\x12", principal), block(b"\x1a", grant_id.encode()), IMMUTABLE, origin))
