"""Comparability of two syncs: what makes differences that are no changes of access."""

from __future__ import annotations

from collections.abc import Iterator

from ...c1z.types import View
from ..sync_context import is_expanded
from ..sync_origin import read_origin

__all__ = ["comparison_notes"]

UNEXPANDED = (
    "Only the {expanded} sync is expanded: inherited access of the {other} one is missing, and shown as {change}."
    " `connector-host expand` adds it."
)


def comparison_notes(old: View, new: View) -> Iterator[str]:
    """Yield a sentence for each reason why two syncs differ although no access has changed."""
    before, after = read_origin(old.sync), read_origin(new.sync)
    if before.account and after.account and before.account != after.account:
        yield f"The syncs are of different accounts: {before.account} and {after.account}."
    elif before.connector and after.connector and before.connector != after.connector:
        yield f"The syncs are of different connectors: {before.connector} and {after.connector}."
    for view, age, change in ((old, "older", "added"), (new, "newer", "removed")):
        if not view.sync.finished:
            yield f"The {age} sync is not finished: what it had not read yet is shown as {change}."
    if old.sync.type != new.sync.type:
        yield f"The syncs are of different types: {old.sync.type} and {new.sync.type}."
    elif set(before.only) != set(after.only):
        yield "The syncs read different resource types: objects of the others are shown as added or removed."
    was_expanded, is_now = is_expanded(old), is_expanded(new)
    if was_expanded and not is_now:
        yield UNEXPANDED.format(expanded="older", other="newer", change="removed")
    elif is_now and not was_expanded:
        yield UNEXPANDED.format(expanded="newer", other="older", change="added")
