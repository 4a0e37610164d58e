"""Who holds only one of two entitlements, in one file or two."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..c1z.types import GrantFilter, View
from ..model import Resource, ResourceId, UserTrait
from ..wire import decode
from .listings import ListedResource, resource_item
from .lookup.object_cache import SyncObjects

__all__ = ["ComparedEntitlement", "Comparison", "compare_holders"]


class ComparedEntitlement(Struct, frozen=True):
    """The holders of an entitlement in a view, in the order of their grants."""

    view: View
    entitlement: str

    def holders(self) -> Iterator[ResourceId]:
        """Each holder once."""
        return self.view.principals(GrantFilter(entitlement=self.entitlement))

    def items(self, objects: SyncObjects, only: frozenset[ResourceId] | None = None) -> Iterator[ListedResource]:
        """The holders with their types and parents, as their own file has them; `only` these, if given."""
        for who in self.holders():
            if only is None or who in only:
                yield resource_item(objects, objects.resources[who.resource_type, who.resource], who.resource_type)


class Comparison(Struct, frozen=True):
    """`missing`: of the base, matched by nobody; `extra`: of the other side, matching nobody."""

    missing: frozenset[ResourceId]
    extra: frozenset[ResourceId]

    @property
    def equal(self) -> bool:
        """Whether everybody has a match."""
        return not (self.missing or self.extra)


class _Known:
    """The holders of the other side, by what they can be recognised by; the first of a kind counts."""

    def __init__(self, side: ComparedEntitlement) -> None:
        self.all: list[ResourceId] = []
        self.ids: set[ResourceId] = set()
        self.by_mail: dict[str, ResourceId] = {}
        self.by_name: dict[tuple[bool, str], ResourceId] = {}
        for who in side.holders():
            self.all.append(who)
            self.ids.add(who)
            user, mails, name = _recognised(side.view, who)
            for mail in mails:
                self.by_mail.setdefault(mail, who)
            self.by_name.setdefault((user, name), who)

    def match(self, view: View, who: ResourceId) -> ResourceId | None:
        """The same id; else for users the same e-mail address; else the same name, of two users or of two others."""
        if who in self.ids:
            return who
        user, mails, name = _recognised(view, who)
        by_mail = (self.by_mail[mail] for mail in mails if mail in self.by_mail)
        return next(by_mail, None) or self.by_name.get((user, name))


def compare_holders(base: ComparedEntitlement, other: ComparedEntitlement) -> Comparison:
    """Match every holder of the base with one of the other side, which may match several."""
    known = _Known(other)
    missing, met = set(), set()
    for who in base.holders():
        found = known.match(base.view, who)
        if found is None:
            missing.add(who)
        else:
            met.add(found)
    return Comparison(frozenset(missing), frozenset(known.ids - met))


def _recognised(view: View, who: ResourceId) -> tuple[bool, list[str], str]:
    """Whether it is a user, its e-mail addresses, its name."""
    data = view.resource(who)
    resource = Resource(who) if data is None else decode.resource(data)
    users = [trait for trait in resource.traits if isinstance(trait, UserTrait)]
    mails = [mail.address for user in users for mail in user.emails if mail.address]
    return bool(users), mails, resource.display_name or str(who)
