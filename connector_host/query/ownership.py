"""Entitlements that make their direct holders the owners of a resource: those to ask whether others should hold it.

A c1z has no field for the owner of a resource. The purpose `ownership` of an entitlement says it; short of that, what
the connector calls the entitlement does: `owner`, or else `manager`, `manage` or `managing`, alone or with the
resource's type behind it or `allow` before it (1Password: `manager` of a group, `manage vault`, `allow managing`).
"""

from __future__ import annotations

import re

from ..model import Entitlement, Purpose

__all__ = ["ownership_level"]

OWNERS, MANAGERS = frozenset(("owner", "owners")), frozenset(("manager", "managers", "manage", "managing"))
ALLOWED = ("allow", "can")
PART = re.compile(r"[^\W_]+")


def ownership_level(entitlement: Entitlement) -> int:
    """Return 1 for an owner's entitlement, 2 for a manager's (who counts where there is no owner), 0 for any other."""
    words = [str(word).casefold() for word in PART.findall(entitlement.slug or entitlement.display_name)]
    if entitlement.purpose is Purpose.OWNERSHIP or (len(words) == 1 and words[0] in OWNERS):
        return 1
    if len(words) > 1 and words[0] in ALLOWED:
        words = words[1:]
    if words and words[0] in MANAGERS and words[1:] in ([], [entitlement.resource.id.resource_type.casefold()]):
        return 2
    return 0
