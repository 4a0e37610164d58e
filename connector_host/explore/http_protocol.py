"""The HTTP protocol of the server: idle connections never keep a new one out."""

from __future__ import annotations

import asyncio
import time

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["MOST_IDLE", "EvictingProtocol"]

MOST_IDLE = 64


class EvictingProtocol(H11Protocol):
    """A connection that closes the oldest idle ones when it comes and more than `MOST_IDLE` are open."""

    _opened_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection and make room for it."""
        super().connection_made(transport)
        self._opened_at = time.monotonic()
        idle = [
            connection
            for connection in self.connections
            if isinstance(connection, EvictingProtocol) and connection is not self and connection.is_idle
        ]
        idle.sort(key=lambda connection: connection._opened_at)
        for connection in idle[: max(0, len(idle) + 1 - MOST_IDLE)]:
            connection.transport.abort()

    @property
    def is_idle(self) -> bool:
        """True if no request of the connection is being answered."""
        return self.cycle is None or self.cycle.response_complete
