"""Contradictory decisions: a grant to keep that is inherited only through grants to revoke."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from ..c1z.types import View
from ..model import ResourceId
from ..query.access.access_paths import AccessPath, explain_access
from ..query.access.path_names import entitlement_name, path_names
from ..query.lookup.object_cache import SyncObjects
from ..wire import decode
from .review_model import ReviewPrincipal, ReviewRow

__all__ = ["KeptGrant", "describe_paths", "find_contradictions"]

MOST_PATHS = 50
SHOWN = 3


class KeptGrant(Struct, frozen=True):
    """An inherited grant to keep, and its row in the workbook."""

    sheet: str
    line: int
    system: int
    entitlement: str
    principal: ReviewPrincipal


def find_contradictions(
    view: View, kept_grants: Sequence[KeptGrant], revoked: Mapping[str, tuple[str, int]], principals: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    """Yield (sheet, line, problem) for each kept grant that ends with the `revoked` grants (id -> sheet and line).

    `principals` holds the ids of the principals of the revoked grants; only grants they can affect are checked.
    """
    if not kept_grants or not revoked:
        return
    beyond = _beyond(view, revoked)
    for kept_grant in kept_grants:
        if kept_grant.principal.id not in principals and kept_grant.entitlement not in beyond:
            continue
        explanation = explain_access(
            view,
            ResourceId(kept_grant.principal.resource_type, kept_grant.principal.resource),
            kept_grant.entitlement,
            MOST_PATHS,
        )
        ended = [
            next((grant_id for grant_id in _grants(reason) if grant_id in revoked), None)
            for reason in explanation.reasons
        ]
        if explanation.cut or not ended or None in ended:
            continue  # another path remains
        rows = dict.fromkeys(revoked[grant_id] for grant_id in ended if grant_id is not None)
        through_what = " and ".join(f"row {line} of {sheet}" for sheet, line in rows)
        problem = (
            f"keeps access that {kept_grant.principal.name} inherits only through grants revoked in {through_what}"
        )
        yield kept_grant.sheet, kept_grant.line, problem


def describe_paths(view: View, row: ReviewRow, line_of: Callable[[int, str], str]) -> tuple[str, str]:
    """Return the paths that give an inherited grant, and the advice what to revoke instead, by names."""
    principal = ResourceId(row.principal.resource_type, row.principal.resource)
    explanation = explain_access(view, principal, row.entitlement.id, SHOWN)
    if not explanation.reasons:
        names = ", ".join(source.name for source in row.via) or "groups"
        return names, "Revoke the grants it is inherited through instead"
    objects, paths, revocable = SyncObjects(view), [], []
    for reason in explanation.reasons:
        paths.append(path_names(objects, reason))
        direct = reason.direct
        place = line_of(row.system, direct.id) or f"grant {direct.id}"
        revocable.append(f"{entitlement_name(objects, direct.entitlement)} of {row.principal.name} ({place})")
    also = "; and more paths, see `connector-host why`" if explanation.cut else ""
    return "; ".join(paths) + also, f"Revoke instead: {'; '.join(dict.fromkeys(revocable))}"


def _grants(path: AccessPath) -> Iterator[str]:
    """Yield the ids of the grants on a path."""
    yield path.direct.id
    for edge in path.edges:
        if edge.grant is not None:
            yield edge.grant.id


def _beyond(view: View, revoked_ids: Collection[str]) -> set[str]:
    """Return the entitlements that the revoked grants pass on, directly or through further entitlements."""
    forward: dict[str, list[str]] = {}
    targets: set[str] = set()
    for row in view.expandable_grants():
        if row.id in revoked_ids:
            targets.add(row.entitlement)
        for source in decode.expandable(row.expansion or b"").entitlement_ids:
            forward.setdefault(source, []).append(row.entitlement)
    queue = deque(targets)
    while queue:
        for target in forward.get(queue.popleft(), ()):
            if target not in targets:
                targets.add(target)
                queue.append(target)
    return targets
