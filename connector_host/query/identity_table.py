"""The flat table of users, entitlements and grants that `export` writes, with a row for each of them.

First every user, then every entitlement, then every grant that a user holds; grants of groups are left out. The
columns and the words in them are those of `baton export csv`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..c1z.types import GrantKey, View
from ..model import Entitlement, Resource, ResourceId, ResourceStatus, Trait, UserTrait
from ..wire import decode
from .lookup.object_cache import SizedCache

__all__ = ["COLUMNS", "identity_rows"]

COLUMNS = (
    *("Type", "Last Name", "First Name", "User ID", "User Status", "Email Address"),
    *("Entitlement Display Name", "Entitlement", "Resource Type", "Resource Name", "Entitlement Description"),
    "Entitlement Slug",
)
Cells = tuple[str, ...]
NO_IDENTITY: Cells = ("",) * 5
NO_ENTITLEMENT: Cells = ("",) * 6
WORDS = {
    ResourceStatus.ENABLED: "Enabled",
    ResourceStatus.DISABLED: "Disabled",
    ResourceStatus.DELETED: "Deleted",
}
CELL_COST = 60  # bytes that a text takes in addition to its letters


def identity_rows(view: View) -> Iterator[Cells]:
    """Yield every row, in file order within its block."""
    holders = SizedCache[tuple[str, str], Cells](lambda key: _holder(view, key), _cost)
    entitlements = SizedCache[str, Cells](lambda name: _stored(view, name), _cost)
    for row in view.resource_types():
        if Trait.USER in decode.resource_type(row.data).traits:
            for resource_row in view.resources(row.id):
                resource = decode.resource(resource_row.data)
                if _user(resource) is not None:
                    identity = _identity(resource)
                    holders.keep((resource.id.resource_type, resource.id.resource), _start_of_grant(identity))
                    yield ("Identity", *identity, *NO_ENTITLEMENT)
    for entitlement_row in view.entitlements():
        yield ("Entitlement", *NO_IDENTITY, *_entitlement(view, decode.entitlement(entitlement_row.data)))
    yield from _grants(view, holders, entitlements)


def _grants(
    view: View, identities: SizedCache[tuple[str, str], Cells], entitlements: SizedCache[str, Cells]
) -> Iterator[Cells]:
    for key in view.grant_keys():
        entitlement, principal_type, principal, _ = key
        identity = identities[principal_type, principal]
        if identity:
            yield identity + (entitlements[entitlement] or _embedded(view, key))


def _holder(view: View, key: tuple[str, str]) -> Cells:
    """Return the cells of a grant's row that name its principal; nothing for one that is no user."""
    data = view.resource(ResourceId(*key))
    resource = None if data is None else decode.resource(data)
    if resource is None or _user(resource) is None:
        return ()
    return _start_of_grant(_identity(resource))


def _start_of_grant(identity: Cells) -> Cells:
    """Return the cells of a grant's row in front of those of the entitlement: those of an identity without status."""
    last, first, user_id, _, mail = identity
    return "Grant", last, first, user_id, "", mail


def _stored(view: View, entitlement_id: str) -> Cells:
    data = view.entitlement(entitlement_id)
    return () if data is None else _entitlement(view, decode.entitlement(data))


def _embedded(view: View, key: GrantKey) -> Cells:
    """Return the columns of an entitlement that the file lacks, from the grant itself."""
    row = view.grant_at(key.row)
    if row is None:
        return NO_ENTITLEMENT
    held = decode.grant(row.data).entitlement
    on = held.resource
    if isinstance(held, Entitlement):
        return _entitlement(view, held)
    return "", held.id, on.id.resource_type, _name(view, on), "", ""


def _entitlement(view: View, entitlement: Entitlement) -> Cells:
    on = entitlement.resource
    return (
        entitlement.display_name,
        entitlement.id,
        on.id.resource_type,
        _name(view, on),
        entitlement.description,
        entitlement.slug,
    )


def _name(view: View, embedded: Resource) -> str:
    """Return the name of a resource, which a slim view has in the resource itself only."""
    data = view.resource(embedded.id) if view.slim else None
    return embedded.display_name if data is None else decode.resource(data).display_name


def _user(resource: Resource) -> UserTrait | None:
    return next((trait for trait in resource.traits if isinstance(trait, UserTrait)), None)


def _identity(resource: Resource) -> Cells:
    user = _user(resource)
    mails = [mail.address for mail in user.emails if mail.is_primary] if user else []
    return (
        _text(resource, "last_name"),
        _text(resource, "first_name"),
        _text(resource, "user_id"),
        WORDS.get(resource.status.status, "Unknown") if resource.status else "Enabled",
        mails[0] if mails else "",
    )


def _text(resource: Resource, key: str) -> str:
    value = (resource.profile or {}).get(key)
    return value if isinstance(value, str) else ""


def _cost(cells: Cells) -> int:
    return sum(CELL_COST + len(cell) for cell in cells)
