"""Arguments of `grant` and `revoke`: names, the id of a grant, or a file of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ....c1z.types import View
from ....errors import ConfigError
from ....model import ResourceId
from ....plugins.facade import Connector
from ....provision.change_file import Find, check_lines, read_lines
from ....provision.change_requests import Give, Take
from ..connectors.connector_group import ConnectorCommand
from .change_command import (
    Job,
    Lookup,
    begin,
    common_options,
    looking_up,
    lookup_of,
    mass_options,
    perform,
    spelled,
)

__all__ = ["GrantAction", "GrantTarget", "granting_command"]


class GrantTarget(Struct, frozen=True):
    """The grant as specified on the command line; None where nothing is."""

    principal: str | ResourceId | None = None
    entitlement: str | None = None
    grant: str | None = None


class GrantAction(Struct, frozen=True):
    """`grant` or `revoke`: its hook, and the functions that find its step from names and from a line of a file."""

    hook: str
    find: Callable[[View, GrantTarget], Give | Take]
    find_line: Find
    text: str
    by_grant: bool = False


def granting_command(connector: Connector, action: GrantAction) -> ConnectorCommand:
    """Build `grant NAME` or `revoke NAME` of one connector."""

    def run(**arguments: Any) -> None:
        job = begin(connector, action.hook, arguments)
        many = arguments["from_file"] is not None
        steps, lookup = _steps(action, job, arguments)
        perform(job, steps, lookup=lookup, many=many, stop_on_error=arguments["stop_on_error"])

    return ConnectorCommand(connector, run, _options(connector, action), action.text)


def _options(connector: Connector, action: GrantAction) -> list[click.Option]:
    spellings = [
        (
            ("principal", "--principal", "--grant-principal"),
            "WHO",
            "Select the principal by id, e-mail address, login or name.",
        ),
        (
            ("principal_type", "--principal-type", "--grant-principal-type"),
            "TYPE",
            "Take WHO as an id of this resource type.",
        ),
        (
            ("entitlement", "--entitlement", "--grant-entitlement"),
            "WHAT",
            "Select the entitlement by id or name, or by the name of a resource with only one.",
        ),
        (("sync_id", "--sync-id", "--sync"), "ID", "Look them up in this sync. [default: the newest finished one]"),
        (
            ("from_file", "--from-file"),
            "FILE",
            "Make the changes in this file: JSON lines or CSV with principal and entitlement"
            + ", or grant." * action.by_grant,
        ),
    ]
    if action.by_grant:
        spellings.insert(
            0, (("grant_id", "--grant", "--revoke-grant"), "ID", "Select the grant by its id in the file.")
        )
    options = [
        spelled(connector, words[0], words[1:], metavar=metavar, help=text) for words, metavar, text in spellings
    ]
    text = "Stop at the first failure of --from-file."
    return [
        *options,
        spelled(connector, "stop_on_error", ["--stop-on-error"], is_flag=True, help=text),
        *mass_options(connector),
        *common_options(connector),
    ]


def _steps(action: GrantAction, job: Job, arguments: Mapping[str, Any]) -> tuple[list[tuple[int, Give | Take]], Lookup]:
    """Return all steps, looked up in the file before anybody signs in."""
    target = GrantTarget(_principal(arguments), arguments["entitlement"], arguments.get("grant_id"))
    if arguments["from_file"] is None:
        with looking_up(job) as view:
            step = action.find(view, target)
            return [(0, step)], lookup_of(view, [step])
    if target != GrantTarget():
        raise ConfigError(
            "--from-file and the other ways to specify a grant exclude each other", hint="Use one of them."
        )
    source = Path(arguments["from_file"]).expanduser()
    lines = read_lines(source)
    with looking_up(job) as view:
        steps = check_lines(source, lines, view, action.find_line)
        return steps, lookup_of(view, [step for _, step in steps])


def _principal(arguments: Mapping[str, Any]) -> str | ResourceId | None:
    name, resource_type = arguments["principal"], arguments["principal_type"]
    if resource_type is not None and name is None:
        raise ConfigError("a type of principal is specified, but no principal", hint="Specify it: --principal.")
    return name if resource_type is None else ResourceId(resource_type, name)
