"""Lookup in a c1z of the objects that a change is about, whole as stored, and refusal of changes that cannot be done.

Names are resolved more strictly than for questions: a name that can mean two is refused, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from ..c1z.types import GrantFilter, GrantRow, View
from ..errors import ConfigError, FileError, NotFoundInFile, NotPermitted, PreconditionError
from ..model import Annotation, Entitlement, Grant, Resource, ResourceId, ResourceType, grant_id
from ..query.access.access_paths import explain_access
from ..query.access.path_names import entitlement_name, path_names
from ..query.access.principal_access import is_direct
from ..query.lookup.entitlement_names import find_entitlements
from ..query.lookup.object_cache import SyncObjects, damaged_object
from ..query.lookup.principal_names import MOST_SHOWN, find_exactly
from ..wire import decode, stored_grants
from ..wire.wire_format import WireError
from .change_requests import Give, Take, named, named_entitlement

__all__ = ["give", "resource", "take", "take_by_id"]

T = TypeVar("T")
PACKAGE = "c1.connector.v2."
MOST_PATHS = 3
SYNC_AGAIN = "If it is new, sync first, then give the same command again."


def give(view: View, principal_name: str | ResourceId, entitlement_name: str) -> Give:
    """Look up a grant to make. NotFoundInFile; ConfigError for an ambiguous name or a principal of a wrong type."""
    principal = resource(view, principal_name)
    entitlement = _entitlement(view, _only(find_entitlements(view, entitlement_name, None), entitlement_name))
    _changeable(entitlement)
    _grantable(principal, entitlement)
    return Give(principal, entitlement)


def take(view: View, principal_name: str | ResourceId, entitlement_name: str) -> Take:
    """Look up what a principal holds, to be revoked.

    A grant that the file lacks is composed: it may be newer than the file.
    Raises as `give`, and PreconditionError for a grant that is only derived from others.
    """
    principal = resource(view, principal_name)
    matches = find_entitlements(view, entitlement_name, principal.id)
    held_matches = [
        match
        for match in matches
        if next(view.grant_keys(GrantFilter(entitlement=match, principal=principal.id)), None)
    ]
    entitlement = _entitlement(view, _only(held_matches if len(held_matches) == 1 else matches, entitlement_name))
    _changeable(entitlement)
    row = _direct_row(view, entitlement.id, principal.id)
    if row is not None:
        return _stored(view, row, entitlement, principal)
    _refuse_derived(view, principal, entitlement)
    return Take(Grant(entitlement, principal, id=grant_id(entitlement.id, principal.id)), stored=False)


def take_by_id(view: View, grant_id: str) -> Take:
    """Look up a stored grant by its id, to be revoked. Raises as `take`."""
    row = view.grant(grant_id)
    if row is None:
        raise NotFoundInFile(f"the file holds no grant {grant_id!r}", hint="`connector-host grants` lists their ids.")
    principal = resource(view, row.principal_id)
    entitlement = _entitlement(view, row.entitlement)
    _changeable(entitlement)
    if not is_direct(_sources(row), row.entitlement):
        _refuse_derived(view, principal, entitlement)
    return _stored(view, row, entitlement, principal)


def resource(view: View, name: str | ResourceId) -> Resource:
    """Return a whole resource by its exact id, or by whatever a person calls it."""
    resource_id = name if isinstance(name, ResourceId) else find_exactly(view, name).id
    data = view.resource(resource_id)
    if data is None:
        raise NotFoundInFile(f"the file holds no resource {resource_id}", hint=SYNC_AGAIN)
    stored = _read("resource", str(resource_id), lambda: decode.resource(data))
    if stored.id != resource_id:
        raise _contradiction(str(resource_id), str(stored.id))
    return stored


# ----------------------------------------------------------------------------------------------- parts


def _entitlement(view: View, entitlement_id: str) -> Entitlement:
    """Return a whole entitlement, its resource as the file has it by itself."""
    data = view.entitlement(entitlement_id)
    if data is None:
        raise NotFoundInFile(f"the file holds no entitlement {entitlement_id!r}", hint=SYNC_AGAIN)
    stored = _read("entitlement", entitlement_id, lambda: decode.entitlement(data))
    if stored.id != entitlement_id:
        raise _contradiction(entitlement_id, stored.id)
    return replace(stored, resource=resource(view, stored.resource.id))


def _contradiction(stored_as: str, message_id: str) -> FileError:
    """Return the error for an object whose message has another id: the wrong object would be changed."""
    return FileError(
        f"the file is damaged or forged: what it stores as {stored_as!r} has the id {message_id!r}",
        hint="Nothing was changed. Sync again, and use the new file.",
    )


def _only(matches: list[str], text: str) -> str:
    if len(matches) == 1:
        return matches[0]
    more = f"; and {len(matches) - MOST_SHOWN} more" if len(matches) > MOST_SHOWN else ""
    raise ConfigError(
        f"{text!r} can mean any of {len(matches)} entitlements",
        hint=f"Say which, by id: {'; '.join(matches[:MOST_SHOWN])}{more}.",
    )


def _direct_row(view: View, entitlement_id: str, principal: ResourceId) -> GrantRow | None:
    rows = view.grants(GrantFilter(entitlement=entitlement_id, principal=principal))
    return next((row for row in rows if is_direct(_sources(row), entitlement_id)), None)


def _sources(row: GrantRow) -> dict[str, bool]:
    return _read("grant", row.id, lambda: stored_grants.sources(row.data))


def _stored(view: View, row: GrantRow, entitlement: Entitlement, principal: Resource) -> Take:
    columns = (row.resource_type, row.resource, row.entitlement, row.principal_type, row.principal)
    grant = _read("grant", row.id, lambda: decode.grant(row.data, row.expansion, columns))
    if _marked(grant.annotations, "GrantImmutable"):
        raise NotPermitted(f"the connector says that the grant {grant.id} cannot be changed")
    objects = SyncObjects(view)
    remaining = tuple(entitlement_name(objects, name) for name in sorted(set(grant.sources or ()) - {row.entitlement}))
    return Take(replace(grant, id=row.id, entitlement=entitlement, principal=principal), remaining=remaining)


# ----------------------------------------------------------------------------------------------- what is refused


def _changeable(entitlement: Entitlement) -> None:
    if _marked(entitlement.annotations, "EntitlementImmutable"):
        raise NotPermitted(f"the connector says that {entitlement.id} cannot be granted or revoked")
    if _marked(entitlement.resource.annotations, "BatonID"):
        raise NotPermitted(f"{entitlement.id} is on a resource of another system ({entitlement.resource.id})")


def _grantable(principal: Resource, entitlement: Entitlement) -> None:
    grantable_types = [
        grantable_type.id if isinstance(grantable_type, ResourceType) else grantable_type
        for grantable_type in entitlement.grantable_to
    ]
    if grantable_types and principal.id.resource_type not in grantable_types:
        raise ConfigError(
            f"{entitlement.id} cannot be granted to {principal.id}: that is of type {principal.id.resource_type}",
            hint=f"It can be granted to: {', '.join(grantable_types)}.",
        )


def _refuse_derived(view: View, principal: Resource, entitlement: Entitlement) -> None:
    """Raise PreconditionError if the principal holds it through groups only, naming them and what to revoke."""
    explanation = explain_access(view, principal.id, entitlement.id, MOST_PATHS)
    if not explanation.reasons and explanation.grant is None:
        return
    objects = SyncObjects(view)
    through = [path_names(objects, reason) for reason in explanation.reasons]
    instead = [reason.direct.id for reason in explanation.reasons]
    via = "; ".join(through) or ", ".join(entitlement_name(objects, name) for name in explanation.unexplained)
    also = " (and more: see `connector-host why`)" if explanation.cut else ""
    raise PreconditionError(
        f"{named(principal)} holds {named_entitlement(entitlement)} only through groups: {via}{also}",
        hint=f"Revoke instead: {'; '.join(dict.fromkeys(instead)) or via}; or sync first, if the file is old.",
    )


def _marked(annotations: tuple[Annotation, ...], name: str) -> bool:
    return any(annotation.type_name == PACKAGE + name for annotation in annotations)


def _read(object_kind: str, object_id: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (WireError, FileError) as error:
        raise damaged_object(object_kind, object_id, error) from error
