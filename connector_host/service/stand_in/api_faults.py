"""Faults of the stand-in: each is a setting that a test, or a person at the command line, turns on."""

from __future__ import annotations

import threading
from collections import deque

from grpclib.const import Status
from msgspec import Struct, field

__all__ = ["ApiFaults", "MethodFault"]


class MethodFault(Struct, frozen=True):
    """One failure of a method: a code with a message, or a connection that is dropped."""

    status: Status | None = None
    message: str = "a fault of the stand-in"
    after_messages: int = 0
    """Messages of an upload that are read before it fails."""


class ApiFaults(Struct):
    """The faults that are turned on. Times are seconds.

    `delays` slow a method down. `clock_offset` is how far the server's clock is ahead. `forgotten` are ids of tasks
    that the server no longer knows, `cancelled` of those that it cancels in the next heartbeat. `token_seconds` is how
    long a token is valid, `token_status` the HTTP status of the token endpoint, `is_away` closes each connection.
    """

    delays: dict[str, float] = field(default_factory=dict)
    clock_offset: float = 0.0
    token_seconds: float = 3600.0
    token_status: int = 200
    forgotten: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    is_away: bool = False
    _queues: dict[str, deque[MethodFault]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, method: str, status: Status, message: str = "a fault of the stand-in", *, times: int = 1) -> None:
        """Fail the next calls of a method with a status."""
        self._add(method, MethodFault(status, message), times)

    def drop(self, method: str, *, times: int = 1, after_messages: int = 0) -> None:
        """Drop the connection in the next calls of a method, of an upload after some messages."""
        self._add(method, MethodFault(after_messages=after_messages), times)

    def take(self, method: str) -> MethodFault | None:
        """Return the fault of this call of a method, which is then used up; None if it is to work."""
        with self._lock:
            queue = self._queues.get(method)
            return queue.popleft() if queue else None

    def _add(self, method: str, fault: MethodFault, times: int) -> None:
        with self._lock:
            self._queues.setdefault(method, deque()).extend([fault] * times)
