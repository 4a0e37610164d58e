"""Decisions that cannot both be done: something kept that is held only through what is revoked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from ..c1z.types import View
from ..model import ResourceId
from ..query.access_paths import AccessPath, explain_access
from ..wire import decode
from .review_model import ReviewPrincipal, ReviewRow

__all__ = ["KeptGrant", "describe_paths", "find_contradictions"]

MOST_PATHS = 50
SHOWN = 3


class KeptGrant(Struct, frozen=True):
    """An inherited grant that is to stay, and where it stands in the workbook."""

    sheet: str
    line: int
    system: int
    entitlement: str
    who: ReviewPrincipal


def find_contradictions(
    view: View, kept: Sequence[KeptGrant], revoked: Mapping[str, tuple[str, int]], who: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    """(sheet, line, what is wrong) of everything kept that ends with the grants `revoked` (id -> sheet and line).

    `who` holds the ids of their principals. Only what can be touched by them is looked at closely.
    """
    if not kept or not revoked:
        return
    beyond = _beyond(view, revoked)
    for one in kept:
        if one.who.id not in who and one.entitlement not in beyond:
            continue
        found = explain_access(view, ResourceId(one.who.resource_type, one.who.resource), one.entitlement, MOST_PATHS)
        ended = [next((grant for grant in _grants(reason) if grant in revoked), None) for reason in found.reasons]
        if found.cut or not ended or None in ended:
            continue  # another path stays
        rows = dict.fromkeys(revoked[grant] for grant in ended if grant is not None)
        through_what = " and ".join(f"row {line} of {sheet}" for sheet, line in rows)
        what = f"keeps what {one.who.name} holds only through what is revoked in {through_what}"
        yield one.sheet, one.line, what


def describe_paths(view: View, row: ReviewRow, line_of: Callable[[int, str], str]) -> tuple[str, str]:
    """Of an inherited grant: what it comes through, and what to revoke instead."""
    who = ResourceId(row.who.resource_type, row.who.resource)
    found = explain_access(view, who, row.what.entitlement, SHOWN)
    if not found.reasons:
        names = ", ".join(one.name for one in row.via) or "groups"
        return names, "Revoke what it comes through instead"
    paths, instead = [], []
    for reason in found.reasons:
        steps = [reason.direct.entitlement, *(edge.target for edge in reason.edges)]
        paths.append(" → ".join(steps))
        where = line_of(row.system, reason.direct.id)
        instead.append(f"{reason.direct.id} ({where})" if where else reason.direct.id)
    also = "; and more, see `connector-host why`" if found.cut else ""
    return "; ".join(paths) + also, f"Revoke instead: {'; '.join(dict.fromkeys(instead))}"


def _grants(reason: AccessPath) -> Iterator[str]:
    """The ids of the grants that a path is made of."""
    yield reason.direct.id
    for edge in reason.edges:
        if edge.grant is not None:
            yield edge.grant.id


def _beyond(view: View, revoked: Collection[str]) -> set[str]:
    """Every entitlement that a revoked grant passes on to somebody: its own, and what lies beyond that."""
    forward: dict[str, list[str]] = {}
    beyond: set[str] = set()
    for row in view.expandable_grants():
        if row.id in revoked:
            beyond.add(row.entitlement)
        for source in decode.expandable(row.expansion or b"").entitlement_ids:
            forward.setdefault(source, []).append(row.entitlement)
    queue = deque(beyond)
    while queue:
        for target in forward.get(queue.popleft(), ()):
            if target not in beyond:
                beyond.add(target)
                queue.append(target)
    return beyond
