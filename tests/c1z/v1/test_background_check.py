"""The checks of the storage in a thread beside other reads."""

import threading

import pytest

from connector_host.c1z.opening import open_store
from connector_host.errors import FileError


def damage(db):
    """Give a resource to a sync that the file does not list."""
    db.execute("update v1_resources set sync_id = 'unlisted' where id = 1")


def test_the_faults_are_those_of_the_check_in_the_main_thread(make_c1z, organisation):
    path = make_c1z(organisation, tweak=damage)
    with open_store(path) as store:
        faults = list(store.integrity())
    with open_store(path) as store:
        assert store.start_integrity()
        assert list(store.integrity()) == faults != []


def test_a_sound_file_has_no_faults(sync_file):
    with open_store(sync_file) as store:
        assert store.start_integrity()
        assert list(store.view(store.syncs()[0]).grants())
        assert list(store.integrity()) == []
        assert list(store.integrity()) == []


def test_a_copy_that_is_written_to_is_checked_in_the_main_thread(make_c1z, organisation):
    with open_store(make_c1z(organisation, indexes=False)) as store:
        assert not store.start_integrity()
        assert list(store.integrity()) == []


def test_a_file_that_is_closed_ends_its_check(sync_file):
    with open_store(sync_file) as store:
        store.start_integrity()
    assert "integrity" not in [thread.name for thread in threading.enumerate()]


def test_an_interrupted_check_raises_where_its_faults_are_read(sync_file):
    with open_store(sync_file) as store:
        store._second._interrupted, steps = True, store._second._connection
        steps.set_progress_handler(store._second._is_over_budget, 10)
        assert store.start_integrity()
        with pytest.raises(FileError, match="far more work"):
            list(store.integrity())
