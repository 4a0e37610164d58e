"""The row of a stored grant: the one shape in which grants are encoded, stored, expanded and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..model import ResourceId

__all__ = ["GrantColumns", "GrantRow", "grant_columns", "grant_row"]


class GrantRow(NamedTuple):
    """A grant as stored. The fields are those of `c1z.v1.schema.GRANT_COLUMNS`, in the same order.

    `resource_type` and `resource` identify the entitlement's resource. `expansion` is the serialised
    `GrantExpandable`, which `data` does not contain; rows of a slim view have it among the annotations as well, because
    readers of format v3 show it there. `row` is the row number, 0 before the grant is stored.
    """

    resource_type: str
    resource: str
    entitlement: str
    principal_type: str
    principal: str
    id: str
    expansion: bytes | None
    needs_expansion: int
    data: bytes
    row: int = 0

    @property
    def principal_id(self) -> ResourceId:
        """The resource that holds the grant."""
        return ResourceId(self.principal_type, self.principal)


class GrantColumns(NamedTuple):
    """Some thousand grants, column by column: the quickest way to read many of them.

    `ids` has None for a grant with the usual id, `ENTITLEMENT:TYPE:ID`, and `messages` None for one without sources.
    """

    resource_types: Sequence[str]
    resources: Sequence[str]
    entitlements: Sequence[str]
    principal_types: Sequence[str]
    principals: Sequence[str]
    ids: Sequence[str | None]
    expansions: Sequence[bytes | None]
    messages: Sequence[bytes | None]


grant_row: Callable[[Iterable[Any]], GrantRow] = partial(tuple.__new__, GrantRow)
"""Make a row of all its values at once: three times as quick as calling the class with each of them."""


def grant_columns(rows: Sequence[GrantRow]) -> GrantColumns:
    """Return rows column by column, with every message."""
    usual = (f"{row.entitlement}:{row.principal_type}:{row.principal}" for row in rows)
    return GrantColumns(
        [row.resource_type for row in rows],
        [row.resource for row in rows],
        [row.entitlement for row in rows],
        [row.principal_type for row in rows],
        [row.principal for row in rows],
        [None if row.id == usual_id else row.id for row, usual_id in zip(rows, usual, strict=True)],
        [row.expansion for row in rows],
        [row.data for row in rows],
    )
