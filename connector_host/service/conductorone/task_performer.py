"""The performer of tasks: it chooses how a task is performed, and turns its end into a result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ...errors import ConnectorHostError, PluginError, Stopped
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .api_calls import ApiCalls
from .sync_tasks import SyncTasks
from .task_calls import Answer, perform_call, task_call
from .task_results import TaskFailed, failure, success

__all__ = ["TaskPerformer"]

log = logging.getLogger(__name__)


class TaskPerformer:
    """Performer of all tasks of one connector.

    `answer` calls the connector, in a thread of `executor`. `hello` repeats the first call, for a task. `mask` masks
    secrets in messages.
    """

    def __init__(
        self,
        calls: ApiCalls,
        syncs: SyncTasks,
        answer: Answer,
        executor: Executor,
        hello: Callable[[str], pb.BatonServiceHelloRequest],
        mask: Callable[[str], str],
    ) -> None:
        self._calls, self._syncs, self._answer, self._executor = calls, syncs, answer, executor
        self._hello, self._mask = hello, mask

    async def say_hello(self, task_id: str = "") -> None:
        """Introduce the host and its connector to ConductorOne."""
        request = await asyncio.get_running_loop().run_in_executor(self._executor, self._hello, task_id)
        await self._calls.hello(request)

    async def perform(self, task: pb.Task) -> pb.BatonServiceFinishTaskRequest | None:
        """Perform a task and return its result; None for one that has no result. Raises nothing."""
        kind = task.WhichOneof("task_type")
        retryable = True
        try:
            if kind == "hello":
                await self.say_hello(task.id)
                return None
            if kind == "sync_full":
                return await self._syncs.perform(task)
            call = task_call(task)
            retryable = call.retryable
            response = await asyncio.get_running_loop().run_in_executor(
                self._executor, perform_call, call, self._answer
            )
            return success(task.id, response)
        except (ConnectorHostError, GRPCError, TaskFailed) as error:
            if isinstance(error, PluginError):
                log.exception("the connector failed")
            return failure(task.id, error, self._mask, retryable=retryable or _is_stopped(error))
        except Exception as error:
            log.exception("Task %s failed", task.id)
            return failure(task.id, error, self._mask, retryable=retryable)


def _is_stopped(error: Exception) -> bool:
    """Return True if a call was not made, or not repeated, because the service is stopping."""
    return isinstance(error, Stopped) or (isinstance(error, GRPCError) and error.status is Status.CANCELLED)
