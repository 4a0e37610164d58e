"""The values that one format of a c1z cannot hold of the other, and the sentences about them."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Mapping

__all__ = ["FormatLoss", "LossCounter", "lost_notes"]


class FormatLoss(enum.Enum):
    """A kind of values that is lost, with its name for people."""

    DETAILS = "copies of resources and resource types inside entitlements and grants"
    """Lost in every file of format v3 without harm: the resources and types themselves are in the file."""
    NAMES = "traits and purposes that this version does not know"
    OLD_FIELDS = "fields of resources that format v3 has no place for"
    UNKNOWN_FIELDS = "fields that this version does not know"
    MERGED = "grants merged with another grant of the same principal on the same entitlement"
    NO_IDS = "objects without the ids that they would be stored under"
    SESSIONS = "values that the connector stored for itself"
    SCOPES = "marks of the connector's cache on objects"
    TIMINGS = "durations of the steps of the sync"
    REPEATED = "objects with the id of another object"


LossCounter = Counter[FormatLoss]


def lost_notes(lost: Mapping[FormatLoss, int], *, every: bool = False) -> Iterator[str]:
    """Yield a sentence for each loss; without `every`, not for the one that format v3 is designed for."""
    for loss, number in lost.items():
        if number and (every or loss is not FormatLoss.DETAILS):
            yield f"Not in the new file: {number:,} {loss.value}."
