"""The index of grants by principal: collected entitlement by entitlement, written principal by principal.

Grants come in the order of their entitlements, so the entries of a principal come in order, and only principals are to
be sorted. Most fit into memory; the rest goes to a temporary table, which the database sorts on the disk.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import apsw
import msgspec

from ...wire.wire_format import length
from ..pebble.table_writer import TAIL, RowGroup
from . import keys

__all__ = ["GROUP", "PrincipalIndex"]

GROUP = 64
"""Entries from one complete key to the next."""
MOST_BYTES = 48 << 20
"""Memory that the entries may take, about."""
MOST_KEPT_BYTES = 16 << 20
"""Memory of the entitlements that stay when entries go to the table, which then holds their numbers."""
ENTRY_BYTES, PRINCIPAL_BYTES, ENTITLEMENT_BYTES = 9, 320, 200
NUMBER = "I"
"""The type of the numbers of entitlements in the table."""


class PrincipalIndex:
    """Collector of the keys of the index. Texts hold a byte in each character (latin-1), which is quicker to join."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._entitlements: list[bytes] = []
        self._holders: defaultdict[str, list[int]] = defaultdict(list)
        self._size = self._parts_written = 0
        self._kept = self._kept_bytes = 0
        """The entitlements that entries in the table may name by their numbers."""
        db.execute(
            "create temp table v3_principals (tail blob, part integer, numbers blob, entitlements blob)"  # one is null
        )

    def add(self, entitlement: bytes, tails: list[str]) -> None:
        """Add grants on an entitlement, given by its joined parts, to principals, given by theirs."""
        position = len(self._entitlements)
        self._entitlements.append(entitlement)
        holders = self._holders
        for tail in tails:
            holders[tail].append(position)
        self._size += ENTRY_BYTES * len(tails) + ENTITLEMENT_BYTES + len(entitlement)
        if self._size + PRINCIPAL_BYTES * len(holders) > MOST_BYTES:
            self._write_part()

    def groups(self) -> Iterator[RowGroup]:
        """Yield the entries ascending by key."""
        if self._parts_written:
            self._write_part()
            yield from self._written_groups()
        else:
            entitlements, ends = self._entitlements, list(map(_entry_end, self._entitlements))
            for text in sorted(self._holders):
                numbers = self._holders[text]
                own_entitlements, own_ends = [entitlements[n] for n in numbers], [ends[n] for n in numbers]
                yield from _principal_groups(text.encode("latin-1"), own_entitlements, own_ends)
        self._db.execute("drop table temp.v3_principals")

    def _written_groups(self) -> Iterator[RowGroup]:
        entitlements, ends = self._entitlements, list(map(_entry_end, self._entitlements))
        rows = self._db.execute("select tail, numbers, entitlements from temp.v3_principals order by tail, part")
        for tail, parts in groupby(rows, key=itemgetter(0)):
            own_entitlements: list[bytes] = []
            own_ends: list[bytes] = []
            for _, data, texts in parts:
                if texts is None:
                    numbers = array(NUMBER, data)
                    own_entitlements += [entitlements[n] for n in numbers]
                    own_ends += [ends[n] for n in numbers]
                else:
                    named = msgspec.msgpack.decode(texts, type=list[bytes])
                    own_entitlements += named
                    own_ends += map(_entry_end, named)
            yield from _principal_groups(tail, own_entitlements, own_ends)

    def _write_part(self) -> None:
        """Move the entries collected so far into the temporary table; the entitlements stay if they are small."""
        self._parts_written += 1
        part, entitlements = self._parts_written, self._entitlements
        new_bytes = sum(map(len, entitlements[self._kept :])) + ENTITLEMENT_BYTES * (len(entitlements) - self._kept)
        rows: Iterator[tuple[bytes, int, bytes | None, bytes | None]]
        if self._kept_bytes + new_bytes <= MOST_KEPT_BYTES:
            self._kept, self._kept_bytes = len(entitlements), self._kept_bytes + new_bytes
            rows = (
                (tail.encode("latin-1"), part, array(NUMBER, positions).tobytes(), None)
                for tail, positions in self._holders.items()
            )
        else:
            rows = (
                (tail.encode("latin-1"), part, None, msgspec.msgpack.encode([entitlements[n] for n in positions]))
                for tail, positions in self._holders.items()
            )
        self._db.executemany("insert into temp.v3_principals values (?, ?, ?, ?)", rows)
        self._holders.clear()
        del entitlements[self._kept :]
        self._size = self._kept_bytes


def _entry_end(entitlement: bytes) -> bytes:
    """Return an entry behind the size of what its key shares with the key before: that is the principal."""
    return b"".join((length(len(entitlement) + 8), b"\x01", entitlement, TAIL))


def _principal_groups(tail: bytes, entitlements: list[bytes], ends: list[bytes]) -> Iterator[RowGroup]:
    """Yield the entries of one principal, on these entitlements; `ends` are their `_entry_end`s."""
    prefix = keys.index(keys.BY_PRINCIPAL, tail, b"")
    shared = length(len(prefix))
    for start in range(0, len(entitlements), GROUP):
        members = entitlements[start : start + GROUP]
        first = prefix + members[0]
        complete = b"".join((b"\x00", length(len(first) + 8), b"\x01", first, TAIL))
        data = shared.join((complete, *ends[start + 1 : start + GROUP]))
        size = len(prefix) * len(members) + sum(map(len, members))
        yield RowGroup(first, prefix + members[-1], len(members), size, 0, data)
