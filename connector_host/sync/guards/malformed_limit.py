"""The limit of malformed items: a few are skipped, many are a defect of the connector that ends the run."""

from __future__ import annotations

from ...errors import PluginError
from ..listing_table import LISTINGS
from ..page_storing import MALFORMED
from ..working.database import WorkingSync
from ..working.queue import Phase, QueuedListing

__all__ = ["check_malformed", "check_nothing_but_malformed", "is_above_limit"]

LIMIT, SHARE = 10, 0.10
"""More malformed items than this of one hook and type, and a larger share of its items, end the run."""
HINT = "This is a defect of the connector; report it to its author. Nothing was written."


def is_above_limit(items: int, malformed: int) -> bool:
    """Return True for more malformed items than a sync skips."""
    return malformed > LIMIT and malformed > SHARE * items


def check_malformed(connector: str, work: WorkingSync, action: QueuedListing) -> None:
    """Raise PluginError when too many items of this hook and resource type were malformed so far."""
    items, malformed = work.item_counts(action.hook, action.resource_type)
    if is_above_limit(items, malformed):
        raise _too_many(connector, work, action.hook, action.resource_type, items, malformed)


def check_nothing_but_malformed(connector: str, work: WorkingSync, phase: Phase) -> None:
    """Raise PluginError when, at the end of a phase, every item of a hook and resource type was malformed."""
    for hook, listing_type, items, malformed in work.malformed_counts():
        if LISTINGS[hook].phase is phase and malformed == items:
            raise _too_many(connector, work, hook, listing_type, items, malformed)


def _too_many(
    connector: str, work: WorkingSync, hook: str, resource_type: str, items: int, malformed: int
) -> PluginError:
    names = [text for text in work.remarks(MALFORMED) if text.startswith(f"{hook} of {resource_type}")]
    example = names[0] if names else hook
    return PluginError(f"connector {connector!r}: {example} ({malformed} of {items} items are malformed)", hint=HINT)
