"""The messages of one sync: that each can be read and says what its row says, and that expansions can be followed."""

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
from .finding_counts import FindingTally, Severity, with_article

__all__ = ["check_messages"]

T = TypeVar("T")
LONGEST = 1024  # bytes of an id or a display name that the Go tools accept in requests (c1z-and-sync.md, 3.1)
MESSAGE_OF = {
    Trait.USER: UserTrait,
    Trait.GROUP: GroupTrait,
    Trait.ROLE: RoleTrait,
    Trait.APP: AppTrait,
    Trait.SECRET: SecretTrait,
}
UNREADABLE = ResourceId("", "")
ENTRY = 200  # bytes that one remembered answer takes


def check_messages(tally: FindingTally, view: View) -> None:
    """Look at every message of a sync."""
    types: dict[str, ResourceType] = {}
    for row in view.resource_types():
        found = _read(tally, "resource type", row.id, lambda data=row.data: decode.resource_type(data))  # type: ignore[misc]
        if found is not None:
            types[row.id] = found
            _same(tally, "resource type", row.id, found.id)
    _resources(tally, view, types)
    _entitlements(tally, view)
    _grants(tally, view)


def _resources(tally: FindingTally, view: View, types: dict[str, ResourceType]) -> None:
    for row in view.resources():
        found: Resource | None = _read(tally, "resource", row.id, lambda data=row.data: decode.resource(data))  # type: ignore[misc]
        if found is None:
            continue
        _same(tally, "resource", row.id, str(found.id))
        _short(tally, "resource", row.id, found.display_name)
        if not found.display_name:
            tally.add(Severity.NOTE, "a resource has no display name", row.id)
        of_type = types.get(row.resource_type)
        missing = [
            trait.name.lower()
            for trait in (of_type.traits if of_type else ())
            if trait in MESSAGE_OF and not any(isinstance(one, MESSAGE_OF[trait]) for one in found.traits)
        ]
        if missing:
            tally.add(Severity.WARNING, f"a resource lacks the {missing[0]} trait that its type has", row.id)


def _entitlements(tally: FindingTally, view: View) -> None:
    for row in view.entitlements():
        found: Entitlement | None = _read(
            tally,
            "entitlement",
            row.id,
            lambda data=row.data: decode.entitlement(data),  # type: ignore[misc]
        )
        if found is None:
            continue
        _same(tally, "entitlement", row.id, found.id)
        _short(tally, "entitlement", row.id, found.display_name)
        if found.resource.id != ResourceId(row.resource_type, row.resource):
            tally.add(Severity.WARNING, "an entitlement is on another resource than its row says", row.id)
        if not found.slug:
            tally.add(Severity.WARNING, "an entitlement has no slug", row.id)


def _grants(tally: FindingTally, view: View) -> None:
    known = SizedCache[str, ResourceId | None](lambda name: _on(view, name), lambda _: ENTRY)
    for row in view.grants():
        found: Grant | None = _read(
            tally,
            "grant",
            row.id,
            lambda row=row: decode.grant(row.data, row.expansion),  # type: ignore[misc]
        )
        if found is None:
            continue
        _same(tally, "grant", row.id, found.id)
        if found.entitlement.id != row.entitlement or found.principal_id != row.principal_id:
            tally.add(Severity.WARNING, "a grant says something else than its row", row.id)
        if not (row.entitlement and row.principal):
            tally.add(Severity.ERROR, "a grant has no entitlement or no principal", row.id)
        for source in found.sources or ():
            if known[source] is None:
                tally.add(
                    Severity.WARNING,
                    "a grant is derived from an entitlement that is not in the sync",
                    f"{row.id} from {source}",
                )
        if found.expandable is not None:
            _expansion(tally, row, found.expandable.entitlement_ids, known)


def _expansion(
    tally: FindingTally, row: GrantRow, sources: tuple[str, ...], known: SizedCache[str, ResourceId | None]
) -> None:
    for source in sources:
        on = known[source]
        if on is None:
            tally.add(
                Severity.WARNING, "a grant passes on an entitlement that is not in the sync", f"{row.id} names {source}"
            )
        elif on not in (row.principal_id, UNREADABLE):
            tally.add(
                Severity.ERROR,
                "a grant passes on an entitlement of another resource than its principal: Go refuses to expand it",
                f"{row.id} names {source}",
            )


def _on(view: View, entitlement_id: str) -> ResourceId | None:
    """The resource that an entitlement is on; None if the sync lacks the entitlement."""
    data = view.entitlement(entitlement_id)
    try:
        return None if data is None else decode.entitlement(data).resource.id
    except FileError:
        return UNREADABLE  # that is a finding of its own


def _read(tally: FindingTally, kind: str, object_id: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except FileError as error:
        tally.add(Severity.ERROR, f"{with_article(kind)} cannot be read", f"{object_id}: {error.message}")
        return None


def _same(tally: FindingTally, kind: str, row_id: str, message_id: str) -> None:
    if not row_id:
        tally.add(Severity.ERROR, f"{with_article(kind)} has no id")
    if row_id != message_id:
        tally.add(
            Severity.WARNING,
            f"{with_article(kind)} has another id in its message than in its row",
            f"{row_id}: {message_id}",
        )


def _short(tally: FindingTally, kind: str, object_id: str, name: str) -> None:
    if len(name) * 4 > LONGEST and len(name.encode(errors="replace")) > LONGEST:
        tally.add(Severity.WARNING, f"{with_article(kind)} has a display name of over {LONGEST} bytes", object_id)
