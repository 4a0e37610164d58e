"""The grants of a file as JSON, many at a time: the quick way for the largest of all listings.

Equal to the `json` of each `ListedGrant`. Nearly all grants are an entitlement, a principal and an id: for these the
text of the entitlement and of each principal is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from json.encoder import encode_basestring as quote

from ...c1z.types import GrantRow
from ...errors import FileError
from ...wire.json.rendering import GrantText
from ..lookup.object_cache import SyncObject, SyncObjects
from .listed_rows import GrantedObjects, ListedGrant

__all__ = ["GrantJson"]

ROWS, PARTS = 32, 1024
"""Grants between two looks at the length of a piece, and its parts; the first grant comes alone, to be seen at once."""
END = b"},"
ROOM = 24 << 20
"""Bytes of texts of principals."""

Holder = tuple[str, str, bytes, bytes]
"""The type and id of a principal in the row, its text in the grant, and its JSON."""


class GrantJson:
    """Writer of grants as JSON. `look_up` returns the start of a message up to the principal, and what it grants."""

    def __init__(self, objects: SyncObjects, look_up: Callable[[GrantRow], tuple[bytes, GrantedObjects]]) -> None:
        self._objects, self._look_up = objects, look_up
        self._render = GrantText()
        self._holders: dict[bytes, Holder] = {}
        self._held = 0

    def pieces(self, rows: Iterable[GrantRow]) -> Iterator[bytes]:
        """Yield pieces of one or more grants, with commas between them."""
        parts: list[bytes] = []
        most = 1
        try:
            for _ in self._add_texts(parts, rows):
                if len(parts) >= most:
                    yield _joined(parts)
                    most = PARTS
        except FileError:
            if parts:
                yield _joined(parts)  # those in front of the damage
            raise
        if parts:
            yield _joined(parts)

    def _add_texts(self, parts: list[bytes], rows: Iterable[GrantRow]) -> Iterator[None]:
        """Add the text of each grant to `parts`, and yield after some."""
        start, head, close, at = b"", b"", b"", 0
        granted: GrantedObjects | None = None
        holders = self._holders
        for number, row in enumerate(rows):
            data = row[8]
            if not start or not data.startswith(start) or granted is None:
                start, granted = self._look_up(row)
                at = len(start) + 2
                opening = self._render.opening(start)
                head, close = opening and b'{"grant":' + opening, b"}" + granted.json_part
            try:
                size = data[at - 1]
                end = at + size
                plain = head and data[at - 2] == 0x12 and data[end] == 0x1A
                if plain and size < 0x80 and data[end + 1] == len(data) - end - 2 < 0x80:
                    holder = holders.get(data[at:end])
                    if holder is None or holder[0] != row[3] or holder[1] != row[4]:
                        holder = self._holder(row, data[at:end])
                    grant_id = quote(data[end + 2 :].decode()).encode()
                    parts += (head, holder[2], grant_id, close, holder[3], END)
                else:
                    parts += (self._general(row, granted), END)
            except (IndexError, UnicodeDecodeError):  # shorter than it says, or no text: the general way says so
                parts += (self._general(row, granted), END)
            if not number % ROWS:
                yield

    def _holder(self, row: GrantRow, principal: bytes) -> Holder:
        text, listed = self._render.holder(principal), self._principal(row).json
        if self._held > ROOM:
            self._holders.clear()
            self._held = 0
        self._held += len(text) + len(listed) + len(principal)
        holder = self._holders[principal] = row.principal_type, row.principal, text, listed
        return holder

    def _principal(self, row: GrantRow) -> SyncObject:
        return self._objects.resources[row.principal_type, row.principal]

    def _general(self, row: GrantRow, granted: GrantedObjects) -> bytes:
        """Return the text of a grant without its last brace."""
        return ListedGrant(self._objects, row, granted, self._principal(row), self._render).json[:-1]


def _joined(parts: list[bytes]) -> bytes:
    """Return the texts of grants as one piece, without the comma at its end, and empty the list."""
    parts[-1] = b"}"
    piece = b"".join(parts)
    parts.clear()
    return piece
