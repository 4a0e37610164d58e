"""Options that limit a review to a part of the grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ....decoding.time_decoding import MOST_DAYS

__all__ = ["scope_options"]

Command = Callable[..., Any]
OPTIONS = (
    click.option(
        "--changed-since",
        multiple=True,
        metavar="FILE|ID|DATE",
        help="Only grants that are new or changed since this older file, sync or day, like 2026-01-31.",
    ),
    click.option("--privileged", is_flag=True, help="Only grants of privileged entitlements, based on their names."),
    click.option("--direct", is_flag=True, help="Only direct grants."),
    click.option(
        "--inactive",
        type=click.IntRange(1, MOST_DAYS),
        metavar="DAYS",
        help="Only grants of users who have not signed in for so many days before the sync, or never.",
    ),
    click.option(
        "--resource-type", "resource_types", multiple=True, metavar="TYPE", help="Only grants on this resource type."
    ),
    click.option("--resource", "resources", multiple=True, metavar="NAME|ID", help="Only grants on this resource."),
    click.option(
        "--principal-type", "principal_types", multiple=True, metavar="TYPE", help="Only grants of this resource type."
    ),
    click.option("--guests", is_flag=True, help="Only grants of guests."),
    click.option(
        "--orphans", is_flag=True, help="Only grants of principals that are missing from the sync, deleted or disabled."
    ),
)


def scope_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
