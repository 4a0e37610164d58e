"""Complete grants that were stored by older writers and by slim writers."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import FileError
from ...model import ResourceId
from ...wire import legacy_grants
from ...wire.grant_row import GrantRow

__all__ = ["grant_completion"]


def grant_completion(*, backfilled: bool) -> Callable[[GrantRow], GrantRow]:
    """Return the function that completes a row as stored.

    `backfilled`: the writer has moved expandable annotations out of the messages (docs/c1z-v1.md, Older files). A row
    without a valid message is returned unchanged; the reader that parses it reports it.
    """
    complete = _complete if backfilled else _complete_old
    last_start = b""
    """The entitlement of the last whole grant and the tag of a principal: a grant that begins so needs nothing."""

    def completed(row: GrantRow) -> GrantRow:
        nonlocal last_start
        if backfilled and last_start and row[8].startswith(last_start):
            return row
        try:
            row = complete(row)
        except FileError:
            return row
        last_start = legacy_grants.whole_start(row.data)
        return row

    return completed


def _complete(row: GrantRow) -> GrantRow:
    """Add the entitlement and the principal, which slim rows have in their columns only."""
    if legacy_grants.is_whole_grant(row.data):
        return row
    data = legacy_grants.whole_grant(
        row.data, row.entitlement, ResourceId(row.resource_type, row.resource), row.principal_id
    )
    return row._replace(data=data)


def _complete_old(row: GrantRow) -> GrantRow:
    """Move the expandable annotation out of the message, then do as `_complete` does."""
    if row.expansion is None and legacy_grants.may_be_expandable(row.data):
        data, expansion = legacy_grants.split_expandable(row.data)
        row = row._replace(data=data, expansion=expansion)
    return _complete(row)
