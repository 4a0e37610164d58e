"""Encoding of model values into the bytes that files hold, equal to Go's deterministic form of the same message.

The defaults of the Go connector library apply: a user trait without status is written as its resource's status or
else as enabled, without account type as human; a status or creation time that only a trait has is written to the
resource, too; an entitlement without display name gets its slug.

A value of a wrong type raises TypeError, one that cannot be written ValueError; the message names the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..model import (
    AccountType,
    Annotation,
    AppFlag,
    AppTrait,
    CreationSource,
    CredentialType,
    Email,
    Entitlement,
    EntitlementRef,
    ExternalId,
    ExternalResourceMatch,
    ExternalResourceMatchAll,
    ExternalResourceMatchID,
    GrantExpandable,
    GroupTrait,
    NonHumanIdentityTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    RoleScopeConditions,
    RoleTrait,
    SecretTrait,
    Status,
    StructuredName,
    Trait,
    UserTrait,
)
from ..traits import TRAIT_CLASSES
from .annotations.annotation_check import packed_problem
from .field_values import checked_flag, enum_field, enum_number, require_type, switch_field, time_field
from .google_values import struct, timestamp
from .services.raw_objects import RawEntitlement, RawResource, RawResourceType
from .wire_format import block, items, text, texts, utf8

__all__ = [
    "annotation",
    "entitlement",
    "entitlement_ref",
    "expandable",
    "external_match",
    "resource",
    "resource_id",
    "resource_type",
]

T = TypeVar("T")
PACKAGE = "c1.connector.v2."
URL = "type.googleapis.com/"


# ----------------------------------------------------------------------------------------------- stored objects


def resource_type(value: ResourceType) -> bytes:
    """Encode a `ResourceType` message. What the connector `can` do is not part of it."""
    require_type(value, ResourceType, "resource type")
    if isinstance(value, RawResourceType):
        return value.raw
    traits = b"".join(
        enum_number(trait, Trait, f"traits[{n}]") for n, trait in enumerate(items(value.traits, "traits"))
    )
    return b"".join(
        (
            text(b"\x0a", value.id, "id"),
            text(b"\x12", value.display_name, "display_name"),
            block(b"\x1a", traits) if traits else b"",
            SKIP_BOTH if checked_flag(value.skip_entitlements_and_grants, "skip_entitlements_and_grants") else b"",
            SKIP_ENTITLEMENTS if checked_flag(value.skip_entitlements, "skip_entitlements") else b"",
            ENTITLEMENTS_BY_TYPE if checked_flag(value.entitlements_by_type, "entitlements_by_type") else b"",
            GRANTS_BY_TYPE if checked_flag(value.grants_by_type, "grants_by_type") else b"",
            carried(value.annotations),
            text(b"\x2a", value.description, "description"),
            b"\x30\x01" if checked_flag(value.sourced_externally, "sourced_externally") else b"",
        )
    )


def resource(value: Resource) -> bytes:
    """Encode a `Resource` message; its annotations in the order of Go: child types, skips, traits, the others."""
    require_type(value, Resource, "resource")
    if isinstance(value, RawResource):
        return value.raw
    traits = items(value.traits, "traits")
    state, created = value.status, value.created_at
    for trait in traits:
        if state is None and isinstance(trait, UserTrait):
            state = ENABLED if trait.status is None else trait.status
        elif created is None and isinstance(trait, SecretTrait):
            created = trait.created_at
    children = items(value.child_types, "child_types")
    icon = text(b"\x0a", value.icon, "icon")
    return b"".join(
        (
            block(b"\x0a", resource_id(value.id, "id")),
            block(b"\x12", resource_id(value.parent, "parent")) if value.parent is not None else b"",
            text(b"\x1a", value.display_name, "display_name"),
            *[_child(name, f"child_types[{n}]") for n, name in enumerate(children)],
            SKIP_BOTH if checked_flag(value.skip_entitlements_and_grants, "skip_entitlements_and_grants") else b"",
            SKIP_ENTITLEMENTS if checked_flag(value.skip_entitlements, "skip_entitlements") else b"",
            SKIP_GRANTS if checked_flag(value.skip_grants, "skip_grants") else b"",
            *[_trait(trait, state, f"traits[{n}]") for n, trait in enumerate(traits)],
            carried(value.annotations),
            text(b"\x2a", value.description, "description"),
            b"\x30\x01" if checked_flag(value.baton_resource, "baton_resource") else b"",
            block(b"\x3a", _external_id(value.external_id)) if value.external_id is not None else b"",
            enum_field(b"\x40", value.creation_source, CreationSource, "creation_source"),
            block(b"\x4a", struct(value.profile, "profile")) if value.profile is not None else b"",
            block(b"\x52", icon) if icon else b"",
            block(b"\x5a", _status(state, "status")) if state is not None else b"",
            block(b"\x62", timestamp(created, "created_at")) if created is not None else b"",
        )
    )


def entitlement(value: Entitlement, types: Mapping[str, ResourceType], *, is_template: bool = False) -> bytes:
    """Encode an `Entitlement` message. A template may have no display name: that of each resource is to come."""
    require_type(value, Entitlement, "entitlement")
    if isinstance(value, RawEntitlement):
        return value.raw
    parts = [
        block(b"\x0a", resource(value.resource)),
        text(b"\x12", value.id, "id"),
        text(b"\x1a", value.display_name or ("" if is_template else value.slug), "display_name"),
        text(b"\x22", value.description, "description"),
    ]
    for n, grantable_type in enumerate(items(value.grantable_to, "grantable_to")):
        if isinstance(grantable_type, str):
            grantable_type = types.get(grantable_type) or ResourceType(grantable_type)  # noqa: PLW2901 - the type instead of its id
        require_type(grantable_type, ResourceType, f"grantable_to[{n}]")
        parts.append(block(b"\x2a", resource_type(grantable_type)))
    parts.append(carried(value.annotations, b"\x32"))
    parts.append(enum_field(b"\x38", value.purpose, Purpose, "purpose"))
    parts.append(text(b"\x42", value.slug, "slug"))
    return b"".join(parts)


def entitlement_ref(value: Entitlement | EntitlementRef) -> bytes:
    """Encode the `Entitlement` inside a connector's grant: only the id and the whole resource."""
    require_type(value, (Entitlement, EntitlementRef), "entitlement")
    require_type(value.slug, str, "entitlement.slug")
    return block(b"\x0a", resource(value.resource)) + text(b"\x12", value.id, "entitlement.id")


