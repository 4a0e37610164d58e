"""Verification of revocations in later syncs: is the access gone, since when, or did it come back by which path."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct

from ..c1z.opening import open_store
from ..c1z.types import ObjectKind, View
from ..model import ResourceId
from ..query.access.access_paths import AccessExplanation, explain_access
from ..query.changes.unread_listings import UnreadListings
from ..query.lookup.object_cache import SyncObjects
from ..query.sync_origin import read_origin
from .decisions import ReviewDecisions, Revocation
from .file_facts import parse_sync_time
from .later_syncs import open_later_syncs

__all__ = ["RevocationResult", "VerifiedRevocation", "verify_revocations"]

MOST_PATHS = 3


class RevocationResult(enum.StrEnum):
    """The state of a revoked grant in the later syncs."""

    GONE = "gone"
    DIRECT = "still direct"
    INHERITED = "still inherited"
    BACK = "came back"
    UNKNOWN = "unknown"


class VerifiedRevocation(Struct, frozen=True):
    """A revocation and its state in the newest later sync; `through` says by which path the access remains.

    `gone` is the end of the first sync without the access, `back` that of the first sync that has it again. `days` is
    the number of days from the decision to `gone`, or to the newest sync if the access never was gone; 0 if it was gone
    before the decision. `syncs` counts the syncs that were read.
    """

    revocation: Revocation
    result: RevocationResult
    through: str = ""
    gone: datetime | None = None
    back: datetime | None = None
    days: int | None = None
    syncs: int = 0


class _Presence(enum.Enum):
    """The presence of a grant in one sync."""

    ABSENT = 0
    PRESENT = 1
    UNREAD = 2


def verify_revocations(decisions: ReviewDecisions, files: Sequence[Path]) -> list[VerifiedRevocation]:
    """Look for the revoked grants in every later sync of the files.

    Raises ConfigError for a system without a file, PreconditionError for a file of another account and for files
    without a sync that is newer than the reviewed one.
    """
    with ExitStack() as stack:
        later = open_later_syncs(stack, decisions, files)
        stores = [stack.enter_context(open_store(path)) for path in decisions.files]
        reviewed = [
            store.view(next(sync for sync in store.syncs() if sync.id == system.sync))
            for store, system in zip(stores, decisions.systems, strict=True)
        ]
        timelines = [_Timeline(view, views) for view, views in zip(reviewed, later, strict=True)]
        return [timelines[revocation.row.system].verify(revocation) for revocation in decisions.revocations]


class _Timeline:
    """The later syncs of one system, the oldest first, and the reviewed sync."""

    def __init__(self, reviewed: View, views: Sequence[View]) -> None:
        self._reviewed, self._views = reviewed, views
        self._objects = SyncObjects(views[-1])
        self._unread = [UnreadListings(view) for view in views]
        self._only = [read_origin(view.sync).only for view in views]
        self._ends = [parse_sync_time(view.sync.ended_at) for view in views]

    def verify(self, revocation: Revocation) -> VerifiedRevocation:
        """Return the state of a revoked grant, and since when it is so."""
        principal = ResourceId(revocation.row.principal.resource_type, revocation.row.principal.resource)
        entitlement = revocation.row.entitlement.id
        explanations = [
            explain_access(view, principal, entitlement, MOST_PATHS if view is self._views[-1] else 1)
            for view in self._views
        ]
        presences = [self._presence(number, revocation, item) for number, item in enumerate(explanations)]
        result = _result(presences, explanations[-1])
        gone, back = _first_change(presences, result)
        ended = self._ends[len(self._ends) - 1 if gone is None else gone]
        return VerifiedRevocation(
            revocation,
            result,
            self._through(result, explanations[-1]),
            self._ends[gone] if gone is not None else None,
            self._ends[back] if back is not None else None,
            _days(revocation.date, ended),
            len(self._views),
        )

    def _presence(self, number: int, revocation: Revocation, explanation: AccessExplanation) -> _Presence:
        if explanation.reasons or explanation.grant is not None:
            return _Presence.PRESENT
        types = {revocation.row.principal.resource_type, revocation.row.entitlement.resource_type}
        if self._only[number] and not types <= set(self._only[number]):
            return _Presence.UNREAD
        grant = self._reviewed.grant(revocation.row.grant)
        if grant is not None and self._unread[number].covers(ObjectKind.GRANT, grant.data):
            return _Presence.UNREAD
        return _Presence.ABSENT

    def _through(self, result: RevocationResult, explanation: AccessExplanation) -> str:
        """Return the names of the entitlements on the shortest path, without the last one; empty for a direct grant."""
        if result in (RevocationResult.GONE, RevocationResult.DIRECT):
            return ""
        if result is RevocationResult.UNKNOWN:
            return "not read in the newest sync"
        names = self._objects.entitlements
        if not explanation.reasons:
            return ", ".join(names[source].name for source in explanation.unexplained)
        shortest = explanation.reasons[0]
        ids = [shortest.direct.entitlement, *(edge.target for edge in shortest.edges)]
        return " → ".join(names[entitlement_id].name for entitlement_id in ids[:-1]) or "direct"


def _result(presences: Sequence[_Presence], explanation: AccessExplanation) -> RevocationResult:
    if presences[-1] is _Presence.UNREAD:
        return RevocationResult.UNKNOWN
    if presences[-1] is _Presence.ABSENT:
        return RevocationResult.GONE
    if _Presence.ABSENT in presences:
        return RevocationResult.BACK
    is_direct = any(not path.edges for path in explanation.reasons)
    return RevocationResult.DIRECT if is_direct else RevocationResult.INHERITED


def _first_change(presences: Sequence[_Presence], result: RevocationResult) -> tuple[int | None, int | None]:
    """Return the number of the first sync without the access, and of the first one after it that has it again."""
    numbers = range(len(presences))
    gone = next((number for number in numbers if presences[number] is _Presence.ABSENT), None)
    if result is RevocationResult.GONE:  # the absence that lasts
        last = max((number for number in numbers if presences[number] is _Presence.PRESENT), default=-1)
        gone = next(number for number in numbers if number > last and presences[number] is _Presence.ABSENT)
        return gone, None
    if gone is None or result is not RevocationResult.BACK:
        return gone, None
    return gone, next(number for number in numbers if number > gone and presences[number] is _Presence.PRESENT)


def _days(decided: date, ended: datetime | None) -> int | None:
    return max((ended.date() - decided).days, 0) if ended is not None else None
