"""Tables of every version, as others write them: what is in them is read, and what is not known is refused by name."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble.pebble_database import open_pebble
from connector_host.errors import FileError, UnsupportedFormat
from tests.c1z.pebble import making
from tests.c1z.pebble.making import DELETE, MERGE, SET, SETDEL, SNAPPY, VERSIONS, ZSTD, Entry, lay, table

COLUMNAR = (5, 6, 7)
KEYS = st.binary(max_size=12) | st.builds(lambda a, b: a * 40 + b, st.binary(max_size=3), st.binary(max_size=3))
VALUES = st.binary(max_size=20) | st.builds(lambda n: b"v" * n, st.integers(0, 5000))


def some(count=200, kind=SET):
    return [Entry(b"key %05d" % n, 10 + n, kind, b"value %d " % n * (n % 5)) for n in range(count)]


def live(entries):
    """What a reader sees of one table, without range deletions."""
    newest = {}
    for one in entries:
        newest.setdefault(one.key, one)
    return [(one.key, one.value) for one in newest.values() if one.kind & 0xBF in (SET, SETDEL)]


def read(folder, *bounds):
    with open_pebble(folder, "file.c1z") as db:
        return list(db.items(*bounds))


def refusal(folder, kind=FileError):
    with pytest.raises(kind) as caught:
        read(folder)
    assert caught.value.hint
    assert caught.value.message.startswith("file.c1z, table 000005.sst")
    return caught.value.message


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("compression", [making.NONE, SNAPPY, ZSTD])
@pytest.mark.parametrize("checksum", [1, 3])
def test_every_version_compression_and_checksum(tmp_path, version, compression, checksum):
    entries = some()
    data = table(entries, version=version, compression=compression, checksum=checksum)
    assert read(lay(tmp_path / "db", data, entries)) == live(entries)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.tuples(KEYS, st.integers(1, 1 << 40)), VALUES, min_size=1, max_size=40),
    st.sampled_from(VERSIONS),
    st.booleans(),
    st.integers(1, 9),
    st.integers(0, 5),
)
def test_whatever_is_in_a_table_is_read(tmp_path_factory, rows, version, two_levels, size, shift):
    kinds = (SET, SET | 64, SETDEL, DELETE)
    entries = making.in_order(
        Entry(key, q, kinds[q % 4], b"" if q % 4 == 3 else value) for (key, q), value in rows.items()
    )
    data = table(entries, version=version, two_levels=two_levels, rows=size, shift=shift)
    folder = lay(tmp_path_factory.mktemp("db"), data, entries)
    expected = live(entries)
    assert read(folder) == expected
    low, high = sorted((entries[len(entries) // 3].key, entries[-1].key))
    assert read(folder, low, high) == [item for item in expected if low <= item[0] < high]
    with open_pebble(folder) as db:
        for key, value in expected:
            assert db.get(key) == value
        assert db.get(b"\xff no such key") is None


@pytest.mark.parametrize("version", [4, 7])
def test_values_and_keys_of_any_size(tmp_path, version):
    entries = [Entry(bytes([n]) * (n * n), 5, SET, b"x" * (n * 1500)) for n in range(1, 200)]
    assert read(lay(tmp_path / "db", table(entries, version=version), entries)) == live(entries)


@pytest.mark.parametrize("version", [4, 7])
def test_the_manifest_gives_the_sequence_number_of_a_table_taken_in_as_a_whole(tmp_path, version):
    """Its entries say 0, and a range deletion at 20 is of an older time than the table at 30."""
    old = [Entry(b"a", 5, SET, b"old"), Entry(b"b", 5, SET, b"old")]
    new = [Entry(b"a", 0, SET, b"new")]
    folder = tmp_path
    for number, data in ((4, table(old, [(b"a", b"z", 20)], version=version)), (5, table(new, version=version))):
        (folder / f"{number:06d}.sst").write_bytes(data)
    edit = making.Edit().start()
    edit.new(0, 4, (folder / "000004.sst").stat().st_size, (b"a", (b"z",)), (5, 20))
    edit.new(6, 5, (folder / "000005.sst").stat().st_size, (b"a", b"a"), (30, 30))
    making.write_manifest(folder, [edit])
    assert read(folder) == [(b"a", b"new")]


# ---------------------------------------------------------------------------------------------------- fences


@pytest.mark.parametrize("version", VERSIONS)
def test_a_merge_is_refused(tmp_path, version):
    entries = [Entry(b"a", 5, MERGE, b"v")]
    assert "MERGE" in refusal(lay(tmp_path / "db", table(entries, version=version), entries), UnsupportedFormat)


@pytest.mark.parametrize("kind", [19, 20, 21, 25])
def test_other_kinds_of_entries_are_refused(tmp_path, kind):
    entries = [Entry(b"a", 5, kind, b"v")]
    expected = "range keys" if kind < 22 else "kind 25"
    assert expected in refusal(lay(tmp_path / "db", table(entries), entries), UnsupportedFormat)


@pytest.mark.parametrize("version", COLUMNAR)
def test_values_elsewhere_are_refused_in_columnar_tables(tmp_path, version):
    entries = some(5)
    data = table(entries, version=version, external=(3,))
    assert "value blocks" in refusal(lay(tmp_path / "db", data, entries), UnsupportedFormat)


@pytest.mark.parametrize("prefix", [0x80, 0x40, 0xC0])
def test_values_elsewhere_are_refused_in_row_tables(tmp_path, monkeypatch, prefix):
    entries = some(3)
    monkeypatch.setattr(
        making,
        "row_data",
        lambda entries, version: making.row_block(
            [(making.internal(one), bytes((prefix,)) + one.value) for one in entries]
        ),
    )
    assert "value blocks" in refusal(lay(tmp_path / "db", table(entries), entries), UnsupportedFormat)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (b"rocksdb.comparator", b"other.Comparator", "in the order"),
        (b"rocksdb.merge.operator", b"other.merger", "merged by"),
        (b"pebble.num.range-key-sets", b"\x01", "range keys"),
        (b"pebble.num.value-blocks", b"\x02", "value blocks"),
        (b"pebble.num.values.in.blob-files", b"\x05", "blob files"),
        (b"rocksdb.merge.operands", b"\x01", "MERGE"),
        (b"rocksdb.block.based.table.index.type", b"\x01\x00\x00\x00", "index of type 1"),
    ],
)
@pytest.mark.parametrize("version", [4, 7])
def test_properties_that_tell_of_more_than_is_read(tmp_path, name, value, expected, version):
    entries = some(5)
    data = table(entries, version=version, properties={name: value})
    assert expected in refusal(lay(tmp_path / "db", data, entries), UnsupportedFormat)


@pytest.mark.parametrize("schema", [None, b"other"])
def test_keys_of_another_schema_are_refused(tmp_path, schema):
    entries = some(5)
    data = table(entries, version=7, properties={b"pebble.colblk.schema": schema})
    assert "schema" in refusal(lay(tmp_path / "db", data, entries), UnsupportedFormat)


@pytest.mark.parametrize(
    ("name", "expected"), [(b"pebble.range_key", "range keys"), (b"pebble.value_index", "value blocks")]
)
@pytest.mark.parametrize("version", [4, 5, 7])
def test_blocks_that_are_not_read_are_refused(tmp_path, name, expected, version):
    entries = some(5)
    data = table(entries, version=version, meta={name: (0, 10)})
    assert expected in refusal(lay(tmp_path / "db", data, entries), UnsupportedFormat)


@pytest.mark.parametrize(
    ("change", "expected", "kind"),
    [
        ({"number": 8}, "Pebble's version 8", UnsupportedFormat),
        ({"magic": making.ROCKSDB, "number": 5}, "RocksDB's version 5", UnsupportedFormat),
        ({"magic": bytes.fromhex("57fb808b247547db")}, "LevelDB", UnsupportedFormat),
        ({"magic": b"no magic"}, "as no table does", FileError),
    ],
)
def test_unknown_footers_are_refused(tmp_path, change, expected, kind):
    entries = some(5)

    def footer(version, *rest):
        return making.make_footer(version, *rest, **change)

    data = table(entries, version=4, footer=footer)
    assert expected in refusal(lay(tmp_path / "db", data, entries), kind)


@pytest.mark.parametrize("checksum", [0, 2, 4])
def test_other_checksums_are_refused(tmp_path, checksum):
    entries = some(5)
    data = table(entries, version=4, footer=lambda version, _, *rest: making.make_footer(version, checksum, *rest))
    assert f"type {checksum}" in refusal(lay(tmp_path / "db", data, entries), UnsupportedFormat)


@pytest.mark.parametrize("version", [6, 7])
def test_a_damaged_footer_is_found(tmp_path, version):
    entries = some(5)
    data = bytearray(table(entries, version=version))
    data[-30] ^= 1
    assert "footer" in refusal(lay(tmp_path / "db", bytes(data), entries))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_flipped_bit_anywhere_is_found_or_harmless(tmp_path, version):
    entries = some(40)
    data = table(entries, version=version, deletes=[(b"key 00003", b"key 00007", 30)])
    expected = read(lay(tmp_path / "db", data, entries))
    found = 0
    for at in range(0, len(data), 13):
        broken = bytearray(data)
        broken[at] ^= 0x10
        (tmp_path / "db" / "000005.sst").write_bytes(broken)
        try:
            assert read(tmp_path / "db") == expected  # a byte of the footer that is not used
        except FileError:
            found += 1
    assert found > len(data) // 13 - 10


def test_a_columnar_block_of_another_version_or_with_other_columns_is_refused(tmp_path, monkeypatch):
    entries = some(5)
    whole = making.column_data
    monkeypatch.setattr(making, "column_data", lambda *a: whole(*a)[:4] + b"\x02" + whole(*a)[5:])
    assert "version 2" in refusal(lay(tmp_path / "db", table(entries, version=7), entries), UnsupportedFormat)
    monkeypatch.setattr(making, "column_data", lambda *a: whole(*a)[:5] + b"\x08" + whole(*a)[6:])
    assert "8 columns" in refusal(lay(tmp_path / "db", table(entries, version=7), entries), UnsupportedFormat)
    monkeypatch.setattr(making, "column_data", lambda *a: whole(*a)[:11] + b"\x02" + whole(*a)[12:])
    assert "other columns" in refusal(lay(tmp_path / "db", table(entries, version=7), entries), UnsupportedFormat)


# ---------------------------------------------------------------------------------------------- hostile ones


@pytest.mark.parametrize("version", [version for version in VERSIONS if version not in COLUMNAR])
def test_keys_that_are_not_in_order_are_refused(tmp_path, version):
    entries = [Entry(b"b", 5, SET), Entry(b"a", 5, SET), Entry(b"c", 5, SET)]
    message = refusal(lay(tmp_path / "db", table(entries, version=version), entries, bounds=(b"a", b"c")))
    assert "not in order" in message


@pytest.mark.parametrize("version", [4, 7])
def test_keys_beyond_the_bounds_are_refused(tmp_path, version):
    entries = some(5)
    folder = lay(tmp_path / "db", table(entries, version=version), entries, bounds=(b"key 00001", b"key 00009"))
    assert "beyond the bounds" in refusal(folder)


def test_blocks_that_are_not_in_order_are_refused(tmp_path, monkeypatch):
    entries = some(60)
    whole = making.row_data
    monkeypatch.setattr(making, "row_data", lambda part, version: whole(entries[:20], version))
    assert "not in order" in refusal(lay(tmp_path / "db", table(entries), entries))


def test_an_index_that_leads_to_a_block_twice_is_refused(tmp_path, monkeypatch):
    entries = some(60)
    whole = making.row_block

    def twice(pairs, restart=16):
        return whole([pairs[0]] * 3 if restart == 1 and len(pairs) == 3 else pairs, restart)

    monkeypatch.setattr(making, "row_block", twice)
    assert "overlap" in refusal(lay(tmp_path / "db", table(entries), entries))


def test_little_bytes_do_not_become_much_memory(tmp_path, monkeypatch):
    """Keys that all share a long one, in 3 bytes each, and blocks that say they have endless rows."""
    entries = [Entry(b"a" * 1_000_000, 5, SET)] * 300
    assert "too much" in refusal(lay(tmp_path / "db", table(entries, version=1, rows=300), entries))
    keys = [Entry(b"a" * 400_000 + bytes([n]), 5, SET) for n in range(200)]
    assert "too much" in refusal(lay(tmp_path / "db", table(keys, version=7, rows=300), keys))
    small = some(5)
    whole = making.column_data
    monkeypatch.setattr(making, "column_data", lambda *a: whole(*a)[:7] + b"\xff\xff\xff\x7f" + whole(*a)[11:])
    assert "rows" in refusal(lay(tmp_path / "db", table(small, version=7), small))
