"""Annotations: typed messages that a resource type, resource, entitlement or grant carries beside its fields.

`Annotation.of` takes the name of a message and its fields as plain values; the host checks both against the messages
that it knows when it writes the object, and names the object in its error. There is a method for each common message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from .enums import Trait
from .errors import ConfigError

__all__ = ["Annotation", "ExternalResourceMatch", "ExternalResourceMatchAll", "ExternalResourceMatchID"]

PACKAGE = "c1.connector.v2."


NOT_REPORTED = "not_reported"
"""The key of `Annotation.not_reported` in the metadata of a grant."""


class Annotation(Struct, frozen=True):
    """A typed message on an object, which the host stores and shows.

    `type_name` is the full protobuf name (`c1.connector.v2.ExternalLink`). The message is either `value`, its
    serialised bytes, or `content`, its fields as JSON text; `Annotation.of` makes the latter.
    """

    type_name: str
    value: bytes = b""
    content: str = ""

    @classmethod
    def of(cls, name: str, fields: Mapping[str, Any] | None = None) -> Annotation:
        """Return the annotation `name` with these fields: `Annotation.of("ExternalLink", {"url": "https://..."})`.

        A name without a dot is one of `c1.connector.v2`. Field names are those of the message (`order`, `is_default`);
        times are `datetime`, enums their names, bytes `bytes`. Raises ConfigError for a value that is not JSON.
        """
        full_name = name if "." in name or "/" in name else PACKAGE + name
        try:
            content = msgspec.json.encode(dict(fields or {}), order="deterministic").decode()
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"annotation {name}: a field cannot be written as JSON: {error}",
                hint="Use texts, numbers, booleans, times, bytes, lists and mappings.",
            ) from error
        return cls(full_name, b"", content)

    @classmethod
    def external_link(cls, url: str) -> Annotation:
        """Return a link to the object in the application."""
        return cls.of("ExternalLink", {"url": url})

    @classmethod
    def exclusion_group(
        cls, group_id: str, *, order: int = 0, is_default: bool = False, scope_to_resource: bool = False
    ) -> Annotation:
        """Return, for an entitlement, a group of entitlements of which a principal may hold one at a time."""
        fields = {
            "exclusion_group_id": group_id,
            "order": order,
            "is_default": is_default,
            "scope_to_resource": scope_to_resource,
        }
        return cls.of("EntitlementExclusionGroup", fields)

    @classmethod
    def entitlement_immutable(cls, source_id: str = "", metadata: Mapping[str, Any] | None = None) -> Annotation:
        """Return, for an entitlement, the mark that it cannot be granted or revoked."""
        return cls.of("EntitlementImmutable", _with_metadata({"source_id": source_id}, metadata))

    @classmethod
    def grant_immutable(cls, source_id: str = "", metadata: Mapping[str, Any] | None = None) -> Annotation:
        """Return, for a grant, the mark that it cannot be revoked."""
        return cls.of("GrantImmutable", _with_metadata({"source_id": source_id}, metadata))

    @classmethod
    def grant_metadata(cls, metadata: Mapping[str, Any]) -> Annotation:
        """Return, for a grant, a JSON object of the connector's own."""
        return cls.of("GrantMetadata", _with_metadata({}, metadata))

    @classmethod
    def not_reported(cls, field: str) -> Annotation:
        """Return, for a grant, the mark that the application did not report a field of it, such as the role.

        Commands show it beside the grant. It is a GrantMetadata, which other readers of the file know, too.
        """
        return cls.grant_metadata({NOT_REPORTED: field})

    @classmethod
    def aliases(cls, *ids: str) -> Annotation:
        """Return other ids of the same object."""
        return cls.of("Aliases", {"ids": list(ids)})

    @classmethod
    def raw_id(cls, raw_id: str) -> Annotation:
        """Return the id that the application itself uses."""
        return cls.of("RawId", {"id": raw_id})

    @classmethod
    def v1_identifier(cls, identifier: str) -> Annotation:
        """Return the id that an earlier connector gave the object."""
        return cls.of("V1Identifier", {"id": identifier})

    @classmethod
    def opt_in_required(cls) -> Annotation:
        """Return, for a resource type, the mark that it is synced only on request."""
        return cls.of("OptInRequired")

    @classmethod
    def deprecated(cls) -> Annotation:
        """Return, for a resource type, the mark that it is deprecated."""
        return cls.of("Deprecated")

    @classmethod
    def skip_sync_anomaly_detection(cls) -> Annotation:
        """Return, for a resource type, the mark that large changes between syncs are normal."""
        return cls.of("SkipSyncAnomalyDetection")

    @classmethod
    def permissions(cls, *names: str) -> Annotation:
        """Return, for a resource type, the permissions that the connector needs in the application."""
        return cls.of("CapabilityPermissions", {"permissions": [{"permission": name} for name in names]})


def _with_metadata(fields: dict[str, Any], metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**fields, "metadata": dict(metadata)} if metadata is not None else fields


class ExternalResourceMatch(Struct, frozen=True):
    """A match of the principals of another system that have this trait and `value` at `key` of their profile."""

    resource_type: Trait
    key: str
    value: str


class ExternalResourceMatchAll(Struct, frozen=True):
    """A match of all principals of another system with this trait."""

    resource_type: Trait


class ExternalResourceMatchID(Struct, frozen=True):
    """A match of the principal of another system with this id."""

    id: str
