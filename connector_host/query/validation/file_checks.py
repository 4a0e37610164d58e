"""Validation of a file before its upload: the storage, the syncs, and the references between the objects of one sync.

An error stops readers or hides access; a warning is a deviation that should not occur; a note is for information.
Several cases of one finding are counted, with the first as the example.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from ...c1z import ksuid
from ...c1z.sync_stats import Stats
from ...c1z.transactions import is_disk_error
from ...c1z.types import FULL, ObjectKind, Store, SyncRun, View
from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ..sync_selection import choose_sync, finished_syncs
from .finding_counts import FindingSeverity, FindingTally, ValidationFinding, with_article
from .message_checks import check_messages

__all__ = ["Verdict", "validate_file"]

TYPES = frozenset({FULL, "partial", "resources_only", "partial_upserts", "partial_deletions"})


class Verdict(Struct, frozen=True):
    """The findings, the most severe first, and the checked sync with its counts, if there is one.

    `readable` is False if the rows could not be read to their end.
    """

    findings: list[ValidationFinding]
    sync: SyncRun | None
    counted: Stats
    readable: bool = True

    @property
    def sound(self) -> bool:
        """True if there are no findings other than notes."""
        return all(finding.severity is FindingSeverity.NOTE for finding in self.findings)


def validate_file(store: Store, sync_id: str | None = None) -> Verdict:
    """Check a file and one of its syncs. Raises NotFoundInFile if it has no sync of that id."""
    tally = FindingTally()
    in_background = store.start_integrity()
    contents = FindingTally()
    try:
        if in_background:
            sync, counted, damage = _check_contents(contents, store, sync_id)
        for text in store.integrity():
            tally.add(FindingSeverity.ERROR, "the database is damaged", text)
        if not in_background:
            sync, counted, damage = _check_contents(contents, store, sync_id)
    except FileError as error:  # of the storage itself
        sync, counted, damage, contents = None, Stats(), error, FindingTally()
    tally.extend(contents)
    if damage is not None:
        if is_disk_error(damage):
            raise damage
        tally.add(FindingSeverity.ERROR, "the file cannot be read to its end", damage.message)
    return Verdict(tally.findings(), sync, counted, readable=damage is None)


def _check_contents(
    tally: FindingTally, store: Store, sync_id: str | None
) -> tuple[SyncRun | None, Stats, FileError | None]:
    """Check the syncs, and the rows of one. Return it, its counts, and the error that ended the reading, if any."""
    sync, counted = None, Stats()
    try:
        _check_syncs(tally, store)
        if store.syncs():
            view = store.view(choose_sync(store, sync_id).sync)
            sync = view.sync
            counted = view.count()
            _counts(tally, sync, counted)
            _references(tally, view)
            check_messages(tally, view)
    except FileError as error:
        return sync, counted, error
    return sync, counted, None


def _check_syncs(tally: FindingTally, store: Store) -> None:
    """Check the list of syncs."""
    syncs = store.syncs()
    if not syncs:
        tally.add(FindingSeverity.ERROR, "the file holds no sync")
    elif not finished_syncs(syncs):
        tally.add(FindingSeverity.ERROR, "no sync of the file is finished", syncs[-1].id)
    else:
        newest = finished_syncs(syncs)[-1]
        if newest.type != FULL:
            tally.add(
                FindingSeverity.WARNING, f"the newest finished sync is of type {newest.type}, not full", newest.id
            )
        for sync in syncs:
            if not sync.finished and sync.started_at > newest.started_at:
                tally.add(FindingSeverity.NOTE, "a newer sync is unfinished", sync.id)
    for sync in syncs:
        _run(tally, sync)


def _references(tally: FindingTally, view: View) -> None:
    for dangling in view.dangling():
        # a connector may name principals of elsewhere; without its type or entitlement a row means nothing
        grave = dangling.missing_kind in (ObjectKind.RESOURCE_TYPE, ObjectKind.ENTITLEMENT)
        tally.add(
            FindingSeverity.ERROR if grave else FindingSeverity.WARNING,
            f"{with_article(dangling.kind)} names {with_article(dangling.role)} that is not in the sync",
            f"{dangling.example} names {dangling.missing}",
            dangling.count,
        )


def _run(tally: FindingTally, sync: SyncRun) -> None:
    if not ksuid.is_ksuid(sync.id):
        tally.add(FindingSeverity.WARNING, "the id of a sync is not a KSUID", sync.id)
    if sync.type not in TYPES:
        tally.add(FindingSeverity.WARNING, "the type of a sync is unknown", f"{sync.id}: {sync.type}")
    begin, end = _moment(sync.started_at), _moment(sync.ended_at)
    if begin is None or (sync.finished and end is None):
        tally.add(
            FindingSeverity.ERROR, "a time of a sync cannot be read", f"{sync.id}: {sync.started_at}, {sync.ended_at}"
        )
    elif end is not None and end < begin:
        tally.add(FindingSeverity.WARNING, "a sync ended before it began", sync.id)
    if sync.token:
        try:
            decode_json(sync.token)
        except ValueError:
            tally.add(FindingSeverity.ERROR, "the token of a sync is not JSON: Go tools cannot resume it", sync.id)


def _moment(text: str) -> datetime | None:
    """Return a time; None for text that the reader could not parse, which it leaves without a zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _counts(tally: FindingTally, sync: SyncRun, counted: Stats) -> None:
    if not counted.resource_types:
        tally.add(FindingSeverity.ERROR, "the sync has no resource types")
    if not counted.resources:
        tally.add(FindingSeverity.WARNING, "the sync has no resources")
    elif sync.type == FULL and not counted.grants:
        tally.add(FindingSeverity.NOTE, "the sync has no grants")
    if sync.stats is None:
        tally.add(FindingSeverity.NOTE, "the sync carries no counts; readers count anew each time")
    elif sync.stats != counted:
        tally.add(
            FindingSeverity.WARNING,
            "the counts stored with the sync are not those of its rows",
            _difference(sync, counted),
        )
    if sync.type == FULL and sync.finished and not sync.supports_diff:
        tally.add(
            FindingSeverity.NOTE, "the sync is not marked as expanded: grants through groups may be missing", sync.id
        )


def _difference(sync: SyncRun, counted: Stats) -> str:
    names = (name for name in Stats.__struct_fields__ if getattr(sync.stats, name) != getattr(counted, name))
    return "; ".join(f"{name}: {getattr(sync.stats, name)} stored, {getattr(counted, name)} counted" for name in names)
