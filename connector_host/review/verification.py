"""Verification of revocations: is the access gone in a later sync, and if not, which path still gives it."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from msgspec import Struct

from ..c1z.opening import open_store
from ..c1z.types import SyncRun, View
from ..errors import ConfigError, PreconditionError
from ..model import ResourceId
from ..query.access.access_paths import AccessExplanation, explain_access
from ..query.lookup.object_cache import SyncObjects
from ..query.sync_origin import read_origin
from ..query.sync_selection import choose_sync
from .decisions import ReviewDecisions, Revocation
from .file_facts import parse_sync_time

__all__ = ["RevocationResult", "VerifiedRevocation", "verify_revocations"]

MOST_PATHS = 3


class RevocationResult(enum.StrEnum):
    """The state of a revoked grant in a later sync."""

    GONE = "gone"
    DIRECT = "still direct"
    INHERITED = "still inherited"


class VerifiedRevocation(Struct, frozen=True):
    """A revocation and its state in a later sync; `through` holds the names on a path that still gives the access.

    `days` is the number of days from the decision to the later sync, if that has an end.
    """

    revocation: Revocation
    result: RevocationResult
    through: str = ""
    days: int | None = None


def verify_revocations(decisions: ReviewDecisions, files: Sequence[Path]) -> list[VerifiedRevocation]:
    """Compare the revocations with a later sync of each system.

    Raises ConfigError unless there is one file for each system, PreconditionError for a file of another account and for
    a sync that is not newer than the reviewed one.
    """
    if len(files) != len(decisions.systems):
        raise ConfigError(
            f"The review has {len(decisions.systems)} systems, but {len(files)} files were specified.",
            hint="Specify -f once for each system, in the order of the review.",
        )
    with ExitStack() as stack:
        views = [_later_view(stack, decisions, number, path) for number, path in enumerate(files)]
        return list(_verified(decisions, views))


def _later_view(stack: ExitStack, decisions: ReviewDecisions, number: int, path: Path) -> View:
    system = decisions.systems[number]
    store = stack.enter_context(open_store(path))
    sync = choose_sync(store).sync
    reviewed_store = stack.enter_context(open_store(decisions.files[number]))
    reviewed = next(stored for stored in reviewed_store.syncs() if stored.id == system.sync)
    before, after = read_origin(reviewed), read_origin(sync)
    if (before.connector, before.account) != (after.connector, after.account):
        raise PreconditionError(
            f"{path} is of {f'{after.connector} {after.account}'.strip() or 'an unknown source'},"
            f" but the review is of {f'{before.connector} {before.account}'.strip() or 'an unknown source'}.",
            hint="Name a later sync of the reviewed account with -f.",
        )
    if not _is_newer(sync, reviewed):
        raise PreconditionError(
            f"The sync {sync.id} in {path} is not newer than the reviewed sync {reviewed.id}.",
            hint="Run a new sync, and name its file with -f.",
        )
    return store.view(sync)


def _is_newer(sync: SyncRun, reviewed: SyncRun) -> bool:
    ended, reviewed_ended = parse_sync_time(sync.ended_at), parse_sync_time(reviewed.ended_at)
    if ended is None or reviewed_ended is None or sync.id == reviewed.id:
        return False
    if (ended.tzinfo is None) != (reviewed_ended.tzinfo is None):
        return ended.replace(tzinfo=None) > reviewed_ended.replace(tzinfo=None)
    return ended > reviewed_ended


def _verified(decisions: ReviewDecisions, views: Sequence[View]) -> Iterator[VerifiedRevocation]:
    objects = [SyncObjects(view) for view in views]
    for revocation in decisions.revocations:
        row = revocation.row
        view = views[row.system]
        principal = ResourceId(row.principal.resource_type, row.principal.resource)
        explanation = explain_access(view, principal, row.entitlement.id, MOST_PATHS)
        result = _result(explanation)
        through = _path_text(objects[row.system], explanation) if result is RevocationResult.INHERITED else ""
        yield VerifiedRevocation(revocation, result, through, _days(revocation.date, view))


def _result(explanation: AccessExplanation) -> RevocationResult:
    if any(not path.edges for path in explanation.reasons):
        return RevocationResult.DIRECT
    if explanation.reasons or explanation.grant is not None:
        return RevocationResult.INHERITED
    return RevocationResult.GONE


def _path_text(objects: SyncObjects, explanation: AccessExplanation) -> str:
    """Return the names of the entitlements on the shortest path, without the last one."""
    if not explanation.reasons:
        return ", ".join(objects.entitlements[source].name for source in explanation.unexplained)
    shortest = explanation.reasons[0]
    ids = [shortest.direct.entitlement, *(edge.target for edge in shortest.edges)]
    return " → ".join(objects.entitlements[entitlement_id].name for entitlement_id in ids[:-1])


def _days(decided: date, view: View) -> int | None:
    ended = parse_sync_time(view.sync.ended_at)
    return (ended.date() - decided).days if ended is not None else None
