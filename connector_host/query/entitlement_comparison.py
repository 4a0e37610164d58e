"""Comparison of the holders of two entitlements, in one file or two."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..c1z.types import GrantFilter, View
from ..model import Resource, ResourceId, UserTrait
from ..wire import decode
from .listing.listed_rows import ListedResource
from .lookup.object_cache import SyncObjects

__all__ = ["ComparedEntitlement", "Comparison", "compare_holders"]


class ComparedEntitlement(Struct, frozen=True):
    """An entitlement of a view, and its holders in the order of their grants."""

    view: View
    entitlement: str

    def holders(self) -> Iterator[ResourceId]:
        """Yield each holder once."""
        return self.view.principals(GrantFilter(entitlement=self.entitlement))

    def items(self, objects: SyncObjects, only: frozenset[ResourceId] | None = None) -> Iterator[ListedResource]:
        """Yield the holders as rows of a listing, as their own file has them; those in `only`, if specified."""
        for holder in self.holders():
            if only is None or holder in only:
                resource = objects.resources[holder.resource_type, holder.resource]
                yield ListedResource(objects, resource, holder.resource_type)


class Comparison(Struct, frozen=True):
    """`missing` are holders of the base without a match, `extra` holders of the other entitlement without a match."""

    missing: frozenset[ResourceId]
    extra: frozenset[ResourceId]

    @property
    def equal(self) -> bool:
        """True if every holder has a match."""
        return not (self.missing or self.extra)


class _Identity(Struct, frozen=True):
    """The marks by which a holder is recognised in another file."""

    is_user: bool
    mails: list[str]
    name: str


class _HolderIndex:
    """The holders of one entitlement, by id, address and name; of several with one mark the first counts."""

    def __init__(self, side: ComparedEntitlement) -> None:
        self.ids: set[ResourceId] = set()
        self.by_mail: dict[str, ResourceId] = {}
        self.by_name: dict[tuple[bool, str], ResourceId] = {}
        for holder in side.holders():
            self.ids.add(holder)
            identity = _identity(side.view, holder)
            for mail in identity.mails:
                self.by_mail.setdefault(mail, holder)
            self.by_name.setdefault((identity.is_user, identity.name), holder)

    def match(self, view: View, holder: ResourceId) -> ResourceId | None:
        """Match the same id, else for users the same e-mail address, else the same name of two users or two others."""
        if holder in self.ids:
            return holder
        identity = _identity(view, holder)
        by_mail = (self.by_mail[mail] for mail in identity.mails if mail in self.by_mail)
        return next(by_mail, None) or self.by_name.get((identity.is_user, identity.name))


def compare_holders(base: ComparedEntitlement, other: ComparedEntitlement) -> Comparison:
    """Match every holder of the base with one of the other entitlement, which may match several."""
    index = _HolderIndex(other)
    missing, matched = set(), set()
    for holder in base.holders():
        match = index.match(base.view, holder)
        if match is None:
            missing.add(holder)
        else:
            matched.add(match)
    return Comparison(frozenset(missing), frozenset(index.ids - matched))


def _identity(view: View, holder: ResourceId) -> _Identity:
    data = view.resource(holder)
    resource = Resource(holder) if data is None else decode.resource(data)
    users = [trait for trait in resource.traits if isinstance(trait, UserTrait)]
    mails = [mail.address for user in users for mail in user.emails if mail.address]
    return _Identity(bool(users), mails, resource.display_name or str(holder))
