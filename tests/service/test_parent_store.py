"""The store of a served connector at its host: entries survive the process, and belong to one sync."""

import logging

import pytest

from connector_host import Run
from connector_host.errors import PluginError, Unavailable
from connector_host.remote.session_service import SessionStoreServer
from connector_host.rpc.tls_material import make_material
from connector_host.service.connector_server import ParentConfig
from connector_host.service.store_of_sync import StoreOfSync
from connector_host.session_store import SessionStore

SYNC = "2ZKqLTkxGyrOBJWcCZIqvBlFMAa"


@pytest.fixture
def host():
    """The run of a host that offers its store, and what it tells the process."""
    run, material = Run(), make_material()
    server = SessionStoreServer(run)
    port = server.listen(material)
    yield run, ParentConfig(material.authority, material.server_certificate, material.server_key, 1, port), server
    server.close()


@pytest.fixture
def started(host):
    """Start a process, as far as its store goes; its connection is closed at the end."""
    stores = []

    def start(sync_id=SYNC):
        store = SessionStore()
        stores.append(StoreOfSync(store, host[1]))
        stores[-1].begin(sync_id)
        return store, stores[-1]

    yield start
    for store in stores:
        if store._connection is not None:
            store._connection.close()


def test_entries_survive_the_process(host, started):
    store, _ = started()
    for number in range(120):
        store.set(f"k{number}", f"v\u00e9{number}")
    store.delete("k0")
    assert len(host[0].store.keys()) == 119
    again, _ = started()
    assert (again.get("k0"), again.get("k119"), len(again.keys("k"))) == (None, "v\u00e9119", 119)


def test_a_connector_that_stores_nothing_makes_no_connection(started):
    _, follower = started()
    assert follower._connection is None


def test_entries_from_before_the_sync_are_kept_and_those_of_an_earlier_sync_are_not(host, started):
    store, follower = SessionStore(), None
    store.set("early", "1")
    follower = StoreOfSync(store, host[1])
    follower.begin(SYNC)
    assert store.get("early") == "1"
    assert host[0].store.keys()
    follower.begin("2ZKqLTkxGyrOBJWcCZIqvBlFMAb")
    assert "early" not in store._entries
    follower._connection.close()


def test_a_host_without_a_store_leaves_entries_in_memory(host, caplog):
    store = SessionStore()
    StoreOfSync(store, host[1]._replace(session_port=0)).begin(SYNC)
    store.set("a", "b")
    host[2].close()
    gone = SessionStore()
    StoreOfSync(gone, host[1]._replace(session_port=1)).begin(SYNC)
    with caplog.at_level(logging.WARNING):
        gone.set("a", "b")
    assert (store.get("a"), gone.get("a")) == ("b", "b")
    assert "entries stay in memory" in caplog.text


def test_what_cannot_be_stored_is_an_error(started):
    store, follower = started()
    with pytest.raises(PluginError, match="accepts 1 to 512"):
        store.set("k" * 600, "v")
    store.set("a", "b")
    follower._connection.close()
    with pytest.raises(Unavailable, match="does not answer"):
        store.set("a", "c")
