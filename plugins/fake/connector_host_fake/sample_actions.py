"""The actions of the fake connector: two that end at once, one of a resource type, one that runs on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connector_host import (
    ActionResult,
    ActionSchema,
    ActionStatus,
    BadResponse,
    ConfigError,
    NotFound,
    NotPermitted,
    Option,
    OptionType,
    Outcome,
    Resource,
)

from .scenario_format import dump
from .scenario_organisation import ScenarioOrganisation
from .session import FakeSession

__all__ = ["ACTIONS", "action_status", "perform"]

REPORT_ID = "report:"
ACTIONS = (
    ActionSchema(
        name="count",
        display_name="Count",
        description="Count the resources of a type, at once.",
        arguments=(
            Option(name="resource-type", required=True, help="Id of the type."),
            Option(name="minimum", type=OptionType.INT, default=0, help="Fail below this number."),
        ),
    ),
    ActionSchema(
        name="rename",
        display_name="Rename",
        description="Give a group another name.",
        resource_type="group",
        arguments=(Option(name="name", required=True, help="The new name."),),
    ),
    ActionSchema(
        name="report",
        display_name="Report",
        description="Count all resources in the background.",
        arguments=(Option(name="token", secret=True, help="A secret that is not used."),),
    ),
    ActionSchema(
        name="write-scenario",
        display_name="Write the scenario",
        description="Write the organisation to a new scenario file, which --scenario and --writable change.",
        arguments=(Option(name="file", required=True, help="The new file."),),
    ),
)


def perform(
    session: FakeSession, name: str, arguments: Mapping[str, Any], resource: Resource | None, *, dry_run: bool
) -> ActionResult:
    """Perform or start an action."""
    if name == "report":
        status = ActionStatus.PLANNED if dry_run else ActionStatus.RUNNING
        return ActionResult(status=status, id=REPORT_ID + session.data.account, calls=("start a report",))
    if name == "rename" and resource is not None:
        change = session.file(resource.id).rename(resource, arguments["name"], dry_run=dry_run)
        planned = change.outcome is Outcome.PLANNED
        return ActionResult(
            status=ActionStatus.PLANNED if planned else ActionStatus.COMPLETE,
            calls=change.calls,
            values={"name": arguments["name"]},
        )
    if name == "count":
        number = session.data.resources(arguments["resource-type"], None).total
        if number < arguments["minimum"]:
            return ActionResult(status=ActionStatus.FAILED, message=f"only {number} resources")
        return ActionResult(status=ActionStatus.COMPLETE, values={"resources": number})
    if name == "write-scenario":
        return _write_scenario(session, Path(arguments["file"]), dry_run=dry_run)
    raise BadResponse(f"there is no action {name}")


def _write_scenario(session: FakeSession, path: Path, *, dry_run: bool) -> ActionResult:
    """Write the organisation to a file that does not exist yet."""
    if not isinstance(session.data, ScenarioOrganisation):
        raise NotPermitted("a computed organisation cannot be written to a scenario file", hint="Leave out its sizes.")
    if path.exists():
        raise ConfigError(f"{path} exists already", hint="Choose another file, or use this one with --scenario.")
    calls = (f"write {path}",)
    if dry_run:
        return ActionResult(status=ActionStatus.PLANNED, calls=calls)
    try:
        with path.open("xb") as file:
            file.write(dump(session.data.scenario))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(
            f"{path} cannot be written: {reason}", hint="Choose a file in a folder you may write to."
        ) from error
    return ActionResult(status=ActionStatus.COMPLETE, calls=calls, values={"file": str(path)})


def action_status(session: FakeSession, action_id: str) -> ActionResult:
    """Return the state of a report, which is complete as soon as somebody asks."""
    if action_id != REPORT_ID + session.data.account:
        raise NotFound(f"there is no action {action_id}")
    types = session.data.resource_types()
    counts = {item.id: session.data.resources(item.id, None).total for item in types.read(0, types.total)}
    return ActionResult(status=ActionStatus.COMPLETE, id=action_id, values=counts)
