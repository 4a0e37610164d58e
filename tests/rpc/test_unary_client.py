"""The client and the server over TLS, with certificates made in memory."""

import socket
import threading

import pytest

from connector_host.rpc.grpc_server import BytesServer
from connector_host.rpc.rpc_errors import ConnectionLost, RpcError, StatusCode
from connector_host.rpc.tls_contexts import client_context, server_context
from connector_host.rpc.tls_material import make_material
from connector_host.rpc.tls_stream import TlsStream
from connector_host.rpc.unary_client import UnaryConnection


def echo(data):
    return data


def refuse(data):
    raise RpcError(StatusCode.NOT_FOUND, "no such thing: \u00e9%", b"\x08\x05")


def wait(data):
    """Wait until the method Release is called on the same connection."""
    assert released.wait(10)
    released.clear()
    return b"released"


def release(data):
    released.set()
    return b""


released = threading.Event()


def fail(data):
    raise ZeroDivisionError("a secret")


@pytest.fixture(scope="module")
def material():
    return make_material()


@pytest.fixture(scope="module")
def port(material):
    """A server of a few methods."""
    sock = socket.create_server(("127.0.0.1", 0))
    number = sock.getsockname()[1]  # the server takes the socket over
    functions = {
        "/a.B/Echo": echo,
        "/a.B/Refuse": refuse,
        "/a.B/Fail": fail,
        "/a.B/Wait": wait,
        "/a.B/Release": release,
    }
    streams = {"/a.B/Many": lambda data: [data, b"", data * 2], "/a.B/Large": lambda data: [data * 4096] * 12}
    server = BytesServer(functions, streams)
    context = server_context(material.authority, material.server_certificate, material.server_key)
    thread = threading.Thread(target=server.serve, args=(sock, context), daemon=True)
    thread.start()
    yield number
    server.stop()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def connect(port, material):
    connections = []

    def new(material=material):
        context = client_context(material.authority, material.client_certificate, material.client_key)
        stream = TlsStream(socket.create_connection(("127.0.0.1", port)), context, host="127.0.0.1")
        connections.append(stream)
        stream.do_handshake()
        connections.append(UnaryConnection(stream))
        return connections[-1]

    yield new
    for connection in connections:
        connection.close()


def test_calls_follow_each_other_on_one_connection(connect):
    connection = connect()
    assert [connection.call("/a.B/Echo", bytes([n]) * n, 5) for n in range(4)] == [b"", b"\1", b"\2\2", b"\3\3\3"]


@pytest.mark.parametrize("size", [0, 16_384, 70_000, 4_000_000])
def test_messages_of_any_size_pass_the_windows(connect, size):
    assert len(connect().call("/a.B/Echo", b"x" * size, 20)) == size


def test_a_request_over_4_mib_is_refused_as_in_go(connect):
    with pytest.raises(RpcError, match="larger than max") as raised:
        connect().call("/a.B/Echo", b"x" * (4 << 20 | 1), 20)
    assert raised.value.code is StatusCode.RESOURCE_EXHAUSTED


def test_an_error_arrives_with_its_code_message_and_details(connect):
    with pytest.raises(RpcError) as raised:
        connect().call("/a.B/Refuse", b"", 5)
    assert (raised.value.code, raised.value.message) == (StatusCode.NOT_FOUND, "no such thing: \u00e9%")
    assert raised.value.details == b"\x08\x05"


def test_an_unexpected_error_names_its_class_only(connect):
    with pytest.raises(RpcError, match="Internal Server Error: ZeroDivisionError") as raised:
        connect().call("/a.B/Fail", b"", 5)
    assert "secret" not in raised.value.message


def test_an_unknown_method_is_unimplemented(connect):
    with pytest.raises(RpcError) as raised:
        connect().call("/a.B/Missing", b"", 5)
    assert raised.value.code is StatusCode.UNIMPLEMENTED


def test_a_stream_of_messages_is_collected(connect):
    assert connect().collect("/a.B/Many", b"ab", 5) == [b"ab", b"", b"abab"]


def test_calls_may_be_begun_and_ended_in_another_order(connect):
    connection = connect()
    streams = [connection.begin("/a.B/Echo", bytes([n])) for n in range(3)]
    assert [connection.end(stream, 5) for stream in reversed(streams)] == [b"\2", b"\1", b"\0"]


def test_a_call_that_takes_long_holds_up_no_other(connect):
    connection = connect()
    for _ in range(2):  # the second time the server expects it
        waiting = connection.begin("/a.B/Wait", b"")
        assert connection.call("/a.B/Release", b"", 5) == b""
        assert connection.end(waiting, 5) == b"released"


def test_an_answer_waits_for_room_in_the_window(connect):
    parts = connect().collect("/a.B/Large", b"x" * 256, 20)
    assert [len(part) for part in parts] == [1 << 20] * 12


def test_a_cancelled_call_leaves_the_connection_usable(connect):
    connection = connect()
    connection.cancel(connection.begin("/a.B/Echo", b"x" * 100_000))
    assert connection.call("/a.B/Echo", b"y", 5) == b"y"


def test_a_client_of_another_authority_is_refused(connect):
    import ssl

    stranger = make_material()
    with pytest.raises((ConnectionLost, ssl.SSLError)):
        connect(stranger).call("/a.B/Echo", b"", 5)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"", "closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" * 4, "does not speak HTTP/2"),
    ],
)
def test_a_server_of_another_protocol_is_named(answer, problem):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        connection = UnaryConnection(socket.create_connection(listener.getsockname()))
        with pytest.raises(ConnectionLost, match=problem):
            connection.call("/a.B/Echo", b"", 5)
        connection.close()
        thread.join(10)


def test_a_call_has_a_time_limit():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = UnaryConnection(socket.create_connection(listener.getsockname()))
        with pytest.raises(RpcError, match=r"no answer in 0\.1 seconds") as raised:
            connection.call("/a.B/Echo", b"", 0.1)
        assert raised.value.code is StatusCode.DEADLINE_EXCEEDED
        connection.close()
