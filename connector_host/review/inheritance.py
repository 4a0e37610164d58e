"""Inheritance links: grants to groups (and others) that the holders of the group's entitlements inherit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..c1z.types import View
from ..wire import decode
from .review_model import InheritanceLink, SourceEntitlement

__all__ = ["inheritance_links"]


def inheritance_links(system: int, view: View, vias: Mapping[str, SourceEntitlement]) -> Iterator[InheritanceLink]:
    """Yield the links of the sync in file order; `vias` maps an entitlement id to its description."""
    for row in view.expandable_grants():
        expansion = decode.expandable(row.expansion or b"")
        for source in dict.fromkeys(expansion.entitlement_ids):
            if source.strip() and source != row.entitlement:
                yield InheritanceLink(
                    system, vias[source], vias[row.entitlement], expansion.shallow, expansion.resource_type_ids
                )
