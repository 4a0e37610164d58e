"""The scope of a sync: the parts of the application that it reads."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from ..errors import ConfigError
from ..model import ResourceId
from .targeted_resources import Target

__all__ = ["Scope", "UnknownType"]


class UnknownType(ConfigError):
    """The connector does not have a resource type that was specified."""


class Scope(Struct, frozen=True, kw_only=True):
    """Resource types (empty: all), single resources (empty: all), and the parts of them to read.

    Raises ConfigError for a combination that makes no sense.
    """

    resource_types: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = ()
    resources_only: bool = False
    skip_grants: bool = False
    without_grants: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        if self.skip_grants and not self.targets:
            raise ConfigError(
                "skip-grants can only be set within a targeted sync",
                hint="Name resources with --sync-resources, or use --skip-entitlements-and-grants.",
            )
        for target in self.targets:
            if target.id.resource_type not in self:
                raise ConfigError(
                    f"--sync-resources names {target.id}, whose type is not among --sync-resource-types",
                    hint="Name that type, too, or leave --sync-resource-types out.",
                )

    def __contains__(self, resource_type: str) -> bool:
        """Return whether a resource type is to be stored."""
        return not self.resource_types or resource_type in self.resource_types

    @property
    def sync_type(self) -> str:
        """The type of the sync as the Go SDK names it (docs/c1z-v1.md)."""
        if self.targets:
            return "partial"
        return "resources_only" if self.resources_only else "full"

    @property
    def grants(self) -> bool:
        """True when grants are read."""
        return not (self.resources_only or self.skip_grants or self.without_grants)

    @property
    def target_ids(self) -> frozenset[ResourceId]:
        """The resources named."""
        return frozenset(target.id for target in self.targets)

    def check(self, listed: Collection[str]) -> None:
        """Raise UnknownType unless every type named is among those the connector listed."""
        has = f"The connector has {', '.join(sorted(listed)) or 'none'}."
        if unknown := sorted(self.resource_types.difference(listed)):
            raise UnknownType(f"--sync-resource-types: invalid resource type {unknown[0]!r} in filter", hint=has)
        for target in self.targets:
            if target.id.resource_type not in listed:
                raise UnknownType(f"--sync-resources: {target.id} is of no type that the connector has", hint=has)
