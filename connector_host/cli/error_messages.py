"""The end of a run: each error as a sentence with a hint, and the exit code that scripts see."""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from msgspec import Struct, structs

from ..errors import ConnectorHostError, Stopped, error_text
from ..operating_system import is_reader_gone
from ..output.terminal_text import printable, printable_lines
from ..wire.damage import DAMAGED_FILE
from ..wire.wire_format import WireError
from .app import App
from .hint_commands import commands_with_file

__all__ = ["report"]

OK, DEFECT, USAGE, INTERRUPTED = 0, 70, 2, 130

OF_THE_SYSTEM = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR),
}
"""Errors of files that have their cause outside of the program."""
LONGEST_PATH = 300
MEMORY_HINT = "End other programs, raise the limit, or use a computer with more memory."
UNEXPECTED = re.compile(r"unexpected extra argument \((.*)\)")

log = logging.getLogger(__name__)


class ErrorReport(Struct, frozen=True):
    """The sentences and the exit code that stand for an error.

    `prefix` stands before the message in a text for people. `usage` is a text of click's, in lines of its own.
    """

    message: str
    code: int
    hint: str = ""
    prefix: str = "Error: "
    usage: bool = False


def report(error: BaseException, app: App) -> int:
    """Report the error that ended the run to the person. Returns the exit code."""
    if isinstance(error, SystemExit):
        if isinstance(error.code, str):
            _print(app, ErrorReport(error.code, 1, prefix=""))
        return _exit_status(error)
    if isinstance(error, BrokenPipeError) and _is_reader_gone():
        _silence()
        return OK
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        _print(app, ErrorReport("Stopped.", INTERRUPTED, prefix=""))
        return INTERRUPTED
    app.prepare_to_report()
    described = _described(error, usage=not app.json_logs)
    described = structs.replace(described, hint=commands_with_file(described.hint, app.read_file))
    _print(app, described, error)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):  # what is buffered cannot be written; the interpreter must not try once more
        _silence()
    return described.code


def _described(error: BaseException, *, usage: bool) -> ErrorReport:
    match error:
        case click.UsageError() if usage:
            lines = io.StringIO()
            error.show(lines)
            return ErrorReport(lines.getvalue().rstrip(), error.exit_code, _file_hint(error), prefix="", usage=True)
        case click.ClickException():
            return ErrorReport(error.format_message(), error.exit_code)
        case Stopped():
            return ErrorReport(error.message[:1].upper() + error.message[1:], error.exit_code, error.hint, prefix="")
        case ConnectorHostError():
            return ErrorReport(error.message, error.exit_code, error.hint)
        case _:
            return _unexpected(error)


def _file_hint(error: click.UsageError) -> str:
    """Return the command that was probably meant where a file is an argument too many."""
    command = error.ctx.command if error.ctx is not None else None
    word = UNEXPECTED.search(error.message)
    if command is None or word is None or not Path(word[1]).is_file():
        return ""
    if not any("--file" in parameter.opts for parameter in command.params):
        return ""
    return f"Specify the file with -f: {error.ctx.command_path} -f {shlex.quote(word[1])}" if error.ctx else ""


