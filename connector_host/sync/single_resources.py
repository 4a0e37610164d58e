"""The reading of single resources, as actions of the queue like the pages of listings."""

from __future__ import annotations

from typing import Any

from ..errors import NotFound, PluginError
from ..model import Page, ResourceId
from ..plugins.facade import Connector
from .working.queue import QueuedListing

__all__ = ["fetch_action", "fetched"]


def fetch_action(phase: int, resource_id: ResourceId, parent: ResourceId | None) -> QueuedListing:
    """Return the action that reads one resource in a phase."""
    return QueuedListing(
        phase=phase,
        hook="get_resource",
        resource_type=resource_id.resource_type,
        resource=resource_id.resource,
        parent_type=parent.resource_type if parent else "",
        parent=parent.resource if parent else "",
    )


def fetched(connector: Connector, session: Any, action: QueuedListing) -> Page[Any]:
    """Return one resource as a page of one; NotFound when there is none."""
    resource_id = ResourceId(action.resource_type, action.resource)
    parent = ResourceId(action.parent_type, action.parent) if action.parent_type else None
    resource = connector.get_resource(session, resource_id, parent)
    if resource is None:
        raise NotFound(f"{resource_id} does not exist")
    if resource.id != resource_id:
        raise PluginError(
            f"connector {connector.name!r}: get_resource of {resource_id} gave {resource.id}",
            hint="This is a defect of the connector; tell its author.",
        )
    return Page((resource,))
