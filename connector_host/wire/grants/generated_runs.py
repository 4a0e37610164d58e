"""Packing of the grants that expansion creates: those of one destination to principals of one type and one origin."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..grant_encoder import Shared
from ..stored_grants import IMMUTABLE, entitlement_field, id_principal
from .packed_grants import ESCAPED_NUL, SHORTEST_RUN, PackedGrants, RunPacker

__all__ = ["GeneratedHolder", "GeneratedRuns", "shared_part"]

GeneratedHolder = tuple[str, str, bytes, bytes]
"""Principal type, principal id, the principal's message, and the `sources_field` of the grant."""
MOST_MESSAGES = 65536


def shared_part(resource_type: str, resource: str, entitlement_id: str, entitlement_data: bytes) -> Shared:
    """Return what all grants on a destination share; the message of the entitlement is taken as it is stored."""
    return resource_type, resource, entitlement_id, entitlement_field(entitlement_data)


class GeneratedRuns:
    """Packer of generated grants; make one for a whole expansion."""

    def __init__(self) -> None:
        self._packer = RunPacker()
        self._id_only: dict[bytes, bool] = {}

    def pack(
        self, destination: Shared, holders: Iterable[GeneratedHolder]
    ) -> tuple[list[PackedGrants], list[GeneratedHolder]]:
        """Return the grants of holders packed, and the holders whose grants must be written one by one.

        These are those whose message holds more than an id, and those that share their origin with few others.
        """
        runs: dict[tuple[str, bytes], list[GeneratedHolder]] = {}
        others: list[GeneratedHolder] = []
        id_only = self._id_only
        for holder in holders:
            principal_type, _, message, origin = holder
            if id_only.get(message) or self._has_id_only(holder):
                key = principal_type, origin
                if key in runs:
                    runs[key].append(holder)
                else:
                    runs[key] = [holder]
            else:
                others.append(holder)
        packed: list[PackedGrants] = []
        for (principal_type, origin), members in runs.items():
            names = sorted(name for _, name, _, _ in members)
            text = msgspec.json.encode(names).decode()
            if len(names) < SHORTEST_RUN or ESCAPED_NUL in text:
                others += members
            else:
                packed += self._packer.pack(destination, principal_type, names, text, IMMUTABLE + origin)
        return packed, others

    def _has_id_only(self, holder: GeneratedHolder) -> bool:
        """Return True if the message of a principal holds its id and nothing else; True is remembered."""
        principal_type, name, message, _ = holder
        if message != id_principal(principal_type, name):
            return False
        if len(self._id_only) >= MOST_MESSAGES:
            self._id_only.clear()
        self._id_only[message] = True
        return True
