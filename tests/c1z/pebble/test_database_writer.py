"""A database written anew holds what it was given."""

import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble import database_writer, table_writer
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database
from connector_host.c1z.pebble.version import read_version
from connector_host.errors import FileError

KEYS = st.binary(max_size=10) | st.builds(lambda n, b: b"k" * n + b, st.integers(0, 300), st.binary(max_size=3))
VALUES = st.binary(max_size=30) | st.builds(lambda n, b: b * n, st.integers(0, 3000), st.binary(min_size=1, max_size=2))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=60))
def test_what_is_written_is_read(tmp_path_factory, items):
    folder = tmp_path_factory.mktemp("db")
    assert write_database(folder, iter(sorted(items.items()))) == len(items)
    with open_pebble(folder) as db:
        assert list(db.items()) == sorted(items.items())


def test_keys_with_every_byte_and_large_values(tmp_path):
    items = [(bytes((one, two)), bytes((two,)) * (one % 5)) for one in range(256) for two in range(256)]
    items += [(b"\xff\xff" + bytes((n,)), bytes((n,)) * (300_000 + n)) for n in range(5)]
    write_database(tmp_path, items)
    with open_pebble(tmp_path) as db:
        assert list(db.items()) == items
        assert db.get(items[-1][0]) == items[-1][1]
        assert list(db.items(b"\x10", b"\x12")) == [item for item in items if b"\x10" <= item[0] < b"\x12"]


def test_it_is_split_into_tables_of_the_deepest_level(tmp_path, monkeypatch):
    monkeypatch.setattr(database_writer, "TABLE", 100_000)
    seen = []
    items = [(b"key %06d" % n, b"value %d" % n) for n in range(20_000)]
    write_database(tmp_path, items, seen.append)
    tables = read_version(tmp_path).tables
    assert len(tables) > 4
    assert seen == sorted(set(seen))
    assert seen[-1] == len(items)
    assert {one.level for one in tables} == {6}
    assert len({one.smallest_sequence for one in tables}) == len(tables)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    with open_pebble(tmp_path) as db:
        assert list(db.items()) == items


def test_an_empty_one(tmp_path):
    assert write_database(tmp_path, []) == 0
    with open_pebble(tmp_path) as db:
        assert list(db.items()) == []


@pytest.mark.parametrize("second", [b"a", b"b", b""])
def test_keys_must_ascend(tmp_path, second):
    with pytest.raises(ValueError, match="ascend"):
        write_database(tmp_path, [(b"b", b"1"), (second, b"2")])


def test_a_folder_that_is_not_there_or_not_empty(tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_database(tmp_path / "absent", [(b"a", b"1")])
    write_database(tmp_path, [(b"a", b"1")])
    with pytest.raises(FileError, match="cannot be written"):
        write_database(tmp_path, [(b"a", b"1")])


def test_an_entry_that_no_reader_would_take(tmp_path, monkeypatch):
    monkeypatch.setattr(table_writer, "MOST", 1000)
    with pytest.raises(FileError, match="too large for a c1z"):
        write_database(tmp_path, [(b"a", bytes(1000))])
    assert not list(tmp_path.iterdir())


def test_memory_is_that_of_a_block_and_the_index(tmp_path):
    import tracemalloc

    def items():
        for n in range(20_000):
            yield b"key %08d" % n, b"value" * 60

    tracemalloc.start()
    try:
        write_database(tmp_path, items())
        _, peak = tracemalloc.get_traced_memory()
        assert peak < 3 << 20
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        with open_pebble(tmp_path) as db:
            assert sum(1 for _ in db.items()) == 20_000
        _, peak = tracemalloc.get_traced_memory()
        assert peak - before < 3 << 20
    finally:
        tracemalloc.stop()
