"""Recognition of grants that agree with their rows, without decoding each: nearly all grants of a file do."""

from __future__ import annotations

from ...c1z.types import GrantRow
from ...model import Grant
from ...wire.legacy_grants import whole_start
from ...wire.stored_grants import principal_bytes

__all__ = ["AgreeingGrants"]

MOST_PRINCIPALS = 65536


class AgreeingGrants:
    """The entitlement and the principals of grants that were decoded and agreed with their rows.

    Another grant agrees, too, if its message is the bytes of this entitlement, those of one of these principals, and
    an id, with nothing behind it, and its row has the same ids.
    """

    def __init__(self) -> None:
        self._start = b""
        self._entitlement = ""
        self._principals: dict[bytes, tuple[str, str]] = {}

    def learn(self, row: GrantRow, grant: Grant) -> None:
        """Remember the parts of a grant that agrees with its row."""
        self._start = whole_start(row.data)
        self._entitlement = grant.entitlement.id
        if len(self._principals) >= MOST_PRINCIPALS:
            self._principals.clear()
        principal = grant.principal_id
        self._principals[principal_bytes(row.data)] = principal.resource_type, principal.resource

    def hold(self, row: GrantRow) -> bool:
        """Return True if a grant certainly agrees with its row; False says nothing."""
        _, _, entitlement, principal_type, principal, grant_id, expansion, _, data, _ = row
        start = self._start
        if not start or expansion is not None or entitlement != self._entitlement or not data.startswith(start):
            return False
        at = len(start) + 1  # behind the tag of the principal and its length
        try:
            end = at + data[at - 1]
            if data[at - 1] >= 0x80 or data[end] != 0x1A or not data[end + 1] == len(data) - end - 2 < 0x80:
                return False
        except IndexError:
            return False
        known = self._principals.get(data[at:end])
        return known == (principal_type, principal) and data[end + 2 :] == grant_id.encode() != b""
