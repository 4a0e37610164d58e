"""The options of `sync --all`, and those among them that each of its syncs gets."""

from __future__ import annotations

from .....options import Option, OptionType, at_least_one
from ....host_options import SYNC_OPTIONS

__all__ = ["ALL_OPTIONS", "PASSED_ON"]

PASSED_ON = (
    *("workers", "fresh", "allow-partial", "skip-grant-expansion", "max-attempts", "deadline", "storage-engine"),
    *("allow-shrink", "shrink-threshold", "strict", "lake"),
)
"""Options of `sync` that every sync of `--all` gets."""


ALL_OPTIONS = (
    Option(name="only", type=OptionType.STRINGS, help="Sync only these connectors, by name."),
    Option(name="jobs", type=OptionType.INT, default=2, check=at_least_one, help="Run this many syncs at a time."),
    Option(name="folder", type=OptionType.PATH, default=".", help="Write the files NAME.c1z into this folder."),
    *(option for option in SYNC_OPTIONS if option.name in (*PASSED_ON, "metrics")),
)
"""The options of `sync --all`."""
