"""The description that a connector process gives of itself: its name, its SDK, its capabilities by resource type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from ...credentials import AccountSchema, CredentialDetails
from ...errors import BadResponse
from ...model import Can, Identity
from ..pb.c1.connector.v2 import connector_pb2
from ..pb.c1.host.v1 import parts_pb2
from .remote_accounts import account_schema, credential_details

__all__ = ["ProcessDescription", "read_metadata", "sends_sync_id", "validated"]

CAPABILITIES = {
    connector_pb2.CAPABILITY_PROVISION: Can.GRANT,
    connector_pb2.CAPABILITY_ACCOUNT_PROVISIONING: Can.CREATE_ACCOUNT,
    connector_pb2.CAPABILITY_CREDENTIAL_ROTATION: Can.ROTATE_CREDENTIALS,
    connector_pb2.CAPABILITY_RESOURCE_CREATE: Can.CREATE,
    connector_pb2.CAPABILITY_RESOURCE_DELETE: Can.DELETE,
    connector_pb2.CAPABILITY_CREDENTIAL_ISSUE: Can.ISSUE_CREDENTIAL,
}
CAPABILITIES_TYPE = "type.googleapis.com/c1.connector.v2.ConnectorCapabilities"
FIRST_WITH_SYNC_ID = (0, 4, 3)
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(-\S+)?")


class ProcessDescription(NamedTuple):
    """The metadata of a process: its names, its ConnectorCapabilities as JSON, and from these what `can` be changed."""

    display_name: str = ""
    description: str = ""
    help_url: str = ""
    capabilities: Mapping[str, Any] = {}
    can: Mapping[str, frozenset[Can]] = {}
    account_schema: AccountSchema | None = None
    credentials: CredentialDetails = CredentialDetails()


def read_metadata(data: bytes) -> ProcessDescription:
    """Return the description in a `GetMetadata` answer."""
    try:
        metadata = connector_pb2.ConnectorServiceGetMetadataResponse.FromString(data).metadata
    except (DecodeError, ValueError) as error:
        raise BadResponse("the metadata of the connector process is not a valid message") from error
    can = {
        entry.resource_type.id: frozenset(CAPABILITIES[item] for item in entry.capabilities if item in CAPABILITIES)
        for entry in metadata.capabilities.resource_type_capabilities
    }
    capabilities = {"@type": CAPABILITIES_TYPE, **json_format.MessageToDict(metadata.capabilities)}
    return ProcessDescription(
        metadata.display_name,
        metadata.description,
        metadata.help_url,
        capabilities,
        can,
        account_schema(metadata),
        credential_details(metadata),
    )


def validated(data: bytes) -> tuple[str, Identity | None]:
    """Return the version of the SDK in a `Validate` answer, empty before 0.4.3, and the identity if it has one."""
    try:
        answer = connector_pb2.ConnectorServiceValidateResponse.FromString(data)
        identity = parts_pb2.ConnectorIdentity()
        if not any(item.Unpack(identity) for item in answer.annotations):
            return answer.sdk_version, None
    except (DecodeError, ValueError) as error:
        raise BadResponse("the answer to Validate is not a valid message") from error
    return answer.sdk_version, Identity(
        identity.account, identity.user, identity.plan, identity.mode, tuple(identity.limits), identity.source
    )


def sends_sync_id(sdk_version: str) -> bool:
    """Return True if processes of this SDK version want the id of the sync in each request."""
    match = VERSION.fullmatch(sdk_version)
    if match is None:
        return False
    numbers = int(match[1]), int(match[2]), int(match[3])
    return numbers > FIRST_WITH_SYNC_ID or (numbers == FIRST_WITH_SYNC_ID and not match[4])
