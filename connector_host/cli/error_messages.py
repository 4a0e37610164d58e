"""How a run of the command line ends: each error in a sentence and its hint, and the exit code that scripts see."""

from __future__ import annotations

import errno
import io
import logging
import os
import select
import sys
from collections.abc import Mapping
from typing import Any

import click

from ..errors import ConnectorHostError, Stopped
from ..output.terminal_text import printable_lines
from .app import App

__all__ = ["report"]

OK, DEFECT, USAGE, INTERRUPTED = 0, 70, 2, 130

log = logging.getLogger(__name__)


def report(error: BaseException, app: App) -> int:
    """Tell the person what ended the run; give the exit code."""
    if isinstance(error, SystemExit):
        if isinstance(error.code, str):
            _say(app, error.code, code=1)
        return _exit_status(error)
    if isinstance(error, BrokenPipeError) and _nobody_reads():
        _silence()
        return OK
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        _say(app, "Stopped.", code=INTERRUPTED)
        return INTERRUPTED
    app.prepare_to_report()
    message, hint, code = _described(error, usage=not app.json_logs)
    _say(app, message, hint=hint, code=code, error=error)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):  # what is buffered cannot be written; the interpreter must not try once more
        _silence()
    return code


def _described(error: BaseException, *, usage: bool) -> tuple[str, str, int]:
    match error:
        case click.UsageError() if usage:
            shown = io.StringIO()
            error.show(shown)
            return shown.getvalue().rstrip(), "", error.exit_code
        case click.ClickException():
            return f"Error: {error.format_message()}", "", error.exit_code
        case Stopped():
            return error.message[:1].upper() + error.message[1:], error.hint, error.exit_code
        case ConnectorHostError():
            return f"Error: {error.message}", error.hint, error.exit_code
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return f"Error: no space left: {error}", "", USAGE
    text = f"{type(error).__name__}: {error}".splitlines()
    message = f"Error: connector-host has a defect: {text[0] if text else ''}"
    return message, "Run it again with --debug for the traceback, and report it.", DEFECT


def _say(app: App, message: str, *, hint: str = "", code: int, error: BaseException | None = None) -> None:
    """On standard error, secrets masked; one JSON line where logs are JSON."""
    trace = _trace(error) if error is not None and app.debug else ""
    if app.json_logs:
        fields: Mapping[str, Any] = {"exit_code": code, **({"hint": hint} if hint else {})}
        log.error(
            message.removeprefix("Error: "), extra=fields, exc_info=error if app.debug and error is not None else None
        )
        return
    text = "\n".join(part for part in (trace.rstrip(), message, hint) if part)
    try:
        print(printable_lines(app.redactor(text)), file=sys.stderr, flush=True)  # noqa: T201 - the command line prints
    except OSError:
        _silence()


def _trace(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - not needed for --help

    return "".join(traceback.format_exception(error))


def _exit_status(error: SystemExit) -> int:
    if error.code is None:
        return OK
    return error.code if isinstance(error.code, int) else 1


def _nobody_reads() -> bool:
    """Whether the reader of standard output or error has gone: then a broken pipe is theirs, not a defect."""
    for stream in (sys.stdout, sys.stderr):
        try:
            poll = select.poll()
            poll.register(stream.fileno(), select.POLLOUT)
            if any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0)):
                return True
        except (OSError, ValueError):
            continue
    return False


def _silence() -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush cannot fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue
    os.close(nowhere)
