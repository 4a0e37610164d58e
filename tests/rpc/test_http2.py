"""Both sides of HTTP/2 against the library h2, which checks every frame."""

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    RequestReceived,
    ResponseReceived,
    SettingsAcknowledged,
    StreamEnded,
    TrailersReceived,
)
from h2.settings import SettingCodes

from connector_host.rpc.header_blocks import HeaderReader, write_headers
from connector_host.rpc.http2 import (
    MOST_OPEN,
    DataArrived,
    HeadersArrived,
    Http2,
    Http2Error,
    PeerGoesAway,
    StreamWasReset,
)

REQUEST = [(":method", "POST"), (":scheme", "https"), (":path", "/a.B/C"), (":authority", "x"), ("te", "trailers")]
WINDOW = 1 << 20


class Pair:
    """One of our connections and one of h2; `ours` and `theirs` are the events that each has got."""

    def __init__(self, *, client):
        self.own = Http2(is_client=client, stream_window=WINDOW, connection_window=2 * WINDOW)
        self.peer = H2Connection(H2Configuration(client_side=not client, header_encoding="utf-8"))
        self.peer.initiate_connection()
        self.ours, self.theirs = [], []

    def exchange(self, step=1 << 20):
        while True:
            sent, received = self.own.take_outgoing(), self.peer.data_to_send()
            if not sent and not received:
                return
            if sent:
                self.theirs += self.peer.receive_data(sent)
            for start in range(0, len(received), step):
                self.ours += self.own.receive(received[start : start + step])

    def data(self):
        return b"".join(event.data for event in self.ours if isinstance(event, DataArrived))


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_a_client_of_ours_calls_h2(step):
    pair = Pair(client=True)
    stream = pair.own.open_stream()
    block = write_headers([(name.encode(), value.encode()) for name, value in REQUEST] + [(b"long", b"y" * 300)])
    pair.own.send_headers(stream, block)
    assert pair.own.send_data(stream, b"x" * 1000, is_last=True) == 1000
    pair.exchange(step)
    request = next(event for event in pair.theirs if isinstance(event, RequestReceived))
    assert request.headers == [*REQUEST, ("long", "y" * 300)]
    assert any(isinstance(event, SettingsAcknowledged) for event in pair.theirs)
    for _ in range(2):  # the second time h2 names the headers by their place in the table
        pair.ours.clear()
        pair.peer.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc"), ("a", "b")])
        pair.peer.send_data(stream, b"answer")
        pair.peer.send_headers(stream, [("grpc-status", "0")], end_stream=True)
        pair.exchange(step)
        headers, data, trailers = pair.ours
        assert headers.headers == {b":status": b"200", b"content-type": b"application/grpc", b"a": b"b"}
        assert (data.data, trailers.headers, trailers.is_last) == (b"answer", {b"grpc-status": b"0"}, True)
        stream = pair.own.open_stream()
        pair.own.send_headers(stream, block, is_last=True)
        pair.exchange(step)


def test_a_server_of_ours_answers_h2():
    pair = Pair(client=False)
    pair.peer.send_headers(1, [*REQUEST, ("x", "z" * 40_000)])
    pair.peer.send_data(1, b"q" * 10, end_stream=True, pad_length=5)
    pair.exchange(100)
    request, data = (event for event in pair.ours if isinstance(event, (HeadersArrived, DataArrived)))
    assert (request.headers[b":path"], len(request.headers[b"x"])) == (b"/a.B/C", 40_000)
    assert (data.data, data.is_last) == (b"q" * 10, True)
    pair.own.send_headers(1, write_headers([(b":status", b"200")]))
    pair.own.send_data(1, b"r")
    pair.own.send_headers(1, write_headers([(b"grpc-status", b"0"), (b"grpc-message", b"m" * 40_000)]), is_last=True)
    pair.exchange()
    kinds = [type(event) for event in pair.theirs]
    assert [kind for kind in kinds if kind in (ResponseReceived, DataReceived, TrailersReceived, StreamEnded)] == [
        *(ResponseReceived, DataReceived, TrailersReceived, StreamEnded)
    ]
    assert not pair.own.is_open(1)


