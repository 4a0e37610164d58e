"""What passes what on: the grants to groups (and others) that reach the holders of the group's own entitlements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..c1z.types import View
from ..wire import decode
from .review_model import InheritanceLink, SourceEntitlement

__all__ = ["inheritance_links"]


def inheritance_links(system: int, view: View, vias: Mapping[str, SourceEntitlement]) -> Iterator[InheritanceLink]:
    """Each link of the sync, in file order; `vias` gives what an entitlement is called."""
    for row in view.expandable_grants():
        found = decode.expandable(row.expansion or b"")
        for source in dict.fromkeys(found.entitlement_ids):
            if source.strip() and source != row.entitlement:
                yield InheritanceLink(
                    system, vias[source], vias[row.entitlement], found.shallow, found.resource_type_ids
                )
