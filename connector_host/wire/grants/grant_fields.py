"""Comparison of many stored grants with messages joined of parts that were seen before, as nearly all of them are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from ..stored_grants import id_principal
from ..wire_format import LENGTHS, WireError, block, length, read_varint

__all__ = [
    "PrincipalStarts",
    "entitlement_keys",
    "field_value",
    "gaps",
    "id_principal_field",
    "leading_fields",
    "message_tails",
]

T = TypeVar("T")
ENTITLEMENT, PRINCIPAL, ID = 0x0A, 0x12, 0x1A
MOST_STARTS = 4096
SHORT_ID_FIELDS = tuple(b"\x1a" + size for size in LENGTHS)
"""The start of the field of an id, by the bytes that the id has."""


def leading_fields(message: bytes) -> tuple[bytes, bytes] | None:
    """Return the fields of the entitlement and the principal of a grant that begins with these and an id; else None."""
    try:
        ends = []
        at = 0
        for tag in (ENTITLEMENT, PRINCIPAL):
            if message[at] != tag:
                return None
            size, start = read_varint(message, at + 1)
            at = start + size
            ends.append(at)
        if message[at] != ID:
            return None
    except (IndexError, WireError):
        return None
    return message[: ends[0]], message[ends[0] : ends[1]]


def entitlement_keys(entitlements: Sequence[bytes], messages: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return keys for the entitlements' fields of messages: the id, and how the field begins, with its length.

    Grants on one entitlement mostly have one of two fields: that of a connector's grant, and that of an inherited one.
    """
    return list(zip(entitlements, [message[:3] for message in messages], strict=True))


def field_value(field: bytes) -> bytes:
    """Return the value of a field with a tag of one byte and a length."""
    return field[read_varint(field, 1)[1] :]


def id_principal_field(resource_type: bytes, name: bytes) -> bytes:
    """Return the field of a principal of which a grant has the id only; both in UTF-8."""
    return block(b"\x12", id_principal(resource_type.decode(), name.decode()))


class PrincipalStarts(dict[tuple[bytes, int], bytes]):
    """Beginnings of such fields up to the id, with which they end, by the type and the bytes of the id.

    Empty for an empty type or id.
    """

    def __missing__(self, key: tuple[bytes, int]) -> bytes:
        resource_type, size = key
        start = id_principal_field(resource_type, b"x" * size)[:-size] if all(key) else b""
        if len(self) >= MOST_STARTS:
            self.clear()
        self[key] = start
        return start


def message_tails(parts: Sequence[Iterable[bytes]], ids: Sequence[bytes], messages: list[bytes]) -> list[bytes | None]:
    """Return the bytes of each message behind its id; None for one that does not begin with its parts and its id.

    Each of `parts` has bytes for each message; together they are the fields in front of the id. An empty id counts as
    none.
    """
    try:
        id_fields = [SHORT_ID_FIELDS[size] for size in map(len, ids)]
    except IndexError:
        id_fields = [b"\x1a" + length(len(raw)) for raw in ids]
    starts = list(map(b"".join, zip(*parts, id_fields, ids, strict=True)))
    tails: list[bytes | None]
    if starts == messages:
        tails = [b""] * len(ids)
    else:
        tails = [
            message[len(start) :] if message.startswith(start) else None
            for start, message in zip(starts, messages, strict=True)
        ]
    if b"" in ids:
        tails = [tail if raw else None for tail, raw in zip(tails, ids, strict=True)]
    return tails


def gaps(values: list[T | None]) -> Iterator[int]:
    """Yield the positions of None in a list, which may be filled meanwhile."""
    position = -1
    with suppress(ValueError):
        while True:
            position = values.index(None, position + 1)
            yield position
