"""Times in UTC that this host records in the token of a sync, beside the wall clock that the format stores.

Format v1 has no place for a zone. A file that was written in two zones would show syncs that ended before they began.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ...decoding.json_decoding import decode_json

__all__ = ["RecordedTimes", "actual_time", "recorded_times"]

FARTHEST_ZONES = timedelta(hours=40)
"""The most that a stored time may differ: zones are up to 26 hours apart, and an end is moved behind earlier ones."""
SAME = timedelta(minutes=1)
"""Times that differ by less were written in UTC; the stored one is more precise."""


class RecordedTimes(Struct, frozen=True):
    """The start and the end of a sync as RFC 3339 in UTC; empty where the writer recorded none."""

    started: str = ""
    ended: str = ""


class _TokenTimes(Struct, frozen=True):
    connector_host: RecordedTimes = RecordedTimes()


def recorded_times(token: str) -> RecordedTimes:
    """Return the times in a sync's token; empty ones for a token of other writers."""
    if '"started"' not in (token or ""):
        return RecordedTimes()
    try:
        return decode_json(token, _TokenTimes).connector_host
    except ValueError:
        return RecordedTimes()


def actual_time(stored: str, recorded: str) -> str:
    """Return the recorded time in place of a stored wall clock that shows another zone."""
    if not stored or not recorded:
        return stored
    try:
        wall_clock, actual = (datetime.fromisoformat(text) for text in (stored, recorded))
    except ValueError:
        return stored
    wall_clock = wall_clock.replace(tzinfo=UTC) if wall_clock.tzinfo is None else wall_clock
    if actual.tzinfo is None or not SAME < abs(wall_clock - actual) < FARTHEST_ZONES:
        return stored
    return recorded
