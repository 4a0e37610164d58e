"""The session store of a sync: shared, bounded, kept for the run that resumes, removed with the work folder."""

import pytest

from connector_host import NotPermitted, Run, SessionStore
from connector_host.errors import PluginError, Stopped
from connector_host.session_store import MOST_BYTES, MOST_VALUE_BYTES
from connector_host.sync.working.store_database import StoreDatabase
from tests.sync.conftest import Toy


def test_entries_are_set_replaced_and_deleted():
    store = SessionStore()
    assert store.get("a") is None
    store.set("a", "1")
    store.set("a", "22")
    store.set("ä", "")
    assert (store.get("a"), store.get("ä")) == ("22", "")
    store.delete("a")
    store.delete("a")
    assert store.get("a") is None


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (1, "x", "the key of an entry of the session store is int"),
        ("k", b"x", "the value of an entry of the session store is bytes"),
        ("k", "\udce9", "not valid Unicode"),
        ("k" * 1025, "x", "1,025 bytes; 1,024 are allowed"),
        ("k", "x" * (MOST_VALUE_BYTES + 1), "1,048,576 are allowed"),
    ],
)
def test_a_wrong_entry_is_refused(key, value, says):
    with pytest.raises(PluginError, match=says):
        SessionStore().set(key, value)


def test_the_store_is_bounded_and_has_room_again_after_a_deletion():
    store, value = SessionStore(), "x" * MOST_VALUE_BYTES
    number = 0
    with pytest.raises(PluginError, match="the session store is full"):
        while True:
            store.set(f"key {number}", value)
            number += 1
    assert number == MOST_BYTES // MOST_VALUE_BYTES - 1  # keys count, too
    store.delete("key 0")
    store.set("another", value)


def test_entries_survive_in_the_database(tmp_path):
    store, database = SessionStore(), StoreDatabase(tmp_path / "store.db")
    store.set("early", "1")
    store.attach(database)
    store.set("late", "2")
    store.set("gone", "3")
    store.delete("gone")
    store.detach()
    store.set("after", "4")
    database.close()
    again, database = SessionStore(), StoreDatabase(tmp_path / "store.db")
    again.attach(database)
    assert {key: again.get(key) for key in ("early", "late", "gone", "after")} == {
        "early": "1",
        "late": "2",
        "gone": None,
        "after": None,
    }
    assert (tmp_path / "store.db").stat().st_mode & 0o777 == 0o600
    database.close()


def test_a_resumed_sync_finds_the_entries_and_they_go_with_the_work_folder(sync, tmp_path):
    connector, run = Toy(), Run()
    found = []

    def asked(hook, subject, token):
        if hook == "list_grants":
            found.append(run.store.get("group"))
            run.store.set("group", subject)
            if connector.stopping:
                raise Stopped("enough")

    connector.asked, connector.stopping = asked, True
    with pytest.raises(Stopped):
        sync(connector, run=run)
    assert list(tmp_path.glob(".*.work/session.db"))
    connector.stopping, run = False, Run()
    sync(connector, run=run)
    assert found[0] is None
    assert found[1] == "g0"  # of the run before
    assert not list(tmp_path.glob(".*.work"))


def test_a_partial_sync_keeps_nothing_either(sync, toy, tmp_path):
    run = Run()

    def asked(hook, subject, token):
        run.store.set(hook, subject)
        if hook == "list_entitlements":
            raise NotPermitted("owners only")

    toy.asked = asked
    sync(toy, run=run, allow_partial=True)
    assert not list(tmp_path.glob(".*.work"))
