"""HTTP/2 as gRPC uses it, for one side of a connection: bytes in, events out, and bytes that are to be sent.

It knows frames, settings, windows and headers (RFC 9113), and no calls. The library h2 does the same for every use of
HTTP/2; a call then costs more than twice as much: `docs/go-connectors.md` has the figures.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from .header_blocks import HeaderReader, Headers

__all__ = [
    "CANCEL",
    "DataArrived",
    "HeadersArrived",
    "Http2",
    "Http2Error",
    "PeerGoesAway",
    "StreamEvent",
    "StreamWasReset",
    "WindowGrew",
]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, WITH_PRIORITY = 0x4, 0x8, 0x20
ENABLE_PUSH, MOST_STREAMS, INITIAL_WINDOW, MAX_FRAME = 2, 3, 4, 5
CANCEL, REFUSED = 8, 7
MOST_FRAME = 1 << 20
"""Bytes of a frame that are accepted: most pages are one frame."""
FIRST_WINDOW, FIRST_FRAME = 65535, 16384
"""Bytes that may be sent before the other side names other numbers."""
MOST_OPEN = 100
"""Streams that a client may have open."""
MOST_BLOCK = 1 << 18
LARGEST_WINDOW = (1 << 31) - 1
HEADER = struct.Struct("!HBBBL")
SETTING = struct.Struct("!HL")


class Http2Error(Exception):
    """The other side does not keep to the protocol."""


class HeadersArrived(NamedTuple):
    """Headers of a stream, or its trailers."""

    stream: int
    headers: Headers
    is_last: bool


class DataArrived(NamedTuple):
    """Data of a stream."""

    stream: int
    data: bytes
    is_last: bool


class StreamWasReset(NamedTuple):
    """The end of a stream by the other side, with the code of its reason."""

    stream: int
    code: int


class WindowGrew(NamedTuple):
    """More may be sent than before; `stream` 0 is for all streams."""

    stream: int


class PeerGoesAway(NamedTuple):
    """The other side accepts no new streams, and ends the connection."""

    stream: int
    code: int


StreamEvent = HeadersArrived | DataArrived | StreamWasReset | WindowGrew | PeerGoesAway


class Http2:
    """The state of one connection. `outgoing` collects what is to be sent; `take_outgoing` empties it."""

    def __init__(self, *, is_client: bool, stream_window: int, connection_window: int) -> None:
        """Begin with the preface and settings. The windows are the bytes that the other side may send at a time."""
        self._is_client = is_client
        self._stream_window, self._connection_window = stream_window, connection_window
        self._reader = HeaderReader()
        self._arrived = b""
        self._preface = b"" if is_client else PREFACE
        self._has_settings = False
        self._frame_room, self._initial_window, self._window = FIRST_FRAME, FIRST_WINDOW, FIRST_WINDOW
        self._windows: dict[int, int] = {}  # bytes that may be sent, of each open stream
        self._taken: dict[int, int] = {0: 0}  # bytes that arrived and are not given back yet; 0: of all streams
        self._block: tuple[int, bytearray, bool] | None = None
        self._next = 1
        settings = {INITIAL_WINDOW: stream_window, MAX_FRAME: MOST_FRAME}
        settings |= {ENABLE_PUSH: 0} if is_client else {MOST_STREAMS: MOST_OPEN}
        self._outgoing = [PREFACE] if is_client else []
        self._frame(SETTINGS, 0, 0, b"".join(SETTING.pack(*setting) for setting in settings.items()))
        self._give_back(0, connection_window - FIRST_WINDOW)

    def take_outgoing(self) -> bytes:
        """Return what is to be sent, and forget it."""
        data = self._outgoing[0] if len(self._outgoing) == 1 else b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    # ----------------------------------------------------------------------------------------------- sending

    def open_stream(self) -> int:
        """Return the number of a new stream, for a client."""
        stream, self._next = self._next, self._next + 2
        self._windows[stream] = self._initial_window
        return stream

    def is_open(self, stream: int) -> bool:
        """Return True while a stream may be sent on."""
        return stream in self._windows

    def send_headers(self, stream: int, block: bytes, *, is_last: bool = False) -> None:
        """Send a block of headers."""
        kind, flags = HEADERS, END_STREAM if is_last else 0
        while len(block) > self._frame_room:
            self._frame(kind, flags, stream, block[: self._frame_room])
            block, kind, flags = block[self._frame_room :], CONTINUATION, 0
        self._frame(kind, flags | END_HEADERS, stream, block)
        if is_last:
            self._windows.pop(stream, None)

    def send_data(self, stream: int, data: bytes, start: int = 0, *, is_last: bool = False) -> int:
        """Send data from `start` on, as far as the windows allow, and return where it stopped."""
        end = len(data)
        while True:
            room = max(0, min(self._window, self._windows[stream], self._frame_room, end - start))
            if not room and start < end:
                return start
            ends = is_last and start + room == end
            self._frame(DATA, END_STREAM if ends else 0, stream, data[start : start + room])
            start += room
            self._window -= room
            self._windows[stream] -= room
            if start == end:
                if ends:
                    self._windows.pop(stream)
                return start

    def reset(self, stream: int, code: int = CANCEL) -> None:
        """End a stream that is not needed any more."""
        self._windows.pop(stream, None)
        self._taken.pop(stream, None)
        self._frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))

    def ping(self, data: bytes) -> None:
        """Ask for a sign of life, with 8 bytes."""
        self._frame(PING, 0, 0, data)

    def go_away(self) -> None:
        """Say that the connection ends."""
        self._frame(GOAWAY, 0, 0, bytes(8))

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        size = len(payload)
        self._outgoing += (HEADER.pack(size >> 8, size & 255, kind, flags, stream), payload)

    # ----------------------------------------------------------------------------------------------- receiving

    def receive(self, data: bytes) -> list[StreamEvent]:
        """Return the events of what arrived. Http2Error if it is not HTTP/2."""
        data = self._arrived + data if self._arrived else data
        if self._preface:
            if not data.startswith(self._preface[: len(data)]):
                raise Http2Error("the connection does not begin as HTTP/2 does")
            if len(data) < len(PREFACE):
                self._arrived = data
                return []
            data, self._preface = data[len(PREFACE) :], b""
        events: list[StreamEvent] = []
        position, end = 0, len(data)
        while end - position >= 9:
            high, low, kind, flags, stream = HEADER.unpack_from(data, position)
            size = high << 8 | low
            if size > MOST_FRAME or (kind != SETTINGS and not self._has_settings):
                raise Http2Error(f"a frame of {size} bytes and type {kind} is not expected")
            if end - position - 9 < size:
                break
            position += 9
            self._take(kind, flags, stream & LARGEST_WINDOW, data[position : position + size], events)
            position += size
        self._arrived = data[position:]
        return events

    def _take(self, kind: int, flags: int, stream: int, payload: bytes, events: list[StreamEvent]) -> None:
        if self._block is not None and kind != CONTINUATION:
            raise Http2Error("headers are not complete")
        if kind == DATA:
            self._take_data(flags, stream, payload, events)
        elif kind == HEADERS:
            block = _content(flags, payload)[5 if flags & WITH_PRIORITY else 0 :]
            self._take_block(stream, bytearray(block), flags, bool(flags & END_STREAM), events)
        elif kind == CONTINUATION:
            self._continue_block(flags, stream, payload, events)
        elif kind == SETTINGS:
            self._take_settings(flags, payload, events)
        elif kind == WINDOW_UPDATE:
            self._take_window(stream, _number(payload), events)
        elif kind == PING:
            if not flags & ACK:
                self._frame(PING, ACK, 0, payload)
        elif kind == RST_STREAM:
            self._windows.pop(stream, None)
            self._taken.pop(stream, None)
            events.append(StreamWasReset(stream, _number(payload)))
        elif kind == GOAWAY:
            events.append(PeerGoesAway(_number(payload[:4]), _number(payload[4:8])))
        elif kind == PUSH_PROMISE:
            raise Http2Error("pushed streams are switched off")

    def _take_data(self, flags: int, stream: int, payload: bytes, events: list[StreamEvent]) -> None:
        is_last = bool(flags & END_STREAM)
        size = len(payload)
        total = self._taken[0] + size
        if total > self._connection_window:
            raise Http2Error("more data arrived than the window allows")
        self._taken[0] = total if total < self._connection_window >> 1 else self._give_back(0, total)
        if is_last:
            self._taken.pop(stream, None)
        else:
            total = self._taken.get(stream, 0) + size
            self._taken[stream] = total if total < self._stream_window >> 1 else self._give_back(stream, total)
        events.append(DataArrived(stream, _content(flags, payload), is_last))

    def _take_block(self, stream: int, block: bytearray, flags: int, is_last: bool, events: list[StreamEvent]) -> None:
        if len(block) > MOST_BLOCK:
            raise Http2Error("headers are too large")
        if not flags & END_HEADERS:
            self._block = stream, block, is_last
            return
        self._block = None
        try:
            headers = self._reader.read(bytes(block))
        except ValueError as error:
            raise Http2Error(str(error)) from error
        if not self._is_client and stream not in self._windows and not self._accept(stream):
            return
        if is_last:
            self._taken.pop(stream, None)
        events.append(HeadersArrived(stream, headers, is_last))

    def _continue_block(self, flags: int, stream: int, payload: bytes, events: list[StreamEvent]) -> None:
        if self._block is None or self._block[0] != stream:
            raise Http2Error("headers continue that did not begin")
        _, block, is_last = self._block
        self._take_block(stream, block + payload, flags, is_last, events)

    def _accept(self, stream: int) -> bool:
        """Open a stream that a client began; refuse one too many."""
        if not stream & 1 or stream < self._next:
            raise Http2Error("a stream begins with a wrong number")
        self._next = stream + 2
        if len(self._windows) >= MOST_OPEN:
            self.reset(stream, REFUSED)
            return False
        self._windows[stream] = self._initial_window
        return True

    def _take_settings(self, flags: int, payload: bytes, events: list[StreamEvent]) -> None:
        self._has_settings = True
        if flags & ACK:
            return
        if len(payload) % SETTING.size:
            raise Http2Error("settings are not complete")
        for name, value in SETTING.iter_unpack(payload):
            if name == INITIAL_WINDOW:
                growth = value - self._initial_window
                self._initial_window = value
                self._windows = {stream: window + growth for stream, window in self._windows.items()}
                events.append(WindowGrew(0))
            elif name == MAX_FRAME:
                self._frame_room = max(FIRST_FRAME, min(value, MOST_FRAME))
        self._frame(SETTINGS, ACK, 0, b"")

    def _take_window(self, stream: int, growth: int, events: list[StreamEvent]) -> None:
        if stream == 0:
            self._window += growth
        elif stream in self._windows:
            self._windows[stream] += growth
        events.append(WindowGrew(stream))

    def _give_back(self, stream: int, size: int) -> int:
        """Allow the other side to send so many bytes more; return the bytes that are not given back: none."""
        self._frame(WINDOW_UPDATE, 0, stream, size.to_bytes(4, "big"))
        return 0


def _content(flags: int, payload: bytes) -> bytes:
    """Return the content of a frame without its padding."""
    if not flags & PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise Http2Error("the padding is longer than its frame")
    return payload[1 : len(payload) - payload[0]]


def _number(payload: bytes) -> int:
    if len(payload) != 4:
        raise Http2Error("a number has not 4 bytes")
    return int.from_bytes(payload, "big") & 0xFFFFFFFF
