"""People name principals by id, e-mail address or name: find the one that is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from ...c1z.types import GrantFilter, ResourceRow, View
from ...errors import ConfigError, NotFoundInFile
from ...model import Resource, ResourceId, UserTrait
from ...wire import decode

__all__ = ["MOST_SHOWN", "NamedResource", "find_exactly", "find_principal", "find_resource", "parse_whole_id"]

MOST_SHOWN = 10


class NamedResource(Struct, frozen=True):
    """A resource by its id. `resource` is None where only grants name it."""

    id: ResourceId
    resource: Resource | None

    @property
    def label(self) -> str:
        """Name, e-mail address and whole id."""
        parts = [self.resource.display_name if self.resource else "", *addresses(self.resource)[:1], str(self.id)]
        return ", ".join(dict.fromkeys(part for part in parts if part))


def find_principal(view: View, text: str) -> NamedResource:
    """The principal of that id (`type:id` or `id`), e-mail address or login, or name; in this order, whatever the case.

    Of several, those that hold grants go before others. ConfigError when more than one is left, NotFoundInFile when
    there is none; both say which come near.
    """
    return _find(view, text, lambda one: _holds(view, one.id))


def find_resource(view: View, text: str) -> NamedResource:
    """The resource of that id or name, in the same way; those that something can be held on go before others."""
    return _find(
        view, text, lambda one: next(view.entitlements(one.id.resource_type, one.id.resource), None) is not None
    )


def find_exactly(view: View, text: str) -> NamedResource:
    """The resource called so, in the same way; of several none goes before others: for changes, that must not guess."""
    return _find(view, text, lambda _: False)


def _find(view: View, text: str, preferred: Callable[[NamedResource], bool]) -> NamedResource:
    wanted = text.strip()
    if not wanted:
        raise ConfigError("the name is empty", hint="Give an id, an e-mail address or a name.")
    by_id = _by_id(view, wanted)
    if by_id:
        return _one(wanted, by_id, preferred)
    found = _Search(wanted)
    for row in view.resources():
        found.look(row)
    return _one(wanted, found.by_address or found.by_name, preferred, near=found.near)


def addresses(resource: Resource | None) -> list[str]:
    """A user's e-mail addresses, the primary one first, then its logins."""
    if resource is None:
        return []
    users = [trait for trait in resource.traits if isinstance(trait, UserTrait)]
    mails = sorted((mail for user in users for mail in user.emails), key=lambda mail: not mail.is_primary)
    logins = [login for user in users for login in (user.login, *user.login_aliases)]
    return [text for text in (*(mail.address for mail in mails), *logins) if text]


def parse_whole_id(text: str, known: Callable[[ResourceId], bool]) -> ResourceId | None:
    """The first reading of `type:id` that is known; both parts may hold colons."""
    cut = text.find(":")
    while cut > 0:
        read = ResourceId(text[:cut], text[cut + 1 :])
        if known(read):
            return read
        cut = text.find(":", cut + 1)
    return None


class _Search:
    """One pass over all resources, keeping those that fit."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted.casefold()
        self.by_address: list[NamedResource] = []
        self.by_name: list[NamedResource] = []
        self.near: list[NamedResource] = []
        # a message that holds an ASCII text holds its bytes, in some case
        self._bytes = wanted.lower().encode() if wanted.isascii() else None

    def look(self, row: ResourceRow) -> None:
        if self._bytes is not None and self._bytes not in row.data.lower():
            return
        resource = decode.resource(row.data)
        found = NamedResource(resource.id, resource)
        name, mails = resource.display_name.casefold(), [text.casefold() for text in addresses(resource)]
        if self.wanted in mails:
            self.by_address.append(found)
        elif name == self.wanted:
            self.by_name.append(found)
        elif len(self.near) < MOST_SHOWN and (self.wanted in name or any(self.wanted in mail for mail in mails)):
            self.near.append(found)


def _by_id(view: View, wanted: str) -> list[NamedResource]:
    whole = parse_whole_id(wanted, lambda read: view.resource(read) is not None)
    if whole is not None:
        return [_loaded(view, whole)]
    types = [row.id for row in view.resource_types()]
    bare = [ResourceId(type_id, wanted) for type_id in types]
    found = [_loaded(view, one) for one in bare if view.resource(one) is not None]
    if found:
        return found
    # a principal that the file has grants of, but no resource
    named = parse_whole_id(wanted, lambda read: _holds(view, read))
    return [NamedResource(named, None)] if named is not None else []


def _loaded(view: View, resource_id: ResourceId) -> NamedResource:
    data = view.resource(resource_id)
    return NamedResource(resource_id, None if data is None else decode.resource(data))


def _one(
    wanted: str,
    candidates: list[NamedResource],
    preferred: Callable[[NamedResource], bool],
    near: Iterable[NamedResource] = (),
) -> NamedResource:
    if not candidates:
        close = "; ".join(one.label for one in near)
        raise NotFoundInFile(
            f"nobody and nothing in the file is called {wanted!r}", hint=f"Near: {close}." if close else ""
        )
    left = candidates
    if len(candidates) > 1:
        left = [one for one in candidates if preferred(one)] or candidates
    if len(left) > 1:
        shown = "; ".join(one.label for one in left[:MOST_SHOWN])
        more = f"; and {len(left) - MOST_SHOWN} more" if len(left) > MOST_SHOWN else ""
        raise ConfigError(f"{wanted!r} can mean any of {len(left)}", hint=f"Say which, by id: {shown}{more}.")
    return left[0]


def _holds(view: View, principal: ResourceId) -> bool:
    return next(view.grant_keys(GrantFilter(principal=principal)), None) is not None