def resource_id(value: ResourceId, field: str = "id") -> bytes:
    """Encode a `ResourceId` message."""
    require_type(value, ResourceId, field)
    try:
        return text(b"\x0a", value.resource_type, "resource_type") + text(b"\x12", value.resource, "resource")
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field}.{error}") from None


def expandable(value: GrantExpandable) -> bytes:
    """Encode a `GrantExpandable` message, the contents of the expansion column."""
    require_type(value, GrantExpandable, "expandable")
    return b"".join(
        (
            texts(b"\x0a", value.entitlement_ids, "expandable.entitlement_ids"),
            b"\x10\x01" if checked_flag(value.shallow, "expandable.shallow") else b"",
            texts(b"\x1a", value.resource_type_ids, "expandable.resource_type_ids"),
        )
    )


# ----------------------------------------------------------------------------------------------- annotations


def packed(name: str, payload: bytes = b"", tag: bytes = b"\x22") -> bytes:
    """Encode a field that holds a message as a `google.protobuf.Any`.

    Annotations are field 4 (the default tag) except on entitlements, where they are field 6.
    """
    url = utf8(name if "/" in name else URL + name, "type_name")
    return block(tag, block(b"\x0a", url) + (block(b"\x12", payload) if payload else b""))


def annotation(value: Annotation, field: str, tag: bytes = b"\x22") -> bytes:
    """Encode an annotation that is carried through unchanged. ValueError when its bytes are no message of its type."""
    require_type(value, Annotation, field)
    if not utf8(value.type_name, f"{field}.type_name"):
        raise ValueError(f"{field}: an annotation needs a type_name")
    if value.content or not isinstance(value.value, bytes):
        from .annotations.annotation_encoding import annotation_payload  # noqa: PLC0415 - protobuf, which most connectors never need

        return packed(value.type_name, annotation_payload(value, field), tag)
    if value.value and (problem := packed_problem(value.type_name, value.value)):
        raise ValueError(f"{field}: its value is no serialised {value.type_name.rpartition('.')[2]} ({problem})")
    return packed(value.type_name, value.value, tag)


