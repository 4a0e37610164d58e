"""A table of values that answers a question to a lake, with the notes that a reader needs before its rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from .sync_commits import SyncCommit

__all__ = ["LakeColumn", "LakeTable", "counted", "source_notes"]

DAY = 86_400  # seconds
OLD = 2  # days after which the age of a source is worth a sentence
MOST_NOTES = 20


class LakeColumn(Struct, frozen=True):
    """A column: its key in JSON, its title for people.

    `number`: it is aligned to the right. `secondary`: a narrow screen leaves it out.
    """

    key: str
    title: str
    number: bool = False
    secondary: bool = False


class LakeTable(Struct, frozen=True, kw_only=True):
    """Rows under columns. `key` names the list in JSON; `notes` are sentences on ages and gaps."""

    key: str
    columns: tuple[LakeColumn, ...]
    rows: list[tuple[Any, ...]]
    notes: tuple[str, ...] = ()
    title: str = ""


def source_notes(commits: list[SyncCommit], now: datetime | None = None) -> tuple[str, ...]:
    """Return a sentence for the age of the syncs, and for each gap of each."""
    if not commits:
        return ("The lake holds no sync.",)
    now = now or datetime.now(UTC)
    oldest = min(commits, key=lambda commit: commit.end)
    notes = [f"{counted(len(commits), 'source')}; the oldest sync is of {oldest.source}, {_age(oldest, now)}."]
    for commit in commits:
        if commit is not oldest and (now - commit.end).days >= OLD:
            notes.append(f"{commit.source}: the newest sync ended {_age(commit, now)}.")
        notes += [f"{commit.source}: {gap}" for gap in commit.gaps]
    if len(notes) > MOST_NOTES:
        notes = [*notes[:MOST_NOTES], f"{len(notes) - MOST_NOTES:,} more notes: see `connector-host lake stats`."]
    return tuple(notes)


def counted(number: int, noun: str) -> str:
    """Return `1 source`, `1,200 sources`; `noun` is the singular."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _age(commit: SyncCommit, now: datetime) -> str:
    days = int((now - commit.end).total_seconds() // DAY)
    shown = f"{commit.end:%Y-%m-%d %H:%M} UTC"
    return shown if days < 1 else f"{shown}, {days:,} {'day' if days == 1 else 'days'} ago"
