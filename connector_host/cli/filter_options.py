"""Options for filters and orders of the listing commands, which are those of the pages of `explore`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["ACCOUNTS", "HOLDING", "STATES", "order_options", "state_option", "text_option"]

STATES = ("enabled", "disabled", "deleted")
ACCOUNTS = ("guest", "service", "system")
HOLDING = ("some", "none", "any")
Command = Callable[..., Any]


def text_option(fields: str) -> Callable[[Command], Command]:
    """Add `--text` to a command; `fields` names the fields that are searched."""
    return click.option(
        "--text",
        metavar="TEXT",
        default="",
        help=f"Only rows with every word of TEXT in {fields}; letter case and accents make no difference.",
    )


def state_option(noun: str) -> Callable[[Command], Command]:
    """Add `--state` to a command; `noun` names the rows."""
    return click.option("--state", type=click.Choice(STATES), help=f"Only {noun} in this state.")


def order_options(*keys: str) -> Callable[[Command], Command]:
    """Add `--sort`, with these keys, and `--desc` to a command."""

    def add(command: Command) -> Command:
        sort = click.option("--sort", type=click.Choice(keys), default=None, help="Sort the rows by this.")
        descending = click.option("--desc", is_flag=True, help="Sort in descending order.")
        return sort(descending(command))

    return add
