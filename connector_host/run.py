"""The run that a connector's session belongs to: a stop signal, a logger, a sleep that ends when the run stops."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from .errors import ConnectorHostError
from .session_store import SessionStore

__all__ = ["Run"]


class Run:
    """One run of one connector, shared by its threads.

    `stopping` is set when the run must end soon. `logger` shows messages to the user. `redact(value)` masks a secret
    that only exists at run time (a session token).
    `store` keeps small texts between sessions, and for a sync that is resumed.
    `sync_id` is the id of the running sync, empty in other commands and until the sync has begun.
    `report(line)` adds a line about versions, shapes and counts to `check --redact`: no name, address or id.

    For the host: `reason` is the error that the run was stopped for, if one was given, and `fault` a defect of the
    connector outside its hooks (in a thread or destructor of its own).
    """

    def __init__(self, logger: logging.Logger | None = None, redact: Callable[[str], None] | None = None) -> None:
        self.stopping = threading.Event()
        self.logger = logger or logging.getLogger("connector_host.plugins.facade")
        self.redact: Callable[[str], None] = redact or (lambda _value: None)
        self.store = SessionStore()
        self.sync_id = ""
        self.reported: list[str] = []
        self.reason: ConnectorHostError | None = None
        self.fault: ConnectorHostError | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._abandoned: list[Callable[[], None]] = []
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

    def stop(self, reason: ConnectorHostError | None = None) -> None:
        """Set `stopping` and call the callbacks (for the host). Later calls do nothing."""
        with self._lock:
            if self.stopping.is_set():
                return
            self.reason = reason
            self.stopping.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self._call(callback, "a stop callback failed")

    def fail(self, fault: ConnectorHostError) -> None:
        """For the host: stop the run because of a defect of the connector outside its hooks; the first one counts."""
        with self._lock:
            self.fault = self.fault or fault
        self.stop(fault)

    def on_abandon(self, callback: Callable[[], None]) -> Callable[[], None]:
        """For the host: call `callback` if the process ends during a call. Returns a function that takes it back."""
        with self._lock:
            self._abandoned.append(callback)

        def take_back() -> None:
            with self._lock:
                if callback in self._abandoned:
                    self._abandoned.remove(callback)

        return take_back

    def abandon(self) -> None:
        """For the host: the process ends now although calls are in flight."""
        with self._lock:
            callbacks, self._abandoned = self._abandoned, []
        for callback in callbacks:
            self._call(callback, "recording an abandoned call failed")

    def _call(self, callback: Callable[[], None], problem: str) -> None:
        try:
            callback()
        except BaseException:
            self.logger.exception("%s", problem)
