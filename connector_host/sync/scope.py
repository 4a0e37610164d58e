"""What a sync leaves out when it is told to."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from ..errors import ConfigError

__all__ = ["Scope", "UnknownType"]


class UnknownType(ConfigError):
    """A resource type was asked for that the connector does not have."""


class Scope(Struct, frozen=True):
    """Resource types (none named: all of them), and whether only resources are listed."""

    resource_types: frozenset[str] = frozenset()
    resources_only: bool = False

    def __contains__(self, resource_type: str) -> bool:
        """Whether a resource type is to be stored."""
        return not self.resource_types or resource_type in self.resource_types

    @property
    def sync_type(self) -> str:
        """The type of the sync as the reference names it (c1z-and-sync.md 4.1)."""
        return "resources_only" if self.resources_only else "full"

    def check(self, listed: Collection[str]) -> None:
        """Raise UnknownType unless every type named is among those the connector listed."""
        if unknown := sorted(self.resource_types.difference(listed)):
            raise UnknownType(
                f"--sync-resource-types: invalid resource type {unknown[0]!r} in filter",
                hint=f"The connector has {', '.join(sorted(listed)) or 'none'}.",
            )
