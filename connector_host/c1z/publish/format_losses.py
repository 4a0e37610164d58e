"""What one format cannot hold of the other, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["DETAILS", "MERGED", "NO_IDS", "REPEATED", "SCOPES", "SESSIONS", "TIMINGS", "lost_notes"]

MERGED = "grants that another grant of the same principal on the same entitlement takes in"
NO_IDS = "objects without the ids that they would be stored under"
SESSIONS = "values that the connector kept for itself"
SCOPES = "marks of where a connector's cache has an object from"
TIMINGS = "records of how long the steps of the sync took"
REPEATED = "objects whose id another one has"

DETAILS = "what entitlements and grants repeat of resources and resource types"
"""Lost in every file of format v3, and nothing is missed: the resources and types themselves are there."""


def lost_notes(lost: Mapping[str, int], *, every: bool = False) -> Iterator[str]:
    """A sentence for each loss; unless `every` is wanted, not for the one that format v3 is made for."""
    for what, number in lost.items():
        if number and (every or what != DETAILS):
            yield f"Not in the new file: {what}: {number:,}."
