"""Heartbeats: they keep a long task ours, and bring the news that it was cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from google.protobuf.duration_pb2 import Duration
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ...errors import ConnectorHostError, Stopped
from .api_calls import ApiCalls

__all__ = ["Heartbeats"]

MOST_FAILURES = 9
"""Heartbeats in a row that may fail before the task counts as lost."""
USUAL, SHORTEST, LONGEST = 30.0, 1.0, 300.0
"""Seconds between two heartbeats: when the server names none, and the limits of what it may name."""

log = logging.getLogger(__name__)


class Heartbeats:
    """The heartbeats of one task. `cancel` is called once, with the reason, when the task is to end."""

    def __init__(self, calls: ApiCalls, task_id: str, cancel: Callable[[Stopped], None]) -> None:
        self._calls, self._task_id, self._cancel = calls, task_id, cancel

    async def first(self) -> float:
        """Send the first heartbeat; return the seconds until the next.

        Raises Stopped if the task is cancelled already, GRPCError if the server does not take the heartbeat.
        """
        reply = await self._calls.heartbeat(self._task_id)
        if reply.cancelled:
            raise Stopped("ConductorOne cancelled the task")
        return interval(reply.next_heartbeat)

    async def beat(self, seconds: float) -> None:
        """Send heartbeats, the next in `seconds`, until this coroutine is cancelled or the task is."""
        failures = 0
        while True:
            await asyncio.sleep(seconds)
            try:
                seconds = await self.first()
                failures = 0
            except Stopped as reason:
                return self._cancel(reason)
            except (GRPCError, ConnectorHostError) as error:
                failures += 1
                log.warning("Heartbeat %d of %d failed: %s", failures, MOST_FAILURES, describe(error))
                if isinstance(error, GRPCError) and error.status is Status.NOT_FOUND:
                    return self._cancel(Stopped("ConductorOne no longer knows the task"))
                if failures >= MOST_FAILURES:
                    return self._cancel(Stopped(f"{failures} heartbeats in a row failed, so the task counts as lost"))


def interval(duration: Duration) -> float:
    """Return the seconds until the next heartbeat, within the limits."""
    seconds = duration.seconds + duration.nanos / 1e9
    return min(max(seconds, SHORTEST), LONGEST) if seconds else USUAL


def describe(error: BaseException) -> str:
    """Return the code and message of a failed call of the API."""
    return f"{error.status.name}: {error.message}" if isinstance(error, GRPCError) else str(error)
