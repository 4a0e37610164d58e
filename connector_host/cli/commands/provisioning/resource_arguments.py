"""Arguments of commands that change one resource of a c1z file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ....model import Resource, ResourceId
from ....plugins.facade import Connector
from ....provision import change_targets
from ....provision.change_requests import Delete, Issue, Rotate, SetStatus
from .change_command import Job, Lookup, common_options, looking_up, lookup_of, spelled

__all__ = ["named_step", "resource_options"]

T = TypeVar("T", Delete, Issue, Rotate, SetStatus)


def resource_options(connector: Connector, *more: click.Option) -> list[click.Option]:
    """Return the options that specify the resource, then `more`, then those of every changing command."""
    spellings = [
        (
            ("resource", "--resource", "--delete-resource"),
            "ID",
            "Select the resource by id, or by an e-mail address, login or name that only one has.",
        ),
        (
            ("resource_type", "--resource-type", "--delete-resource-type"),
            "TYPE",
            "Take ID as an id of this resource type.",
        ),
        (("sync_id", "--sync-id", "--sync"), "ID", "Look it up in this sync. [default: the newest finished one]"),
    ]
    options = [
        spelled(connector, words[0], words[1:], metavar=metavar, help=text, required=words[0] == "resource")
        for words, metavar, text in spellings
    ]
    return [*options, *more, *common_options(connector)]


def named_step(job: Job, arguments: Mapping[str, Any], make: Callable[[Resource], T]) -> tuple[T, Lookup]:
    """Return the step for the resource that the arguments specify, as stored in the file."""
    text, resource_type = arguments["resource"], arguments["resource_type"]
    with looking_up(job) as view:
        step = make(change_targets.resource(view, text if resource_type is None else ResourceId(resource_type, text)))
        return step, lookup_of(view, [step])
