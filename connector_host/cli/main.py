"""The program `connector-host`: global options, the group of commands, and one place where every run ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from ..operating_system import STOP_SIGNALS, Terminated
from . import error_messages
from .app import App
from .host_options import add_global_options
from .lazy_group import LazyGroup
from .terminal.result_stream import keep_results_apart
from .terminal.standard_streams import escape_unencodable, open_closed_streams, use_utf8

__all__ = ["main", "root"]

PROGRAM = "connector-host"
COMPLETE = "_CONNECTOR_HOST_COMPLETE"
EPILOG = "Global options may also follow the command. `connector-host plugins` lists the installed connectors."


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from importlib import metadata  # noqa: PLC0415 - only here

    click.echo(f"connector-host {metadata.version('connector-host')}")
    context.exit()


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-v",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def root() -> None:
    """Run ConductorOne (Baton) connectors, and read, compare and explain the c1z files that they write."""


add_global_options(root, hidden=False)


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line. Returns the exit code."""
    if args is None:
        open_closed_streams()
        use_utf8()
    app = App()
    app.is_program = args is None
    escape_unencodable(sys.stdout)
    try:
        return _run(app, args)
    except BaseException as error:  # noqa: BLE001 - any error ends in one clear message and an exit code
        return error_messages.report(error, app)
    finally:
        if args is None:
            keep_results_apart()


def _run(app: App, args: Sequence[str] | None) -> int:
    if threading.current_thread() is threading.main_thread():
        for number in STOP_SIGNALS:
            if number is not signal.SIGINT and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _terminate)
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only here

        return shell_complete(root, {"obj": app}, PROGRAM, COMPLETE, instruction)
    code = 0
    try:  # not click's own main: it ends the process itself on some errors
        with root.make_context(PROGRAM, list(sys.argv[1:] if args is None else args), obj=app) as context:
            root.invoke(context)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    sys.stdout.flush()
    return code


def _terminate(number: int, _frame: Any) -> NoReturn:
    """End as after Ctrl-C, so that open files are closed and temporary ones removed."""
    raise Terminated(128 + number)
