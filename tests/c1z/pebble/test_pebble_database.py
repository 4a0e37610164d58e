"""A whole database against a model: sets, deletes and range deletes over tables of all levels and over logs."""

import struct
from bisect import bisect_left
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble import envelope, pebble_database
from connector_host.c1z.pebble import table as table_module
from connector_host.c1z.pebble.malformed import Malformed
from connector_host.c1z.pebble.pebble_database import open_pebble
from connector_host.c1z.pebble.wal import write_log
from connector_host.errors import FileError, UnsupportedFormat
from connector_host.wire.v3.envelope_messages import read_index
from tests.c1z.pebble import making
from tests.c1z.pebble.making import DELETE, RANGE, SET, SETDEL, SINGLE, SIZED, VERSIONS, Edit, Entry, lay, table

KEYS = [b"", b"\x00", b"a", b"a\x00", b"ab", b"abc", b"b", b"b\xff", b"c", b"d", b"e\x00\x01", b"\xff", b"\xff\xff"]
key = st.sampled_from(KEYS)
change = st.one_of(
    st.tuples(st.sampled_from([SET, SET, SET, SETDEL]), key, st.binary(max_size=4)),
    st.tuples(st.sampled_from([DELETE, SINGLE]), key, st.just(b"")),
    st.tuples(st.just(SIZED), key, st.just(b"\x05")),
    st.tuples(st.just(RANGE), key, key).map(lambda one: (RANGE, min(one[1:]), max(one[1:]))),
)
changes = st.lists(change, min_size=1, max_size=12)
step = st.one_of(
    st.tuples(st.just("flush"), changes),
    st.tuples(st.just("ingest"), st.dictionaries(key, st.binary(max_size=4), min_size=1, max_size=6)),
    st.tuples(st.just("excise"), st.tuples(key, key)),
    st.tuples(st.just("log"), changes),
)


class Tables:
    """Makes a database step by step as Pebble would, and the model of what is in it."""

    def __init__(self, folder: Path, versions):
        self.folder, self.versions = folder, versions
        self.model = {}
        self.edit = Edit().start(log=900)
        self.edits = [self.edit]
        self.live = []  # [level, number, file, (low, high), sequences], bounds half open
        self.sizes, self.backings = {}, set()
        self.sequence, self.number = 10, 4
        self.logged = []

    def apply(self, batch):
        entries, spans = [], []
        for kind, one, value in batch:
            if kind == RANGE:
                for gone in [k for k in self.model if one <= k < value]:
                    del self.model[gone]
                if one < value:
                    spans.append((one, value, self.sequence))
            else:
                entries.append(Entry(one, self.sequence, kind, value))
                if kind in (SET, SETDEL):
                    self.model[one] = value
                else:
                    self.model.pop(one, None)
            self.sequence += 1
        return making.in_order(entries), spans

    def write(self, level, entries, spans, sequences=None):
        if not entries and not spans:
            return
        version = self.versions[self.number % len(self.versions)]
        data = table(
            entries,
            spans,
            version=version,
            rows=1 + self.number % 4,
            two_levels=self.number % 3 == 0 and bool(entries),
            compression=(0, 1, 7)[self.number % 3],
        )
        (self.folder / f"{self.number:06d}.sst").write_bytes(data)
        self.sizes[self.number] = len(data)
        lows = [one.key for one in entries] + [start for start, _, _ in spans]
        highs = [one.key + b"\x00" for one in entries] + [end for _, end, _ in spans]
        used = [one.sequence for one in entries] + [q for *_, q in spans]
        found = sequences or (min(used), max(used))
        self.live.append([level, self.number, self.number, (min(lows), max(highs)), found])
        self.number += 1

    def flush(self, batch):
        """A table of level 0 with all versions of its keys; the oldest may have been compacted deeper."""
        first = not self.live
        self.write(5 if first else 0, *self.apply(batch))

    def ingest(self, items):
        """A table taken in as a whole; at the deepest level where it is alone there, and above nothing newer."""
        entries = [Entry(k, 0, SET, value) for k, value in sorted(items.items())]
        self.model.update(items)
        deepest = not self.live
        self.write(6 if deepest else 0, entries, [], (self.sequence, self.sequence))
        self.sequence += 1

    def excise(self, bounds):
        """Cut a stretch out of all tables: what is left of one becomes virtual."""
        low, high = min(bounds), max(bounds)
        for gone in [k for k in self.model if low <= k < high]:
            del self.model[gone]
        left = []
        for level, number, file, (start, end), sequences in self.live:
            if low >= high or end <= low or high <= start:
                left.append([level, number, file, (start, end), sequences])
                continue
            self.backings.add(file)
            for part in ((start, min(end, low)), (max(start, high), end)):
                if part[0] < part[1]:
                    left.append([level, self.number, file, part, sequences])
                    self.number += 1
        self.live = left

    def log(self, batch):
        self.logged.append((self.sequence, batch))
        self.apply(batch)

    def finish(self):
        for file in sorted(self.backings):
            self.edit.field(105, file, self.sizes[file])
        for level, number, file, (start, end), sequences in self.live:
            virtual = file in self.backings
            largest = end[:-1] if end.endswith(b"\x00") and end[:-1] >= start else (end,)
            self.edit.new(
                level, number, self.sizes[file], (start, largest), sequences, backing=file if virtual else None
            )
        making.write_manifest(self.folder, self.edits)
        half = len(self.logged) // 2
        (self.folder / "000900.log").write_bytes(write_log(self.logged[:half], 900))
        (self.folder / "000901.log").write_bytes(write_log(self.logged[half:], 901, 8))
        (self.folder / "000899.log").write_bytes(b"an old log that no longer counts")


