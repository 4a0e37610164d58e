"""Calls of actions: the check of their arguments, the audit record, and the wait for one that runs on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import ActionResult, ActionSchema, ActionStatus
from ..errors import ConfigError, ConnectorHostError, Stopped
from ..model import Identity, Resource
from ..options import Options, resolve
from ..plugins.facade import Connector
from ..run import Run
from ..sync.hook_calls import Caller
from .audit_record import Audit

__all__ = ["ActionCalls", "check_arguments", "choose_action"]

POLL_SECONDS = 2.0
LONGEST_POLL = 30.0


def choose_action(actions: Sequence[ActionSchema], name: str, resource: Resource | None) -> ActionSchema:
    """Return the action `name`. Raises ConfigError if there is none, or if it needs a resource of another type."""
    chosen = next((action for action in actions if action.name == name), None)
    if chosen is None:
        names = [action.name for action in actions]
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Choose one of: {', '.join(sorted(names)) or 'none'}."
        raise ConfigError(f"there is no action {name!r}", hint=hint)
    if chosen.resource_type and (resource is None or resource.id.resource_type != chosen.resource_type):
        raise ConfigError(
            f"the action {name} needs a resource of the type {chosen.resource_type}",
            hint="Specify it with --resource ID; it is looked up in a c1z file (-f).",
        )
    if resource is not None and not chosen.resource_type:
        raise ConfigError(f"the action {name} is global: it takes no resource", hint="Leave --resource out.")
    return chosen


def check_arguments(action: ActionSchema, values: Mapping[str, Any]) -> Options:
    """Return the arguments in their types. Raises ConfigError for an unknown, wrong or missing one."""
    known = {option.name for option in action.arguments}
    if unknown := sorted(set(values) - known):
        raise ConfigError(
            f"the action {action.name} has no argument {unknown[0]!r}",
            hint=f"Its arguments: {', '.join(sorted(known)) or 'none'}.",
        )
    try:
        return resolve(action.arguments, flags=values, environ={})
    except ConfigError as error:
        raise ConfigError(
            f"the action {action.name}: {error.message}", hint="Specify arguments as --argument NAME=VALUE."
        ) from error


class ActionCalls:
    """Calls of the action hooks of one session. Invocations are recorded."""

    def __init__(self, connector: Connector, caller: Caller, run: Run) -> None:
        self._connector, self._caller, self._run = connector, caller, run

    def identity(self) -> Identity:
        """Return the identity of the session."""
        return self._caller.call("check_session", "the session", self._connector.check_session)[0]

    def list_actions(self) -> Sequence[ActionSchema]:
        """Return the actions of the connector."""
        return self._caller.call("list_actions", "everything", self._connector.list_actions)[0]

    def invoke(
        self, action: ActionSchema, arguments: Options, resource: Resource | None, audit: Audit, *, dry_run: bool
    ) -> ActionResult:
        """Invoke an action. Raises what the hook raised, recorded; a failing action that was called is a result."""
        about = {"name": action.name, **({"resource": str(resource.id)} if resource else {})}
        entry = audit.begin("invoke_action", about, dry_run=dry_run)
        try:
            result, _ = self._caller.call(
                "invoke_action",
                action.name,
                lambda s: self._connector.invoke_action(s, action.name, arguments, resource, dry_run),
            )
        except ConnectorHostError as error:
            entry.failed(error)
            raise
        entry.done(str(result.status), result.calls, **({"action_id": result.id} if result.id else {}))
        return result

    def status(self, action_id: str) -> ActionResult:
        """Return the state of an action that was invoked."""
        return self._caller.call(
            "get_action_status", action_id, lambda s: self._connector.get_action_status(s, action_id)
        )[0]

    def wait(self, result: ActionResult) -> ActionResult:
        """Return the state of an action once it no longer runs. Raises Stopped when the run stops."""
        seconds, action_id = POLL_SECONDS, result.id
        while result.status is ActionStatus.RUNNING:
            if not self._run.sleep(seconds):
                raise Stopped("the run was stopped", hint=f"The action still runs: its id is {action_id}.")
            seconds = min(seconds * 1.5, LONGEST_POLL)
            result = self.status(action_id)
        return result
