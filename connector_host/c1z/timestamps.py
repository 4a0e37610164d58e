"""Times as text, as the Go SDK stores them in a c1z (docs/c1z-v1.md, Timestamps).

Local wall clock without a zone, `YYYY-MM-DD HH:MM:SS` and up to nine digits of fraction without trailing zeros. In this
form text order is time order, which SQL statements of every reader rely on. Readers print the stored digits with a `Z`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ..errors import FileError
from ..wire.damage import DAMAGED_FILE

__all__ = [
    "from_nanoseconds",
    "is_utc",
    "later_than",
    "now",
    "parse",
    "to_json",
    "to_nanoseconds",
    "to_seconds_text",
    "to_text",
]

# the layouts of Go's drivers and of SQLite: ours, `T` for the space, `Z`, offsets, the name of a zone after them, and
# Go's monotonic clock reading
PATTERN = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[ T](?P<minute>[0-9]{2}:[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?)?"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?(?: [A-Z0-9+-]{1,6})?(?: m=[+-][0-9.]+)?"
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> str:
    """Return the stored form of this moment."""
    return to_text(datetime.now())


def to_text(moment: datetime) -> str:
    """Return the stored form of a moment; one with a zone is converted to local wall clock first."""
    if moment.tzinfo is not None:
        moment = moment.astimezone().replace(tzinfo=None)
    text = moment.isoformat(sep=" ")
    return text.rstrip("0") if "." in text else text


def parse(text: str) -> datetime:
    """Return a stored time as naive local wall clock, to the microsecond. Raises FileError for other texts."""
    moment, _ = _read(text)
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo is not None else moment


def to_json(text: str) -> str:
    """Return the stored digits as an RFC 3339 time in UTC with 0, 3, 6 or 9 digits of fraction, as in protobuf's JSON.

    A time without a zone is read as UTC, whatever the writer's zone was, as the Go tools do.
    """
    moment, fraction = _read(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    seconds = moment.replace(microsecond=0, tzinfo=None).isoformat()
    return f"{seconds}.{fraction}Z" if fraction else f"{seconds}Z"


def to_seconds_text(text: str) -> str:
    """Return the stored time for people: local wall clock, in seconds."""
    return parse(text).replace(microsecond=0).isoformat(sep=" ")


def to_nanoseconds(text: str, *, local: bool = False) -> int:
    """Return the stored time as nanoseconds since 1970 (UTC). Raises FileError for other texts.

    A time without a zone is this computer's wall clock if `local`; otherwise it is read as UTC, as `to_json` does.
    """
    moment, fraction = _read(text)
    if moment.tzinfo is None:
        moment = moment.astimezone() if local else moment.replace(tzinfo=UTC)
    since = moment.replace(microsecond=0) - EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000_000 + int(fraction)


def from_nanoseconds(number: int, *, local: bool = False) -> str:
    """Return a time in nanoseconds since 1970 as a stored text: this computer's wall clock if `local`, else UTC.

    Readers read the digits as UTC. Raises FileError for times outside the years 1 to 9999.
    """
    seconds, nanos = divmod(number, 1_000_000_000)
    try:
        moment = EPOCH + timedelta(seconds=seconds)
        moment = (moment.astimezone() if local else moment).replace(tzinfo=None)
    except OverflowError:
        raise _not_a_time(f"{seconds} seconds after 1970") from None
    text = moment.isoformat(sep=" ")
    return f"{text}.{nanos:09}".rstrip("0") if nanos else text


def later_than(now_text: str, stored_times: Iterable[str | None]) -> str:
    """Return `now_text`, or the least later stored form that sorts after all of `stored_times` as text.

    For readers, the greatest `ended_at` text belongs to the newest sync. A clock that was set back, or the layout of
    another writer, must not make an older sync the newest. Texts that are not times are ignored.
    """
    latest = max((text for text in stored_times if text and PATTERN.fullmatch(text)), default="")
    if now_text > latest:
        return now_text
    try:
        moment = parse(latest)
        for candidate in (moment + timedelta(microseconds=1), _next_day(latest)):
            if to_text(candidate) > latest:
                return to_text(candidate)
    except (FileError, OverflowError):
        pass  # month 13 or the year 9999: nothing sorts after that
    return now_text


def is_utc() -> bool:
    """Return True when local wall clock is UTC all year. Otherwise Go readers show every time off by the zone."""
    return time.timezone == 0 and not time.daylight


def _next_day(text: str) -> datetime:
    return datetime.fromisoformat(text[:10]) + timedelta(days=1)


def _read(text: str) -> tuple[datetime, str]:
    """Return the moment, aware if the text names a zone, and nine digits of fraction."""
    match = PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise _not_a_time(text)
    fraction = (match["fraction"] or "").ljust(9, "0")
    zone = match["zone"] or ""
    offset = "+00:00" if zone in ("Z", "UTC") else zone
    digits = f"{match['date']}T{match['minute'] or '00:00'}:{match['second'] or '00'}.{fraction[:6]}{offset}"
    try:
        return datetime.fromisoformat(digits), fraction
    except ValueError:
        raise _not_a_time(text) from None


def _not_a_time(text: object) -> FileError:
    return FileError(f"{str(text)[:60]!r} is not a time", hint=DAMAGED_FILE)