def _of_the_system(error: OSError) -> ErrorReport | None:
    """Return the report of an error whose cause is outside of the program; None for another one."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _no_space(error)
    if isinstance(error, FileNotFoundError) and _is_folder_gone():
        return ErrorReport("the current folder does not exist any more", USAGE, "Change to another one: cd FOLDER.")
    if error.errno in OF_THE_SYSTEM:
        is_named = isinstance(error.filename, (str, bytes))
        place = printable(os.fsdecode(error.filename))[:LONGEST_PATH] if is_named else "a file"
        return ErrorReport(
            f"{place} cannot be used ({error.strerror})", USAGE, "Check its name, your rights and the disk."
        )
    return None


def _unexpected(error: BaseException) -> ErrorReport:
    if isinstance(error, OSError) and (described := _of_the_system(error)) is not None:
        return described
    if _is_out_of_memory(error):
        return ErrorReport("the memory of this computer, or the limit of this process, is used up", USAGE, MEMORY_HINT)
    if isinstance(error, UnicodeEncodeError) and _is_given(error):
        text = printable(error.object)
        message = f"{text!r} is not valid UTF-8, so it cannot be compared with anything in a file"
        return ErrorReport(message, USAGE, "Check the encoding of the terminal, or of the file that the text is from.")
    if isinstance(error, WireError):
        return ErrorReport(f"a stored message cannot be read: {error}", USAGE, DAMAGED_FILE)
    text_lines = error_text(error).splitlines()
    message = f"connector-host has a defect: {text_lines[0] if text_lines else ''}"
    return ErrorReport(message, DEFECT, "Run it again with --debug for the traceback, and report it.")


def _is_folder_gone() -> bool:
    """Return whether the current folder was removed."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _no_space(error: OSError) -> ErrorReport:
    """Name the file, or the folder of a temporary one."""
    if not isinstance(error.filename, (str, bytes)):
        return ErrorReport(f"no space left: {error}", USAGE)
    from ..c1z.private_folder import known_path  # noqa: PLC0415 - not needed for --help

    place = known_path(Path(os.fsdecode(error.filename)))
    hint = "Make room on the disk, then run the same command again."
    return ErrorReport(f"no space left: {place} cannot be written ({error.strerror})", USAGE, hint)


def _is_out_of_memory(error: BaseException) -> bool:
    """True for the errors of Python, of the system and of starting a thread that mean that memory is used up."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "start new thread" in str(error))


def _is_given(error: UnicodeEncodeError) -> bool:
    """Return whether the text that cannot be encoded is an argument or an environment variable, or holds one."""
    words = [*sys.argv[1:], *os.environ.values()]
    broken = [word for word in words if not word.isascii() and any("\ud800" <= char <= "\udfff" for char in word)]
    return any(word in error.object or error.object in word for word in broken)


def _print(app: App, described: ErrorReport, error: BaseException | None = None) -> None:
    """Print on standard error, secrets masked; one JSON line where logs are JSON."""
    if app.json_logs:
        fields: Mapping[str, Any] = {
            "exit_code": described.code,
            **({"hint": described.hint} if described.hint else {}),
        }
        info = error if app.debug and error is not None else None
        log.error("%s", described.message, extra=fields, exc_info=info)
        return
    trace = printable_lines(app.redactor(_trace(error).rstrip())) if error is not None and app.debug else ""
    layout = printable_lines if described.usage else _paragraph
    sentences = [layout(app.redactor(text)) for text in (described.prefix + described.message, described.hint)]
    try:
        print("\n".join(filter(None, (trace, *sentences))), file=sys.stderr, flush=True)  # noqa: T201 - as the module says
    except (OSError, ValueError):
        _silence()


def _paragraph(text: str) -> str:
    """Return printable text with all lines but the first indented: no name in it can pass for a line of ours."""
    return "\n".join(
        line if not number or line[:1] in ("", " ") else f"  {line}"
        for number, line in enumerate(printable_lines(text).split("\n"))
    )


def _trace(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - not needed for --help

    return "".join(traceback.format_exception(error))


def _exit_status(error: SystemExit) -> int:
    """Return the code of a SystemExit of the host or a command; those of hooks never come this far."""
    if error.code is None:
        return OK
    return error.code if isinstance(error.code, int) else 1


def _is_reader_gone() -> bool:
    """Return whether the reader of standard output or error has gone: then a broken pipe is not a defect."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if is_reader_gone(stream.fileno()):
                return True
        except (OSError, ValueError):
            continue
    return False


def _silence() -> None:
    """Send what is still buffered to the null device, so that the interpreter's last flush cannot fail."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(null, stream.fileno())
        except (OSError, ValueError):
            continue
    os.close(null)