def build(folder, steps, versions=VERSIONS):
    made = Tables(folder, versions)
    for kind, what in sorted(steps, key=lambda one: one[0] == "log"):  # the newest changes are those of the logs
        getattr(made, kind)(what)
    made.finish()
    return made


@contextmanager
def opened_on_demand(folder, damage=None):
    """Pack a database into an envelope, damage the file, and open it so that tables are unpacked when they are read.

    Provides the database, the payload, and the folder that the tables come to.
    """
    with TemporaryDirectory() as scratch:
        packed, target = Path(scratch, "file.c1z"), Path(scratch, "tables")
        target.mkdir()
        envelope.pack(folder, packed, envelope.Manifest(engine=envelope.ENGINE, payload_encoding=envelope.INDEXED))
        if damage:
            packed.write_bytes(damage(packed.read_bytes()))
        with (
            envelope.unpacked_on_demand(packed, target) as (_, payload),
            open_pebble(target, "file.c1z", payload) as db,
        ):
            yield db, payload, target


@settings(max_examples=150, deadline=None)
@given(st.lists(step, max_size=9), st.permutations(VERSIONS), st.lists(st.tuples(key, st.none() | key), max_size=3))
def test_it_holds_what_a_model_holds(tmp_path_factory, steps, versions, bounds):
    folder = tmp_path_factory.mktemp("db")
    made = build(folder, steps, versions)
    expected = sorted(made.model.items())
    with open_pebble(folder) as db:
        assert list(db.items()) == expected
        for low, high in bounds:
            assert list(db.items(low, high)) == [
                one for one in expected if low <= one[0] and (high is None or one[0] < high)
            ]
        for one in KEYS:
            assert db.get(one) == made.model.get(one)
    with opened_on_demand(folder) as (db, _, _):
        for one in reversed(KEYS):
            assert db.get(one) == made.model.get(one)
    with opened_on_demand(folder) as (db, _, _):
        for low, high in bounds:
            within = [one for one in expected if low <= one[0] and (high is None or one[0] < high)]
            assert db.first(low, high) == (within[0] if within else None)
        whole = db.items()
        for low, high in bounds:
            assert list(db.items(low, high)) == [
                one for one in expected if low <= one[0] and (high is None or one[0] < high)
            ]
        assert list(whole) == expected


@pytest.fixture
def three_tables(tmp_path):
    """A database with a table for the keys of each letter, and with one that deletes a range."""
    made = Tables(tmp_path / "three", (4,))
    made.folder.mkdir()
    for number, letter in enumerate(b"abc"):
        entries = [Entry(bytes([letter, n]), 0, SET, b"%d" % n) for n in range(200)]
        made.model.update((entry.key, entry.value) for entry in entries)
        made.write(6, entries, [], (number + 1, number + 1))
    made.flush([(RANGE, b"b\x10", b"b\xff"), (SET, b"b\x20", b"new")])
    made.finish()
    return made


