"""The stand-in's `BatonService`: tasks to hand out, heartbeats, uploads, results; each request is checked."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Stream
from msgspec import Struct, field

from ...c1z import ksuid
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .api_faults import ApiFaults, MethodFault
from .token_endpoint import TokenEndpoint

__all__ = ["StandInTasks", "TaskService"]

SERVICE = "/c1.connectorapi.baton.v1.BatonService/"
TASK_ID = re.compile("[a-zA-Z0-9]{27}")
MOST_DATA = 1 << 20
OS_FIELDS = (
    *("hostname", "os", "platform", "platform_version", "platform_family", "kernel_version", "kernel_arch"),
    "virtualization_system",
)


class StandInTasks(Struct):
    """The state of the stand-in, for any thread: what waits, runs, was uploaded and was finished."""

    poll_seconds: float = 0.02
    heartbeat_seconds: float = 1.0
    waiting: deque[pb.Task] = field(default_factory=deque)
    running: dict[str, pb.Task] = field(default_factory=dict)
    results: dict[str, pb.BatonServiceFinishTaskRequest] = field(default_factory=dict)
    uploads: dict[str, list[bytes]] = field(default_factory=dict)
    chunks: dict[str, list[int]] = field(default_factory=dict)
    heartbeats: Counter[str] = field(default_factory=Counter)
    hellos: list[pb.BatonServiceHelloRequest] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    most_running: int = 0
    user_agent: str = ""
    """The client of the last call, as it names itself."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, **task_type: Any) -> str:
        """Add a task, as `add(hello=Task.HelloTask())`, and return its id."""
        task = pb.Task(id=ksuid.new(), status=pb.Task.STATUS_PENDING, **task_type)
        with self._changed:
            self.waiting.append(task)
        return task.id

    def hand_again(self, task_id: str) -> None:
        """Hand a running or finished task out once more, as ConductorOne does when its heartbeats stop."""
        with self._changed:
            self.results.pop(task_id, None)
            self.waiting.append(self.running[task_id])

    def wait(self, condition: Callable[[StandInTasks], Any], seconds: float = 20.0) -> None:
        """Wait until `condition` of this state is true. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), seconds):
                raise TimeoutError(f"the condition is not true after {seconds:g} s")

    def result(self, task_id: str, seconds: float = 20.0) -> pb.BatonServiceFinishTaskRequest:
        """Wait for the result of a task and return it. Raises TimeoutError."""
        self.wait(lambda state: task_id in state.results, seconds)
        return self.results[task_id]

    def change(self, function: Callable[[], Any]) -> None:
        """Change the state and wake those that wait for it."""
        with self._changed:
            function()
            self._changed.notify_all()


class TaskService:
    """The methods of the service. `drop` closes the connections of all clients."""

    def __init__(self, tasks: StandInTasks, tokens: TokenEndpoint, faults: ApiFaults, drop: Callable[[], None]) -> None:
        self._tasks, self._tokens, self._faults, self._drop = tasks, tokens, faults, drop

    def __mapping__(self) -> dict[str, Handler]:
        """Return the handlers by path, as grpclib wants them."""
        unary = {
            "Hello": (self._hello, pb.BatonServiceHelloRequest, pb.BatonServiceHelloResponse),
            "GetTask": (self._get_task, pb.BatonServiceGetTaskRequest, pb.BatonServiceGetTaskResponse),
            "GetTasks": (self._get_tasks, pb.BatonServiceGetTasksRequest, pb.BatonServiceGetTasksResponse),
            "Heartbeat": (self._heartbeat, pb.BatonServiceHeartbeatRequest, pb.BatonServiceHeartbeatResponse),
            "FinishTask": (self._finish, pb.BatonServiceFinishTaskRequest, pb.BatonServiceFinishTaskResponse),
        }
        handlers = {
            f"{SERVICE}{name}": Handler(self._unary(name, answer), Cardinality.UNARY_UNARY, request, reply)
            for name, (answer, request, reply) in unary.items()
        }
        upload = (pb.BatonServiceUploadAssetRequest, pb.BatonServiceUploadAssetResponse)
        return handlers | {f"{SERVICE}UploadAsset": Handler(self._upload, Cardinality.STREAM_UNARY, *upload)}

    def _unary(self, name: str, answer: Callable[[Any], Any]) -> Callable[[Stream[Any, Any]], Any]:
        async def handle(stream: Stream[Any, Any]) -> None:
            await self._begin(name, stream)
            request: Any = await stream.recv_message()
            if fault := self._faults.take(name):
                self._fail(fault)
            _require(0 < len(request.host_id) <= 256, "host_id has to have 1 to 256 characters")
            await stream.send_message(answer(request))

        return handle

    async def _begin(self, name: str, stream: Stream[Any, Any]) -> None:
        """Count a call, slow it down, and check its token."""
        self._tasks.change(lambda: self._tasks.calls.update([name]))
        self._tasks.user_agent = stream.user_agent or ""
        await asyncio.sleep(self._faults.delays.get(name, 0.0))
        if not self._tokens.accepts(str(stream.metadata.get("authorization", "") if stream.metadata else "")):
            raise GRPCError(Status.UNAUTHENTICATED, "the access token is missing, wrong or expired")

    def _fail(self, fault: MethodFault) -> None:
        if fault.status is not None:
            raise GRPCError(fault.status, fault.message)
        self._drop()
        raise GRPCError(Status.UNAVAILABLE, fault.message)

    # ----------------------------------------------------------------------------------------------- methods

    def _hello(self, request: pb.BatonServiceHelloRequest) -> pb.BatonServiceHelloResponse:
        _require(not request.task_id or bool(TASK_ID.fullmatch(request.task_id)), "task_id is not a task's id")
        _require(request.HasField("connector_metadata"), "connector_metadata is required")
        empty = [name for name in OS_FIELDS if not getattr(request.os_info, name)]
        _require(not empty, f"os_info.{', '.join(empty)} may not be empty")
        self._tasks.change(lambda: self._tasks.hellos.append(request))
        return pb.BatonServiceHelloResponse()

    def _get_task(self, _request: pb.BatonServiceGetTaskRequest) -> pb.BatonServiceGetTaskResponse:
        reply = pb.BatonServiceGetTaskResponse()
        self._schedule(reply)
        for task in self._hand_out(1, frozenset()) or [pb.Task(none=pb.Task.NoneTask())]:
            reply.task.CopyFrom(task)
        return reply

    def _get_tasks(self, request: pb.BatonServiceGetTasksRequest) -> pb.BatonServiceGetTasksResponse:
        _require(0 < request.page_size <= 100, "page_size has to be from 1 to 100")
        _require(all(map(TASK_ID.fullmatch, request.known_task_ids)), "known_task_ids has an id that is none")
        tasks = self._hand_out(request.page_size, frozenset(request.known_task_ids))
        reply = pb.BatonServiceGetTasksResponse(tasks=tasks)
        self._schedule(reply)
        return reply

    def _schedule(self, reply: pb.BatonServiceGetTaskResponse | pb.BatonServiceGetTasksResponse) -> None:
        reply.next_poll.FromMicroseconds(int(self._tasks.poll_seconds * 1e6))
        reply.next_heartbeat.FromMicroseconds(int(self._tasks.heartbeat_seconds * 1e6))

    def _hand_out(self, most: int, known: frozenset[str]) -> list[pb.Task]:
        tasks: list[pb.Task] = []

        def take() -> None:
            while self._tasks.waiting and len(tasks) < most:
                task = self._tasks.waiting.popleft()
                if task.id not in known:
                    tasks.append(task)
                    self._tasks.running[task.id] = task
            self._tasks.most_running = max(self._tasks.most_running, len(self._tasks.running))

        self._tasks.change(take)
        return tasks

    def _heartbeat(self, request: pb.BatonServiceHeartbeatRequest) -> pb.BatonServiceHeartbeatResponse:
        self._require_known(request.task_id)
        self._tasks.change(lambda: self._tasks.heartbeats.update([request.task_id]))
        reply = pb.BatonServiceHeartbeatResponse(cancelled=request.task_id in self._faults.cancelled)
        reply.next_heartbeat.FromMicroseconds(int(self._tasks.heartbeat_seconds * 1e6))
        return reply

    def _finish(self, request: pb.BatonServiceFinishTaskRequest) -> pb.BatonServiceFinishTaskResponse:
        self._require_known(request.task_id)
        _require(request.WhichOneof("final_state") is not None, "final_state is required")

        def store() -> None:
            self._tasks.results[request.task_id] = request
            self._tasks.running.pop(request.task_id, None)

        self._tasks.change(store)
        return pb.BatonServiceFinishTaskResponse()

    def _require_known(self, task_id: str) -> None:
        _require(bool(TASK_ID.fullmatch(task_id)), "task_id is not the id of a task")
        if task_id in self._faults.forgotten or task_id not in self._tasks.running:
            raise GRPCError(Status.NOT_FOUND, f"there is no task {task_id}")

    # ----------------------------------------------------------------------------------------------- uploads

    async def _upload(self, stream: Stream[Any, Any]) -> None:
        """Read metadata, data and the checksum in this order, and keep the content."""
        await self._begin("UploadAsset", stream)
        fault = self._faults.take("UploadAsset")
        if fault and not fault.after_messages:
            self._fail(fault)
        request: Any = await stream.recv_message()
        _require(request is not None and request.WhichOneof("msg") == "metadata", "the first message is not metadata")
        task_id = request.metadata.task_id
        _require(bool(request.metadata.host_id), "host_id is required")
        self._require_known(task_id)
        parts: list[bytes] = []
        while (request := await stream.recv_message()) is not None and request.WhichOneof("msg") == "data":
            _require(0 < len(request.data.data) <= MOST_DATA, "a data message has to have 1 byte to 1 MiB")
            parts.append(request.data.data)
            if fault and len(parts) >= fault.after_messages:
                self._fail(fault)
        _require(request is not None and request.WhichOneof("msg") == "eof", "the last message is not the end")
        content = b"".join(parts)
        _require(hashlib.sha256(content).digest() == request.eof.sha256_checksum, "the checksum is wrong")

        def store() -> None:
            self._tasks.uploads.setdefault(task_id, []).append(content)
            self._tasks.chunks[task_id] = [len(part) for part in parts]

        self._tasks.change(store)
        await stream.send_message(pb.BatonServiceUploadAssetResponse())


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise GRPCError(Status.INVALID_ARGUMENT, problem)
