"""How `grant` and `revoke` are told what to change: by names, by a grant's id, or by a file of many."""

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
from ...read_command import viewed
from ..connectors.connector_group import ConnectorCommand
from .change_command import Job, begin, common_options, perform, spelled

__all__ = ["Named", "Verb", "granting_command"]


class Named(Struct, frozen=True):
    """What was named on the command line, as far as it was."""

    who: str | ResourceId | None = None
    what: str | None = None
    grant: str | None = None


class Verb(Struct, frozen=True):
    """`grant` or `revoke`: the hook, how its one step is found, and how the step of a line in a file is."""

    hook: str
    find: Callable[[View, Named], Give | Take]
    find_line: Find
    text: str
    by_grant: bool = False


def granting_command(connector: Connector, verb: Verb) -> ConnectorCommand:
    """`grant NAME` or `revoke NAME` of one connector."""

    def run(**given: Any) -> None:
        job = begin(connector, verb.hook, given)
        many = given["from_file"] is not None
        steps = _steps(verb, job, given)
        perform(job, steps, many=many, stop_on_error=given["stop_on_error"])

    return ConnectorCommand(connector, run, _options(connector, verb), verb.text)


def _options(connector: Connector, verb: Verb) -> list[click.Option]:
    named = [
        (("principal", "--principal", "--grant-principal"), "WHO", "Who: an id, an e-mail address, a login or a name."),
        (("principal_type", "--principal-type", "--grant-principal-type"), "TYPE", "WHO is an id of this type."),
        (
            ("entitlement", "--entitlement", "--grant-entitlement"),
            "WHAT",
            "What: an entitlement's id or name, or the only resource it is on.",
        ),
        (("sync_id", "--sync-id", "--sync"), "ID", "The sync to look them up in. [default: the newest finished one]"),
        (
            ("from_file", "--from-file"),
            "FILE",
            "Many changes: JSON lines or CSV with principal and entitlement" + ", or grant." * verb.by_grant,
        ),
    ]
    if verb.by_grant:
        named.insert(0, (("grant_id", "--grant", "--revoke-grant"), "ID", "The grant, by its id in the file."))
    made = [spelled(connector, words[0], words[1:], metavar=metavar, help=text) for words, metavar, text in named]
    text = "With --from-file, end at the first failure."
    return [*made, spelled(connector, "stop_on_error", ["--stop-on-error"], is_flag=True, help=text), *common_options()]


def _steps(verb: Verb, job: Job, given: Mapping[str, Any]) -> list[tuple[int, Give | Take]]:
    """Everything that is to be done, looked up in the file, before anybody signs in."""
    named = Named(_who(given), given["entitlement"], given.get("grant_id"))
    path = str(job.host["file"])
    if given["from_file"] is None:
        with viewed(path, given["sync_id"]) as reading:
            return [(0, verb.find(reading.view, named))]
    if named != Named():
        raise ConfigError("--from-file says what to change; leave out the other ways to name it")
    source = Path(given["from_file"]).expanduser()
    lines = read_lines(source)
    with viewed(path, given["sync_id"]) as reading:
        return check_lines(source, lines, reading.view, verb.find_line)


def _who(given: Mapping[str, Any]) -> str | ResourceId | None:
    who, kind = given["principal"], given["principal_type"]
    if kind is not None and who is None:
        raise ConfigError("a type of principal was given, but no principal", hint="Give --principal, too.")
    return who if kind is None else ResourceId(kind, who)