def tables_of(payload):
    return [name for name in payload.names if name.endswith(".sst")]


def test_only_tables_that_are_read_are_unpacked(three_tables):
    asked = []
    with opened_on_demand(three_tables.folder) as (db, payload, target):
        provide = payload.provide
        payload.provide = lambda name: (asked.append(name), provide(name))
        assert db.get(b"a\x05") == b"5"
        assert asked == tables_of(payload)[:1]
        assert db.get(b"b\x30") is None
        assert dict(db.items(b"b", b"c")) == {k: v for k, v in three_tables.model.items() if k.startswith(b"b")}
        assert tables_of(payload)[2] not in asked
        payload.check()
        assert dict(db.items()) == three_tables.model
        assert sorted(asked) == tables_of(payload)
        assert not list(target.glob("*.sst"))  # an open file needs no name


def test_the_first_entry_needs_the_tables_up_to_it_only(three_tables):
    asked = []
    with opened_on_demand(three_tables.folder) as (db, payload, _):
        provide = payload.provide
        payload.provide = lambda name: (asked.append(name), provide(name))
        assert db.first() == (b"a\x00", b"0")
        assert db.first(b"b\x10", b"c") == (b"b\x20", b"new")  # another table deletes those before
        assert db.first(b"c\xff") is None
        assert tables_of(payload)[2] not in asked


def test_damage_is_reported_where_it_is_read(three_tables):
    def in_the_last_table(content):
        offset, length = struct.unpack(">QI", content[-28:-16])
        frames = {frame.name: frame for frame in read_index(content[offset : offset + length]).frames}
        place = frames["000006.sst"].offset + frames["000006.sst"].compressed_size // 2
        return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]

    with opened_on_demand(three_tables.folder, in_the_last_table) as (db, payload, _):
        assert db.get(b"a\x05") == b"5"
        for _ in range(2):
            with pytest.raises(FileError, match="file.c1z is damaged"):
                next(db.items())  # before the first entry of the sound tables
        with pytest.raises((FileError, Malformed)):
            payload.check()


def test_a_table_that_is_not_supported_is_refused_again_and_again(three_tables):
    path = three_tables.folder / "000006.sst"
    path.write_bytes(path.read_bytes()[:-8] + table_module.LEVELDB)
    with opened_on_demand(three_tables.folder) as (db, _, _):
        for _ in range(2):
            with pytest.raises(UnsupportedFormat, match="LevelDB"):
                db.get(b"c\x05")
            assert db.get(b"a\x05") == b"5"


def test_a_table_that_the_payload_lacks_is_missing_at_once(three_tables):
    (three_tables.folder / "000005.sst").unlink()
    with (
        pytest.raises(FileError, match=r"file.c1z, table 000005.sst is damaged: it is missing"),
        opened_on_demand(three_tables.folder),
    ):
        pass


def test_many_entries_in_tables_that_overlap(tmp_path):
    """Stretches of one source, of several, deleted stretches between; several iterators at once."""
    made = Tables(tmp_path, (4, 7))
    made.flush([(SET, b"%05d" % n, b"first") for n in range(3000)])
    made.flush([(SET, b"%05d" % n, b"second") for n in range(0, 3000, 7)])
    made.flush([(RANGE, b"00500", b"00900"), (DELETE, b"01000", b"")])
    made.flush([(SET, b"%05d" % n, b"third") for n in range(400, 700, 3)])
    made.excise((b"02000", b"02500"))
    made.log([(SET, b"02100", b"log"), (RANGE, b"00000", b"00003"), (SET, b"00001", b"log")])
    made.finish()
    expected = sorted(made.model.items())
    with open_pebble(tmp_path) as db:
        one, other = db.items(), db.items(b"00600", b"02200")
        assert next(one) == expected[0]
        assert list(other) == [item for item in expected if b"00600" <= item[0] < b"02200"]
        assert [expected[0], *one] == expected
        for start in range(0, 3000, 111):
            wanted = b"%05d" % start
            assert list(db.items(wanted))[:1] == expected[bisect_left(expected, (wanted,)) :][:1]


