"""The database of the output, which a thread unpacks and others read."""

import threading

import pytest

from connector_host.c1z import container
from connector_host.c1z.publish.background_copy import UnpackedOutput, prepared_in_background
from connector_host.errors import Stopped


@pytest.fixture
def output(tmp_path):
    path = tmp_path / "sync.c1z"
    path.write_bytes(container.MAGIC_V1)
    return path


def stop():
    raise Stopped("the run was stopped")


def test_a_stop_ends_the_wait_for_the_database(output):
    with pytest.raises(Stopped):
        UnpackedOutput(output).wait_for(output, stop)


def test_the_database_is_there_until_the_block_ends(output, tmp_path):
    (tmp_path / "work").mkdir()
    with prepared_in_background(output, tmp_path / "work", "sync", pytest.fail) as unpacked:
        assert unpacked.wait_for(output, threading.Event().is_set).is_file()
        assert unpacked.wait_for(tmp_path / "other.c1z", stop) is None


@pytest.mark.parametrize("content", [None, b"C1ZF\x00damaged", b"C1Z3\x00"])
def test_without_a_database_nobody_waits(output, tmp_path, content):
    (tmp_path / "work").mkdir()
    output.unlink() if content is None else output.write_bytes(content)
    reported = []
    with prepared_in_background(output, tmp_path / "work", "sync", reported.append) as unpacked:
        assert unpacked.wait_for(output, threading.Event().is_set) is None
    assert bool(reported) == bool(content)
