"""The entries of the grants of a sync that are rows of format v1, entitlement by entitlement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import apsw

from ...wire.v3.format_losses import FormatLoss, LossCounter
from ...wire.v3.grant_merging import merge_grants
from ...wire.v3.record_encoding import GrantRecords
from ..pebble.table_writer import RowGroup, row_groups
from ..v1.schema import BY_HOLDER, GRANTS
from . import keys
from .grant_runs import Ids
from .run_groups import OtherRecords

__all__ = ["RowGrants"]

Entry = tuple[bytes, bytes]
HOLDER = "resource_type_id, resource_id, entitlement_id"
BATCH = 5000


class RowGrants:
    """Encoder of the grants of one entitlement after another, read by the index on holders.

    The database has the function `v3_parts`, which is `keys.entitlement_parts`. `moment_of` and `add_to_index` are
    those of `RunGroups`. `add_keys` is called with keys of the index of grants to be expanded, and empties the list.
    """

    def __init__(
        self,
        db: apsw.Connection,
        sync_id: str,
        lost: LossCounter,
        *,
        moment_of: Callable[[str], bytes],
        add_to_index: Callable[[bytes, list[str]], None],
        add_keys: Callable[[list[bytes]], None],
    ) -> None:
        self._db, self._sync_id, self._lost = db, sync_id, lost
        self._records = GrantRecords(_tail)
        self._moment_of, self._add_to_index, self._add_keys = moment_of, add_to_index, add_keys

    def entitlements(self) -> Iterator[tuple[bytes, Ids]]:
        """Yield the key parts of each entitlement, ascending, and its ids.

        The grants on an entitlement without a key are counted as lost.
        """
        rows = self._db.execute(
            f"select v3_parts({HOLDER}) as parts, {HOLDER} from"
            f" (select distinct {HOLDER} from {GRANTS} where sync_id = ?) order by parts",
            (self._sync_id,),
        )
        for parts, *ids in rows:
            if parts is None:
                self._lost[FormatLoss.NO_IDS] += sum(1 for _ in self._grants(*ids))
            else:
                yield parts, (ids[0], ids[1], ids[2])

    def groups(self, parts: bytes, ids: Ids) -> Iterator[RowGroup]:
        """Yield the entries on an entitlement, ascending by key."""
        return row_groups(self._entries(parts, ids))

    def records(self, parts: bytes, ids: Ids) -> OtherRecords:
        """Return the records of the grants on an entitlement, of which further grants are in runs."""
        records: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        to_expand: list[bytes] = []
        for tail, record, needs_expansion in self._merged(ids):
            principal_type, _, name = tail.decode("latin-1").partition("\0")
            records[principal_type][name] = record
            if needs_expansion:
                to_expand.append(keys.index(keys.NEEDS_EXPANSION, parts, tail))
        self._add_keys(to_expand)
        return records

    def _grants(self, type_id: str, resource_id: str, entitlement_id: str) -> apsw.Cursor:
        return self._db.execute(
            "select principal_resource_type_id, principal_resource_id, external_id, data, expansion, needs_expansion,"
            f" discovered_at from {GRANTS} indexed by {BY_HOLDER}"
            " where entitlement_id = ? and sync_id = ? and resource_type_id = ? and resource_id = ? order by 1, 2",
            (entitlement_id, self._sync_id, type_id, resource_id),
        )

    def _entries(self, parts: bytes, ids: Ids) -> Iterator[Entry]:
        """Yield the entries of the grants on an entitlement, and collect those of the indexes."""
        prefix = keys.GRANTS + b"\x00" + parts + b"\x00"
        tails: list[str] = []
        to_expand: list[bytes] = []
        for tail, record, needs_expansion in self._merged(ids):
            tails.append(tail.decode("latin-1"))
            if needs_expansion:
                to_expand.append(keys.index(keys.NEEDS_EXPANSION, parts, tail))
            yield prefix + tail, record
            if len(tails) >= BATCH:
                self._add_to_index(parts, tails)
                self._add_keys(to_expand)
                tails = []
        self._add_to_index(parts, tails)
        self._add_keys(to_expand)

    def _merged(self, ids: Ids) -> Iterator[tuple[bytes, bytes, bool]]:
        """Yield the principals of the grants on an entitlement, the records, and whether they need expansion.

        The records of one principal are merged.
        """
        self._records.on(*ids)
        last, merged, needs = b"", b"", False
        for tail, record, needs_expansion in self._records.records(self._grants(*ids), self._moment_of):
            if not tail:
                self._lost[FormatLoss.NO_IDS] += 1
            elif tail == last:
                merged, needs = merge_grants((merged, record)), needs or needs_expansion
                self._lost[FormatLoss.MERGED] += 1
            else:
                if last:
                    yield last, merged, needs
                last, merged, needs = tail, record, needs_expansion
        if last:
            yield last, merged, needs


def _tail(principal_type: str, principal: str) -> bytes:
    """Return the part of a grant's key that names the principal; empty when one of its ids is empty."""
    return keys.join(principal_type, principal) if principal_type and principal else b""
