"""The sources of many stored grants: where inherited grants come from, read without parsing every grant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .grant_row import GrantRow
from .stored_grants import GENERATED, SOURCES, entitlement_field, read_sources, split
from .wire_format import read_varint

__all__ = ["SourcesReader"]

NO_SOURCES: Mapping[str, bool] = {}
MOST_REMEMBERED = 50_000  # different sources; the grants of an entitlement mostly share theirs


class SourcesReader:
    """Reader of the sources of grants in file order.

    Grants of one entitlement mostly stand together and begin alike. The two shapes that nearly all grants have, with
    an id as the last field, and as expansion made it, are read at once; every other goes through `split`.
    """

    def __init__(self) -> None:
        self._head = b""
        self._by_message: dict[bytes, Mapping[str, bool]] = {}

    def read(self, rows: Iterable[GrantRow]) -> list[Mapping[str, bool]]:
        """Return the sources of each grant: entitlement id -> whether it is held directly. Raises FileError."""
        head, base = self._head, len(self._head)
        sources: list[Mapping[str, bool]] = []
        append = sources.append
        for row in rows:
            data = row[8]
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