def test_data_stops_at_the_windows_and_goes_on_when_they_grow():
    pair = Pair(client=True)
    stream, body = pair.own.open_stream(), b"x" * 200_000
    pair.own.send_headers(stream, write_headers([(name.encode(), value.encode()) for name, value in REQUEST]))
    position = pair.own.send_data(stream, body, is_last=True)
    assert position == 65_535
    while position < len(body):
        pair.exchange()
        pair.peer.increment_flow_control_window(100_000, stream)
        pair.peer.increment_flow_control_window(100_000)
        pair.exchange()
        position = pair.own.send_data(stream, body, position, is_last=True)
    pair.exchange()
    assert sum(len(event.data) for event in pair.theirs if isinstance(event, DataReceived)) == len(body)


def test_much_data_arrives_because_the_windows_are_given_back():
    pair = Pair(client=True)
    stream = pair.own.open_stream()
    pair.own.send_headers(stream, write_headers([(n.encode(), v.encode()) for n, v in REQUEST]), is_last=True)
    pair.exchange()
    pair.peer.send_headers(stream, [(":status", "200")])
    sent = 0
    while sent < 5 * WINDOW:
        size = min(pair.peer.local_flow_control_window(stream), pair.peer.max_outbound_frame_size, 5 * WINDOW - sent)
        assert size > 0
        pair.peer.send_data(stream, b"x" * size)
        sent += size
        pair.exchange()
    assert len(pair.data()) == sent


def test_settings_of_the_other_side_change_windows_of_open_streams():
    pair = Pair(client=True)
    stream = pair.own.open_stream()
    pair.own.send_headers(stream, write_headers([(n.encode(), v.encode()) for n, v in REQUEST]))
    pair.exchange()
    pair.peer.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10, SettingCodes.MAX_FRAME_SIZE: 20_000})
    pair.exchange()
    assert pair.own.send_data(stream, b"x" * 100, is_last=True) == 10
    pair.exchange()


def test_signs_of_life_are_answered_and_ends_reported():
    pair = Pair(client=True)
    stream = pair.own.open_stream()
    pair.own.send_headers(stream, write_headers([(n.encode(), v.encode()) for n, v in REQUEST]), is_last=True)
    pair.peer.ping(b"12345678")
    pair.exchange()
    assert "PingAckReceived" in [type(event).__name__ for event in pair.theirs]
    pair.peer.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
    pair.peer.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
    pair.exchange()
    assert StreamWasReset(stream, 7) in pair.ours
    assert [event.code for event in pair.ours if isinstance(event, PeerGoesAway)] == [11]


def test_more_streams_than_allowed_are_refused():
    pair = Pair(client=False)
    pair.peer.remote_settings.max_concurrent_streams = 1000
    for number in range(MOST_OPEN + 1):
        pair.peer.send_headers(2 * number + 1, REQUEST)
        pair.ours += pair.own.receive(pair.peer.data_to_send())
    assert sum(isinstance(event, HeadersArrived) for event in pair.ours) == MOST_OPEN


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes(9),  # data before the settings
        bytes((0, 0, 6, 4, 0, 0, 0, 0, 0)) + bytes(6) + bytes((0xFF, 0, 0, 0, 0, 0, 0, 0, 1)),
        bytes((0, 0, 5, 4, 0, 0, 0, 0, 0)) + bytes(5),
        bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)) + bytes((0, 0, 1, 1, 4, 0, 0, 0, 1)) + b"\xff",
        bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)) + bytes((0, 0, 0, 9, 4, 0, 0, 0, 1)),
        bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)) + bytes((0, 0, 1, 0, 8, 0, 0, 0, 1)) + b"\x07",
        bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)) + bytes((0, 0, 2, 8, 0, 0, 0, 0, 1)) + b"\x07\x07",
        bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)) + bytes((0, 0, 4, 5, 4, 0, 0, 0, 1)) + bytes(4),
    ],
    ids=["http1", "no-settings", "huge", "settings", "headers", "continuation", "padding", "window", "push"],
)
def test_what_is_not_http2_is_an_error(data):
    with pytest.raises(Http2Error):
        Http2(is_client=True, stream_window=WINDOW, connection_window=WINDOW).receive(data)


def test_a_block_that_changes_the_table_is_never_kept():
    from hpack import Encoder

    encoder, reader = Encoder(), HeaderReader()
    for value in ("1", "2", "1"):
        headers = [("grpc-status", value), ("x", "y")]
        assert reader.read(encoder.encode(headers)) == {b"grpc-status": value.encode(), b"x": b"y"}
    assert reader.read(write_headers([(b"x", b"")])) == {b"x": b""}
