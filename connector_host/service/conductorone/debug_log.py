"""The debug log of a task that asks for one: all messages of the project as JSON lines, for ConductorOne's support."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["DebugLogs"]

PROJECT = "connector_host"


class DebugLogs:
    """Writer of debug logs. While one is written, the other handlers keep the levels that they show.

    `formatter` masks secrets.
    """

    def __init__(self, formatter: logging.Formatter) -> None:
        self._formatter = formatter
        self._lock = threading.Lock()
        self._open = 0
        self._before: list[tuple[logging.Handler, int]] = []
        self._level = logging.NOTSET

    @contextmanager
    def written(self, path: Path) -> Iterator[None]:
        """Write the messages of the block, of all its threads, into a new file of mode 0600."""
        path.touch(mode=0o600)
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
        handler.setFormatter(self._formatter)
        logger = logging.getLogger(PROJECT)
        self._begin(logger)
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            handler.close()
            self._end(logger)

    def _begin(self, logger: logging.Logger) -> None:
        with self._lock:
            self._open += 1
            if self._open > 1:
                return
            self._level, shown = logger.level, logger.getEffectiveLevel()
            self._before = [(handler, handler.level) for handler in (*logging.getLogger().handlers, *logger.handlers)]
            for handler, level in self._before:
                handler.setLevel(max(level, shown))
            logger.setLevel(logging.DEBUG)

    def _end(self, logger: logging.Logger) -> None:
        with self._lock:
            self._open -= 1
            if self._open:
                return
            logger.setLevel(self._level)
            for handler, level in self._before:
                handler.setLevel(level)
            self._before = []
