"""Find in a c1z what a change is about, whole as stored, and refuse what could not be done.

Names are resolved more strictly than for questions: a name that can mean two is refused, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from ..c1z.types import GrantFilter, GrantRow, View
from ..errors import ConfigError, FileError, NotFoundInFile, NotPermitted, PreconditionError
from ..model import Annotation, Entitlement, Grant, Resource, ResourceId, ResourceType, grant_id
from ..query.access_paths import explain_access
from ..query.lookup.entitlement_names import find_entitlements
from ..query.lookup.object_cache import damaged_object
from ..query.lookup.principal_names import MOST_SHOWN, find_exactly
from ..query.principal_access import is_direct
from ..wire import decode, stored_grants
from ..wire.wire_format import WireError
from .change_requests import Give, Take

__all__ = ["give", "resource", "take", "take_by_id"]

T = TypeVar("T")
PACKAGE = "c1.connector.v2."
MOST_PATHS = 3
SYNC_AGAIN = "If it is new, sync first, then give the same command again."


def give(view: View, who: str | ResourceId, what: str) -> Give:
    """The grant asked for. NotFoundInFile, ConfigError when a name is ambiguous or the type of principal is wrong."""
    principal = resource(view, who)
    entitlement = _entitlement(view, _only(find_entitlements(view, what, None), what))
    _changeable(entitlement)
    _grantable(principal, entitlement)
    return Give(principal, entitlement)


def take(view: View, who: str | ResourceId, what: str) -> Take:
    """The revocation of what a principal holds. A grant that the file lacks is made up: it may be newer than the file.

    Raises as `give`, and PreconditionError for a grant that is only derived from others.
    """
    principal = resource(view, who)
    found = find_entitlements(view, what, principal.id)
    held = [one for one in found if next(view.grant_keys(GrantFilter(entitlement=one, principal=principal.id)), None)]
    entitlement = _entitlement(view, _only(held if len(held) == 1 else found, what))
    _changeable(entitlement)
    row = _direct_row(view, entitlement.id, principal.id)
    if row is not None:
        return _stored(row, entitlement, principal)
    _refuse_derived(view, principal, entitlement)
    return Take(Grant(entitlement, principal, id=grant_id(entitlement.id, principal.id)), stored=False)


def take_by_id(view: View, wanted: str) -> Take:
    """The revocation of a stored grant. Raises as `take`."""
    row = view.grant(wanted)
    if row is None:
        raise NotFoundInFile(f"the file holds no grant {wanted!r}", hint="`connector-host grants` lists their ids.")
    principal = resource(view, row.principal_id)
    entitlement = _entitlement(view, row.entitlement)
    _changeable(entitlement)
    if not is_direct(_sources(row), row.entitlement):
        _refuse_derived(view, principal, entitlement)
    return _stored(row, entitlement, principal)


def resource(view: View, who: str | ResourceId) -> Resource:
    """A whole resource by its exact id, or by whatever a person calls it."""
    found = who if isinstance(who, ResourceId) else find_exactly(view, who).id
    data = view.resource(found)
    if data is None:
        raise NotFoundInFile(f"the file holds no resource {found}", hint=SYNC_AGAIN)
    return _read("resource", str(found), lambda: decode.resource(data))


# ----------------------------------------------------------------------------------------------- parts


def _entitlement(view: View, entitlement_id: str) -> Entitlement:
    """A whole entitlement, its resource as the file has it by itself."""
    data = view.entitlement(entitlement_id)
    if data is None:
        raise NotFoundInFile(f"the file holds no entitlement {entitlement_id!r}", hint=SYNC_AGAIN)
    found = _read("entitlement", entitlement_id, lambda: decode.entitlement(data))
    return replace(found, resource=resource(view, found.resource.id))


def _only(found: list[str], text: str) -> str:
    if len(found) == 1:
        return found[0]
    more = f"; and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    raise ConfigError(
        f"{text!r} can mean any of {len(found)} entitlements",
        hint=f"Say which, by id: {'; '.join(found[:MOST_SHOWN])}{more}.",
    )


def _direct_row(view: View, entitlement_id: str, principal: ResourceId) -> GrantRow | None:
    rows = view.grants(GrantFilter(entitlement=entitlement_id, principal=principal))
    return next((row for row in rows if is_direct(_sources(row), entitlement_id)), None)


def _sources(row: GrantRow) -> dict[str, bool]:
    return _read("grant", row.id, lambda: stored_grants.sources(row.data))


def _stored(row: GrantRow, entitlement: Entitlement, principal: Resource) -> Take:
    columns = (row.resource_type, row.resource, row.entitlement, row.principal_type, row.principal)
    found = _read("grant", row.id, lambda: decode.grant(row.data, row.expansion, columns))
    if _marked(found.annotations, "GrantImmutable"):
        raise NotPermitted(f"the connector says that the grant {found.id} cannot be changed")
    others = tuple(sorted(set(found.sources or ()) - {row.entitlement}))
    return Take(replace(found, id=row.id, entitlement=entitlement, principal=principal), remaining=others)


# ----------------------------------------------------------------------------------------------- what is refused


def _changeable(entitlement: Entitlement) -> None:
    if _marked(entitlement.annotations, "EntitlementImmutable"):
        raise NotPermitted(f"the connector says that {entitlement.id} cannot be granted or revoked")
    if _marked(entitlement.resource.annotations, "BatonID"):
        raise NotPermitted(f"{entitlement.id} is on a resource of another system ({entitlement.resource.id})")


def _grantable(principal: Resource, entitlement: Entitlement) -> None:
    kinds = [kind.id if isinstance(kind, ResourceType) else kind for kind in entitlement.grantable_to]
    if kinds and principal.id.resource_type not in kinds:
        raise ConfigError(
            f"{entitlement.id} cannot be granted to {principal.id}: that is of type {principal.id.resource_type}",
            hint=f"It can be granted to: {', '.join(kinds)}.",
        )


def _refuse_derived(view: View, principal: Resource, entitlement: Entitlement) -> None:
    """PreconditionError if the principal holds it through groups only, saying through which and what to revoke."""
    found = explain_access(view, principal.id, entitlement.id, MOST_PATHS)
    if not found.reasons and found.grant is None:
        return
    through, instead = [], []
    for reason in found.reasons:
        steps = [reason.direct.entitlement, *(edge.target for edge in reason.edges)]
        through.append(" → ".join(steps))
        instead.append(reason.direct.id)
    via = "; ".join(through) or ", ".join(found.unexplained)
    also = " (and more: see `connector-host why`)" if found.cut else ""
    raise PreconditionError(
        f"{principal.id} holds {entitlement.id} only through groups: {via}{also}",
        hint=f"Revoke instead: {'; '.join(dict.fromkeys(instead)) or via}; or sync first, if the file is old.",
    )


def _marked(annotations: tuple[Annotation, ...], name: str) -> bool:
    return any(one.type_name == PACKAGE + name for one in annotations)


def _read(kind: str, object_id: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (WireError, FileError) as error:
        raise damaged_object(kind, object_id, error) from error
