"""Arguments of `delete` and `set-status`: one resource of a c1z file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ....model import Resource, ResourceId
from ....plugins.facade import Connector
from ....provision import change_targets
from ...read_command import viewed
from .change_command import Job, common_options, spelled

__all__ = ["named_resource", "resource_options"]


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


def named_resource(job: Job, arguments: Mapping[str, Any]) -> Resource:
    """Return the resource that the arguments specify, as stored in the file."""
    text, resource_type = arguments["resource"], arguments["resource_type"]
    with viewed(str(job.host["file"]), arguments["sync_id"]) as reading:
        return change_targets.resource(reading.view, text if resource_type is None else ResourceId(resource_type, text))
