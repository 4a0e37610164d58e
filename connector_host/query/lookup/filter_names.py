"""Lookup of the objects that filters name: resource types, and the ends by which grants are selected."""

from __future__ import annotations

from ...c1z.types import GrantFilter, View
from ...errors import NotFoundInFile
from ...index.text_search import fold_text
from ...wire import field_access
from .entitlement_names import find_entitlement
from .object_cache import read_object
from .principal_names import find_principal, find_resource, similar_texts

__all__ = ["find_grant_filter", "find_principal_type", "find_resource_type"]

MOST_NAMED = 30  # resource types that an error names


def find_resource_type(view: View, text: str) -> str:
    """Return the id of a resource type by its id, which resources or grants may name alone, or by its display name.

    Letter case makes no difference. Raises NotFoundInFile, which names the types of the file, when nothing matches.
    """
    if view.resource_type(text) is not None or _is_used(view, text):
        return text
    folded = fold_text(text)
    types = {
        row.id: read_object("resource type", row.id, row.data, field_access.type_name) for row in view.resource_types()
    }
    matches = [type_id for type_id in types if fold_text(type_id) == folded]
    matches = matches or [type_id for type_id, name in types.items() if fold_text(name) == folded]
    if len(matches) == 1:
        return matches[0]
    raise _no_such_type(text, types)


def find_principal_type(view: View, text: str) -> str:
    """Return the id of a resource type that principals are of, as `find_resource_type`."""
    try:
        return find_resource_type(view, text)
    except NotFoundInFile:
        if any(principal.resource_type == text for principal in view.principals()):
            return text
        raise


def find_grant_filter(
    view: View,
    *,
    resource_type: str | None = None,
    resource: str | None = None,
    entitlement: str | None = None,
    principal: str | None = None,
) -> GrantFilter:
    """Return the filter of grants by what people type for a type, resource, entitlement and principal.

    Raises NotFoundInFile for what the file does not have, ConfigError for an ambiguous name.
    """
    type_id = None if resource_type is None else find_resource_type(view, resource_type)
    resource_id = None
    if resource is not None:
        named = find_resource(view, resource, type_id)
        type_id, resource_id = named.id.resource_type, named.id.resource
    return GrantFilter(
        resource_type=type_id,
        resource=resource_id,
        entitlement=None if entitlement is None else find_entitlement(view, entitlement),
        principal=None if principal is None else find_principal(view, principal).id,
    )


def _is_used(view: View, type_id: str) -> bool:
    """Return True if resources, entitlements or grants are of a type that the file does not list."""
    where = GrantFilter(resource_type=type_id)
    rows = (view.resources(type_id), view.entitlements(type_id), view.grant_keys(where))
    return any(next(iter(some), None) is not None for some in rows)


def _no_such_type(text: str, types: dict[str, str]) -> NotFoundInFile:
    labels = {label: type_id for type_id, name in types.items() for label in (type_id, name)}
    meant = list(dict.fromkeys(labels[label] for label in similar_texts(text, labels)))
    question = f"Did you mean {' or '.join(map(repr, meant[:3]))}? " if meant else ""
    names = ", ".join(list(types)[:MOST_NAMED]) + (", ..." if len(types) > MOST_NAMED else "")
    return NotFoundInFile(f"No resource type matches {text!r}.", hint=f"{question}The file has: {names or 'none'}.")
