"""Grants as stored by older and by slim writers, made what the others are."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import FileError
from ...model import ResourceId
from ...wire import legacy_grants
from ..types import GrantRow

__all__ = ["settling"]


def settling(*, backfilled: bool) -> Callable[[GrantRow], GrantRow]:
    """What puts a row right. `backfilled`: expandable annotations have been moved out of the messages already."""
    settle = _whole if backfilled else _backfilled

    def settled(row: GrantRow) -> GrantRow:
        try:
            return settle(row)
        except FileError:
            return row  # no message: whoever reads it says so, and which one it is

    return settled


def _whole(row: GrantRow) -> GrantRow:
    """The grant with its entitlement and principal, which slim rows leave to the columns."""
    if legacy_grants.is_whole_grant(row.data):
        return row
    data = legacy_grants.whole_grant(
        row.data, row.entitlement, ResourceId(row.resource_type, row.resource), row.principal_id
    )
    return _with(row, data, row.expansion)


def _backfilled(row: GrantRow) -> GrantRow:
    """The same, with the expandable annotation that writers of older files left in the message moved out of it."""
    if row.expansion is None and legacy_grants.may_be_expandable(row.data):
        row = _with(row, *legacy_grants.split_expandable(row.data))
    return _whole(row)


def _with(row: GrantRow, data: bytes, expansion: bytes | None) -> GrantRow:
    return GrantRow(
        *(row.row, row.resource_type, row.resource, row.entitlement, row.principal_type, row.principal, row.id),
        data=data,
        expansion=expansion,
    )
