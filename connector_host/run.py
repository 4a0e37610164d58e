"""The run that a connector's session belongs to: a stop signal, a logger, a sleep that ends when the run stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

__all__ = ["Run"]


class Run:
    """One run of one connector, shared by its threads.

    `stopping` is set when the run must end soon. `logger` shows messages to the user. `redact(value)` masks a secret
    that only exists at run time (a session token).
    `report(line)` adds a line about versions, shapes and counts to `check --redact`: no name, address or id.
    """

    def __init__(self, logger: logging.Logger | None = None, redact: Callable[[str], None] | None = None) -> None:
        self.stopping = threading.Event()
        self.logger = logger or logging.getLogger("connector_host.plugins.facade")
        self.redact: Callable[[str], None] = redact or (lambda _value: None)
        self.reported: list[str] = []
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def on_stop(self, callback: Callable[[], None]) -> None:
        """Call `callback` once when the run stops, or now if it is stopping. It must not raise.

        This is the place to end a child process or to close a connection. It runs in the thread that stops the run.
        """
        with self._lock:
            if not self.stopping.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def report(self, line: str) -> None:
        """Add a line without any name, address or id to the report of `check --redact`."""
        self.reported.append(line)

    def sleep(self, seconds: float) -> bool:
        """Wait. Return True after `seconds`, False as soon as the run is stopping."""
        return not self.stopping.wait(min(max(0.0, seconds), threading.TIMEOUT_MAX))

    def stop(self) -> None:
        """Set `stopping` and call the callbacks (for the host). Later calls do nothing."""
        with self._lock:
            if self.stopping.is_set():
                return
            self.stopping.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception:
                self.logger.exception("a stop callback failed")
