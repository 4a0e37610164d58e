"""Checks of one item that a connector returned, and the words that describe it and its problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ..model import Annotation, Can, Entitlement, EntitlementRef, External, Grant, Resource, ResourceId

__all__ = [
    "LONGEST_SHOWN",
    "PACKAGE",
    "MalformedItem",
    "ReservedMark",
    "can_problem",
    "class_name",
    "expect",
    "expect_grant",
    "grant_position",
    "has_trait",
    "id_problem",
    "is_text",
    "item_name",
    "message_name",
    "trait_problem",
]

LONGEST_SHOWN = 200
"""Characters of an id or page token in a message."""
PACKAGE = "c1.connector.v2."


class MalformedItem(ValueError):
    """An item that breaks the contract."""


class ReservedMark(MalformedItem):
    """An item with a mark that no connector may set: an error in every run."""


def expect(item: object, expected: type) -> None:
    """Raise MalformedItem for an item of another class."""
    if not isinstance(item, expected):
        raise MalformedItem(f"it is {class_name(item)}, not {expected.__name__}")


def expect_grant(item: Any) -> None:
    """Raise MalformedItem for an item that is no grant, or whose entitlement or principal is none."""
    expect(item, Grant)
    if not isinstance(item.entitlement, (Entitlement, EntitlementRef)):
        name = class_name(item.entitlement)
        raise MalformedItem(f"its entitlement is {name}, not an Entitlement; try resource.ref(slug)")
    if not isinstance(item.principal, (ResourceId, Resource, External)):
        raise MalformedItem(
            f"its principal is {class_name(item.principal)}, not a ResourceId, a Resource or an External"
        )


def has_trait(resource: Resource, needed: type) -> bool:
    """Return whether a resource has a trait, among its traits or its annotations."""
    return any(isinstance(trait, needed) for trait in resource.traits) or any(
        message_name(annotation) == PACKAGE + needed.__name__ for annotation in resource.annotations
    )


def trait_problem(resource: Resource, needed: type) -> str:
    """Describe the lack of a trait that the type of a resource declares."""
    name = needed.__name__
    traits: tuple[object, ...] = resource.traits
    if needed in traits:
        return f"its traits have the class {name} instead of a value of it: write {name}()"
    return f"it has no {name}, as its type declares: add {name}() to its traits"


def message_name(annotation: object) -> str:
    """Return the full name of an annotation's message; empty for an object that is no annotation."""
    return str(annotation.type_name).rpartition("/")[2] if isinstance(annotation, Annotation) else ""


def grant_position(grants: Sequence[Any], part: Callable[[Any], object], value: object) -> int:
    """Return the position of the first grant with `value` as a part of it; malformed ones are passed over."""
    for position, grant in enumerate(grants):
        with suppress(AttributeError):
            if part(grant) == value:
                return position
    return 0


def item_name(item: Any) -> str:
    """Return the id of an item as far as it has one, to be found again in the application."""
    if isinstance(item, Grant):
        parts = (getattr(item.entitlement, "id", ""), getattr(item.principal, "id", item.principal))
        text = item.id or " to ".join(str(part) for part in parts if part)
    else:
        item_id = getattr(item, "id", "")
        text = f"{item_id.resource_type}:{item_id.resource}" if isinstance(item_id, ResourceId) else item_id
    return str(text)[:LONGEST_SHOWN] if isinstance(text, str) else ""


def can_problem(can: object) -> str:
    """Describe what is wrong with the capabilities that a type declares; empty if nothing is."""
    if can is None:
        return ""
    if not isinstance(can, (frozenset, set, list, tuple)):
        return f"can: a frozenset of Can is needed, not {class_name(can)}"
    unknown = [capability for capability in can if capability not in tuple(Can)]
    return f"can: {unknown[0]!r} is not one of {', '.join(f'Can.{can.name}' for can in Can)}" if unknown else ""


def class_name(value: object) -> str:
    """Return the name of a value's class, in words for None. The value itself may be a secret."""
    return "nothing" if value is None else type(value).__name__


def id_problem(resource_id: object) -> str:
    """Describe the problem of a resource's id."""
    if not isinstance(resource_id, ResourceId):
        return f"its id is {class_name(resource_id)}, not a ResourceId"
    for field, value in (("resource_type", resource_id.resource_type), ("resource", resource_id.resource)):
        if not isinstance(value, str):
            return f"the {field} of its id is {class_name(value)}, not str"
    return "its id is empty: a ResourceId has the id of the type and that of the resource"


def is_text(value: Any) -> bool:
    """Return whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value)
