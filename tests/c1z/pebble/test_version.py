"""Replaying a MANIFEST: the live tables of a row of changes, and what no change may say."""

import pytest

from connector_host.c1z.pebble.malformed import Malformed, Unknown
from connector_host.c1z.pebble.version import TableDescription, read_version, write_version
from connector_host.errors import FileError
from tests.c1z.pebble.making import Edit, varint, write_manifest

BOUNDS = (b"a", b"m")


def replay(folder, *edits, **how):
    write_manifest(folder, [Edit().start(log=44), *edits], **how)
    return read_version(folder)


def numbers(version):
    return [(one.level, one.number, one.file, one.smallest, one.end) for one in version.tables]


def test_tables_come_and_go(tmp_path):
    found = replay(
        tmp_path,
        Edit().new(0, 7, 100, BOUNDS, (5, 9)),
        Edit().new(0, 9, 100, (b"b", (b"c",)), (10, 12)).new(6, 8, 100, (b"n", b"z"), (3, 3)),
        Edit().field(6, 0, 7).new(5, 7, 100, BOUNDS, (5, 9)),  # moved deeper
        Edit().field(2, 45),
    )
    assert numbers(found) == [
        (0, 9, 9, b"b", b"c"),  # the end was exclusive
        (5, 7, 7, b"a", b"m\x00"),
        (6, 8, 8, b"n", b"z\x00"),
    ]
    assert (found.log_number, found.format_version) == (45, 24)


def test_a_virtual_table_is_part_of_its_backing_file(tmp_path):
    found = replay(
        tmp_path,
        Edit().new(6, 7, 100, BOUNDS, (5, 5)),
        Edit()
        .field(6, 6, 7)
        .field(105, 7, 100)
        .new(6, 9, 60, (b"a", b"b"), (5, 5), backing=7)
        .new(6, 10, 60, (b"k", b"m"), (5, 5), backing=7),
    )
    assert numbers(found) == [(6, 9, 7, b"a", b"b\x00"), (6, 10, 7, b"k", b"m\x00")]
    assert all(one.virtual and one.size == 100 and one.name == "000007.sst" for one in found.tables)
    later = replay(
        tmp_path,
        Edit().field(105, 7, 100).new(6, 9, 60, (b"a", b"b"), (5, 5), backing=7),
        Edit().field(106, 7).field(6, 6, 9),
    )
    assert numbers(later) == []


def test_what_changes_nothing_for_readers_is_passed_over(tmp_path):
    edit = Edit().field(3, 5).field(4, 99).field(5, 2, b"where").field(9, 0).field(11, 6, 7)
    edit.field(10, b"from", b"to", 1, 77)
    edit.new(6, 7, 100, BOUNDS, (5, 5), custom=((6, b"\x05"), (2, b"\x01"), (7, b""), (63, b"unknown")))
    assert len(replay(tmp_path, edit).tables) == 1
    assert len(replay(tmp_path, Edit().new(6, 7, 100, BOUNDS, (5, 5), tag=100)).tables) == 1


def test_level_0_is_in_the_order_of_age_and_may_overlap(tmp_path):
    edit = Edit().new(0, 9, 100, BOUNDS, (7, 8)).new(0, 5, 100, BOUNDS, (9, 12)).new(0, 7, 100, BOUNDS, (1, 2))
    assert [one.number for one in replay(tmp_path, edit).tables] == [7, 9, 5]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (104, "range keys"),
        (107, "blob files"),
        (108, "blob files"),
        (200, "column families"),
        (7, "LevelDB"),
        (102, "RocksDB"),
        (109, "a change of kind 109"),
        (8, "a change of kind 8"),
    ],
)
def test_other_changes_are_refused_by_name(tmp_path, tag, expected):
    with pytest.raises(Unknown, match=expected):
        replay(tmp_path, Edit().field(tag, 1, 2, 3))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [(65, "another folder"), (67, "prefix"), (68, "suffix"), (69, "blob"), (70, "blob"), (71, "property 71")],
)
def test_other_properties_of_tables_are_refused_by_name(tmp_path, tag, expected):
    with pytest.raises(Unknown, match=expected):
        replay(tmp_path, Edit().new(6, 7, 100, BOUNDS, (5, 5), custom=((tag, b"x"),)))


def test_another_order_of_keys_is_refused(tmp_path):
    with pytest.raises(Unknown, match="in the order b'other'"):
        replay(tmp_path, Edit().field(1, b"other"))


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit().field(6, 6, 7), "deleted from level 6"),
        (Edit().new(6, 7, 1, BOUNDS, (5, 5)).new(6, 7, 1, BOUNDS, (5, 5)), "added twice"),
        (Edit().field(105, 7, 1).field(105, 7, 1), "added twice"),
        (Edit().field(106, 7), "never added"),
        (Edit().new(6, 9, 1, BOUNDS, (5, 5), backing=7), "never added"),
        (Edit().new(6, 7, 1, BOUNDS, (5, 5)).new(6, 8, 1, (b"m", b"z"), (5, 5)), "overlap"),
        (Edit().new(7, 7, 1, BOUNDS, (5, 5)), "wrong level"),
        (Edit().new(6, 7, 1, BOUNDS, (6, 5)), "wrong level"),
        (Edit().new(6, 7, 1, (b"m", b"a"), (5, 5)), "wrong order"),
    ],
)
def test_changes_that_cannot_be_are_refused(tmp_path, edit, expected):
    with pytest.raises(Malformed, match=expected):
        replay(tmp_path, edit)


@pytest.mark.parametrize("data", [b"\x01\xff\x01abc", b"\x80", varint(103) + b"\x06\x07\x10\x02ab\x02ab\x00\x00\x01"])
def test_broken_records_are_refused(tmp_path, data):
    edit = Edit()
    edit.data = data
    with pytest.raises(ValueError):
        replay(tmp_path, edit)


def test_a_damaged_manifest_is_refused_wherever_the_damage_is(tmp_path):
    """Pebble takes damage for the end; the changes behind it would be lost without a word."""
    write_manifest(
        tmp_path, [Edit().start(), *(Edit().new(6, n, 1, (b"%03d" % n, b"%03d" % n), (5, 5)) for n in range(50, 90))]
    )
    path = tmp_path / "MANIFEST-000001"
    data = path.read_bytes()
    for at in range(0, len(data), 37):
        path.write_bytes(data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :])
        with pytest.raises(Malformed):
            read_version(tmp_path)
    path.write_bytes(data[:-5])
    with pytest.raises(Malformed):
        read_version(tmp_path)


def test_what_is_written_is_read(tmp_path):
    tables = [
        TableDescription(
            level=6,
            number=n,
            file=n,
            size=n * 1000,
            smallest=b"%d" % n,
            end=b"%d\x00" % n,
            smallest_sequence=n,
            largest_sequence=n,
        )
        for n in range(4, 9)
    ]
    write_version(tmp_path, tables, next_file=9, last_sequence=50)
    found = read_version(tmp_path)
    assert found.tables == tuple(tables)
    assert (found.log_number, found.format_version) == (9, 24)
    with pytest.raises(FileError):
        write_version(tmp_path, tables, next_file=9, last_sequence=50)
