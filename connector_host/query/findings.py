"""What of a sync is worth a look: who should perhaps hold nothing, what is privileged, what does not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..c1z.types import View
from ..index import grant_search
from ..index import object_search as questions
from ..index.grant_search import IndexedGrantFilter
from ..index.object_search import EntitlementFilter, ResourceFilter
from ..index.sync_index import SyncIndex
from ..model import Trait
from ..wire import decode
from .lookup.object_cache import SyncObjects

__all__ = ["OverviewFinding", "list_findings", "user_types"]


class OverviewFinding(Struct, frozen=True):
    """`count` of what `text` says. `listing` lists them, with `filters`: names of listings and filters of `explore`."""

    text: str
    count: int
    listing: str
    filters: dict[str, str]


def list_findings(view: View, objects: SyncObjects, catalogue: SyncIndex) -> list[OverviewFinding]:
    """Those that there are any of."""
    found = (*_accounts(view, objects, catalogue), *_entitlements(catalogue), *_missing(catalogue))
    return [one for one in found if one.count]


def user_types(view: View) -> list[str]:
    """The resource types whose resources are accounts."""
    return [row.id for row in view.resource_types() if Trait.USER in decode.resource_type(row.data).traits]


def _accounts(view: View, objects: SyncObjects, catalogue: SyncIndex) -> Iterator[OverviewFinding]:
    counted = questions.count_states(catalogue)
    for state in ("disabled", "deleted"):
        holding = sum(held for of, _, _, held in counted if of == state)
        yield OverviewFinding(
            f"{state.capitalize()} accounts that hold something", holding, "principals", {"state": state}
        )
    for kind, text in (("guest", "Guests"), ("service", "Service accounts"), ("system", "System accounts")):
        holding = sum(held for _, of, _, held in counted if of == kind)
        yield OverviewFinding(f"{text} that hold something", holding, "principals", {"account": kind})
    for type_id in user_types(view):
        idle = questions.count_resources(catalogue, ResourceFilter(type=type_id, unused=True))
        text = f"{objects.types[type_id].name}: accounts that hold nothing"
        yield OverviewFinding(text, idle, "principals", {"type": type_id, "holding": "none"})


def _entitlements(catalogue: SyncIndex) -> Iterator[OverviewFinding]:
    privileged = questions.count_entitlements(catalogue, EntitlementFilter(privileged=True))
    yield OverviewFinding("Privileged entitlements, by their names", privileged, "entitlements", {"show": "privileged"})
    held = grant_search.count_grants(catalogue, IndexedGrantFilter(privileged=True)) if privileged else 0
    yield OverviewFinding("Grants of privileged entitlements", held, "grants", {"show": "privileged"})
    unheld = questions.count_entitlements(catalogue, EntitlementFilter(unheld=True))
    yield OverviewFinding("Entitlements that nobody holds", unheld, "entitlements", {"show": "unheld"})


def _missing(catalogue: SyncIndex) -> Iterator[OverviewFinding]:
    missing = questions.count_resources(catalogue, ResourceFilter(missing=True))
    yield OverviewFinding("Named by grants, but not in the sync", missing, "resources", {"missing": "1"})
    lost = questions.count_entitlements(catalogue, EntitlementFilter(missing=True))
    yield OverviewFinding("Entitlements granted, but not in the sync", lost, "entitlements", {"show": "missing"})
