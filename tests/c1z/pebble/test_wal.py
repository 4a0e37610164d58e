"""The write-ahead log: batches replayed in order, a torn tail dropped, what is not known refused."""

import pytest

from connector_host.c1z.pebble import wal
from connector_host.c1z.pebble.pebble_database import open_pebble
from connector_host.c1z.pebble.wal import write_log
from connector_host.errors import FileError, UnsupportedFormat
from tests.c1z.pebble.making import DELETE, MERGE, RANGE, SET, Edit, write_manifest

LOG_DATA = 3
BATCHES = [(10, [(SET, b"a", b"1"), (SET, b"b", b"2")]), (12, [(LOG_DATA, b"note", b""), (DELETE, b"a", b"")])]


def folder_with(folder, *logs, oldest=7):
    write_manifest(folder, [Edit().start(log=oldest)])
    for name, data in logs:
        (folder / name).write_bytes(data)
    return folder


def read(folder):
    with open_pebble(folder, "file.c1z") as db:
        return dict(db.items())


@pytest.mark.parametrize("family", [0, 4, 8])
def test_a_database_of_nothing_but_a_log(tmp_path, family):
    assert read(folder_with(tmp_path, ("000007.log", write_log(BATCHES, 7, family)))) == {b"b": b"2"}


def test_data_for_others_take_no_sequence_number(tmp_path):
    """The second set is number 12, so that the range deletion at 12 does not reach it; the first one is 11."""
    first = write_log([(10, [(SET, b"x", b""), (SET, b"a", b"1"), (LOG_DATA, b"note", b""), (SET, b"b", b"2")])], 7)
    second = write_log([(12, [(RANGE, b"a", b"c")])], 8)
    assert read(folder_with(tmp_path, ("000007.log", first), ("000008.log", second))) == {b"x": b"", b"b": b"2"}


def test_logs_are_replayed_in_the_order_of_their_numbers(tmp_path):
    newer = write_log([(20, [(SET, b"b", b"3"), (RANGE, b"a", b"az")])], 8)
    assert read(folder_with(tmp_path, ("000008.log", newer), ("000007.log", write_log(BATCHES, 7)))) == {b"b": b"3"}


def test_a_log_that_no_longer_counts_is_not_read(tmp_path):
    assert read(folder_with(tmp_path, ("000006.log", b"whatever"), ("000007.log", b""))) == {}


def test_the_torn_tail_of_the_newest_log_is_dropped_and_of_an_older_one_refused(tmp_path):
    torn = write_log(BATCHES, 7)[:-3]
    assert read(folder_with(tmp_path, ("000007.log", torn))) == {b"a": b"1", b"b": b"2"}
    (tmp_path / "000008.log").write_bytes(b"")
    with pytest.raises(FileError, match=r"^file\.c1z is damaged"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(MERGE, "MERGE"), (20, "range keys"), (22, "ingests"), (24, "excises"), (99, "kind 99")],
)
def test_other_changes_are_refused_by_name(tmp_path, kind, expected):
    log = write_log([(10, [(kind, b"a", b"b")])], 7)
    with pytest.raises(UnsupportedFormat, match=expected):
        read(folder_with(tmp_path, ("000007.log", log)))


def test_a_log_in_several_files_is_refused(tmp_path):
    with pytest.raises(FileError, match="several files"):
        read(folder_with(tmp_path, ("000007-001.log", b"")))


def test_logs_that_are_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(wal, "MOST_LOGS", 10)
    with pytest.raises(FileError, match="logs of over"):
        read(folder_with(tmp_path, ("000007.log", write_log(BATCHES, 7))))


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\x0a" + bytes(7) + b"\x01\x00\x00",  # half a header
        b"\x0a" + bytes(7) + b"\x02\x00\x00\x00" + b"\x00\x01a",  # says two, has one
        b"\x0a" + bytes(7) + b"\x01\x00\x00\x00" + b"\x01\x01a\x09b",  # a value that runs past its end
        b"\x0a" + bytes(7) + b"\x01\x00\x00\x00" + b"\x0f\x01b\x01a",  # a range from b to a
    ],
)
def test_broken_batches_are_refused(tmp_path, record):
    from connector_host.c1z.pebble.record_log import RecordWriter

    writer = RecordWriter(7, 4)
    writer.add(record)
    with pytest.raises(FileError, match="damaged"):
        read(folder_with(tmp_path, ("000007.log", bytes(writer.data))))


def test_many_entries_come_in_parts(tmp_path):
    batches = [(10, [(SET, b"%05d" % n, b"v") for n in range(3000)])]
    folder_with(tmp_path, ("000007.log", write_log(batches, 7)))
    with open_pebble(tmp_path) as db:
        assert max(map(len, db.blocks())) <= 512
        assert [key for key, _ in db.items(b"00100", b"02000")] == [b"%05d" % n for n in range(100, 2000)]
