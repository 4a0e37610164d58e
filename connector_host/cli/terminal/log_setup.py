"""Logging on standard error: plain lines for people, JSON lines for machines, secrets masked in both."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import Any

from ...output.terminal_text import json_printable, printable, printable_lines
from ...secret import Redactor

__all__ = ["ConsoleFormatter", "JsonFormatter", "is_json", "is_set_up", "set_up"]

PROJECT = "connector_host"
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class StderrHandler(logging.StreamHandler[Any]):
    """Writes to the standard error of that moment: a live progress block replaces it while it is shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """Standard error, now."""
        return sys.stderr

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name in logging
        """Drop a record that cannot be written: a log that nobody can read must not end the run."""
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handleError(record)


class _RedactingFormatter(logging.Formatter):
    """Masks secrets in the complete text, before it is escaped or put into JSON."""

    def __init__(self, redactor: Redactor, *, debug: bool = False) -> None:
        super().__init__()
        self.redactor = redactor
        self.debug = debug

    def message(self, record: logging.LogRecord) -> str:
        """Return the message with its arguments, secrets masked: in the arguments before they are formatted."""
        if not record.args:
            return self.redactor(record.getMessage())
        plain = logging.makeLogRecord({**vars(record), "args": self.redactor.values(record.args)})
        return self.redactor(plain.getMessage())

    def trace(self, record: logging.LogRecord) -> str:
        """Return the traceback with `--debug`, else the error in one line, or nothing; secrets masked."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        if self.debug:
            return self.redactor(self.formatException(record.exc_info))
        error = record.exc_info[1]
        return self.redactor(f"{type(error).__name__}: {error}")


class ConsoleFormatter(_RedactingFormatter):
    r"""One line a record: `message`, or `Warning: message`. A line end in a name is shown as `\n`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one record as text."""
        prefix = f"{record.levelname.capitalize()}: " if record.levelno >= logging.WARNING else ""
        if self.debug:
            prefix = f"{time.strftime('%H:%M:%S', time.localtime(record.created))} {record.name} {prefix}"
        text = prefix + printable(self.message(record))
        if not (trace := self.trace(record)):
            return text
        return f"{text}\n{printable_lines(trace)}" if self.debug else f"{text}: {printable(trace)}"


class JsonFormatter(_RedactingFormatter):
    """One JSON object a line: time, level, logger, message, and the fields that the record carries."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one record as a line of JSON."""
        import json  # noqa: PLC0415 - not needed for --help

        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message(record),
        }
        if trace := self.trace(record):
            entry["error"] = trace
        entry.update({key: value for key, value in vars(record).items() if key not in STANDARD})
        plain = json.loads(json.dumps(entry, default=str))
        return json_printable(json.dumps(self.redactor.values(plain), ensure_ascii=False))


def set_up(log_format: str, level: str, *, debug: bool, redactor: Redactor) -> None:
    """Send all logging to standard error: that of the project from `level` on, that of libraries from warnings on."""
    handler = StderrHandler()
    handler.setFormatter((JsonFormatter if log_format == "json" else ConsoleFormatter)(redactor, debug=debug))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, StderrHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(PROJECT).setLevel(logging.DEBUG if debug else level.upper())
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_failed_thread


def is_set_up() -> bool:
    """Return whether `set_up` was called."""
    return any(isinstance(handler, StderrHandler) for handler in logging.getLogger().handlers)


def is_json() -> bool:
    """Return whether `set_up` chose JSON lines."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)


def _log_failed_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        info = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
        logging.getLogger(__name__).error("A thread failed", exc_info=info)
