"""`connector-host capabilities NAME`: print what a connector can do, in the JSON of the Go connectors."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

import click

from ....credentials import CredentialDetails
from ....errors import ConnectorHostError, PluginError
from ....model import Can, ResourceType
from ....plugins.facade import Connector, capabilities, every_type
from ....plugins.output_redirect import output_to_stderr
from ....sync.hook_calls import Sessions
from ...app import current_app
from ...option_values import connector_options
from ...terminal.masked_streams import masked
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of
from .connector_run import new_run, running
from .credential_capabilities import credential_details, issue_details

__all__ = ["command", "described", "resource_types"]

log = logging.getLogger(__name__)

PACKAGE = "c1.connector.v2."
TYPE = "type.googleapis.com/c1.connector.v2.ConnectorCapabilities"
NUMBERS = {
    "PROVISION": 1,
    "SYNC": 2,
    "EVENT_FEED": 3,
    "TICKETING": 4,
    "ACCOUNT_PROVISIONING": 5,
    "CREDENTIAL_ROTATION": 6,
    "RESOURCE_CREATE": 7,
    "RESOURCE_DELETE": 8,
    "ACTIONS": 10,
    "TARGETED_SYNC": 11,
    "EVENT_FEED_V2": 12,
    "SERVICE_MODE_TARGETED_SYNC": 13,
    "CREDENTIAL_ISSUE": 14,
}
"""Numbers of the enum Capability, by which the list of the connector is sorted."""
WORDS = (
    (Can.GRANT, "PROVISION"),
    (Can.CREATE_ACCOUNT, "ACCOUNT_PROVISIONING"),
    (Can.DELETE, "RESOURCE_DELETE"),
    (Can.CREATE, "RESOURCE_CREATE"),
    (Can.ROTATE_CREDENTIALS, "CREDENTIAL_ROTATION"),
    (Can.ISSUE_CREDENTIAL, "CREDENTIAL_ISSUE"),
)
"""In the order of a type's list. `Can.SET_STATUS` has no capability: Go connectors have actions for it."""
TYPE_MARKS = (("OptInRequired", "optInRequired"), ("SkipSyncAnomalyDetection", "skipSyncAnomalyDetection"))
"""Annotations of a resource type, and their fields in its entry, in the order of the message."""


def described(connector: Connector, types: Iterable[ResourceType], session: object = None) -> dict[str, Any]:
    """Return the ConnectorCapabilities of a connector with these resource types, as JSON values."""
    from ....wire import encode  # noqa: PLC0415 - protobuf, not for --help
    from ....wire.json import rendering  # noqa: PLC0415 - protobuf, not for --help

    types = sorted(types, key=lambda resource_type: resource_type.id)
    possible = capabilities(connector, types)
    details = _details(connector, session)
    entries, everything = [], set()
    for resource_type in types:
        words = ["SYNC"]
        if "get_resource" in connector.hooks:
            words.append("TARGETED_SYNC")
            everything.add("SERVICE_MODE_TARGETED_SYNC")
        words += [word for can, word in WORDS if can in possible[resource_type.id]]
        everything.update(words)
        marks = _of_annotations(resource_type, issue_details(details, resource_type.id))
        entries.append(
            {
                "resourceType": json.loads(rendering.resource_type(encode.resource_type(resource_type))),
                "capabilities": [f"CAPABILITY_{word}" for word in words],
                **marks,
            }
        )
    if "invoke_action" in connector.hooks:
        everything.add("ACTIONS")
    if "create_ticket" in connector.hooks:
        everything.add("TICKETING")
    if "list_events" in connector.hooks:
        everything.add("EVENT_FEED_V2" if "list_event_feeds" in connector.hooks else "EVENT_FEED")
    return {
        "@type": TYPE,
        "resourceTypeCapabilities": entries,
        "connectorCapabilities": [f"CAPABILITY_{word}" for word in sorted(everything, key=NUMBERS.__getitem__)],
        "credentialDetails": credential_details(connector, details),
    }


def _details(connector: Connector, session: object) -> CredentialDetails:
    """Return the credentials of the connector. Raises PluginError if it cannot name them without a session."""
    try:
        with output_to_stderr():
            return connector.credential_details(session)
    except ConnectorHostError:
        raise
    except BaseException as error:
        raise PluginError(
            f"connector {connector.name}: credential_details without a session: {type(error).__name__}: {error}",
            hint="It must return the credentials for session=None as well.",
        ) from error


def _of_annotations(resource_type: ResourceType, issue: dict[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a type's entry that its annotations and credentials set, as the Go SDK reads them."""
    from ....wire.annotations.annotation_encoding import annotation_fields  # noqa: PLC0415 - protobuf, not for --help

    by_name = {
        annotation.type_name.rpartition("/")[2].removeprefix(PACKAGE): annotation
        for annotation in resource_type.annotations
    }
    permissions = by_name.get("CapabilityPermissions")
    try:
        fields = annotation_fields(permissions) if permissions else {}
    except (TypeError, ValueError) as error:
        raise PluginError(f"the resource type {resource_type.id!r}: {error}") from error
    return {
        "permissions": fields,
        **{field: True for name, field in TYPE_MARKS if name in by_name},
        **({"credentialIssue": issue} if issue else {}),
        **({"deprecated": True} if "Deprecated" in by_name else {}),
    }


def resource_types(connector: Connector, session: object = None) -> list[ResourceType]:
    """Return the types of `list_resource_types`; without a session PluginError if the connector needs one."""
    try:
        with output_to_stderr():
            return every_type(lambda token: connector.list_resource_types(session, token))
    except ConnectorHostError:
        raise
    except BaseException as error:
        raise PluginError(
            f"connector {connector.name}: list_resource_types without a session: {type(error).__name__}: {error}",
            hint="It must return types for session=None as well. Specify the connector's options to open a session.",
        ) from error


def _described_in_session(connector: Connector, flags: dict[str, Any]) -> dict[str, Any]:
    """Open a session with the options of the command line, and return its capabilities."""
    app = current_app()
    options = connector_options(app, connector.name, connector.options, flags)
    run = new_run(app, connector)
    with masked(app.redactor), running(app, run, connector):
        sessions = Sessions(connector, options, run)
        try:
            if connector.is_remote:
                return dict(sessions.session.capabilities())  # as the process itself describes them
            return described(connector, resource_types(connector, sessions.session), sessions.session)
        finally:
            sessions.close()


def _command(connector: Connector) -> ConnectorCommand:
    def run(**values: Any) -> None:
        flags = flags_of(connector.options, values)
        if flags or connector.is_remote:
            content = _described_in_session(connector, flags)
        else:
            content = described(connector, resource_types(connector))
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))

    text = f"Print what {connector.info.display_name or connector.name} can do, as the Go connectors print it."
    return ConnectorCommand(connector, run, [], text)


@click.group(name="capabilities", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Print what a connector can do, type by type, as the JSON that `capabilities` of a Go connector prints.

    The resource types are those that the connector names without signing in. If you specify options of the connector,
    it signs in with them, and the types are those of the session. A connector process is started and asked.
    """
