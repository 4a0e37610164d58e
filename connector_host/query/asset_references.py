"""The images that the resources of a sync refer to: icons, and logos of applications."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..c1z.types import View
from ..model import Resource, ResourceId
from ..traits import AppTrait
from ..wire import decode

__all__ = ["AssetReference", "asset_references", "references_of"]


class AssetReference(Struct, frozen=True):
    """One reference to an image: its id, its use (`icon` or `logo`), and the resource that has it."""

    asset_id: str
    use: str
    resource: ResourceId


def references_of(resource: Resource) -> list[AssetReference]:
    """Return the images of one resource: its icon first."""
    references = [AssetReference(resource.icon, "icon", resource.id)] if resource.icon else []
    references += [
        AssetReference(trait.logo, "logo", resource.id)
        for trait in resource.traits
        if isinstance(trait, AppTrait) and trait.logo
    ]
    return references


def asset_references(view: View) -> Iterator[AssetReference]:
    """Yield the images of all resources of a sync, in its order."""
    for row in view.resources():
        yield from references_of(decode.resource(row.data))
