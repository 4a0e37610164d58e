"""The row of a stored grant: the one shape in which grants are encoded, stored, expanded and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from ..model import ResourceId

__all__ = ["GrantRow", "grant_row"]


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


grant_row: Callable[[Iterable[Any]], GrantRow] = partial(tuple.__new__, GrantRow)
"""Make a row of all its values at once: three times as quick as calling the class with each of them."""
