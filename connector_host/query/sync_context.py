"""Context of a sync that people need before its rows: account, identity, age, and what the sync could not see."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

from ..c1z.types import FULL, GrantFilter, SyncRun, View
from ..errors import FileError
from ..wire import stored_grants
from ..wire.wire_format import WireError
from .sync_origin import SyncOrigin, read_origin

__all__ = ["context_lines", "current_time", "is_expanded", "known_gaps", "sync_gaps", "sync_source", "unseen_access"]

LINKS_CHECKED = 20  # expandable grants whose inherited grants are looked for
HOLDERS_CHECKED = 1000  # grants of each of their entitlements
DAY = 86_400  # seconds


def context_lines(view: View) -> list[str]:
    """Return the source of a sync and then each known gap, a sentence each, to stand first in a result for people."""
    return [*filter(None, [sync_source(view.sync, current_time())]), *sync_gaps(view)]


def current_time() -> datetime:
    """Return the time from which the ages of syncs are counted."""
    return datetime.now(UTC)


def sync_source(sync: SyncRun, now: datetime) -> str:
    """Return a sentence on the account, the connector and the age of a sync, as far as they are known."""
    origin = read_origin(sync)
    source = ", ".join(
        part
        for part in (
            f"account {origin.account}" if origin.account else "",
            f"read as {origin.user}" if origin.user else "",
            f"connector {origin.connector} {origin.connector_version}".rstrip() if origin.connector else "",
        )
        if part
    )
    time = _time_text(sync, now)
    return f"{source[:1].upper()}{source[1:]}. {time}".strip(". ") + "." if source or time else ""


def sync_gaps(view: View) -> list[str]:
    """Return a sentence for each known gap of a sync."""
    return list(known_gaps(view.sync, read_origin(view.sync), expanded=is_expanded(view)))


def known_gaps(
    sync: SyncRun, origin: SyncOrigin, *, expanded: bool, missing: tuple[int, int] = (0, 0)
) -> Iterator[str]:
    """Yield a sentence for each known gap. `missing` counts principals and entitlements that only grants name."""
    if not sync.finished:
        yield "The sync is not finished: objects that it had not read yet are missing."
    elif sync.type != FULL:
        yield f"The sync is of type {sync.type}, not full: objects outside its scope are missing."
    yield from _unseen(origin, expanded=expanded)
    for number, noun in zip(missing, ("principals", "entitlements"), strict=True):
        if number:
            yield f"Grants name {number:,} {noun} that the sync does not hold; they are shown by their ids."


def unseen_access(view: View) -> list[str]:
    """Return a sentence for each known gap that the state of the sync does not tell: what was not read or expanded."""
    return list(_unseen(read_origin(view.sync), expanded=is_expanded(view)))


def _unseen(origin: SyncOrigin, *, expanded: bool) -> Iterator[str]:
    if origin.only:
        yield f"Only these resource types were read: {', '.join(origin.only)}."
    if origin.without:
        yield f"Left out of the sync: {', '.join(origin.without)}."
    if not expanded:
        yield (
            "The sync is not expanded: access that members inherit through groups is missing."
            " `connector-host expand` adds it."
        )
    for text in origin.limits:
        yield f"The connector reported: {text}"
    for text in origin.unread:
        yield f"Not read: {text}"


def is_expanded(view: View) -> bool:
    """Return True if the sync is marked as expanded, has nothing to expand, or has inherited grants."""
    if view.sync.expanded:
        return True
    first_links = list(itertools.islice(view.expandable_grants(), LINKS_CHECKED))
    return not first_links or any(_has_inherited(view, link.entitlement) for link in first_links)


def _has_inherited(view: View, entitlement: str) -> bool:
    for row in itertools.islice(view.grants(GrantFilter(entitlement=entitlement)), HOLDERS_CHECKED):
        try:
            sources = stored_grants.sources(row.data)
        except (WireError, FileError):
            continue
        if set(sources) - {entitlement}:
            return True
    return False


def _time_text(sync: SyncRun, now: datetime) -> str:
    """Return when the sync ended, or started if it is unfinished, and how long ago that is."""
    verb, text = ("ended", sync.ended_at) if sync.finished else ("started", sync.started_at)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    shown = f"The sync {verb} {moment:%Y-%m-%d %H:%M}"
    if moment.tzinfo is None:
        return shown
    days = int((now - moment).total_seconds() // DAY)
    if days < 1:
        return shown
    return f"{shown}, {days:,} {'day' if days == 1 else 'days'} ago"
