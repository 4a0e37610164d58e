"""A gRPC server for methods that are plain functions of bytes, on the library grpclib.

The functions run in threads of a pool, so one that takes long holds up no other; signs of life are answered meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpclib
from grpclib.config import Configuration
from grpclib.const import Cardinality, Handler, Status
from grpclib.encoding.base import CodecBase, StatusDetailsCodecBase
from grpclib.server import Server

from .rpc_errors import RpcError, StatusCode

log = logging.getLogger(__name__)

__all__ = ["MOST_REQUEST_BYTES", "BytesCodec", "BytesServer"]

MOST_REQUEST_BYTES = 4 << 20
"""Bytes of a request that Go servers accept."""
WINDOW = 4 << 20
Function = Callable[[bytes], bytes]
StreamFunction = Callable[[bytes], Iterable[bytes]]


class BytesCodec(CodecBase):
    """Codec that leaves messages as they are."""

    __content_subtype__ = "proto"

    def encode(self, message: Any, message_type: Any) -> bytes:  # noqa: ARG002 - the signature of grpclib
        """Return the message."""
        return bytes(message)

    def decode(self, data: bytes, message_type: Any) -> Any:  # noqa: ARG002 - the signature of grpclib
        """Return the data."""
        return data


class DetailsCodec(StatusDetailsCodecBase):
    """Codec of details that are serialised already."""

    def encode(self, status: Any, message: str | None, details: Any) -> bytes:  # noqa: ARG002 - as above
        """Return the details."""
        return bytes(details)

    def decode(self, status: Any, message: str | None, data: bytes) -> Any:  # noqa: ARG002 - as above
        """Return the data."""
        return data


class BytesServer:
    """Server of functions by the path of their method; `streams` return several messages each.

    A function reports a failure as RpcError; any other exception is INTERNAL, with the name of its class only.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        streams: Mapping[str, StreamFunction] | None = None,
        *,
        threads: int = 16,
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="rpc")
        self._handlers = {path: self._handler(function) for path, function in functions.items()}
        self._handlers |= {path: self._stream_handler(function) for path, function in (streams or {}).items()}

    def __mapping__(self) -> Mapping[str, Handler]:
        """Return the handlers, as grpclib asks for them."""
        return self._handlers

    async def serve(self, sock: socket.socket, context: ssl.SSLContext | None, stopping: asyncio.Event) -> None:
        """Take over a listening socket and serve on it until `stopping` is set. Calls under way are given up then."""
        config = Configuration(http2_connection_window_size=WINDOW, http2_stream_window_size=WINDOW)
        # asyncio sets TCP_NODELAY only where a socket names its protocol; without it each answer waits for 40 ms
        sock = socket.socket(sock.family, sock.type, socket.IPPROTO_TCP, fileno=sock.detach())
        server = Server([self], codec=BytesCodec(), status_details_codec=DetailsCodec(), config=config)
        await server.start(sock=sock, ssl=context)
        try:
            await stopping.wait()
        finally:
            server.close()
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _handler(self, function: Function) -> Handler:
        async def handle(stream: Any) -> None:
            request = await _request(stream)
            answer = await self._run(function, request)
            await stream.send_message(answer)

        return Handler(handle, Cardinality.UNARY_UNARY, bytes, bytes)

    def _stream_handler(self, function: StreamFunction) -> Handler:
        async def handle(stream: Any) -> None:
            request = await _request(stream)
            for message in await self._run(lambda data: list(function(data)), request):
                await stream.send_message(message)

        return Handler(handle, Cardinality.UNARY_STREAM, bytes, bytes)

    async def _run(self, function: Callable[[bytes], Any], request: bytes) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, request)
        except RpcError as error:
            raise _grpc_error(error) from error
        except Exception as error:
            log.exception("a method failed")
            raise _grpc_error(
                RpcError(StatusCode.INTERNAL, f"Internal Server Error: {type(error).__name__}")
            ) from error


async def _request(stream: Any) -> bytes:
    request: bytes = await stream.recv_message() or b""
    if len(request) > MOST_REQUEST_BYTES:
        message = f"grpc: received message larger than max ({len(request)} vs. {MOST_REQUEST_BYTES})"
        raise _grpc_error(RpcError(StatusCode.RESOURCE_EXHAUSTED, message))
    return request


def _grpc_error(error: RpcError) -> grpclib.GRPCError:
    return grpclib.GRPCError(Status(int(error.code)), error.message, error.details or None)
