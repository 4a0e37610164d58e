"""The session store that connector processes use: kept in the store of the run, served over TLS."""

import socket

import pytest

from connector_host import Run
from connector_host.remote.session_service import PIECE, SERVICE, SessionFunctions, SessionStoreServer
from connector_host.rpc.rpc_errors import RpcError, StatusCode
from connector_host.rpc.tls_contexts import client_context
from connector_host.rpc.tls_material import make_material
from connector_host.rpc.unary_client import UnaryConnection
from connector_host.wire.pb.c1.connectorapi.baton.v1 import session_pb2 as pb


@pytest.fixture
def run():
    return Run()


@pytest.fixture
def functions(run):
    return SessionFunctions(run.store)


def put(functions, values, prefix=""):
    functions.set_many(pb.SetManyRequest(values=values, prefix=prefix), pb.SetManyResponse)


def test_values_are_found_under_their_prefix(functions):
    put(functions, {"a": b"1"}, "x")
    put(functions, {"a": b"2", "b": b""})
    get = lambda key, prefix="": functions.get(pb.GetRequest(key=key, prefix=prefix), pb.GetResponse)  # noqa: E731
    assert get("a", "x").value == b"1"
    assert get("a").value == b"2"
    assert (get("b").found, get("b").value) == (True, b"")
    assert not get("c").found


def test_large_values_are_kept_in_pieces_and_replaced(functions, run):
    big = bytes(range(256)) * (PIECE // 200)
    put(functions, {"k": big})
    assert functions.get(pb.GetRequest(key="k"), pb.GetResponse).value == big
    put(functions, {"k": b"small"})
    assert functions.get(pb.GetRequest(key="k"), pb.GetResponse).value == b"small"
    assert len(run.store.keys()) == 1


def test_all_entries_are_read_in_pages(functions):
    values = {f"k{n:03}": b"v" for n in range(250)}
    for start in range(0, 250, 100):
        put(functions, dict(list(values.items())[start : start + 100]), "p")
    put(functions, {"other": b"v"})
    keys, token = [], ""
    while True:
        page = functions.get_all(pb.GetAllRequest(prefix="p", page_token=token), pb.GetAllResponse)
        keys += [item.key for item in page.items]
        token = page.page_token
        if not token:
            break
    assert keys == sorted(values)


def test_keys_are_removed_one_by_one_and_together(functions, run):
    put(functions, {"a": b"1", "b": b"2", "c": b"3"})
    functions.delete(pb.DeleteRequest(key="a"), pb.DeleteResponse)
    functions.delete_many(pb.DeleteManyRequest(keys=["b", "none"]), pb.DeleteManyResponse)
    answer = functions.get_many(pb.GetManyRequest(keys=["a", "b", "c"]), pb.GetManyResponse)
    assert [(item.key, item.value) for item in answer.items] == [("c", b"3")]
    functions.clear(pb.ClearRequest(), pb.ClearResponse)
    assert run.store.keys() == []


@pytest.mark.parametrize("key", ["", "k" * 513])
def test_a_wrong_key_is_refused(functions, key):
    with pytest.raises(RpcError, match="1 to 512") as raised:
        functions.set(pb.SetRequest(key=key, value=b"v"), pb.SetResponse)
    assert raised.value.code is StatusCode.INVALID_ARGUMENT


def test_too_many_keys_are_refused(functions):
    with pytest.raises(RpcError, match="at most 100"):
        functions.get_many(pb.GetManyRequest(keys=map(str, range(101))), pb.GetManyResponse)


def test_it_is_served_to_the_process_with_its_own_certificate(run):
    material = make_material()
    server = SessionStoreServer(run)
    port = server.listen(material)
    context = client_context(material.authority, material.server_certificate, material.server_key)
    sock = socket.create_connection(("127.0.0.1", port))
    connection = UnaryConnection(context.wrap_socket(sock, server_hostname="127.0.0.1"))
    connection.call(SERVICE + "Set", pb.SetRequest(key="k", value=b"v").SerializeToString(), 10)
    answer = connection.call(SERVICE + "Get", pb.GetRequest(key="k").SerializeToString(), 10)
    assert pb.GetResponse.FromString(answer).value == b"v"
    connection.close()
    server.close()
