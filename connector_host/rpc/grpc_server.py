"""A gRPC server for methods that are plain functions of bytes, with threads.

The thread that reads a connection also performs the call and sends the answer: nothing is handed over while calls are
quick. When one takes longer, or another one waits, another thread reads instead, so that no call holds up another and
signs of life are answered. `docs/go-connectors.md` says why this is no library.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import math
import select
import socket
import ssl
import threading
import time
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .header_blocks import Headers, write_headers
from .http2 import DataArrived, HeadersArrived, Http2, Http2Error, StreamEvent, StreamWasReset, WindowGrew
from .rpc_errors import RpcError, StatusCode
from .tls_stream import TlsStream

log = logging.getLogger(__name__)

__all__ = ["MOST_REQUEST_BYTES", "BytesServer"]

MOST_REQUEST_BYTES = 4 << 20
"""Bytes of a request that Go servers accept."""
WINDOW = 4 << 20
QUICK = 0.005
"""Seconds of a call after which the next one is performed while another thread reads."""
RELIEF = 0.02
"""Seconds of a call after which another thread reads, although calls were quick so far."""
IDLE = 0.25
"""Seconds between two looks at connections without calls."""
SHAKE_SECONDS, SEND_SECONDS = 30.0, 90.0
BEGINNING = ((b":status", b"200"), (b"content-type", b"application/grpc+proto"))
HEADERS, OK, UNSUPPORTED = (
    write_headers(BEGINNING),
    write_headers([(b"grpc-status", b"0")]),
    write_headers([(b":status", b"415")]),
)
SAFE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
Function = Callable[[bytes], bytes]
StreamFunction = Callable[[bytes], Iterable[bytes]]


class BytesServer:
    """Server of functions by the path of their method; `streams` return several messages each.

    A function reports a failure as RpcError; any other exception is INTERNAL, with the name of its class only. At most
    `threads` functions run at once.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        streams: Mapping[str, StreamFunction] | None = None,
        *,
        threads: int = 16,
    ) -> None:
        self._functions, self._streams = functions, streams or {}
        self._room = threading.Semaphore(threads)
        self._connections: set[_Connection] = set()
        self._wake: socket.socket | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End `serve`, from any thread. Calls under way are given up."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            if self._wake is not None:
                self._wake.send(b"\0")

    def serve(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        """Take over a listening socket and serve on it until `stop` is called."""
        woken, self._wake = socket.socketpair()
        with sock, woken, self._wake:
            while not self._stopping.is_set():
                is_calling = any(connection.is_calling for connection in self._connections)
                ready = select.select([sock, woken], [], [], RELIEF if is_calling else IDLE)[0]
                if sock in ready and not self._stopping.is_set():
                    with contextlib.suppress(OSError):
                        self._accept(sock, context)
                for connection in tuple(self._connections):
                    connection.relieve()
                    if connection.is_closed:
                        self._connections.discard(connection)
            for connection in self._connections:
                connection.close()

    def _accept(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        client, _ = sock.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(TlsStream(client, context), self._answer)
        self._connections.add(connection)
        connection.start()

    def _answer(self, path: str, request: bytes) -> Iterable[bytes]:
        """Return the messages of the answer to a call. Raises RpcError."""
        try:
            if function := self._functions.get(path):
                with self._room:
                    return (function(request),)
            if stream := self._streams.get(path):
                with self._room:
                    return tuple(stream(request))
        except RpcError:
            raise
        except Exception as error:
            log.exception("a method failed")
            raise RpcError(StatusCode.INTERNAL, f"Internal Server Error: {type(error).__name__}") from error
        raise RpcError(StatusCode.UNIMPLEMENTED, f"unknown method {path}")


class _Call(NamedTuple):
    """A call whose request has arrived; `problem` is the reason to refuse it."""

    stream: int
    path: str
    request: bytes
    problem: RpcError | None


class _Request:
    """The parts of a request that have arrived."""

    def __init__(self, headers: Headers) -> None:
        self.path = headers.get(b":path", b"").decode("latin-1")
        self.is_grpc = headers.get(b"content-type", b"").startswith(b"application/grpc")
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        """Keep data; not more than a request may have."""
        self._size += len(data)
        if self._size <= MOST_REQUEST_BYTES + 5 or not self._parts:
            self._parts.append(data)

    def call(self, stream: int) -> _Call:
        """Return the call, when everything has arrived."""
        data = b"".join(self._parts)
        size = int.from_bytes(data[1:5], "big")
        problem = None
        if size > MOST_REQUEST_BYTES or self._size > MOST_REQUEST_BYTES + 5:
            message = f"grpc: received message larger than max ({size} vs. {MOST_REQUEST_BYTES})"
            problem = RpcError(StatusCode.RESOURCE_EXHAUSTED, message)
        elif data[:1] == b"\1":
            problem = RpcError(StatusCode.UNIMPLEMENTED, "compressed requests are not supported")
        elif len(data) != size + 5:
            problem = RpcError(StatusCode.INTERNAL, "the request does not hold one message")
        return _Call(stream, self.path, data[5:], problem)


class _Connection:
    """One connection. One of its threads reads at a time: the one that has its turn."""

    def __init__(self, tls: TlsStream, answer: Callable[[str, bytes], Iterable[bytes]]) -> None:
        self._tls, self._function = tls, answer
        self._http = Http2(is_client=False, stream_window=WINDOW, connection_window=WINDOW)
        self._changed = threading.Condition()  # holds the state of HTTP/2; told when there may be room to send
        self._requests: dict[int, _Request] = {}
        self._ready: deque[_Call] = deque()
        self._turn = 0
        self._calling_since = math.inf
        self._is_slow = self.is_closed = False

    @property
    def is_calling(self) -> bool:
        """Return True while the thread that should read performs a call."""
        return self._calling_since < math.inf

    def start(self) -> None:
        """Begin to serve the connection."""
        threading.Thread(target=self._begin, name="rpc", daemon=True).start()

    def relieve(self) -> None:
        """Pass the reading to another thread if the one whose turn it is performs a call that takes long."""
        if time.monotonic() - self._calling_since > RELIEF:
            self._pass_on(self._turn)

    def close(self) -> None:
        """Close the connection."""
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()
        self._tls.close()

    # ----------------------------------------------------------------------------------------------- turns

    def _begin(self) -> None:
        try:
            self._tls.settimeout(SHAKE_SECONDS)
            self._tls.do_handshake()
            self._tls.settimeout(None)
            with self._changed:
                self._flush()
        except (OSError, ValueError) as error:
            log.debug("a connection was not made: %s", error)
            self.close()
            return
        self._read_on(self._turn)

    def _pass_on(self, turn: int) -> None:
        """Pass the reading to another thread, unless one reads already."""
        with self._changed:
            if self._turn != turn or self.is_closed:
                return
            self._turn += 1
            self._calling_since = math.inf
            turn = self._turn
        threading.Thread(target=self._read_on, args=(turn,), name="rpc", daemon=True).start()

    def _read_on(self, turn: int) -> None:
        """Read calls and perform them, for as long as it is the turn of this thread."""
        try:
            while self._turn == turn:
                call = self._next_call()
                if call is None:
                    break
                started = time.monotonic()
                passes_on = self._is_slow or bool(self._ready)
                if passes_on:
                    self._pass_on(turn)
                else:
                    self._calling_since = started
                self._perform(call, turn)
                self._is_slow = time.monotonic() - started > QUICK
                if passes_on:
                    return
                with self._changed:
                    if self._turn != turn:
                        return
                    self._calling_since = math.inf
            else:
                return
        except (OSError, ValueError, Http2Error) as error:
            log.debug("a connection ended: %s", error)
        self.close()

    # ----------------------------------------------------------------------------------------------- reading

    def _next_call(self) -> _Call | None:
        """Return the next call that has arrived; None at the end of the connection."""
        while not self._ready:
            data = self._tls.recv()
            if not data or self.is_closed:
                return None
            with self._changed:
                for event in self._http.receive(data):
                    self._take(event)
                self._flush()
        return self._ready.popleft()

    def _take(self, event: StreamEvent) -> None:
        if isinstance(event, HeadersArrived):
            request = self._requests.setdefault(event.stream, _Request(event.headers))
        elif isinstance(event, StreamWasReset):
            self._requests.pop(event.stream, None)
            self._changed.notify_all()
            return
        elif isinstance(event, WindowGrew):
            self._changed.notify_all()
            return
        elif isinstance(event, DataArrived) and event.stream in self._requests:
            request = self._requests[event.stream]
            request.add(event.data)
        else:
            return  # data of a call that was given up, or the end of the connection, which is noticed anyway
        if event.is_last:
            self._arrive(event.stream, request)

    def _arrive(self, stream: int, request: _Request) -> None:
        if request.is_grpc:
            self._ready.append(request.call(stream))
            return
        del self._requests[stream]
        self._http.send_headers(stream, UNSUPPORTED, is_last=True)

    # ----------------------------------------------------------------------------------------------- answering

    def _perform(self, call: _Call, turn: int) -> None:
        if self._is_given_up(call.stream):
            return
        try:
            if call.problem is not None:
                raise call.problem
            messages = self._function(call.path, call.request)
        except RpcError as error:
            self._send(call.stream, None, _failure(error), turn)
        else:
            body = b"".join(part for each in messages for part in (b"\0", len(each).to_bytes(4, "big"), each))
            self._send(call.stream, body, OK, turn)

    def _send(self, stream: int, body: bytes | None, trailers: bytes, turn: int) -> None:
        """Send an answer; without a body in one block of headers. Nothing is sent of a call that was given up."""
        with self._changed:
            if self._is_given_up(stream):
                return
            if body is not None:
                self._http.send_headers(stream, HEADERS)
                self._send_data(stream, body, turn)
                if self._is_given_up(stream):
                    return
            self._requests.pop(stream, None)
            self._http.send_headers(stream, trailers, is_last=True)
            self._flush()

    def _send_data(self, stream: int, body: bytes, turn: int) -> None:
        position = self._http.send_data(stream, body)
        while position < len(body):
            self._flush()
            self._pass_on(turn)  # the thread that reads learns that there is room again
            if not self._changed.wait(SEND_SECONDS):
                self._http.reset(stream)
                self._requests.pop(stream, None)
            if self._is_given_up(stream):
                return
            position = self._http.send_data(stream, body, position)

    def _is_given_up(self, stream: int) -> bool:
        return self.is_closed or stream not in self._requests or not self._http.is_open(stream)

    def _flush(self) -> None:
        if data := self._http.take_outgoing():
            self._tls.sendall(data)


def _failure(error: RpcError) -> bytes:
    """Return the block of headers that is the answer of a call that failed."""
    message = urllib.parse.quote(error.message, safe=SAFE, errors="replace").encode()
    headers = [*BEGINNING, (b"grpc-status", str(int(error.code)).encode()), (b"grpc-message", message)]
    if error.details:
        headers.append((b"grpc-status-details-bin", base64.b64encode(error.details).rstrip(b"=")))
    return write_headers(headers)
