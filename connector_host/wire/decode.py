"""Decoding of stored bytes into model values.

Files of other writers are taken as they are: what the model has no word for is left out (unknown fields, enum
numbers of later versions) or carried as an `Annotation`. What older writers kept on traits (profile, icon, status,
creation time) is found there when the resource itself has none. Bytes that are no message raise FileError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf import any_pb2

from ..model import (
    Annotation,
    CreationSource,
    Entitlement,
    EntitlementRef,
    External,
    ExternalId,
    ExternalResourceMatch,
    ExternalResourceMatchAll,
    ExternalResourceMatchID,
    Grant,
    GrantExpandable,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Trait,
    entitlement_id,
)
from . import decode_traits, stored_grants
from .damage import damaged
from .decode_values import member, moment, plain, resource_id, state
from .parsing import Memo, parse
from .pb.c1.connector.v2 import annotations_pb2, objects_pb2

__all__ = ["entitlement", "expandable", "grant", "resource", "resource_type"]

PACKAGE = "c1.connector.v2."
URL = "type.googleapis.com/"
EXPANDABLE = f"{PACKAGE}GrantExpandable"
SKIP_BOTH = f"{PACKAGE}SkipEntitlementsAndGrants"
SKIP_ENTITLEMENTS = f"{PACKAGE}SkipEntitlements"
SKIP_GRANTS = f"{PACKAGE}SkipGrants"
ENTITLEMENTS_BY_TYPE = f"{PACKAGE}TypeScopedEntitlements"
GRANTS_BY_TYPE = f"{PACKAGE}TypeScopedGrants"
MOST_SOURCES = 10_000  # of one expansion; connectors name one or a few
TYPE_MARKS = (SKIP_BOTH, SKIP_ENTITLEMENTS, ENTITLEMENTS_BY_TYPE, GRANTS_BY_TYPE)


# ----------------------------------------------------------------------------------------------- stored objects


def resource_type(data: bytes) -> ResourceType:
    """Decode a stored resource type."""
    return _resource_type(parse(objects_pb2.ResourceType, data, "resource type"))


def resource(data: bytes) -> Resource:
    """Decode a stored resource."""
    return _resource(parse(objects_pb2.Resource, data, "resource"))


def entitlement(data: bytes) -> Entitlement:
    """Decode a stored entitlement, with its resource and the types it can be granted to."""
    return _entitlement(parse(objects_pb2.Entitlement, data, "entitlement"))


def expandable(data: bytes) -> GrantExpandable:
    """Decode the contents of an expansion column."""
    message = parse(annotations_pb2.GrantExpandable, data, "expansion")
    if len(message.entitlement_ids) > MOST_SOURCES or len(message.resource_type_ids) > MOST_SOURCES:
        raise damaged("expansion", f"it names more than {MOST_SOURCES:,} entitlements or resource types")
    return GrantExpandable(tuple(message.entitlement_ids), message.shallow, tuple(message.resource_type_ids))


def grant(data: bytes, expansion: bytes | None = None, columns: Sequence[str] | None = None) -> Grant:
    """Decode a stored grant.

    `expansion` is its column; without it, an expansion that an old file has in the message itself is used. `columns`
    are the first five of its row (resource type, resource, entitlement, principal type, principal): they stand for
    the entitlement and principal of rows that were stored without.
    """
    entitlement_data, principal_data, raw_id, raw_annotations, origin = stored_grants.split(data)
    granted = _held(entitlement_data) if entitlement_data is not None else _entitlement_of(columns)
    principal: ResourceId | Resource | External = (
        _holder(principal_data) if principal_data is not None else _principal_of(columns)
    )
    expands = expandable(expansion) if expansion is not None else None
    carried = []
    for raw in raw_annotations:
        item = parse(any_pb2.Any, raw, "annotation")
        name = _name(item)
        if name == EXPANDABLE:
            expands = expands or expandable(item.value)
        elif name in MATCHES and isinstance(principal, ResourceId):
            principal = External(principal, _match(name, item.value))
        else:
            carried.append(_annotation(item))
    try:
        grant_id = raw_id.decode()
    except UnicodeDecodeError as error:
        raise damaged("grant", error) from None
    return Grant(granted, principal, expands, grant_id, tuple(carried), stored_grants.read_sources(origin) or None)


# ----------------------------------------------------------------------------------------------- from messages


def _resource_type(message: Any) -> ResourceType:
    marks, carried = set(), []
    for item in message.annotations:
        name = _name(item)
        if name in TYPE_MARKS:
            marks.add(name)
        else:
            carried.append(_annotation(item))
    return ResourceType(
        message.id,
        message.display_name,
        tuple(Trait(number) for number in message.traits if number in KNOWN_TRAITS),
        message.description,
        skip_entitlements_and_grants=SKIP_BOTH in marks,
        skip_entitlements=SKIP_ENTITLEMENTS in marks,
        annotations=tuple(carried),
        sourced_externally=message.sourced_externally,
        entitlements_by_type=ENTITLEMENTS_BY_TYPE in marks,
        grants_by_type=GRANTS_BY_TYPE in marks,
    )


def _resource(message: Any) -> Resource:
    traits, children, carried = [], [], []
    skips: set[str] = set()
    trait_messages: dict[str, Any] = {}
    for item in message.annotations:
        name = _name(item)
        trait_reader = decode_traits.TRAITS.get(name)
        if trait_reader is not None:
            trait_messages[name] = parse(trait_reader[0], item.value, name)
            traits.append(trait_reader[1](trait_messages[name]))
        elif name == f"{PACKAGE}ChildResourceType":
            children.append(parse(annotations_pb2.ChildResourceType, item.value, name).resource_type_id)
        elif name in (SKIP_BOTH, SKIP_ENTITLEMENTS, SKIP_GRANTS):
            skips.add(name)
        else:
            carried.append(_annotation(item))
    return Resource(
        resource_id(message.id),
        message.display_name,
        resource_id(message.parent_resource_id) if message.HasField("parent_resource_id") else None,
        message.description,
        tuple(traits),
        tuple(children),
        plain(message.profile) if message.HasField("profile") else decode_traits.profile(trait_messages),
        state(message.status) if message.HasField("status") else decode_traits.status(trait_messages),
        message.icon.id or decode_traits.icon(trait_messages),
        moment(message, "created_at") or decode_traits.created_at(trait_messages),
        skip_entitlements_and_grants=SKIP_BOTH in skips,
        skip_entitlements=SKIP_ENTITLEMENTS in skips,
        skip_grants=SKIP_GRANTS in skips,
        annotations=tuple(carried),
        creation_source=member(CreationSource, message.creation_source),
        external_id=_external_id(message.external_id) if message.HasField("external_id") else None,
        baton_resource=message.baton_resource,
    )


def _external_id(message: Any) -> ExternalId:
    return ExternalId(message.id, message.link, message.description)


def _entitlement(message: Any) -> Entitlement:
    return Entitlement(
        _resource(message.resource),
        message.slug,
        member(Purpose, message.purpose),
        message.display_name,
        message.description,
        tuple(_resource_type(grantable_type) for grantable_type in message.grantable_to),
        message.id,
        tuple(_annotation(item) for item in message.annotations),
    )


def _held_entitlement(part: bytes) -> Entitlement | EntitlementRef:
    """Return the entitlement in a grant; those of connectors have only the id and the resource."""
    message = parse(objects_pb2.Entitlement, part, "grant")
    if any(field.number > 2 for field, _ in message.ListFields()):
        return _entitlement(message)
    on = _resource(message.resource)
    return EntitlementRef(on, _slug(message.id, on.id), message.id)


def _holding_principal(part: bytes) -> ResourceId | Resource:
    """Return the principal in a grant; usually only its id."""
    message = parse(objects_pb2.Resource, part, "grant")
    if any(field.number > 1 for field, _ in message.ListFields()):
        return _resource(message)
    return resource_id(message.id)


_held = Memo(_held_entitlement)
_holder = Memo(_holding_principal)


# ----------------------------------------------------------------------------------------------- from columns


def _entitlement_of(columns: Sequence[str] | None) -> EntitlementRef:
    on, name = (ResourceId(columns[0], columns[1]), columns[2]) if columns else (ResourceId("", ""), "")
    return EntitlementRef(Resource(on), _slug(name, on), name)


def _principal_of(columns: Sequence[str] | None) -> ResourceId:
    return ResourceId(columns[3], columns[4]) if columns else ResourceId("", "")


def _slug(name: str, on: ResourceId) -> str:
    """Return the last part of an entitlement's id, when the id is made in the usual way; else the whole."""
    prefix = entitlement_id(on, "")
    return name[len(prefix) :] if name.startswith(prefix) else name


# ----------------------------------------------------------------------------------------------- annotations


def _name(item: Any) -> str:
    return str(item.type_url.rpartition("/")[2])


def _annotation(item: Any) -> Annotation:
    url = item.type_url
    name = url[len(URL) :]
    usual = url == URL + name and "/" not in name
    return Annotation(name if usual else url, item.value)


def _match(name: str, value: bytes) -> ExternalResourceMatch | ExternalResourceMatchAll | ExternalResourceMatchID:
    message = parse(MATCHES[name], value, name)
    if name == f"{PACKAGE}ExternalResourceMatch":
        return ExternalResourceMatch(member(Trait, message.resource_type), message.key, message.value)
    if name == f"{PACKAGE}ExternalResourceMatchAll":
        return ExternalResourceMatchAll(member(Trait, message.resource_type))
    return ExternalResourceMatchID(message.id)


MATCHES: dict[str, Any] = {
    f"{PACKAGE}{message_type.DESCRIPTOR.name}": message_type
    for message_type in (
        annotations_pb2.ExternalResourceMatch,
        annotations_pb2.ExternalResourceMatchAll,
        annotations_pb2.ExternalResourceMatchID,
    )
}
KNOWN_TRAITS = frozenset(Trait)
