"""Direct and inherited holding of a grant: the rule, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["DIRECT", "DIRECT_AND_INHERITED", "INHERITED", "holding_word", "is_direct"]

DIRECT = "direct"
INHERITED = "inherited"
DIRECT_AND_INHERITED = "direct, inherited"


def is_direct(sources: Iterable[str], entitlement_id: str) -> bool:
    """Return True if a grant with these sources is direct: it has none, or its own entitlement is one of them."""
    sources = tuple(sources)
    return not sources or entitlement_id in sources


def holding_word(sources: Iterable[str], entitlement_id: str) -> str:
    """Return `direct`, `inherited` or `direct, inherited` for a grant with these sources."""
    sources = tuple(sources)
    if not is_direct(sources, entitlement_id):
        return INHERITED
    return DIRECT_AND_INHERITED if any(source != entitlement_id for source in sources) else DIRECT
