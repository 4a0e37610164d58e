"""Actions: operations of a connector beyond reading and granting, with named arguments and a result.

An action is global, or belongs to the resources of one type. It ends at once, or runs on in the application; its id
then identifies it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from .options import Option

__all__ = ["ActionResult", "ActionSchema", "ActionStatus"]


class ActionStatus(enum.StrEnum):
    """Status of an action."""

    COMPLETE = "complete"
    RUNNING = "running"
    FAILED = "failed"
    PLANNED = "planned"


class ActionSchema(Struct, frozen=True, kw_only=True):
    """One action: its name, its arguments (declared like options), and the resource type it belongs to.

    `resource_type` empty: the action is global. A secret argument is passed as a `Secret`.
    """

    name: str
    display_name: str = ""
    description: str = ""
    resource_type: str = ""
    arguments: tuple[Option, ...] = ()


class ActionResult(Struct, frozen=True, kw_only=True):
    """The result of an action, or its state while it runs.

    `id` identifies a running action for `get_action_status`. `values` is a JSON object. `calls` are the calls to the
    application in readable form, without secrets; `message` is a sentence for people.
    """

    status: ActionStatus
    id: str = ""
    values: Mapping[str, Any] | None = None
    calls: tuple[str, ...] = ()
    message: str = ""

    def __hash__(self) -> int:  # values cannot be hashed
        return hash((self.status, self.id, self.calls, self.message))
