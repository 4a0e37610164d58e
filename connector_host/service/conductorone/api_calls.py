"""The calls of ConductorOne's `BatonService`: access token, deadlines, and a new connection after a loss."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError

from ...errors import AuthError, ConfigError, ConnectorError
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from .access_token import AccessToken, TokenSource, untrusted_certificate
from .api_channel import ApiChannel
from .client_credentials import ApiEndpoint

__all__ = ["ApiCalls", "is_final"]

Reply = TypeVar("Reply", bound=Message)

SERVICE = "/c1.connectorapi.baton.v1.BatonService/"
CALL_SECONDS = 30.0
STEP_SECONDS = 120.0
"""Seconds that one chunk of an upload may take, and the answer to it."""
CHUNK = 512 * 1024
"""Bytes of a message of an upload; the API takes at most 1 MiB."""
FINAL = frozenset(
    {
        Status.UNAUTHENTICATED,
        Status.PERMISSION_DENIED,
        Status.INVALID_ARGUMENT,
        Status.UNIMPLEMENTED,
        Status.FAILED_PRECONDITION,
        Status.NOT_FOUND,
    }
)
"""Codes of the API that do not change by asking again."""

log = logging.getLogger(__name__)


def is_final(error: GRPCError) -> bool:
    """Return True for an answer that stays the same when the call is repeated."""
    return error.status in FINAL


class ApiCalls:
    """Client of the API for one event loop. Every failure is a GRPCError, AuthError, ConfigError or ConnectorError."""

    def __init__(
        self, endpoint: ApiEndpoint, tokens: TokenSource, host_id: str, context: Callable[[], ssl.SSLContext]
    ) -> None:
        self._endpoint, self._tokens, self.host_id, self._context = endpoint, tokens, host_id, context
        self._channel: ApiChannel | None = None

    async def hello(self, request: pb.BatonServiceHelloRequest) -> None:
        """Introduce this host and its connector."""
        request.host_id = self.host_id
        await self._unary("Hello", request, pb.BatonServiceHelloResponse)

    async def get_task(self) -> pb.BatonServiceGetTaskResponse:
        """Return the next task, if there is one, and the time of the next poll."""
        request = pb.BatonServiceGetTaskRequest(host_id=self.host_id)
        return await self._unary("GetTask", request, pb.BatonServiceGetTaskResponse)

    async def get_tasks(self, page_size: int, known_task_ids: list[str]) -> pb.BatonServiceGetTasksResponse:
        """Return up to `page_size` tasks other than the known ones, and the time of the next poll."""
        request = pb.BatonServiceGetTasksRequest(
            host_id=self.host_id, page_size=page_size, known_task_ids=known_task_ids
        )
        return await self._unary("GetTasks", request, pb.BatonServiceGetTasksResponse)

    async def heartbeat(self, task_id: str) -> pb.BatonServiceHeartbeatResponse:
        """Report that a task is being worked on."""
        request = pb.BatonServiceHeartbeatRequest(host_id=self.host_id, task_id=task_id)
        return await self._unary("Heartbeat", request, pb.BatonServiceHeartbeatResponse)

    async def finish(self, request: pb.BatonServiceFinishTaskRequest) -> None:
        """Report the result of a task."""
        request.host_id = self.host_id
        await self._unary("FinishTask", request, pb.BatonServiceFinishTaskResponse)

    async def upload(self, task_id: str, path: Path) -> None:
        """Upload a file for a task: metadata, chunks, checksum."""
        async with self._calling() as (channel, token):
            stream = channel.request(
                f"{SERVICE}UploadAsset",
                Cardinality.STREAM_UNARY,
                pb.BatonServiceUploadAssetRequest,
                pb.BatonServiceUploadAssetResponse,
                metadata={"authorization": token.header},
            )
            request = pb.BatonServiceUploadAssetRequest
            checksum = hashlib.sha256()
            async with stream:
                about = request.UploadMetadata(host_id=self.host_id, task_id=task_id)
                async with asyncio.timeout(STEP_SECONDS):
                    await stream.send_message(request(metadata=about))
                with path.open("rb") as content:
                    while chunk := content.read(CHUNK):
                        checksum.update(chunk)
                        async with asyncio.timeout(STEP_SECONDS):
                            await stream.send_message(request(data=request.UploadData(data=chunk)))
                end = request.UploadEOF(sha256_checksum=checksum.digest())
                async with asyncio.timeout(STEP_SECONDS):
                    await stream.send_message(request(eof=end), end=True)
                    await stream.recv_message()

    def close(self) -> None:
        """Close the connection; a later call opens one."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    async def _unary(self, method: str, request: Message, reply_type: type[Reply]) -> Reply:
        """Return the answer of a call; a call whose token was refused is repeated once with a new token."""
        for is_last in (False, True):
            try:
                async with self._calling() as (channel, token):
                    return await self._answer(channel, token, method, request, reply_type)
            except GRPCError as error:
                if error.status is not Status.UNAUTHENTICATED or is_last:
                    raise
                self._tokens.discard(token)
        raise AssertionError("not reached")

    async def _answer(
        self, channel: ApiChannel, token: AccessToken, method: str, request: Message, reply_type: type[Reply]
    ) -> Reply:
        stream = channel.request(
            f"{SERVICE}{method}",
            Cardinality.UNARY_UNARY,
            type(request),
            reply_type,
            timeout=CALL_SECONDS,
            metadata={"authorization": token.header},
        )
        async with stream:
            await stream.send_message(request, end=True)
            reply = await stream.recv_message()
        if reply is None:
            raise GRPCError(Status.INTERNAL, "the server ended the call without an answer")
        return reply

    @asynccontextmanager
    async def _calling(self) -> AsyncIterator[tuple[ApiChannel, AccessToken]]:
        """Lend the connection and a token for one call; every failure to connect becomes a GRPCError."""
        try:
            token = await asyncio.to_thread(self._tokens.get)
            channel = self._open()
            yield channel, token
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise untrusted_certificate(self._endpoint, error) from None
        except TimeoutError:
            self.close()
            raise GRPCError(Status.DEADLINE_EXCEEDED, f"{self._endpoint.authority} did not answer in time") from None
        except (StreamTerminatedError, ProtocolError, DecodeError, OSError, ssl.SSLError) as error:
            if is_local(error):
                raise
            self.close()
            problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise GRPCError(Status.UNAVAILABLE, f"{self._endpoint.authority} cannot be reached: {problem}") from None
        except GRPCError as error:
            if error.status is Status.UNAVAILABLE:
                self.close()
            raise
        except (AuthError, ConfigError):
            raise
        except ConnectorError as error:
            raise GRPCError(Status.UNAVAILABLE, error.message) from None

    def _open(self) -> ApiChannel:
        if self._channel is None:
            self._channel = ApiChannel(self._endpoint, self._context())
        return self._channel


def is_local(error: BaseException) -> bool:
    """Return True for the error of a local file, not of the connection."""
    return isinstance(error, OSError) and isinstance(error.filename, (str, bytes, Path))
