"""The effects of changes that a person should confirm: many changes, many grants lost, a privilege without a holder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from msgspec import Struct

from ..c1z.types import GrantFilter, View
from ..model import Entitlement, ResourceId
from ..query.privileged import privileged_word
from .change_requests import Delete, Step, Take

__all__ = ["FEW", "ChangeEffects", "effects_of"]

FEW = 5
"""Grants that one command may take away without a confirmation."""
MOST_COUNTED = 10_000


class ChangeEffects(Struct, frozen=True):
    """The effects of steps: their titles, the grants that the file shows as lost, privileges without a holder left."""

    titles: tuple[str, ...]
    grants_lost: int = 0
    last_holders: tuple[str, ...] = ()

    @property
    def reasons(self) -> list[str]:
        """Why a person should confirm the changes; empty when they need no confirmation."""
        reasons = []
        if self.grants_lost > FEW:
            reasons.append(f"{self.grants_lost:,} grants are lost, inherited ones included.")
        reasons += [f"{text}." for text in self.last_holders]
        return reasons


def effects_of(view: View, steps: Sequence[Step]) -> ChangeEffects:
    """Return the effects of steps as far as the file shows them."""
    revoked = {(step.grant.entitlement.id, step.grant.principal_id) for step in steps if isinstance(step, Take)}
    lost = 0
    last_holders: dict[str, None] = {}
    for step in steps:
        if isinstance(step, Take):
            lost += 1 + _count_inherited(view, step)
            if isinstance(step.grant.entitlement, Entitlement):
                last_holders |= dict.fromkeys(_without_holder(view, step.grant.entitlement, revoked))
        elif isinstance(step, Delete):
            resource = step.resource.id
            lost += _count(view, GrantFilter(principal=resource))
            lost += _count(view, GrantFilter(resource_type=resource.resource_type, resource=resource.resource))
    return ChangeEffects(tuple(step.title() for step in steps), lost, tuple(last_holders))


def _count(view: View, where: GrantFilter) -> int:
    return sum(1 for _ in islice(view.grant_keys(where), MOST_COUNTED))


def _count_inherited(view: View, step: Take) -> int:
    """Return how many grants the members of a group hold through the grant."""
    expandable = step.grant.expandable
    sources: Iterable[str] = expandable.entitlement_ids if expandable is not None else ()
    return sum(_count(view, GrantFilter(entitlement=source)) for source in sources)


def _without_holder(view: View, entitlement: Entitlement, revoked: set[tuple[str, ResourceId]]) -> list[str]:
    """Return a sentence when a privileged entitlement has no holder left after the changes."""
    if not privileged_word(entitlement.slug, entitlement.display_name):
        return []
    holders = {
        ResourceId(key.principal_type, key.principal)
        for key in view.grant_keys(GrantFilter(entitlement=entitlement.id))
    }
    if holders and all((entitlement.id, holder) in revoked for holder in holders):
        return [f"Nobody holds {entitlement.display_name or entitlement.id} ({entitlement.id}) afterwards"]
    return []
