"""A blocking gRPC client for unary calls over one TLS connection, on the library h2.

A call may be begun and ended apart (`begin`, `end`), so that the other side works while this one stores the answer
before. One thread uses a connection at a time. A call costs about a fifth of what it costs through asyncio: that is
the reason for this module, and the numbers are in `docs/performance.md`.
"""

from __future__ import annotations

import base64
import binascii
import socket
import ssl
import time
import urllib.parse
from typing import Any

from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError

from .http2_connection import open_http2
from .rpc_errors import ConnectionLost, RpcError, StatusCode
from .tls_stream import TlsStream

__all__ = ["UnaryConnection"]

MOST_BYTES = 64 << 20
"""Bytes of an answer that are accepted. Go accepts 4 MiB; pages may be larger here."""
STREAM_WINDOW, CONNECTION_WINDOW = 8 << 20, 64 << 20
CHUNK = 1 << 18
SILENCE = 60.0
"""Seconds without a byte after which the other side is asked for a sign of life."""
PING_WAIT = 30.0
"""Seconds that the sign of life may take."""
BETWEEN_PINGS = 330.0
"""Seconds between two questions: Go servers close a connection that asks more often than every 5 minutes."""
NO_HTTP2 = "it does not speak HTTP/2"
USER_AGENT = b"connector-host grpc-python-h2"


class _Answer:
    """The parts of an answer that have arrived."""

    def __init__(self) -> None:
        self.status_headers: dict[bytes, bytes] = {}
        self.headers: dict[bytes, bytes] = {}
        self.chunks: list[bytes] = []
        self.size = 0
        self.ended = False
        self.reset: int | None = None


