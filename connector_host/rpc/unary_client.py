"""A blocking gRPC client for unary calls over one TLS connection.

A call may be begun and ended apart (`begin`, `end`), so that the other side works while this one stores the answer
before. One thread uses a connection at a time. A call costs a tenth of what it costs through asyncio: that is the
reason for this module, and `docs/go-connectors.md` has the figures.
"""

from __future__ import annotations

import base64
import binascii
import socket
import ssl
import time
import urllib.parse

from .header_blocks import Headers, write_headers
from .http2 import DataArrived, HeadersArrived, Http2, Http2Error, PeerGoesAway, StreamEvent, StreamWasReset
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
USER_AGENT = b"connector-host grpc"


class _Answer:
    """The parts of an answer that have arrived."""

    def __init__(self) -> None:
        self.status_headers: Headers = {}
        self.headers: Headers = {}
        self.chunks: list[bytes] = []
        self.size = 0
        self.ended = False
        self.reset: int | None = None


class UnaryConnection:
    """One HTTP/2 connection to a gRPC server. Raises ConnectionLost when it breaks; it is then of no use any more."""

    def __init__(self, sock: TlsStream | socket.socket, authority: str = "127.0.0.1") -> None:
        self._socket, self._authority = sock, authority.encode()
        self._blocks: dict[str, bytes] = {}
        self._http = Http2(is_client=True, stream_window=STREAM_WINDOW, connection_window=CONNECTION_WINDOW)
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
        stream = self._http.open_stream()
        self._answers[stream] = _Answer()
        self._http.send_headers(stream, self._blocks.get(path) or self._headers(path))
        self._send(stream, b"\0" + len(request).to_bytes(4, "big") + request)
        return stream

    def _headers(self, path: str) -> bytes:
        """Return the block of the headers of a request."""
        headers = (
            (b":method", b"POST"),
            (b":scheme", b"https"),
            (b":path", path.encode()),
            (b":authority", self._authority),
            (b"te", b"trailers"),
            (b"content-type", b"application/grpc+proto"),
            (b"user-agent", USER_AGENT),
        )
        block = self._blocks[path] = write_headers(headers)
        return block

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
            self._http.reset(stream)
            self._flush()
        except ConnectionLost:
            self.broken = True

    def close(self) -> None:
        """Close the connection; safe to call again."""
        self.broken = True
        try:
            self._http.go_away()
            self._socket.settimeout(1)
            self._socket.sendall(self._http.take_outgoing())
        except (OSError, ValueError):
            pass  # it was broken already
        self._socket.close()

    # ----------------------------------------------------------------------------------------------- sending

    def _send(self, stream: int, body: bytes) -> None:
        position = self._http.send_data(stream, body, is_last=True)
        while position < len(body):
            self._flush()
            self._receive(time.monotonic() + SILENCE + PING_WAIT)
            if self._answers[stream].ended:
                return  # the server answered without reading everything
            position = self._http.send_data(stream, body, position, is_last=True)
        self._flush()

    def _flush(self) -> None:
        data = self._http.take_outgoing()
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
            events = self._http.receive(data)
        except Http2Error as error:
            raise self._lost(f"{NO_HTTP2} ({error})") from error
        self._speaks = True
        for event in events:
            self._take(event)
        self._flush()

    def _take(self, event: StreamEvent) -> None:
        answer = self._answers.get(event.stream)
        if isinstance(event, PeerGoesAway):
            if self._answers and event.code:
                raise self._lost(f"it ended the connection (HTTP/2 code {event.code})")
            self.broken = True  # calls under way are still answered
        elif answer is None:
            return
        elif isinstance(event, DataArrived):
            answer.chunks.append(event.data)
            answer.size += len(event.data)
            answer.ended = event.is_last
            if answer.size > MOST_BYTES:
                self.cancel(event.stream)
                answer.ended, answer.reset = True, -1
        elif isinstance(event, HeadersArrived):
            answer.status_headers = event.headers
            answer.headers = answer.headers or event.headers
            answer.ended = event.is_last
        elif isinstance(event, StreamWasReset):
            answer.ended, answer.reset = True, event.code

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
