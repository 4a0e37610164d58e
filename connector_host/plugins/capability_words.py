"""The capabilities of a connector in the words of the Go SDK's enum, without its prefix `CAPABILITY_`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import Can, ResourceType
from .facade import Connector, capabilities

__all__ = ["CAN_WORDS", "connector_words", "type_words"]

CAN_WORDS = (
    (Can.GRANT, "PROVISION"),
    (Can.CREATE_ACCOUNT, "ACCOUNT_PROVISIONING"),
    (Can.ROTATE_CREDENTIALS, "CREDENTIAL_ROTATION"),
    (Can.CREATE, "RESOURCE_CREATE"),
    (Can.DELETE, "RESOURCE_DELETE"),
)
"""In the order of a type's list. `Can.SET_STATUS` has no capability: Go connectors have actions for it."""
ORDER = (
    *("PROVISION", "SYNC", "EVENT_FEED", "TICKETING", "ACCOUNT_PROVISIONING", "CREDENTIAL_ROTATION"),
    *("RESOURCE_CREATE", "RESOURCE_DELETE", "SYNC_SECRETS", "ACTIONS", "TARGETED_SYNC", "EVENT_FEED_V2"),
    *("SERVICE_MODE_TARGETED_SYNC", "CREDENTIAL_ISSUE"),
)
"""The order of the enum."""


def type_words(connector: Connector, types: Sequence[ResourceType]) -> Mapping[str, list[str]]:
    """Return the capabilities of each type by its id."""
    possible = capabilities(connector, types)
    first = ["SYNC", *(["TARGETED_SYNC"] if "get_resource" in connector.hooks else [])]
    return {item.id: [*first, *(word for can, word in CAN_WORDS if can in possible[item.id])] for item in types}


def connector_words(connector: Connector, types: Sequence[ResourceType]) -> list[str]:
    """Return the capabilities of the connector as a whole: those of its types and its own."""
    words = {word for of_type in type_words(connector, types).values() for word in of_type}
    if "get_resource" in connector.hooks:
        words.add("SERVICE_MODE_TARGETED_SYNC")
    if "invoke_action" in connector.hooks:
        words.add("ACTIONS")
    if "list_events" in connector.hooks:
        words.add("EVENT_FEED_V2" if "list_event_feeds" in connector.hooks else "EVENT_FEED")
    if "create_ticket" in connector.hooks:
        words.add("TICKETING")
    return sorted(words, key=ORDER.index)
