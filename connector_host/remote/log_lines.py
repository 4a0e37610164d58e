"""The lines that a connector process writes: as log messages of the host, and the last of them for error messages."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import IO, Any

__all__ = ["LogLines"]

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "warning": logging.WARNING}
"""The levels of the processes; every other one (error, panic, fatal) is an error."""
CONSOLE = re.compile(r"\S*\d\d:\d\d\S*\t(DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL)\t[^\t]*\t([^\t]*)(?:\t(.*))?")
PREFIX = re.compile(r"(Debug|Info|Warning|Error): ")
LONGEST = 4000
LAST = 20
CHATTER = ("[core]", "transport:")
"""How messages of gRPC itself begin: they are for developers."""
USUAL = frozenset(("level", "ts", "caller", "msg", "time", "logger", "message"))
SHOWN_FIELDS = 8
MOST_IN_A_SECOND = 500
"""Lines that are logged in a second; a program that writes without end must not fill a disk."""


class LogLines:
    """Reader of the lines of one process, in a thread of its own; `mask` masks secrets in what it keeps."""

    def __init__(self, logger: logging.Logger, mask: Callable[[str], str] = str) -> None:
        self._logger, self._mask = logger, mask
        self._last: deque[tuple[int, str]] = deque(maxlen=LAST)
        self._threads: list[threading.Thread] = []
        self._second = self._in_second = 0

    def read(self, stream: IO[bytes]) -> None:
        """Begin to read a stream; its end ends the reading."""
        thread = threading.Thread(target=self._read, args=(stream,), name="connector log", daemon=True)
        thread.start()
        self._threads.append(thread)

    def wait(self, seconds: float) -> None:
        """Wait until all streams have ended."""
        for thread in self._threads:
            thread.join(seconds)

    def last(self) -> str:
        """Return the last message that says something about a failure, or the last one, or nothing."""
        lines = list(self._last)
        errors = [text for level, text in lines if level >= logging.ERROR]
        failures = [text for _, text in lines if re.search(r"error|fail|invalid|missing|required|panic", text, re.I)]
        return (errors or failures or [text for _, text in lines] or [""])[-1]

    def _read(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(LONGEST):
                if text := line.decode(errors="replace").strip():
                    self._take(text)
            stream.close()

    def _take(self, line: str) -> None:
        level, text = _parsed(line)
        if level == logging.DEBUG or text.startswith(CHATTER):
            self._logger.debug("%s", text)
            return
        self._last.append((level, self._mask(text)))
        if not self._is_flood():
            self._logger.log(level, "%s", text)

    def _is_flood(self) -> bool:
        """Count a line; return True if there were too many in this second. The number left out is logged."""
        second = int(time.monotonic())
        if second != self._second:
            left_out = self._in_second - MOST_IN_A_SECOND
            if left_out > 0:
                self._logger.warning("%d lines of the connector process are left out", left_out)
            self._second, self._in_second = second, 0
        self._in_second += 1
        return self._in_second > MOST_IN_A_SECOND


def _parsed(line: str) -> tuple[int, str]:
    """Return level and message of a line: JSON, the console form of Go, that of `serve`, or any other text."""
    if line.startswith("{"):
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and ("msg" in entry or "message" in entry):
                return _level(entry.get("level")), _text(entry)
    if match := CONSOLE.fullmatch(line):
        level, message, fields = match.groups()
        return _level(level), f"{message} {fields}" if fields else message
    if match := PREFIX.match(line):
        return _level(match[1]), line[match.end() :]
    return logging.INFO, line


def _level(name: Any) -> int:
    return LEVELS.get(str(name).lower(), logging.ERROR)


def _text(entry: dict[str, Any]) -> str:
    message = str(entry.get("msg") or entry.get("message") or "")
    fields = [
        f"{key}={value}"
        for key, value in entry.items()
        if key not in USUAL and not key.startswith("grpc.") and value not in ("", None)
    ]
    return " ".join([message, *fields[:SHOWN_FIELDS]])
