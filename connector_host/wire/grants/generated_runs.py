"""Packing of the grants that expansion creates: those of one destination to principals of one type and one origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ..grant_encoder import Shared
from ..stored_grants import IMMUTABLE, entitlement_field, id_principal
from .packed_grants import ESCAPED_NUL, SHORTEST_RUN, PackedGrants, RunPacker

__all__ = ["GeneratedGroup", "GeneratedHolder", "GeneratedRuns", "shared_part"]

GeneratedGroup = tuple[str, bytes, list[str]]
"""Principal type, the `sources_field` of the grants, and the principals' ids."""
GeneratedHolder = tuple[str, str, bytes, bytes]
"""Principal type, principal id, the principal's message, and the `sources_field` of the grant."""


def shared_part(resource_type: str, resource: str, entitlement_id: str, entitlement_data: bytes) -> Shared:
    """Return what all grants on a destination share; the message of the entitlement is taken as it is stored."""
    return resource_type, resource, entitlement_id, entitlement_field(entitlement_data)


class GeneratedRuns:
    """Packer of generated grants; make one for a whole expansion."""

    def __init__(self) -> None:
        self._packer = RunPacker()

    def pack(
        self, destination: Shared, groups: Iterable[GeneratedGroup], messages: Mapping[tuple[str, str], bytes]
    ) -> tuple[list[PackedGrants], list[GeneratedHolder]]:
        """Return the grants of holders packed, and the holders whose grants must be written one by one.

        These are those whose message holds more than an id (`messages`, by type and id), and those that share their
        origin with few others.
        """
        packed: list[PackedGrants] = []
        single_holders: list[GeneratedHolder] = []
        types = {principal_type for principal_type, _ in messages}
        for principal_type, origin, group in groups:
            names = sorted(group)
            if principal_type in types:
                single_holders += (
                    (principal_type, name, messages[principal_type, name], origin)
                    for name in names
                    if (principal_type, name) in messages
                )
                names = [name for name in names if (principal_type, name) not in messages]
            text = msgspec.json.encode(names).decode()
            if len(names) < SHORTEST_RUN or ESCAPED_NUL in text:
                single_holders += ((principal_type, name, id_principal(principal_type, name), origin) for name in names)
            else:
                packed += self._packer.pack(destination, principal_type, names, text, IMMUTABLE + origin)
        return packed, single_holders
