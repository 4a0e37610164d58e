"""The reading of single resources, as actions of the queue like the pages of listings."""

from __future__ import annotations

from typing import Any

from ..errors import NotFound, PluginError
from ..model import Page, ResourceId
from ..plugins.facade import Connector
from .working.queue import Action

__all__ = ["fetch_action", "fetched"]


def fetch_action(phase: int, wanted: ResourceId, parent: ResourceId | None) -> Action:
    """The action that reads one resource in a phase."""
    return Action(
        phase=phase,
        hook="get_resource",
        resource_type=wanted.resource_type,
        resource=wanted.resource,
        parent_type=parent.resource_type if parent else "",
        parent=parent.resource if parent else "",
    )


def fetched(connector: Connector, session: Any, action: Action) -> Page[Any]:
    """One resource as a page of one; NotFound when there is none."""
    wanted = ResourceId(action.resource_type, action.resource)
    parent = ResourceId(action.parent_type, action.parent) if action.parent_type else None
    found = connector.get_resource(session, wanted, parent)
    if found is None:
        raise NotFound(f"{wanted} does not exist")
    if found.id != wanted:
        raise PluginError(
            f"connector {connector.name!r}: get_resource of {wanted} gave {found.id}",
            hint="This is a defect of the connector; tell its author.",
        )
    return Page((found,))
