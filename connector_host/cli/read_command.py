"""Shared parts of the commands that read a c1z file: their options, opening the file, choosing the sync."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ..c1z.container import CHECK_PATH
from ..c1z.opening import open_store
from ..c1z.types import Store, View
from ..errors import FileError
from ..options import Option, OptionType
from ..query.sync_context import unseen_access
from ..query.sync_selection import choose_sync
from .app import current_app
from .option_values import host_options
from .output_option import output_option

__all__ = ["OpenedSync", "file_option", "opened", "reads", "sync_option", "viewed"]

FILE = Option(name="file", type=OptionType.PATH, default="sync.c1z", help="Read this c1z file.")

log = logging.getLogger(__name__)
Command = Callable[..., Any]

file_option = click.option(
    "-f", "--file", "file", metavar="FILE", help="Read this c1z file. [BATON_FILE; default: sync.c1z]"
)
sync_option = click.option(
    "--sync-id",
    "--sync",
    "sync_id",
    metavar="ID",
    help="Read the sync with this id. [default: the newest finished one]",
)


def reads(command: Command) -> Command:
    """Add `--file`, `--output` and `--sync-id` to a command, as the arguments `file`, `output` and `sync_id`."""
    return file_option(output_option(sync_option(command)))


def file_of(file: str | None) -> Path:
    """Return the file to read: flag, `BATON_FILE`, `[host] file` of the config file, `sync.c1z`."""
    app = current_app()
    path: Path = host_options(app, (FILE,), {"file": file})["file"]
    app.read_file = path
    return path


class OpenedSync(Struct, frozen=True):
    """An open file and the sync chosen in it."""

    store: Store
    view: View


@contextmanager
def opened(file: str | None) -> Iterator[Store]:
    """Open the file."""
    path = file_of(file)
    try:
        with open_store(path) as store:
            yield store
    except FileError as error:
        if file is None and not path.exists():
            folder = error.hint.removeprefix(CHECK_PATH).strip()
            raise FileError(error.message, hint=f"Specify a c1z file with -f. {folder}".rstrip()) from error
        raise


@contextmanager
def viewed(file: str | None, sync_id: str | None, *, lists_access: bool = False) -> Iterator[OpenedSync]:
    """Open the file and the sync that was named or is the newest; log what is unusual about the choice.

    `lists_access`: also log each known gap, for a command whose rows would be taken for everything that is held.
    """
    with opened(file) as store:
        choice = choose_sync(store, sync_id)
        if choice.note:
            log.warning("%s", choice.note)
        view = store.view(choice.sync)
        if lists_access:
            for gap in unseen_access(view):
                log.warning("%s", gap)
        yield OpenedSync(store, view)
