"""The filters and orders of the listing commands, which are those of the pages of `explore`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["HOLDING", "STATES", "order_options", "state_option", "text_option"]

STATES = ("enabled", "disabled", "deleted")
HOLDING = ("some", "none", "any")
Command = Callable[..., Any]


def text_option(where: str) -> Callable[[Command], Command]:
    """Give a command `--text`, which is sought in `where`."""
    return click.option(
        "--text", metavar="TEXT", default="", help=f"Only those with this in {where}, whatever the case."
    )


def state_option(whose: str) -> Callable[[Command], Command]:
    """Give a command `--state`."""
    return click.option("--state", type=click.Choice(STATES), help=f"Only {whose} in this state.")


def order_options(*by: str) -> Callable[[Command], Command]:
    """Give a command `--sort` and `--desc`."""

    def give(command: Command) -> Command:
        sort = click.option("--sort", type=click.Choice(by), default=None, help="Put them in order by this.")
        desc = click.option("--desc", is_flag=True, help="The other way round.")
        return sort(desc(command))

    return give
