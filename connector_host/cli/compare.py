"""`connector-host principals compare`: who holds only one of two entitlements, in one file or two."""

from __future__ import annotations

import click

__all__ = ["compare"]


@click.command(name="compare")
def compare() -> None:
    """Compare."""
