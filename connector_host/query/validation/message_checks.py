"""Checks of the messages of one sync: each is readable and agrees with its row, and expansions can be followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...c1z.types import GrantRow, View
from ...errors import FileError
from ...model import (
    AppTrait,
    Entitlement,
    Grant,
    GroupTrait,
    Resource,
    ResourceId,
    ResourceType,
    RoleTrait,
    SecretTrait,
    Trait,
    UserTrait,
)
from ...wire import decode
from ..lookup.object_cache import SizedCache
from .agreeing_grants import AgreeingGrants
from .finding_counts import FindingSeverity, FindingTally, with_article

__all__ = ["check_messages"]

T = TypeVar("T")
LONGEST = 1024  # bytes of an id or a display name that the Go tools accept in requests
MESSAGE_OF = {
    Trait.USER: UserTrait,
    Trait.GROUP: GroupTrait,
    Trait.ROLE: RoleTrait,
    Trait.APP: AppTrait,
    Trait.SECRET: SecretTrait,
}
UNREADABLE = ResourceId("", "")
ENTRY = 200  # bytes that one cached resource id takes


def check_messages(tally: FindingTally, view: View) -> None:
    """Check every message of a sync."""
    types: dict[str, ResourceType] = {}
    for row in view.resource_types():
        resource_type = _read(tally, "resource type", row.id, lambda data=row.data: decode.resource_type(data))  # type: ignore[misc]
        if resource_type is not None:
            types[row.id] = resource_type
            _same(tally, "resource type", row.id, resource_type.id)
    _resources(tally, view, types)
    _entitlements(tally, view)
    _grants(tally, view)


def _resources(tally: FindingTally, view: View, types: dict[str, ResourceType]) -> None:
    for row in view.resources():
        resource: Resource | None = _read(tally, "resource", row.id, lambda data=row.data: decode.resource(data))  # type: ignore[misc]
        if resource is None:
            continue
        _same(tally, "resource", row.id, str(resource.id))
        _short(tally, "resource", row.id, resource.display_name)
        if not resource.display_name:
            tally.add(FindingSeverity.NOTE, "a resource has no display name", row.id)
        of_type = types.get(row.resource_type)
        missing = [
            trait.name.lower()
            for trait in (of_type.traits if of_type else ())
            if trait in MESSAGE_OF and not any(isinstance(present, MESSAGE_OF[trait]) for present in resource.traits)
        ]
        if missing:
            tally.add(FindingSeverity.WARNING, f"a resource lacks the {missing[0]} trait that its type has", row.id)


def _entitlements(tally: FindingTally, view: View) -> None:
    for row in view.entitlements():
        entitlement: Entitlement | None = _read(
            tally,
            "entitlement",
            row.id,
            lambda data=row.data: decode.entitlement(data),  # type: ignore[misc]
        )
        if entitlement is None:
            continue
        _same(tally, "entitlement", row.id, entitlement.id)
        _short(tally, "entitlement", row.id, entitlement.display_name)
        if entitlement.resource.id != ResourceId(row.resource_type, row.resource):
            tally.add(FindingSeverity.WARNING, "an entitlement is on another resource than its row says", row.id)
        if not entitlement.slug:
            tally.add(FindingSeverity.WARNING, "an entitlement has no slug", row.id)


def _grants(tally: FindingTally, view: View) -> None:
    resources = SizedCache[str, ResourceId | None](lambda name: _on(view, name), lambda _: ENTRY)
    agreeing = AgreeingGrants(lambda row: _agrees(FindingTally(), row, resources))
    for batch in view.grant_batches():
        positions = agreeing.unproven(batch)
        for row in batch.rows(positions) if positions is None or positions else ():
            if _agrees(tally, row, resources):
                agreeing.learn(row)


def _agrees(tally: FindingTally, row: GrantRow, resources: SizedCache[str, ResourceId | None]) -> bool:
    """Add the findings about a grant. Return True if there are none."""
    before = tally.cases
    grant: Grant | None = _read(tally, "grant", row.id, lambda: decode.grant(row.data, row.expansion))
    if grant is None:
        return False
    _same(tally, "grant", row.id, grant.id)
    if grant.entitlement.id != row.entitlement or grant.principal_id != row.principal_id:
        tally.add(FindingSeverity.WARNING, "a grant differs from its row", row.id)
    if not (row.entitlement and row.principal):
        tally.add(FindingSeverity.ERROR, "a grant has no entitlement or no principal", row.id)
    for source in grant.sources or ():
        if resources[source] is None:
            tally.add(
                FindingSeverity.WARNING,
                "a grant is derived from an entitlement that is not in the sync",
                f"{row.id} from {source}",
            )
    if grant.expandable is not None:
        _expansion(tally, row, grant.expandable.entitlement_ids, resources)
    return tally.cases == before


def _expansion(
    tally: FindingTally, row: GrantRow, sources: tuple[str, ...], resources: SizedCache[str, ResourceId | None]
) -> None:
    for source in sources:
        on = resources[source]
        if on is None:
            tally.add(
                FindingSeverity.WARNING,
                "a grant passes on an entitlement that is not in the sync",
                f"{row.id} names {source}",
            )
        elif on not in (row.principal_id, UNREADABLE):
            tally.add(
                FindingSeverity.ERROR,
                "a grant passes on an entitlement of another resource than its principal: Go refuses to expand it",
                f"{row.id} names {source}",
            )


def _on(view: View, entitlement_id: str) -> ResourceId | None:
    """Return the resource that an entitlement is on; None if the sync lacks the entitlement."""
    data = view.entitlement(entitlement_id)
    try:
        return None if data is None else decode.entitlement(data).resource.id
    except FileError:
        return UNREADABLE  # that is a finding of its own


def _read(tally: FindingTally, noun: str, object_id: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except FileError as error:
        tally.add(FindingSeverity.ERROR, f"{with_article(noun)} cannot be read", f"{object_id}: {error.message}")
        return None


def _same(tally: FindingTally, noun: str, row_id: str, message_id: str) -> None:
    if not row_id:
        tally.add(FindingSeverity.ERROR, f"{with_article(noun)} has no id")
    if row_id != message_id:
        tally.add(
            FindingSeverity.WARNING,
            f"{with_article(noun)} has another id in its message than in its row",
            f"{row_id}: {message_id}",
        )


def _short(tally: FindingTally, noun: str, object_id: str, name: str) -> None:
    if len(name) * 4 > LONGEST and len(name.encode(errors="replace")) > LONGEST:
        tally.add(
            FindingSeverity.WARNING, f"{with_article(noun)} has a display name of over {LONGEST} bytes", object_id
        )
