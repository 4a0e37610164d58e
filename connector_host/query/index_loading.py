"""Loading of a sync into a searchable index.

The pages of `explore` load in steps, between answers; a command loads at once, with the grants that it is about.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..c1z.types import EVERY_GRANT, EntitlementRow, GrantFilter, GrantKey, ResourceRow, View
from ..errors import FileError
from ..index.sync_index import NewEntitlement, NewResource, SyncIndex
from ..index.text_search import fold_text
from ..wire import decode
from .changes.change_report import ChangeSection, ReportedChange, SyncPair, reported_changes
from .lookup.principal_names import addresses
from .ownership import ownership_level
from .privileged import PrivilegeMark, word_mark
from .resource_facts import account_kind, account_state, is_human, last_login

__all__ = ["add_changes", "batches", "indexed", "load_index"]

T = TypeVar("T")
STEP, GRANT_STEP = 500, 5_000


@contextmanager
def indexed(view: View, where: GrantFilter = EVERY_GRANT, mark: PrivilegeMark = word_mark) -> Iterator[SyncIndex]:
    """Open the index of a sync with the grants that match `where`; its counts are counts of these."""
    index = SyncIndex(f"Sync {view.sync.id}")
    try:
        for _step in load_index(index, view, where, mark):
            pass
        yield index
    finally:
        index.close()


def load_index(
    index: SyncIndex, view: View, where: GrantFilter = EVERY_GRANT, mark: PrivilegeMark = word_mark
) -> Iterator[str]:
    """Fill an index in steps of some milliseconds, and yield the name of what is being read after each."""

    def resource_of(grant: GrantKey) -> tuple[str, str]:
        row = view.grant_at(grant.row)
        return (row.resource_type, row.resource) if row is not None else ("", "")

    for resource_rows in batches(view.resources(), STEP):
        index.add_resources([_new_resource(row) for row in resource_rows])
        yield "resources"
    index.finish_resources()
    yield "entitlements"
    for entitlement_rows in batches(view.entitlements(), STEP):
        index.add_entitlements([_new_entitlement(row, mark) for row in entitlement_rows])
        yield "entitlements"
    index.finish_entitlements()
    yield "grants"
    for keys in batches(view.grant_keys(where), GRANT_STEP):
        index.add_grants(keys, resource_of)
        yield "grants"
    for _step in index.finish_grants():
        yield "counts"


def add_changes(index: SyncIndex, old: View, new: View) -> None:
    """Add the difference of two syncs to the index of the new one."""
    pair = SyncPair(old, new)
    for section in ChangeSection:
        for changes in batches(reported_changes(pair, section), STEP):
            index.add_changes([_change_row(change) for change in changes])


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` rows, the last one of those that remain."""
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def _change_row(change: ReportedChange) -> tuple[str, str, str, str, str, str, str]:
    fields = (change.section.value, change.mark, change.name, change.where, change.description, change.id)
    return (*fields, change.folded)


def _new_resource(row: ResourceRow) -> NewResource:
    key = row.id.removeprefix(f"{row.resource_type}:")
    try:
        resource = decode.resource(row.data)
    except FileError:  # a page that names it says so; the others stay of use
        return NewResource(row.resource_type, key, f"(unreadable) {row.id}", folded=fold_text(row.id))
    mails = addresses(resource)
    name = resource.display_name or row.id
    return NewResource(
        type=row.resource_type,
        id=key,
        name=name,
        mail=mails[0] if mails else "",
        state=account_state(resource),
        account=account_kind(resource),
        parent=f"{row.parent_type}:{row.parent}" if row.parent else "",
        folded=fold_text("\n".join((name, row.id, *mails))),
        human=is_human(resource),
        last_login=last_login(resource),
    )


def _new_entitlement(row: EntitlementRow, mark: PrivilegeMark) -> NewEntitlement:
    try:
        entitlement = decode.entitlement(row.data)
    except FileError:
        return NewEntitlement(
            row.resource_type, row.resource, row.id, f"(unreadable) {row.id}", folded=fold_text(row.id)
        )
    name = entitlement.display_name or entitlement.slug or row.id
    return NewEntitlement(
        type=row.resource_type,
        resource=row.resource,
        id=row.id,
        name=name,
        slug=entitlement.slug,
        privileged=mark(row.id, entitlement.slug, entitlement.display_name),
        folded=fold_text("\n".join((name, entitlement.slug, row.id))),
        ownership=ownership_level(entitlement),
    )
