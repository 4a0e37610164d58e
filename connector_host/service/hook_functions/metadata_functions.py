"""The description of a connector with its capabilities, the check of its session, and the end of a sync."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from ...credentials import AccountField, AccountFieldType, AccountSchema
from ...wire.pb.c1.connector.v2 import connector_pb2 as pb
from .hook_source import HookSource

__all__ = ["metadata_functions"]

PROTOCOL = "v0.25.0"
"""The version of the Go SDK whose protocol is spoken."""


def metadata_functions(source: HookSource) -> dict[str, Callable[[Any], Message]]:
    """Return the functions of `ConnectorService`."""

    def get_metadata(_request: Message) -> Message:
        return pb.ConnectorServiceGetMetadataResponse(metadata=_metadata(source))

    def validate(_request: Message) -> Message:
        source.call("check_session", "the session", source.connector.check_session)
        return pb.ConnectorServiceValidateResponse(sdk_version=PROTOCOL)

    def clean_up(_request: Message) -> Message:
        return pb.ConnectorServiceCleanupResponse()

    return {
        "ConnectorService/GetMetadata": get_metadata,
        "ConnectorService/Validate": validate,
        "ConnectorService/Cleanup": clean_up,
    }


def _metadata(source: HookSource) -> pb.ConnectorMetadata:
    connector = source.connector
    info = connector.info
    metadata = pb.ConnectorMetadata(
        display_name=info.display_name or connector.name, help_url=info.docs_url, description=info.summary
    )
    if info.icon:
        metadata.icon.id = info.icon
    if info.logo:
        metadata.logo.id = info.logo
    if info.profile:
        json_format.ParseDict(dict(info.profile), metadata.profile)
    types = tuple(source.types().values())
    described = source.call(
        "list_resource_types", "everything", lambda s: source.descriptions.capabilities(connector, types, s)
    )
    described.pop("@type", None)
    json_format.ParseDict(described, metadata.capabilities, ignore_unknown_fields=True)
    if "account_schema" in connector.hooks:
        schema = source.call("account_schema", "everything", connector.account_schema)
        if schema is not None:
            metadata.account_creation_schema.CopyFrom(_account_schema(schema))
    return metadata


def _account_schema(schema: AccountSchema) -> pb.ConnectorAccountCreationSchema:
    message = pb.ConnectorAccountCreationSchema()
    for field in schema.fields:
        message.field_map[field.name].CopyFrom(_account_field(field))
    return message


def _account_field(field: AccountField) -> pb.ConnectorAccountCreationSchema.Field:
    message = pb.ConnectorAccountCreationSchema.Field(
        display_name=field.label,
        required=field.required,
        description=field.description,
        placeholder=field.placeholder,
        order=field.order,
        deprecated=field.deprecated,
    )
    match field.type:
        case AccountFieldType.BOOL:
            typed: Any = message.bool_field
        case AccountFieldType.INT:
            typed = message.int_field
        case AccountFieldType.STRINGS:
            typed = message.string_list_field
        case AccountFieldType.MAP:
            typed = message.map_field
        case _:
            typed = message.string_field
    typed.SetInParent()
    if field.default is not None and not field.secret:
        if field.type is AccountFieldType.STRINGS:
            typed.default_value.extend(field.default)
        elif field.type is not AccountFieldType.MAP:
            typed.default_value = field.default
    return message
