"""Recognition of grants that agree with their rows, without decoding each: nearly all grants of a file do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...c1z.grant_batches import BatchColumns, GrantBatch
from ...c1z.types import GrantRow
from ...wire.grants.grant_fields import (
    PrincipalStarts,
    entitlement_keys,
    gaps,
    id_principal_field,
    leading_fields,
    message_tails,
)
from ...wire.v3.run_decoding import RecordRun

__all__ = ["AgreeingGrants"]

MOST_ENTITLEMENTS, MOST_PRINCIPALS, MOST_TAILS = 4096, 65536, 65536


class AgreeingGrants:
    """The parts of grants that were decoded and agreed with their rows, as `agrees` says.

    Another grant agrees, too, if its message is the fields of its row's entitlement and principal in one of those, its
    row's id, and behind it what one of those has.
    """

    def __init__(self, agrees: Callable[[GrantRow], bool]) -> None:
        self._agrees = agrees
        self._entitlements: dict[tuple[bytes, bytes], bytes] = {}
        self._principals: dict[tuple[bytes, bytes], bytes] = {}
        """The fields of principals that have more than an id."""
        self._starts = PrincipalStarts()
        self._tails = {b""}

    def unproven(self, batch: GrantBatch) -> Sequence[int] | None:
        """Return the positions of the grants that must be decoded, ascending; None for all of the batch.

        The others certainly agree with their rows. One grant of each new entitlement, and one with new fields behind
        its id, is decoded here to learn from it.
        """
        columns = batch.columns
        if columns is None:
            return None if batch.run is None else self._unproven_in_run(batch, batch.run)
        keys = entitlement_keys(columns.entitlements, columns.messages)
        unseen = set(keys).difference(self._entitlements)
        if unseen:
            self._learn(batch, sorted(map(keys.index, unseen)))
        tails = self._read_tails(columns, keys)
        further = set(tails).difference(self._tails, (None,))
        if further:
            self._learn(batch, sorted(map(tails.index, further)))
        if not columns.expandable and self._tails.issuperset(tails):
            return ()
        doubtful = {position for position, tail in enumerate(tails) if tail is None or tail not in self._tails}
        return sorted(doubtful.union(columns.expandable))

    def _unproven_in_run(self, batch: GrantBatch, run: RecordRun) -> Sequence[int] | None:
        """Return the positions of the grants of a run that must be decoded: their messages agree but for the ends."""
        key, field = (run.entitlement.encode(), run.entitlement_field[:3]), run.entitlement_field
        if self._entitlements.get(key) != field:
            self._learn(batch, [0])
            if self._entitlements.get(key) != field:
                return None
        ends = run.message_ends()
        unseen = ends.keys() - self._tails
        if unseen:
            self._learn(batch, sorted(ends[end] for end in unseen))
        if self._tails.issuperset(ends):
            return ()
        return [position for position, end in enumerate(run.ends) if end.message_end not in self._tails]

    def learn(self, row: GrantRow) -> None:
        """Remember the parts of a grant that agrees with its row."""
        fields = leading_fields(row.data)
        if fields is None or row.expansion is not None:
            return
        (tail,) = message_tails((fields[:1], fields[1:]), [row.id.encode()], [row.data])
        if tail is None or not (row.entitlement and row.principal):
            return
        if len(self._entitlements) >= MOST_ENTITLEMENTS:
            self._entitlements.clear()
        if len(self._tails) >= MOST_TAILS:
            self._tails = {b""}
        self._entitlements[row.entitlement.encode(), row.data[:3]] = fields[0]
        key = row.principal_type.encode(), row.principal.encode()
        if fields[1] != id_principal_field(*key):
            if len(self._principals) >= MOST_PRINCIPALS:
                self._principals.clear()
            self._principals[key] = fields[1]
        self._tails.add(tail)

    def _learn(self, batch: GrantBatch, positions: Sequence[int]) -> None:
        for row in batch.rows(positions):
            if self._agrees(row):
                self.learn(row)

    def _read_tails(self, columns: BatchColumns, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
        """Return what each message has behind its id, None if it does not begin with known parts."""
        entitlements = [self._entitlements.get(key, b"") for key in keys]
        types, names = zip(*columns.principals, strict=True)
        starts = list(map(self._starts.__getitem__, zip(types, map(len, names), strict=True)))
        tails = message_tails((entitlements, starts, names), columns.ids, columns.messages)
        if self._principals and None in tails:
            positions = list(gaps(tails))
            fields = [self._principals.get(columns.principals[position], b"") for position in positions]
            parts = [entitlements[position] for position in positions], fields
            ids, messages = ([column[position] for position in positions] for column in (columns.ids, columns.messages))
            for position, field, tail in zip(positions, fields, message_tails(parts, ids, messages), strict=True):
                tails[position] = tail if field else None
        if b"" in entitlements or b"" in types or b"" in names:
            whole = map(all, zip(entitlements, types, names, strict=True))
            tails = [tail if complete else None for tail, complete in zip(tails, whole, strict=True)]
        return tails
