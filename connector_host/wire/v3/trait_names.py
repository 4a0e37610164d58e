"""The traits of resource types and the purposes of entitlements by name, as records of format v3 have them."""

from __future__ import annotations

from ..pb.c1.connector.v2 import objects_pb2

__all__ = ["PURPOSES", "PURPOSE_NUMBERS", "TRAITS", "TRAIT_NUMBERS"]

TRAITS: dict[int, str] = {
    value.number: value.name.removeprefix("TRAIT_") for value in objects_pb2.ResourceType.Trait.DESCRIPTOR.values
}
"""Number -> name; 0 is UNSPECIFIED."""
TRAIT_NUMBERS = {name: number for number, name in TRAITS.items()}
PURPOSES: dict[int, str] = {
    value.number: value.name.removeprefix("PURPOSE_VALUE_") if value.number else ""
    for value in objects_pb2.Entitlement.PurposeValue.DESCRIPTOR.values
}
"""Number -> name; 0 has none."""
PURPOSE_NUMBERS = {name: number for number, name in PURPOSES.items()}
