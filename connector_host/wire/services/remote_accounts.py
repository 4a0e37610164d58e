"""The accounts and credentials that a connector process can create, as its metadata describes them."""

from __future__ import annotations

from typing import Any

from ...credentials import (
    AccountField,
    AccountFieldType,
    AccountSchema,
    CredentialDetails,
    IssueOption,
    KeyProfile,
)
from ...enums import CredentialMode, CredentialOption
from ..decode_values import member
from ..pb.c1.connector.v2 import connector_pb2 as pb

__all__ = ["account_schema", "credential_details"]

TYPES = {
    "bool_field": AccountFieldType.BOOL,
    "int_field": AccountFieldType.INT,
    "string_list_field": AccountFieldType.STRINGS,
    "map_field": AccountFieldType.MAP,
}


def account_schema(metadata: pb.ConnectorMetadata) -> AccountSchema | None:
    """Return the fields of a new account; None if the process names none: any profile is passed on."""
    fields = metadata.account_creation_schema.field_map
    return AccountSchema(fields=tuple(_field(name, fields[name]) for name in sorted(fields))) if fields else None


def _field(name: str, message: pb.ConnectorAccountCreationSchema.Field) -> AccountField:
    word = message.WhichOneof("field") or "string_field"
    field_type = TYPES.get(word, AccountFieldType.STRING)
    return AccountField(
        name=name,
        type=field_type,
        display_name=message.display_name,
        description=message.description,
        required=message.required,
        placeholder=message.placeholder,
        default=_default(getattr(message, word), field_type),
        order=message.order,
        deprecated=message.deprecated,
    )


def _default(typed: Any, field_type: AccountFieldType) -> Any:
    if field_type is AccountFieldType.MAP:
        return None
    if field_type is AccountFieldType.STRINGS:
        return tuple(typed.default_value) or None
    return typed.default_value if typed.HasField("default_value") else None


def credential_details(metadata: pb.ConnectorMetadata) -> CredentialDetails:
    """Return the credentials that accounts can get; the preferred form first."""
    details = metadata.capabilities.credential_details
    return CredentialDetails(
        create_account=_options(details.capability_account_provisioning),
        rotate=_options(details.capability_credential_rotation),
        issue=tuple(
            _issue_option(entry.resource_type.id, option)
            for entry in metadata.capabilities.resource_type_capabilities
            for option in entry.credential_issue.options
        ),
    )


def _options(details: Any) -> tuple[CredentialOption, ...]:
    numbers = [details.preferred_credential_option, *details.supported_credential_options]
    options = [member(CredentialOption, number) for number in numbers if number]
    return tuple(dict.fromkeys(option for option in options if option is not CredentialOption.UNSPECIFIED))


def _issue_option(resource_type: str, message: pb.CredentialIssueOptionDescriptor) -> IssueOption:
    expiry = message.expiry if message.HasField("expiry") else None
    return IssueOption(
        resource_type=resource_type,
        option=member(CredentialOption, message.option),
        mode=member(CredentialMode, message.resource_mode),
        secret_type=message.secret_resource_type_id,
        key_profiles=tuple(
            KeyProfile(kty=profile.kty, bits=profile.rsa_modulus_bits, curve=profile.crv)
            for profile in message.key_profiles
        ),
        scopes=tuple(message.scopes),
        custom_scopes=message.custom_scopes_allowed,
        audiences=tuple(message.audiences),
        custom_audiences=message.custom_audiences_allowed,
        min_seconds=expiry.min.seconds if expiry is not None and expiry.HasField("min") else None,
        max_seconds=expiry.max.seconds if expiry is not None and expiry.HasField("max") else None,
    )
