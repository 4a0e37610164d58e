"""The loop of service mode: say hello, poll for tasks, perform several at a time, report each result."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from google.protobuf.duration_pb2 import Duration
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from msgspec import Struct

from ...errors import AuthError, ConnectorHostError, PreconditionError, Stopped
from ...sync.hook_calls import TRANSIENT
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .api_calls import ApiCalls, is_final
from .asset_upload import jittered
from .heartbeats import describe
from .task_results import failure

__all__ = ["LoopSettings", "Perform", "TaskLoop", "kind_of"]

LONGEST_POLL = 300.0
MOST_TASKS = 100
LONGEST_BACK_OFF = 60.0
LONGEST_HELLO_WAIT = 300.0
FINISH_PATIENCE = 900.0
"""Seconds for which a result is reported again while the server cannot be reached."""
STOPPING_PATIENCE = 10.0
"""The same once the service is stopping."""

Perform = Callable[[pb.Task], Awaitable[pb.BatonServiceFinishTaskRequest | None]]

log = logging.getLogger(__name__)


class LoopSettings(Struct, frozen=True, kw_only=True):
    """The number of tasks at a time, and whether tasks are fetched with GetTasks instead of GetTask."""

    concurrency: int = 3
    get_tasks: bool = False


class TaskLoop:
    """The loop for one connector. `stop` ends it; the tasks that run are then waited for."""

    def __init__(self, calls: ApiCalls, perform: Perform, settings: LoopSettings) -> None:
        self._calls, self._perform, self._settings = calls, perform, settings
        self._running: dict[str, asyncio.Task[None]] = {}
        self._queued: dict[str, pb.Task] = {}
        self._stopping, self._task_ended = asyncio.Event(), asyncio.Event()
        self._next_poll = 0.0
        self._introduced = False
        self.ended = 0

    @property
    def is_stopping(self) -> bool:
        """Return True once the loop is to end."""
        return self._stopping.is_set()

    @property
    def is_ready(self) -> bool:
        """Return True while tasks are accepted."""
        return self._introduced and not self.is_stopping

    def stop(self) -> None:
        """Fetch no more tasks, and end `run` when those that run have ended. Call it in the thread of the loop."""
        self._stopping.set()
        self._task_ended.set()

    async def run(self, hello: Callable[[], Awaitable[None]]) -> None:
        """Say hello, then perform tasks until `stop` is called.

        Raises AuthError or PreconditionError if ConductorOne refuses this host at the start, and what the connector
        raises that does not pass.
        """
        await self._introduce(hello)
        self._introduced = not self.is_stopping
        if self._introduced:
            log.info("ConductorOne knows this host; waiting for tasks, %d at a time.", self._settings.concurrency)
        failures = 0
        try:
            while await self._wait_for_slot():
                if self._queued:
                    self._start(self._queued.pop(next(iter(self._queued))))
                elif (seconds := self._next_poll - time.monotonic()) > 0:
                    await self._pause(seconds)
                else:
                    failures = await self._poll(failures)
        finally:
            await self._end_tasks()

    async def _introduce(self, hello: Callable[[], Awaitable[None]]) -> None:
        """Say hello, again and again while ConductorOne or the application cannot be reached."""
        seconds = 1.0
        while not self.is_stopping:
            try:
                return await hello()
            except (GRPCError, ConnectorHostError) as error:
                if isinstance(error, GRPCError) and is_final(error):
                    raise _refused(error) from None
                if isinstance(error, ConnectorHostError) and not isinstance(error, (*TRANSIENT, Stopped)):
                    raise
                wait = jittered(seconds)
                log.warning("The start failed; trying again in %.0f s: %s", wait, describe(error))
                await self._pause(wait)
                seconds = min(seconds * 2, LONGEST_HELLO_WAIT)
        return None

    async def _wait_for_slot(self) -> bool:
        """Wait until another task may run; return False once the service is stopping."""
        while len(self._running) >= self._settings.concurrency and not self.is_stopping:
            self._task_ended.clear()
            await self._task_ended.wait()
        return not self.is_stopping

    async def _poll(self, failures: int) -> int:
        """Queue the tasks of one poll and set the time of the next; return how many polls in a row have failed."""
        try:
            tasks, next_poll = await self._fetch()
        except (GRPCError, ConnectorHostError) as error:
            failures += 1
            seconds = jittered(min(failures**2, LONGEST_BACK_OFF))
            log.warning("Polling failed; trying again in %.0f s: %s", seconds, describe(error))
            self._next_poll = time.monotonic() + seconds
            return failures
        if failures:
            log.info("ConductorOne answers again.")
        for task in tasks:
            if task.id in self._running or task.id in self._queued:
                log.info("Task %s is running already; it is not started a second time.", task.id)
            elif task.WhichOneof("task_type") != "none":
                self._queued[task.id] = task
        self._next_poll = time.monotonic() + min(max(_seconds(next_poll), 0.0), LONGEST_POLL)
        return 0

    async def _fetch(self) -> tuple[list[pb.Task], Duration]:
        if not self._settings.get_tasks:
            reply = await self._calls.get_task()
            return [reply.task] if reply.HasField("task") else [], reply.next_poll
        known = [*self._running, *self._queued]
        page_size = min(max(2 * self._settings.concurrency - len(known), 1), MOST_TASKS)
        page = await self._calls.get_tasks(page_size, known)
        return list(page.tasks), page.next_poll

    async def _pause(self, seconds: float) -> None:
        """Wait, not longer than until the service stops."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    # ----------------------------------------------------------------------------------------------- tasks

    def _start(self, task: pb.Task) -> None:
        self._running[task.id] = asyncio.create_task(self._handle(task), name=f"task {task.id}")

    async def _handle(self, task: pb.Task) -> None:
        """Perform a task and report its result."""
        started = time.monotonic()
        log.info("Task %s: %s", task.id, kind_of(task))
        try:
            result = await self._perform(task)
            seconds = time.monotonic() - started
            if result is None or result.WhichOneof("final_state") == "success":
                log.info("Task %s: %s ended after %.1f s", task.id, kind_of(task), seconds)
            else:
                problem = result.status.message.partition("\n")[0]
                log.warning("Task %s: %s failed: %s", task.id, kind_of(task), problem)
            if result is not None:
                await self._finish(result)
        finally:
            self._running.pop(task.id, None)
            self.ended += 1
            self._task_ended.set()

    async def _finish(self, result: pb.BatonServiceFinishTaskRequest) -> None:
        """Report a result, again and again while ConductorOne cannot be reached."""
        started, attempt = time.monotonic(), 0
        while True:
            try:
                return await self._calls.finish(result)
            except (GRPCError, ConnectorHostError) as error:
                attempt += 1
                patience = STOPPING_PATIENCE if self.is_stopping else FINISH_PATIENCE
                final = not isinstance(error, GRPCError) or is_final(error)
                if final or time.monotonic() - started > patience:
                    log.error("The result of task %s was not reported: %s", result.task_id, describe(error))
                    return None
                seconds = 1.0 if self.is_stopping else jittered(min(attempt**2, LONGEST_BACK_OFF))
                log.warning("The result is reported again in %.0f s: %s", seconds, describe(error))
                await (asyncio.sleep(seconds) if self.is_stopping else self._pause(seconds))

    async def _end_tasks(self) -> None:
        """Wait for the tasks that run, and give back those that were not started."""
        for task in self._queued.values():
            stopped = Stopped("the connector is stopping; the task was not started")
            await self._finish(failure(task.id, stopped, str, retryable=True))
        self._queued.clear()
        if self._running:
            log.info("Waiting for %d tasks to end.", len(self._running))
            await asyncio.gather(*self._running.values(), return_exceptions=True)


def kind_of(task: pb.Task) -> str:
    """Return the name of a task's type; 'unknown' for one that this version does not know."""
    return task.WhichOneof("task_type") or "unknown"


def _seconds(duration: Duration) -> float:
    return float(duration.seconds + duration.nanos / 1e9)


def _refused(error: GRPCError) -> ConnectorHostError:
    message = f"ConductorOne refused the first call: {describe(error)}"
    if error.status in (Status.UNAUTHENTICATED, Status.PERMISSION_DENIED):
        return AuthError(message, hint="Check BATON_CLIENT_ID and BATON_CLIENT_SECRET.")
    return PreconditionError(message, hint="Check the connector in ConductorOne, and the version of connector-host.")
