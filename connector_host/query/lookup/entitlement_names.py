"""People name what is held by an entitlement's id or name, or by the resource it is on: find what is meant."""

from __future__ import annotations

from ...c1z.types import GrantFilter, View
from ...errors import ConfigError, FileError, NotFoundInFile
from ...model import ResourceId
from ...wire import field_access
from ...wire.wire_format import WireError
from .object_cache import damaged_object
from .principal_names import MOST_SHOWN, NamedResource, find_resource

__all__ = ["find_entitlements"]


def find_entitlements(view: View, text: str, principal: ResourceId | None) -> list[str]:
    """The ids of the entitlements meant: one by id or display name, or all on a resource by its id or name.

    Of several of one name, those that the principal holds go before others; without a principal, none does.
    ConfigError when more than one is left, NotFoundInFile when nothing fits.
    """
    wanted = text.strip()
    if view.entitlement(wanted) is not None:
        return [wanted]
    if named := _by_name(view, wanted):
        return [_one(view, wanted, named, principal)]
    try:
        found = find_resource(view, wanted)
    except NotFoundInFile as error:
        raise NotFoundInFile(
            f"no entitlement and no resource of the file is called {wanted!r}", hint=error.hint
        ) from None
    return _on(view, found)


def _on(view: View, found: NamedResource) -> list[str]:
    ids = [row.id for row in view.entitlements(found.id.resource_type, found.id.resource)]
    if not ids:
        raise NotFoundInFile(f"nothing can be held on {found.label}", hint="Name what is held, not who holds it.")
    return ids


def _by_name(view: View, wanted: str) -> list[str]:
    folded = wanted.casefold()
    needle = wanted.lower().encode() if wanted.isascii() else b""
    return [
        row.id
        for row in view.entitlements()
        if needle in row.data.lower() and _name(row.id, row.data).casefold() == folded
    ]


def _name(entitlement_id: str, data: bytes) -> str:
    try:
        return field_access.entitlement_name(data)
    except (WireError, FileError) as error:
        raise damaged_object("entitlement", entitlement_id, error) from error


def _one(view: View, wanted: str, ids: list[str], principal: ResourceId | None) -> str:
    held = []
    if principal is not None:
        held = [one for one in ids if next(view.grant_keys(GrantFilter(entitlement=one, principal=principal)), None)]
    left = held or ids
    if len(left) > 1:
        more = f"; and {len(left) - MOST_SHOWN} more" if len(left) > MOST_SHOWN else ""
        raise ConfigError(
            f"{wanted!r} can mean any of {len(left)} entitlements",
            hint=f"Say which, by id: {'; '.join(left[:MOST_SHOWN])}{more}.",
        )
    return left[0]
