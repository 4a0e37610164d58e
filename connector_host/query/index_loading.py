"""The catalogue of a sync: filled from its view, so that lists can be searched, filtered and put in order.

The pages of `explore` fill it in steps, between answers; a command fills it at once, with the grants it is about.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import TypeVar

from ..c1z.types import EVERY_GRANT, EntitlementRow, GrantFilter, GrantKey, ResourceRow, View
from ..errors import FileError
from ..index.sync_index import NewEntitlement, NewResource, SyncIndex
from ..model import AccountType, Resource, ResourceStatus, UserTrait
from ..wire import decode
from .changes.change_report import ChangeSection, ReportedChange, SyncPair, reported_changes
from .lookup.principal_names import addresses
from .ownership import ownership_level
from .privileged import privileged_word

__all__ = ["account_kind", "add_changes", "batches", "indexed", "load_index"]

T = TypeVar("T")
STEP, GRANT_STEP = 500, 5_000
STATES = {
    ResourceStatus.ENABLED: "enabled",
    ResourceStatus.DISABLED: "disabled",
    ResourceStatus.DELETED: "deleted",
}
ACCOUNTS = {AccountType.SERVICE: "service", AccountType.SYSTEM: "system"}


@contextmanager
def indexed(view: View, where: GrantFilter = EVERY_GRANT) -> Iterator[SyncIndex]:
    """The catalogue of a sync with some of its grants: what it counts, it counts of these."""
    catalogue = SyncIndex(f"sync {view.sync.id}")
    try:
        for _ in load_index(catalogue, view, where):
            pass
        yield catalogue
    finally:
        catalogue.close()


def load_index(catalogue: SyncIndex, view: View, where: GrantFilter = EVERY_GRANT) -> Iterator[str]:
    """Fill the catalogue in steps of some milliseconds; each says what is being read."""

    def resource_of(grant: GrantKey) -> tuple[str, str]:
        row = view.grant_at(grant.row)
        return (row.resource_type, row.resource) if row is not None else ("", "")

    for resources in batches(view.resources(), STEP):
        catalogue.add_resources([_thing(row) for row in resources])
        yield "resources"
    catalogue.finish_resources()
    yield "entitlements"
    for rows in batches(view.entitlements(), STEP):
        catalogue.add_entitlements([_entitlement(row) for row in rows])
        yield "entitlements"
    catalogue.finish_entitlements()
    yield "grants"
    for keys in batches(view.grant_keys(where), GRANT_STEP):
        catalogue.add_grants(keys, resource_of)
        yield "grants"
    for _ in catalogue.finish_grants():
        yield "counts"


def add_changes(catalogue: SyncIndex, old: View, new: View) -> None:
    """Put the difference of two syncs into the catalogue of the new one."""
    pair = SyncPair(old, new)
    for section in ChangeSection:
        for found in batches(reported_changes(pair, section), STEP):
            catalogue.add_changes([_change(entry) for entry in found])


def _change(entry: ReportedChange) -> tuple[str, str, str, str, str, str, str]:
    return entry.section.value, entry.mark, entry.name, entry.where, entry.told, entry.id, entry.folded


def _thing(row: ResourceRow) -> NewResource:
    key = row.id.removeprefix(f"{row.resource_type}:")
    try:
        resource = decode.resource(row.data)
    except FileError:  # a page that names it says so; the others stay of use
        return NewResource(row.resource_type, key, f"(unreadable) {row.id}", folded=row.id.casefold())
    mails = addresses(resource)
    name = resource.display_name or row.id
    parent = f"{row.parent_type}:{row.parent}" if row.parent else ""
    folded = "\n".join((name, row.id, *mails)).casefold()
    mail = mails[0] if mails else ""
    state, word, (human, seen) = _state(resource), account_kind(resource), _person(resource)
    return NewResource(row.resource_type, key, name, mail, state, word, parent, folded, human, seen)


def account_kind(resource: Resource) -> str:
    """`service` or `system` for such an account, `guest` where the connector calls it so, else nothing."""
    for trait in resource.traits:
        if isinstance(trait, UserTrait) and trait.account_type in ACCOUNTS:
            return ACCOUNTS[trait.account_type]
    profile = resource.profile or {}
    said = (profile.get(key) for key in ("type", "user_type", "userType"))
    guest = any(isinstance(word, str) and word.casefold() == "guest" for word in said)
    return "guest" if guest or profile.get("guest") is True else ""


def _person(resource: Resource) -> tuple[bool, str]:
    """Whether it is said to be a person, and when they signed in last."""
    users = [trait for trait in resource.traits if isinstance(trait, UserTrait)]
    seen = max((user.last_login for user in users if user.last_login is not None), default=None)
    human = any(user.account_type is AccountType.HUMAN for user in users)
    return human, "" if seen is None else seen.astimezone(UTC).isoformat()


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
    words = privileged_word(found), folded, ownership_level(found)
    return NewEntitlement(row.resource_type, row.resource, row.id, name, found.slug, *words)


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` each, and what is left."""
    rows = iter(rows)
    while step := list(itertools.islice(rows, size)):
        yield step
