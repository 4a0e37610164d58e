"""Objects that came as bytes from a connector process, with these bytes: they are stored as they came.

What this version does not know (fields and annotations of later ones) stays in them. The other fields hold the same
object as the host works with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from ...model import Entitlement, Grant, Resource, ResourceId, ResourceType
from ..grant_row import GrantRow

__all__ = ["GrantPartsMemory", "GrantSequence", "RawEntitlement", "RawGrant", "RawResource", "RawResourceType"]


class RawResourceType(ResourceType, frozen=True):
    """A resource type with its bytes."""

    raw: bytes = b""


class RawResource(Resource, frozen=True):
    """A resource with its bytes."""

    raw: bytes = b""

    __hash__ = Resource.__hash__


class RawEntitlement(Entitlement, frozen=True):
    """An entitlement with its bytes."""

    raw: bytes = b""


class RawGrant(Grant, frozen=True):
    """A grant with the bytes of its parts.

    `entitlement_part` and `principal_part` are the contents of its fields 1 and 2. `carried` are its annotation fields
    without the expansion, `behind` the fields that follow them: the sources, and what is not known here.
    """

    entitlement_part: bytes = b""
    principal_part: bytes = b""
    carried: bytes = b""
    behind: bytes = b""

    __hash__ = Grant.__hash__


class GrantSequence(Sequence[Grant], ABC):
    """The grants of a page that came as bytes: objects when they are asked for one by one, else only rows."""

    @abstractmethod
    def runs(self, memory: GrantPartsMemory) -> list[GrantRun] | None:
        """Return all grants as runs; None if one has a part or an id that is not made in the usual way."""

    @abstractmethod
    def rows(self, memory: GrantPartsMemory) -> list[GrantRow] | None:
        """Return the rows of all grants; None if one of them needs an object."""


GrantRun = tuple[tuple[str, str, str, bytes], str, list[str]]
"""Grants on one entitlement to principals of one type: the entitlement's part, the type, the ids of the principals.

The part of an entitlement is its resource's type and id, its own id, and its field in a grant.
"""


class GrantPartsMemory:
    """Memory of the parts that many grants share, by their bytes; `note` is called with each new principal."""

    MOST = 65536

    def __init__(self, note: Callable[[ResourceId], None]) -> None:
        self.note = note
        self.entitlements: dict[bytes, tuple[str, str, str, bytes]] = {}
        self.principals: dict[bytes, tuple[str, str, bytes, bytes | None]] = {}

    def make_room(self) -> None:
        """Forget everything when there is too much of it; called once a page."""
        if len(self.principals) > self.MOST:
            self.principals.clear()
        if len(self.entitlements) > self.MOST // 16:
            self.entitlements.clear()
