"""Narration on standard error: plain lines for people, JSON lines for machines, secrets masked in both."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import Any

from ...output.terminal_text import printable_lines
from ...secret import Redactor

__all__ = ["ConsoleFormatter", "JsonFormatter", "is_set_up", "json_wanted", "set_up"]

PROJECT = "connector_host"
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever standard error is at that moment: a live progress block puts itself in its place."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """Standard error, now."""
        return sys.stderr


class _RedactingFormatter(logging.Formatter):
    """Masks secrets in the finished text: message, arguments and traceback alike."""

    def __init__(self, redactor: Redactor, *, debug: bool = False) -> None:
        super().__init__()
        self.redactor = redactor
        self.debug = debug

    def trace(self, record: logging.LogRecord) -> str:
        """The traceback with `--debug`, else the error in one line, or nothing."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        if self.debug:
            return self.formatException(record.exc_info)
        error = record.exc_info[1]
        return f"{type(error).__name__}: {error}"


class ConsoleFormatter(_RedactingFormatter):
    """`message` for what is going on, `Warning: message` for what deserves a look."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        prefix = f"{record.levelname.capitalize()}: " if record.levelno >= logging.WARNING else ""
        if self.debug:
            prefix = f"{time.strftime('%H:%M:%S', time.localtime(record.created))} {record.name} {prefix}"
        trace = self.trace(record)
        joint = "\n" if self.debug else ": "
        # what an application or a file calls things must not move the cursor
        return printable_lines(self.redactor(prefix + record.getMessage() + (joint + trace if trace else "")))


class JsonFormatter(_RedactingFormatter):
    """One JSON object a line: time, level, logger, message, and whatever fields the record carries."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as a line of JSON."""
        import json  # noqa: PLC0415 - not needed for --help

        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.redactor(record.getMessage()),
        }
        if trace := self.trace(record):
            entry["error"] = self.redactor(trace)
        entry.update({key: value for key, value in vars(record).items() if key not in STANDARD})
        return self.redactor(json.dumps(entry, default=str, ensure_ascii=False))


def set_up(form: str, level: str, *, debug: bool, redactor: Redactor) -> None:
    """Send all logging to standard error: ours from `level` on, that of libraries from warnings on."""
    handler = StderrHandler()
    handler.setFormatter((JsonFormatter if form == "json" else ConsoleFormatter)(redactor, debug=debug))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, StderrHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(PROJECT).setLevel(logging.DEBUG if debug else level.upper())
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_failed


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        info = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
        logging.getLogger(__name__).error("a thread failed", exc_info=info)


def is_set_up() -> bool:
    """Whether `set_up` was called."""
    return any(isinstance(one, StderrHandler) for one in logging.getLogger().handlers)


def json_wanted() -> bool:
    """Whether `set_up` chose JSON lines."""
    return any(isinstance(one.formatter, JsonFormatter) for one in logging.getLogger().handlers)
