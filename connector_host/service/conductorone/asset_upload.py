"""The upload of a file for a task, tried again while the server is away."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from pathlib import Path

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ...errors import ConnectorHostError
from .api_calls import ApiCalls, is_final
from .heartbeats import describe

__all__ = ["jittered", "upload"]

ATTEMPTS = 3
"""Attempts of an upload that the server answers with an error."""
PATIENCE = 900.0
"""Seconds for which an upload is tried again while the server cannot be reached."""
LONGEST_WAIT = 60.0

log = logging.getLogger(__name__)


async def upload(calls: ApiCalls, task_id: str, path: Path, is_stopping: Callable[[], bool]) -> None:
    """Upload a file. Raises GRPCError when the attempts are used up, OSError when the file cannot be read."""
    end, attempt, answered = time.monotonic() + PATIENCE, 0, 0
    while True:
        try:
            return await calls.upload(task_id, path)
        except (GRPCError, ConnectorHostError) as error:
            attempt += 1
            away = isinstance(error, GRPCError) and error.status in (Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED)
            answered += not away
            final = not isinstance(error, GRPCError) or is_final(error)
            if final or is_stopping() or answered >= ATTEMPTS or time.monotonic() >= end:
                raise
            seconds = 0.0 if attempt == 1 else jittered(min((attempt - 1) ** 2, LONGEST_WAIT))
            log.warning("The upload failed and is tried again in %.0f s: %s", seconds, describe(error))
            await asyncio.sleep(seconds)


def jittered(seconds: float) -> float:
    """Return a wait with up to a quarter more, so that many hosts do not come back in the same moment."""
    return seconds * (1 + random.random() / 4)  # noqa: S311 - not for a secret
