"""The program `connector-host`: global options, the group of commands, and one place where everything ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn, TextIO

import click

from . import error_messages
from .app import App
from .host_options import add_global_options
from .lazy_group import LazyGroup

__all__ = ["main", "root"]

PROGRAM = "connector-host"
COMPLETE = "_CONNECTOR_HOST_COMPLETE"
EPILOG = (
    "The global options may also stand after a command. Connectors are packages: connector-host plugins lists them."
)


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from importlib import metadata  # noqa: PLC0415 - only here

    click.echo(f"connector-host {metadata.version('connector-host')}")
    context.exit()


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def root() -> None:
    """Run ConductorOne (Baton) connectors, and read, compare and explain the c1z files they make."""


add_global_options(root, hidden=False)


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code."""
    app = App()
    _ready(sys.stdout)
    try:
        return _run(app, args)
    except BaseException as error:  # noqa: BLE001 - whatever it is, a person gets one clear message and a script a code
        return error_messages.report(error, app)


def _run(app: App, args: Sequence[str] | None) -> int:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminated)
    if asked := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only here

        return shell_complete(root, {"obj": app}, PROGRAM, COMPLETE, asked)
    code = 0
    try:  # not click's own main: it ends the process itself on some errors
        with root.make_context(PROGRAM, list(sys.argv[1:] if args is None else args), obj=app) as context:
            root.invoke(context)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    sys.stdout.flush()
    return code


def _terminated(number: int, _frame: Any) -> NoReturn:
    """End as after Ctrl-C, so that what is open is closed and temporary files go."""
    raise SystemExit(128 + number)


def _ready(stream: TextIO) -> None:
    """A character the terminal's encoding lacks is shown escaped; it must not end the run."""
    if hasattr(stream, "reconfigure") and stream.errors == "strict":
        stream.reconfigure(errors="backslashreplace")