def test_more_tables_than_files_are_held_open(tmp_path, monkeypatch):
    made = build(tmp_path, [("flush", [(SET, b"%d" % n, b"v")]) for n in range(6)])
    with open_pebble(tmp_path) as db:
        assert db.self_contained
        for path in tmp_path.iterdir():
            path.unlink()
        assert dict(db.items()) == made.model
    monkeypatch.setattr(pebble_database, "MOST_OPEN", 5)
    build(tmp_path, [("flush", [(SET, b"%d" % n, b"v")]) for n in range(6)])
    with open_pebble(tmp_path) as db:
        assert not db.self_contained
        assert dict(db.items()) == made.model
        (tmp_path / "000004.sst").unlink()
        with pytest.raises(FileError, match="cannot be read"):
            list(db.items())


def test_closing_twice_is_fine(tmp_path):
    build(tmp_path, [("flush", [(SET, b"k", b"v")])])
    db = open_pebble(tmp_path)
    db.close()
    db.close()


# ----------------------------------------------------------------------------------------------- what is wrong


def refused(folder, message, kind=FileError):
    with pytest.raises(kind, match=message) as caught, open_pebble(folder, "file.c1z") as db:
        list(db.items())
    assert caught.value.message.startswith("file.c1z")
    assert caught.value.hint


@pytest.fixture
def folder(tmp_path):
    entries = [Entry(b"key %d" % n, 5, SET, b"value") for n in range(9)]
    return lay(tmp_path / "db", table(entries), entries)


def test_a_missing_table(folder):
    (folder / "000005.sst").unlink()
    refused(folder, r"table 000005.sst is damaged: it is missing")


def test_a_table_of_another_size(folder):
    with (folder / "000005.sst").open("ab") as file:
        file.write(b"x")
    refused(folder, "bytes, and the MANIFEST says")


def test_an_empty_table(folder):
    (folder / "000005.sst").write_bytes(b"")
    making.write_manifest(folder, [Edit().start().new(6, 5, 0, (b"a", b"b"), (5, 5))])
    refused(folder, "beyond its end")


@pytest.mark.parametrize("number", [12, 25, 99])
def test_another_format_major_version(folder, number):
    (folder / "marker.format-version.000001.024").rename(folder / f"marker.format-version.000001.{number:03d}")
    refused(folder, f"format major version is {number}, not 13 to 24", UnsupportedFormat)


@pytest.mark.parametrize("number", [13, 24])
def test_every_format_major_version_in_between(folder, number):
    (folder / "marker.format-version.000001.024").rename(folder / f"marker.format-version.000002.{number:03d}")
    assert len(list(open_pebble(folder).items())) == 9


def test_the_newest_marker_counts(folder):
    (folder / "marker.format-version.000009.025").touch()
    refused(folder, "25", UnsupportedFormat)


@pytest.mark.parametrize("name", ["marker.format-version.000001.024", "marker.manifest.000001.MANIFEST-000001"])
def test_a_missing_marker(folder, name):
    (folder / name).unlink()
    refused(folder, "marker of the (format version|manifest) is missing")


def test_a_missing_manifest(folder):
    (folder / "MANIFEST-000001").unlink()
    refused(folder, "MANIFEST-000001 is missing")


def test_too_many_tables(folder, monkeypatch):
    monkeypatch.setattr(pebble_database, "MOST_TABLES", 0)
    refused(folder, "made of 1 tables")


def test_no_folder(tmp_path):
    refused(tmp_path / "absent", "cannot be read")


def test_an_empty_database(tmp_path):
    making.write_manifest(tmp_path, [Edit().start()])
    with open_pebble(tmp_path) as db:
        assert list(db.items()) == []
        assert db.get(b"") is None


def test_reading_one_part_over_and_over_is_refused(tmp_path):
    """Virtual tables of level 0, all over the whole of one file: little bytes would make endless work."""
    entries = [Entry(b"k%06d" % n, 5, SET, bytes(2000)) for n in range(3000)]
    data = table(entries, rows=3000, compression=making.ZSTD)
    (tmp_path / "000005.sst").write_bytes(data)
    edit = Edit().start().field(105, 5, len(data))
    for number in range(10, 60):
        edit.new(0, number, len(data), (entries[0].key, entries[-1].key), (5, 5), backing=5)
    making.write_manifest(tmp_path, [edit])
    refused(tmp_path, "far more work")