def carried(values: Any, tag: bytes = b"\x22") -> bytes:
    """Encode annotations that are carried through unchanged, in their order."""
    if not items(values, "annotations"):
        return b""
    return b"".join(annotation(value, f"annotations[{n}]", tag) for n, value in enumerate(values))


def external_match(value: ExternalResourceMatch | ExternalResourceMatchAll | ExternalResourceMatchID) -> bytes:
    """Encode the annotation field of a grant whose principal is to be found in another system."""
    if isinstance(value, ExternalResourceMatch):
        payload = (
            enum_field(b"\x08", value.resource_type, Trait, "match.resource_type")
            + text(b"\x12", value.key, "match.key")
            + text(b"\x1a", value.value, "match.value")
        )
    elif isinstance(value, ExternalResourceMatchAll):
        payload = enum_field(b"\x08", value.resource_type, Trait, "match.resource_type")
    elif isinstance(value, ExternalResourceMatchID):
        payload = text(b"\x0a", value.id, "match.id")
    else:
        raise TypeError(f"match: an ExternalResourceMatch... is needed, not {type(value).__name__}")
    return packed(PACKAGE + type(value).__name__, payload)


SKIP_BOTH = packed(f"{PACKAGE}SkipEntitlementsAndGrants")
SKIP_ENTITLEMENTS = packed(f"{PACKAGE}SkipEntitlements")
SKIP_GRANTS = packed(f"{PACKAGE}SkipGrants")
ENTITLEMENTS_BY_TYPE = packed(f"{PACKAGE}TypeScopedEntitlements")
GRANTS_BY_TYPE = packed(f"{PACKAGE}TypeScopedGrants")


def _child(name: str, field: str) -> bytes:
    return packed(f"{PACKAGE}ChildResourceType", text(b"\x0a", name, field))


# ----------------------------------------------------------------------------------------------- traits


def _trait(value: Any, state: Status | None, field: str) -> bytes:
    write = TRAITS.get(type(value))
    if write is None:
        raise TypeError(f"{field}: a UserTrait, GroupTrait, ... is needed, not {type(value).__name__}")
    try:
        return packed(PACKAGE + type(value).__name__, write(value, state))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field}.{error}") from None


def _user(value: UserTrait, state: Status | None) -> bytes:
    account_type = value.account_type
    if account_type is AccountType.UNSPECIFIED:
        account_type = AccountType.HUMAN
    emails = [_email(item, n) for n, item in enumerate(items(value.emails, "emails"))]
    status = state if value.status is None else value.status
    name = value.structured_name
    return b"".join(
        (
            *emails,
            block(b"\x12", _status(status, "status")),
            enum_field(b"\x28", account_type, AccountType, "account_type"),
            text(b"\x32", value.login, "login"),
            texts(b"\x3a", value.login_aliases, "login_aliases"),
            time_field(b"\x4a", value.last_login, "last_login"),
            switch_field(b"\x52", value.mfa_enabled, "mfa_enabled"),
            switch_field(b"\x5a", value.sso_enabled, "sso_enabled"),
            block(b"\x62", _name(name)) if name is not None else b"",
            texts(b"\x6a", value.employee_ids, "employee_ids"),
        )
    )


