"""The options by which a command that reads c1z files takes a lake instead: `--lake`, `--source`, `--at`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..errors import ConfigError

__all__ = ["lake_file_options", "taken_files"]


def lake_file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--lake`, `--source` and `--at` to a command, as the arguments `lake`, `sources` and `at`."""
    for option in (
        click.option("--at", metavar="DATE", help="With --lake: the newest sync by this day (UTC)."),
        click.option(
            "--source", "sources", multiple=True, metavar="NAME", help="With --lake: this source; repeatable."
        ),
        click.option("--lake", "lake", metavar="DIR", help="Read the newest syncs of this lake, instead of files."),
    ):
        command = option(command)
    return command


@contextmanager
def taken_files(
    paths: Callable[[], list[Path]], files: tuple[str, ...], lake: str | None, sources: tuple[str, ...], at: str | None
) -> Iterator[list[Path]]:
    """Yield the files to read: `paths()`, or files made of the sources of a lake, which exist during the block."""
    if lake is None:
        if sources or at is not None:
            raise ConfigError("--source and --at need --lake.", hint="Specify the lake: --lake DIR.")
        yield paths()
        return
    if files:
        raise ConfigError("--lake and --file exclude each other.", hint="Use one of them.")
    from ..lake.c1z_extraction import extracted_sources  # noqa: PLC0415 - an extra
    from ..lake.lake_catalog import Lake, parse_date  # noqa: PLC0415

    moment = parse_date(at, "--at") if at is not None else None
    with extracted_sources(Lake.open(lake), sources, moment) as extracted:
        yield extracted
