"""Fill the catalogue of a sync from its view, in steps of some milliseconds: it is done between answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast

from ..c1z.catalogue import Catalogue, NewEntitlement, NewThing
from ..c1z.store import EntitlementRow, Kind, ResourceRow, View
from ..errors import FileError
from ..model import AccountType, Resource, ResourceStatus, UserTrait
from ..query.privileged import privileged
from ..query.story import Entry, Pair, Section, entries
from ..query.who import addresses
from ..wire import decode
from .turns import turns

__all__ = ["load", "load_changes", "told"]

T = TypeVar("T")
STEP, GRANT_STEP = 500, 5_000
STATES = {
    ResourceStatus.ENABLED: "enabled",
    ResourceStatus.DISABLED: "disabled",
    ResourceStatus.DELETED: "deleted",
}
ACCOUNTS = {AccountType.SERVICE: "service", AccountType.SYSTEM: "system"}


def load(catalogue: Catalogue, view: View) -> Iterator[str]:
    """Fill the catalogue; each step says what is being read."""
    for resources in _steps(view.resources(), STEP):
        catalogue.add_things([_thing(row) for row in resources])
        yield "resources"
    catalogue.things_done()
    yield "entitlements"
    for rows in _steps(view.entitlements(), STEP):
        catalogue.add_entitlements([_entitlement(row) for row in rows])
        yield "entitlements"
    catalogue.entitlements_done()
    yield "grants"
    for keys in _steps(view.grant_keys(), GRANT_STEP):
        catalogue.add_grants(keys)
        yield "grants"
    for _ in catalogue.grants_done():
        yield "counts"


def load_changes(catalogue: Catalogue, old: View, new: View) -> Iterator[str]:
    """Put the difference of two syncs into the catalogue of the new one."""

    def work(pause: Callable[[], None]) -> None:
        before, after = (cast("View", _Paused(view, pause)) for view in (old, new))
        pair = Pair(before, after)
        for section in Section:
            for found in _steps(entries(pair, section), STEP):
                catalogue.add_changes([_change(entry) for entry in found])

    for _ in turns(work):
        yield "changes"
    catalogue.changes_ready = True


class _Paused:
    """A view that pauses now and then while objects are compared: equal ones give no step of their own."""

    def __init__(self, view: View, pause: Callable[[], None]) -> None:
        self._view, self._pause = view, pause

    def by_id(self, kind: Kind) -> Iterator[tuple[str, bytes, bytes | None]]:
        for number, found in enumerate(self._view.by_id(kind), 1):
            yield found
            if not number % GRANT_STEP:
                self._pause()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)


def told(entry: Entry) -> str:
    """What is to be said of a change besides what it is of."""
    return "; ".join((*map(str, entry.details), *([entry.note] if entry.note else [])))


def _change(entry: Entry) -> tuple[str, str, str, str, str, str, str]:
    folded = f"{entry.name}\n{entry.where}\n{entry.id}".casefold()
    return entry.section.value, entry.mark, entry.name, entry.where, told(entry), entry.id, folded


def _thing(row: ResourceRow) -> NewThing:
    key = row.id.removeprefix(f"{row.resource_type}:")
    try:
        resource = decode.resource(row.data)
    except FileError:  # a page that names it says so; the others stay of use
        return NewThing(row.resource_type, key, f"(unreadable) {row.id}", folded=row.id.casefold())
    mails = addresses(resource)
    name = resource.display_name or row.id
    parent = f"{row.parent_type}:{row.parent}" if row.parent else ""
    folded = "\n".join((name, row.id, *mails)).casefold()
    return NewThing(
        row.resource_type, key, name, mails[0] if mails else "", _state(resource), kind(resource), parent, folded
    )


def kind(resource: Resource) -> str:
    """`service` or `system` for such an account, `guest` where the connector calls it so, else nothing."""
    for trait in resource.traits:
        if isinstance(trait, UserTrait) and trait.account_type in ACCOUNTS:
            return ACCOUNTS[trait.account_type]
    profile = resource.profile or {}
    said = (profile.get(key) for key in ("type", "user_type", "userType"))
    guest = any(isinstance(word, str) and word.casefold() == "guest" for word in said)
    return "guest" if guest or profile.get("guest") is True else ""


def _state(resource: Resource) -> str:
    found = resource.status
    for trait in resource.traits:
        if isinstance(trait, UserTrait) and trait.status is not None:
            found = found or trait.status
    return STATES.get(found.status, "") if found is not None else ""


def _entitlement(row: EntitlementRow) -> NewEntitlement:
    try:
        found = decode.entitlement(row.data)
    except FileError:
        return NewEntitlement(
            row.resource_type, row.resource, row.id, f"(unreadable) {row.id}", folded=row.id.casefold()
        )
    name = found.display_name or found.slug or row.id
    folded = "\n".join((name, found.slug, row.id)).casefold()
    return NewEntitlement(row.resource_type, row.resource, row.id, name, found.slug, privileged(found), folded)


def _steps(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    rows = iter(rows)
    while step := list(itertools.islice(rows, size)):
        yield step
