"""Users who have not signed in for a long time, or never, counted back from the end of the sync."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..c1z.types import View
from ..errors import ConfigError
from ..index import object_search as search
from ..index.object_search import InactiveUsers, ResourceFilter
from ..index.sync_index import SyncIndex
from .resource_facts import user_types

__all__ = ["EVER_DAYS", "LONG_DAYS", "inactive_users", "reports_sign_ins", "require_sign_ins"]

LONG_DAYS = 90
EVER_DAYS = 36_500  # nobody signed in before
EVERY_TIME = "9999"  # later than every time, as text


def inactive_users(view: View, days: int) -> InactiveUsers:
    """Return the condition for users who have not signed in for so many days, or never."""
    before = (_end(view) - timedelta(days=days)).isoformat()
    return InactiveUsers(tuple(user_types(view)), never=True, before=before)


def reports_sign_ins(view: View, index: SyncIndex) -> bool:
    """Return True if at least one user has the time of a sign-in; else nothing is known about any."""
    everybody = InactiveUsers(tuple(user_types(view)), never=False, before=EVERY_TIME)
    return search.count_resources(index, ResourceFilter(inactive=everybody)) > 0


def require_sign_ins(view: View, index: SyncIndex | None, days: int | None) -> None:
    """Raise ConfigError for a number of days if the sync has no times of sign-ins: nobody can be called inactive."""
    if days is not None and (index is None or not reports_sign_ins(view, index)):
        raise ConfigError(
            "--inactive cannot be applied: the sync has no times of sign-ins.",
            hint="Leave --inactive out, or sync with a connector that reports sign-ins.",
        )


def _end(view: View) -> datetime:
    try:
        ended = datetime.fromisoformat(view.sync.ended_at)
    except ValueError:
        return datetime.now(UTC)
    return ended.astimezone(UTC) if ended.tzinfo is not None else ended.replace(tzinfo=UTC)
