"""Times as people write them, within the years that time zones and databases can compute with."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["FIRST_YEAR", "LAST_YEAR", "MOST_DAYS", "add_days", "check_year", "parse_time"]

FIRST_YEAR, LAST_YEAR = 1970, 9000
MOST_DAYS = 36_500


def check_year(moment: datetime) -> datetime:
    """Return a moment. Raises ValueError outside the years 1970 to 9000."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def parse_time(text: str) -> datetime:
    """Return an ISO 8601 time; one without a zone is local time. Raises ValueError, also for other years."""
    moment = check_year(datetime.fromisoformat(text))
    return moment if moment.tzinfo else moment.astimezone()


def add_days(moment: datetime, text: str) -> datetime:
    """Return the moment after a number of days, 36,500 at most. Raises ValueError for another text or number."""
    days = int(text) if len(text) <= len(str(MOST_DAYS)) else MOST_DAYS + 1
    if days > MOST_DAYS:
        raise ValueError(f"it is more than {MOST_DAYS} days")
    return moment + timedelta(days=days)