def _email(value: Email, number: int) -> bytes:
    try:
        require_type(value, Email, "it")
        primary = b"\x10\x01" if checked_flag(value.is_primary, "is_primary") else b""
        return block(b"\x0a", text(b"\x0a", value.address, "address") + primary)
    except (TypeError, ValueError) as error:
        raise type(error)(f"emails[{number}].{error}".replace(".it:", ":")) from None


def _name(value: StructuredName) -> bytes:
    require_type(value, StructuredName, "structured_name")
    return b"".join(
        (
            text(b"\x0a", value.given_name, "structured_name.given_name"),
            text(b"\x12", value.family_name, "structured_name.family_name"),
            texts(b"\x1a", value.middle_names, "structured_name.middle_names"),
            text(b"\x22", value.prefix, "structured_name.prefix"),
            text(b"\x2a", value.suffix, "structured_name.suffix"),
        )
    )


def _group(value: GroupTrait, _state: Status | None) -> bytes:
    return text(b"\x1a", value.group_source_type, "group_source_type") + text(
        b"\x22", value.raw_group_source_type, "raw_group_source_type"
    )


def _role(value: RoleTrait, _state: Status | None) -> bytes:
    conditions = value.scope_conditions
    if conditions is None:
        return b""
    require_type(conditions, RoleScopeConditions, "scope_conditions")
    expressions = items(conditions.expressions, "scope_conditions.expressions")
    return block(
        b"\x12",
        text(b"\x0a", conditions.type, "scope_conditions.type")
        + b"".join(
            block(b"\x1a", text(b"\x0a", expression, f"scope_conditions.expressions[{n}]"))
            for n, expression in enumerate(expressions)
        ),
    )


def _app(value: AppTrait, _state: Status | None) -> bytes:
    flags = b"".join(enum_number(flag, AppFlag, f"flags[{n}]") for n, flag in enumerate(items(value.flags, "flags")))
    logo = text(b"\x0a", value.logo, "logo")
    return (
        text(b"\x0a", value.help_url, "help_url")
        + (block(b"\x1a", logo) if logo else b"")
        + (block(b"\x2a", flags) if flags else b"")
        + text(b"\x32", value.app_source_type, "app_source_type")
        + text(b"\x3a", value.raw_app_source_type, "raw_app_source_type")
    )


def _external_id(value: ExternalId) -> bytes:
    require_type(value, ExternalId, "external_id")
    return (
        text(b"\x0a", value.id, "external_id.id")
        + text(b"\x12", value.link, "external_id.link")
        + text(b"\x1a", value.description, "external_id.description")
    )


def _other_trait(value: Any, _state: Status | None) -> bytes:
    from .trait_messages import encode_trait  # noqa: PLC0415 - protobuf, which most connectors never need

    return encode_trait(value)


def _secret(value: SecretTrait, _state: Status | None) -> bytes:
    creator, identity = value.created_by, value.identity
    return b"".join(
        (
            time_field(b"\x12", value.created_at, "created_at"),
            time_field(b"\x1a", value.expires_at, "expires_at"),
            time_field(b"\x22", value.last_used_at, "last_used_at"),
            block(b"\x2a", resource_id(creator, "created_by")) if creator is not None else b"",
            block(b"\x32", resource_id(identity, "identity")) if identity is not None else b"",
            enum_field(b"\x38", value.credential_type, CredentialType, "credential_type"),
            text(b"\x42", value.credential_detail, "credential_detail"),
        )
    )


TRAITS: dict[type, Callable[[Any, Status | None], bytes]] = {
    UserTrait: _user,
    GroupTrait: _group,
    RoleTrait: _role,
    AppTrait: _app,
    SecretTrait: _secret,
}
TRAITS |= {trait: _other_trait for trait in (*TRAIT_CLASSES.values(), NonHumanIdentityTrait) if trait not in TRAITS}
ENABLED = Status(ResourceStatus.ENABLED)


# ----------------------------------------------------------------------------------------------- parts


def _status(value: Any, field: str) -> bytes:
    require_type(value, Status, field)
    try:
        return enum_field(b"\x08", value.status, ResourceStatus, "status") + text(b"\x12", value.details, "details")
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field}.{error}") from None
