"""Findings about a sync that deserve a look: accounts that hold too much, privileged access, missing objects."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..c1z.types import View
from ..index import grant_search
from ..index import object_search as search
from ..index.grant_search import IndexedGrantFilter
from ..index.object_search import EntitlementFilter, ResourceFilter
from ..index.sync_index import SyncIndex
from ..model import Trait
from ..wire import decode
from .lookup.object_cache import SyncObjects

__all__ = ["OverviewFinding", "list_findings", "user_types"]

ACCOUNT_FINDINGS = (("guest", "Guests"), ("service", "Service accounts"), ("system", "System accounts"))


class OverviewFinding(Struct, frozen=True):
    """A finding and its number of cases.

    `listing` is the page of `explore` that lists them, with the filters `filters`.
    """

    text: str
    count: int
    listing: str
    filters: dict[str, str]


def list_findings(view: View, objects: SyncObjects, index: SyncIndex) -> list[OverviewFinding]:
    """Return the findings that have at least one case."""
    findings = (*_accounts(view, objects, index), *_entitlements(index), *_missing_objects(index))
    return [finding for finding in findings if finding.count]


def user_types(view: View) -> list[str]:
    """Return the ids of the resource types whose resources are accounts."""
    return [row.id for row in view.resource_types() if Trait.USER in decode.resource_type(row.data).traits]


def _accounts(view: View, objects: SyncObjects, index: SyncIndex) -> Iterator[OverviewFinding]:
    counts = search.count_states(index)
    for state in ("disabled", "deleted"):
        holding = sum(count.holding for count in counts if count.state == state)
        text = f"{state.capitalize()} accounts that hold something"
        yield OverviewFinding(text, holding, "principals", {"state": state})
    for account, label in ACCOUNT_FINDINGS:
        holding = sum(count.holding for count in counts if count.account == account)
        yield OverviewFinding(f"{label} that hold something", holding, "principals", {"account": account})
    for type_id in user_types(view):
        idle = search.count_resources(index, ResourceFilter(type=type_id, unused=True))
        text = f"{objects.types[type_id].name}: accounts that hold nothing"
        yield OverviewFinding(text, idle, "principals", {"type": type_id, "holding": "none"})


def _entitlements(index: SyncIndex) -> Iterator[OverviewFinding]:
    privileged = search.count_entitlements(index, EntitlementFilter(privileged=True))
    yield OverviewFinding("Privileged entitlements, by their names", privileged, "entitlements", {"show": "privileged"})
    grants = grant_search.count_grants(index, IndexedGrantFilter(privileged=True)) if privileged else 0
    yield OverviewFinding("Grants of privileged entitlements", grants, "grants", {"show": "privileged"})
    unheld = search.count_entitlements(index, EntitlementFilter(unheld=True))
    yield OverviewFinding("Entitlements that nobody holds", unheld, "entitlements", {"show": "unheld"})


def _missing_objects(index: SyncIndex) -> Iterator[OverviewFinding]:
    resources = search.count_resources(index, ResourceFilter(missing=True))
    yield OverviewFinding("Named by grants, but not in the sync", resources, "resources", {"missing": "1"})
    entitlements = search.count_entitlements(index, EntitlementFilter(missing=True))
    yield OverviewFinding(
        "Entitlements granted, but not in the sync", entitlements, "entitlements", {"show": "missing"}
    )
