"""What `delete` and `set-status` share: naming one resource of a c1z."""

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
    """How the resource is named, and what every changing command has; `more` comes between."""
    named = [
        (
            ("resource", "--resource", "--delete-resource"),
            "ID",
            "What: an id; an e-mail address, login or name that only one has.",
        ),
        (("resource_type", "--resource-type", "--delete-resource-type"), "TYPE", "ID is an id of this type."),
        (("sync_id", "--sync-id", "--sync"), "ID", "The sync to look it up in. [default: the newest finished one]"),
    ]
    made = [
        spelled(connector, words[0], words[1:], metavar=metavar, help=text, required=words[0] == "resource")
        for words, metavar, text in named
    ]
    return [*made, *more, *common_options()]


def named_resource(job: Job, given: Mapping[str, Any]) -> Resource:
    """The resource meant, whole as the file has it."""
    text, kind = given["resource"], given["resource_type"]
    with viewed(str(job.host["file"]), given["sync_id"]) as reading:
        return change_targets.resource(reading.view, text if kind is None else ResourceId(kind, text))