class UnaryConnection:
    """One HTTP/2 connection to a gRPC server. Raises ConnectionLost when it breaks; it is then of no use any more."""

    def __init__(self, sock: TlsStream | socket.socket, authority: str = "127.0.0.1") -> None:
        self._socket, self._authority = sock, authority.encode()
        self._http = open_http2(is_client=True, stream_window=STREAM_WINDOW, connection_window=CONNECTION_WINDOW)
        self._answers: dict[int, _Answer] = {}
        self._asked = 0.0  # when a sign of life was asked for last
        self.broken = self._speaks = False
        try:
            self._flush()
        except ConnectionLost:
            sock.close()
            raise

    def call(self, path: str, request: bytes, timeout: float) -> bytes:
        """Return the answer of a unary call. RpcError for another status than OK."""
        return self.end(self.begin(path, request), timeout)

    def begin(self, path: str, request: bytes) -> int:
        """Send the request of a call and return the number of its stream."""
        stream = self._http.get_next_available_stream_id()
        self._answers[stream] = _Answer()
        self._http.send_headers(
            stream,
            [
                (b":method", b"POST"),
                (b":scheme", b"https"),
                (b":path", path.encode()),
                (b":authority", self._authority),
                (b"te", b"trailers"),
                (b"content-type", b"application/grpc+proto"),
                (b"user-agent", USER_AGENT),
            ],
        )
        self._send(stream, b"\0" + len(request).to_bytes(4, "big") + request)
        return stream

    def end(self, stream: int, timeout: float) -> bytes:
        """Return the answer of a call that was begun. RpcError for another status than OK."""
        return self._message(self._finished(stream, timeout))

    def collect(self, path: str, request: bytes, timeout: float) -> list[bytes]:
        """Return the messages of a call whose answer is a stream."""
        answer = self._finished(self.begin(path, request), timeout)
        messages, data = [], self._checked(answer)
        at = 0
        while at < len(data):
            size = int.from_bytes(data[at + 1 : at + 5], "big")
            messages.append(data[at + 5 : at + 5 + size])
            at += 5 + size
        return messages

    def cancel(self, stream: int) -> None:
        """Give up a call that was begun."""
        self._answers.pop(stream, None)
        try:
            self._http.reset_stream(stream, ErrorCodes.CANCEL)
            self._flush()
        except (ProtocolError, ConnectionLost):
            self.broken = True

    def close(self) -> None:
        """Close the connection; safe to call again."""
        self.broken = True
        try:
            self._http.close_connection()
            self._socket.settimeout(1)
            self._socket.sendall(self._http.data_to_send())
        except (OSError, ProtocolError, ValueError):
            pass  # it was broken already
        self._socket.close()

    # ----------------------------------------------------------------------------------------------- sending

    def _send(self, stream: int, body: bytes) -> None:
        at, end = 0, len(body)
        try:
            while True:
                room = min(self._http.local_flow_control_window(stream), self._http.max_outbound_frame_size)
                part = body[at : at + room]
                at += len(part)
                self._http.send_data(stream, part, end_stream=at >= end)
                if at >= end:
                    break
                if room <= 0 or len(part) < room:
                    self._flush()
                while not self._http.local_flow_control_window(stream):
                    self._flush()
                    self._receive(time.monotonic() + SILENCE + PING_WAIT)
                    if self._answers[stream].ended:
                        return  # the server answered without reading everything
        except ProtocolError as error:
            if not self._answers[stream].ended:
                raise self._lost(f"its HTTP/2 connection failed ({error})") from error
        self._flush()

    def _flush(self) -> None:
        data = self._http.data_to_send()
        if not data:
            return
        try:
            self._socket.settimeout(SILENCE + PING_WAIT)
            self._socket.sendall(data)
        except (OSError, ValueError) as error:
            raise self._lost(f"the connection broke ({_reason(error)})") from error

    # ----------------------------------------------------------------------------------------------- receiving

    def _finished(self, stream: int, timeout: float) -> _Answer:
        answer = self._answers[stream]
        deadline = time.monotonic() + timeout
        try:
            while not answer.ended:
                self._receive(deadline)
        except TimeoutError:
            self.cancel(stream)
            raise RpcError(StatusCode.DEADLINE_EXCEEDED, f"there was no answer in {timeout:g} seconds") from None
        self._answers.pop(stream, None)
        return answer

    def _receive(self, deadline: float) -> None:
        """Read what has arrived. TimeoutError at the deadline, ConnectionLost if the other side is silent or gone."""
        silent_since = time.monotonic()
        while True:
            now = time.monotonic()
            limit = silent_since + SILENCE
            if self._asked > silent_since:
                limit = self._asked + PING_WAIT
            elif now < self._asked + BETWEEN_PINGS and self._asked:
                limit = max(limit, self._asked + BETWEEN_PINGS)
            self._socket.settimeout(max(0.01, min(limit, deadline) - now))
            try:
                data = self._socket.recv(CHUNK)
                break
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise
                if self._asked > silent_since:
                    raise self._lost(f"it was silent for {SILENCE + PING_WAIT:g} seconds") from None
                self._asked = time.monotonic()
                self._http.ping(b"are you?")
                self._flush()
            except (OSError, ValueError) as error:
                raise self._lost(f"the connection broke ({_reason(error)})") from error
        if not data:
            raise self._lost("it closed the connection" if self._speaks else f"{NO_HTTP2} and closed the connection")
        try:
            events = self._http.receive_data(data)
        except ProtocolError as error:
            raise self._lost(f"{NO_HTTP2} ({error})") from error
        self._speaks = self._speaks or bool(events)
        for event in events:
            self._take(event)
        self._flush()

    def _take(self, event: Any) -> None:
        answer = self._answers.get(getattr(event, "stream_id", 0))
        if isinstance(event, DataReceived):
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if answer is not None:
                answer.chunks.append(event.data)
                answer.size += len(event.data)
                if answer.size > MOST_BYTES:
                    self.cancel(event.stream_id)
                    answer.ended, answer.reset = True, -1
        elif isinstance(event, ConnectionTerminated):
            if not self._answers:
                self.broken = True
                return
            if event.error_code:
                raise self._lost(f"it ended the connection ({event.error_code!s})")
            self.broken = True  # calls under way are still answered
        elif answer is None:
            return
        elif isinstance(event, ResponseReceived):
            answer.headers = dict(event.headers)
            answer.status_headers = answer.headers
        elif isinstance(event, TrailersReceived):
            answer.status_headers = dict(event.headers)
        elif isinstance(event, StreamEnded):
            answer.ended = True
        elif isinstance(event, StreamReset):
            answer.ended, answer.reset = True, int(event.error_code)

    def _lost(self, message: str) -> ConnectionLost:
        self.broken = True
        return ConnectionLost(message)

    # ----------------------------------------------------------------------------------------------- the answer

    def _message(self, answer: _Answer) -> bytes:
        data = self._checked(answer)
        if len(data) < 5 or int.from_bytes(data[1:5], "big") != len(data) - 5:
            raise RpcError(StatusCode.INTERNAL, "the answer does not hold one message")
        return data[5:]

    def _checked(self, answer: _Answer) -> bytes:
        """Return the data of an answer whose status is OK."""
        if answer.reset == -1:
            raise RpcError(StatusCode.RESOURCE_EXHAUSTED, f"the answer has more than {MOST_BYTES >> 20} MiB")
        http_status = answer.headers.get(b":status", b"")
        if http_status not in (b"200", b"") or not (answer.headers or answer.reset is not None):
            raise self._lost(f"it answered with the HTTP status {http_status.decode(errors='replace')}")
        code = answer.status_headers.get(b"grpc-status")
        if code is None:
            if answer.reset is not None:
                raise RpcError(StatusCode.UNAVAILABLE, f"the call was ended by the server (HTTP/2 code {answer.reset})")
            raise self._lost("it is an HTTP server that does not speak gRPC")
        if code != b"0":
            raise _status_error(code, answer.status_headers)
        data = answer.chunks[0] if len(answer.chunks) == 1 else b"".join(answer.chunks)
        if data[:1] == b"\1":
            raise RpcError(StatusCode.INTERNAL, "the answer is compressed, which was not asked for")
        return data


def _status_error(code: bytes, headers: dict[bytes, bytes]) -> RpcError:
    number = int(code) if code.isdigit() else 2
    status = StatusCode(number) if number in tuple(StatusCode) else StatusCode.UNKNOWN
    message = urllib.parse.unquote(headers.get(b"grpc-message", b"").decode("latin-1"), errors="replace")
    raw = headers.get(b"grpc-status-details-bin", b"")
    try:
        details = base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        details = b""
    return RpcError(status, message, details)


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).lower().replace("_", " ")
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
