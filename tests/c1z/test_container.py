"""The wrapping of a c1z: sniffing, unpacking what any writer left, packing."""

import os
import random
import resource
import sqlite3
import stat
import struct
import tracemalloc

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.c1z import container, zstd_frames
from connector_host.c1z.container import MAGIC_V1, MAGIC_V3, DetectedFile, FileFormat, Limits
from connector_host.errors import ConfigError, FileError, UnsupportedFormat

MIB = 1 << 20


def database_bytes(tmp_path, rows=200):
    path = tmp_path / "made.db"
    with sqlite3.connect(path) as db:
        db.execute("create table t (a, b)")
        db.executemany("insert into t values (?, ?)", ((n, f"row {n} {n * n}") for n in range(rows)))
    db.close()
    return path.read_bytes()


@pytest.fixture
def image(tmp_path):
    return database_bytes(tmp_path)


@pytest.fixture
def c1z(tmp_path):
    """Write a file: `c1z(data)` puts `data` behind the magic."""

    def write(data, name="file.c1z", magic=MAGIC_V1):
        path = tmp_path / name
        path.write_bytes(magic + data)
        return path

    return write


def unpacked(path, **limits):
    target = path.with_suffix(".out")
    target.unlink(missing_ok=True)
    size = container.unpack(path, target, Limits(**limits))
    data = target.read_bytes()
    assert size == len(data)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    return data


def refused(path, kind=FileError, **limits):
    """Unpack a bad file: the error, after it was seen that nothing is left."""
    target = path.with_suffix(".out")
    target.unlink(missing_ok=True)
    with pytest.raises(kind) as caught:
        container.unpack(path, target, Limits(**limits))
    assert not target.exists()
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


# -------------------------------------------------------------------------------------------------------- what is it


def test_sniff(tmp_path, c1z, image):
    assert container.sniff(c1z(b"")) == DetectedFile(FileFormat.V1, size=5)
    assert container.sniff(c1z(image, magic=b"")).format is FileFormat.FOREIGN
    assert container.sniff(c1z(b"C1Z", magic=b"")) == DetectedFile(FileFormat.FOREIGN, size=3)
    assert container.sniff(c1z(b"C1Z2\x00rest", magic=b"")).format is FileFormat.FOREIGN
    assert container.sniff(c1z(b"", magic=b"")) == DetectedFile(FileFormat.EMPTY)
    assert container.sniff(tmp_path / "absent") == DetectedFile(FileFormat.MISSING)


@pytest.mark.parametrize(
    ("rest", "engine"),
    [
        (bytes.fromhex("00005C570A07706562626C6533"), "pebble3"),
        (struct.pack(">I", 20) + b"\x0a\x07pebble3" + b"\x10\x18", "pebble3"),
        (struct.pack(">I", 16 << 20) + b"\x0a\x07pebble2", "pebble2"),
        (struct.pack(">I", (16 << 20) + 1) + b"\x0a\x07pebble3", ""),
        (struct.pack(">I", 0xFFFFFFFF) + b"\x0a\x07pebble3", ""),
        (struct.pack(">I", 3) + b"\x0a\x07pebble3", ""),
        (b"\x00\x00", ""),
        (b"", ""),
        (struct.pack(">I", 9) + b"\x0a\x07peb\nle3", ""),
        (struct.pack(">I", 9) + b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff", ""),
    ],
)
def test_v3_names_its_engine(c1z, rest, engine):
    path = c1z(rest, magic=MAGIC_V3)
    found = container.sniff(path)
    assert (found.format, found.engine) == (FileFormat.V3, engine)
    message = refused(path, UnsupportedFormat)
    assert "format v3" in message
    assert engine in message
    assert "--to v1" in container.refusal(path, found).hint


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, what in ((tmp_path, "a folder"), (pipe, "not a regular file")):
        with pytest.raises(FileError, match=what):
            container.sniff(path)
        with pytest.raises(FileError, match=what):
            container.unpack(path, tmp_path / "out")


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "is empty"), (b"PK\x03\x04zip", "not a c1z"), (b"C1ZF", "not a c1z"), (None, "does not exist")],
)
def test_what_is_not_v1_is_refused(tmp_path, c1z, data, words):
    path = tmp_path / "absent.c1z" if data is None else c1z(data, magic=b"")
    assert words in refused(path)


@pytest.mark.golden
def test_golden_files_are_recognised(golden):
    for path in golden.glob("*/*.c1z"):
        found = container.sniff(path)
        v3 = path.name in {"sync-v3.c1z", "v3-pebble.c1z"}
        assert (found.format, found.engine) == ((FileFormat.V3, "pebble3") if v3 else (FileFormat.V1, ""))


# ------------------------------------------------------------------------------------------------------------ unpack


@pytest.mark.golden
def test_golden_files_unpack_to_their_database(tmp_path, plain, golden_v1):
    assert len(golden_v1) > 10
    for number, path in enumerate(golden_v1):
        target = tmp_path / f"{number}.db"
        size = container.unpack(path, target)
        assert target.read_bytes() == plain(path).image
        assert size == target.stat().st_size


def no_size(data, **parameters):
    writer = zstandard.ZstdCompressor(**parameters).compressobj()
    return writer.compress(data) + writer.flush()


SKIPPABLE = struct.pack("<II", 0x184D2A53, 6) + b"ignore"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: zstandard.ZstdCompressor().compress(data),
        lambda data: zstandard.ZstdCompressor(level=19, write_checksum=True).compress(data),
        lambda data: zstandard.ZstdCompressor(write_checksum=False, write_content_size=False).compress(data),
        lambda data: no_size(data, level=1),
        lambda data: no_size(data[:5000]) + zstandard.compress(data[5000:5001]) + no_size(data[5001:]),
        lambda data: SKIPPABLE + zstandard.compress(data) + SKIPPABLE,
        lambda data: zstandard.compress(b"") + SKIPPABLE * 3 + zstandard.compress(data) + zstandard.compress(b""),
    ],
    ids=["plain", "level 19", "bare", "streamed", "three frames", "skippable frames", "empty frames"],
)
def test_every_writers_frames_are_read(c1z, image, wrap):
    assert unpacked(c1z(wrap(image))) == image


@pytest.mark.parametrize("data", [b"", zstandard.compress(b""), SKIPPABLE])
def test_a_file_without_data_is_an_empty_database(c1z, data):
    assert unpacked(c1z(data)) == b""


def test_a_cut_file_is_one_clear_error_wherever_it_is_cut(c1z, image):
    for data in (
        zstandard.ZstdCompressor(write_checksum=True).compress(image),
        no_size(image[:5000]) + SKIPPABLE + no_size(image[5000:]),
        zstandard.ZstdCompressor(level=-5, write_checksum=True).compress(os.urandom(300)),
    ):
        for cut in sorted({*range(1, 60), *range(60, len(data), 7), *range(len(data) - 20, len(data))}):
            words = refused(c1z(data[:cut]))
            assert "truncated" in words or "damaged" in words, cut


def test_a_flipped_bit_never_gives_other_data(c1z, image):
    data = zstandard.ZstdCompressor(write_checksum=True).compress(image)
    chance = random.Random(7)
    for _ in range(300):
        position = chance.randrange(len(data))
        broken = bytearray(data)
        broken[position] ^= 1 << chance.randrange(8)
        path = c1z(bytes(broken))
        try:
            data_then = unpacked(path)
        except FileError:
            assert not path.with_suffix(".out").exists()
        else:
            assert data_then == image  # a bit that means nothing


@pytest.mark.parametrize("rest", [b"x", b"trailing words", b"\x28\xb5", b"\x28\xb5\x2f\xfd", MAGIC_V1, b"\x00" * 100])
def test_bytes_after_the_data_are_refused(c1z, image, rest):
    words = refused(c1z(zstandard.compress(image) + rest))
    assert "damaged" in words or "truncated" in words


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200))
def test_garbage_is_one_clear_error(c1z, data):
    path = c1z(data)
    target = path.with_suffix(".out")
    try:
        assert container.unpack(path, target, Limits()) == 0
        target.unlink()
    except FileError:
        assert not target.exists()


def test_what_is_not_a_database_is_refused(c1z, image):
    assert "does not hold a SQLite database" in refused(c1z(zstandard.compress(b"words " * 1000)))
    assert "truncated" in refused(c1z(zstandard.compress(image[:-4096])))
    assert "truncated" in refused(c1z(zstandard.compress(image[:40])))


def test_the_target_must_not_exist(tmp_path, c1z, image):
    path = c1z(zstandard.compress(image))
    target = tmp_path / "mine"
    target.write_text("kept")
    with pytest.raises(FileError, match="mine cannot be written"):
        container.unpack(path, target)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileError, match="link cannot be written"):
        container.unpack(path, link)
    with pytest.raises(FileError, match="cannot be written"):
        container.unpack(path, tmp_path / "no folder" / "x")
    assert target.read_text() == "kept"
    assert not (tmp_path / "elsewhere").exists()


# ------------------------------------------------------------------------------------------------------------- limits


def bomb(size):
    """A frame of `size` zeros without content size, a few bytes a MiB."""
    writer = zstandard.ZstdCompressor(level=19, write_checksum=False).compressobj()
    zeros = bytes(MIB)
    parts = [writer.compress(zeros) for _ in range(size // MIB)]
    return b"".join([*parts, writer.flush()])


@pytest.fixture(scope="module")
def bomb_of_300():
    return bomb(300 * MIB)


def test_a_bomb_ends_at_the_limit_in_bounded_memory(c1z, bomb_of_300):
    path = c1z(bomb_of_300)
    assert path.stat().st_size < 64 * 1024
    tracemalloc.start()
    assert "larger than the limit" in refused(path, decoded=100 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80 * MIB


def test_the_announced_size_is_refused_before_decoding(c1z, monkeypatch):
    path = c1z(zstandard.compress(bytes(3 * MIB)))
    monkeypatch.setattr(container.Decoder, "_frame", lambda *_: pytest.fail("decoded"))
    assert "larger than the limit of 2097152 bytes" in refused(path, decoded=2 * MIB)


def test_the_announced_size_of_the_first_frame_with_data_counts(c1z):
    assert "larger than the limit" in refused(c1z(SKIPPABLE * 2 + zstandard.compress(bytes(3 * MIB))), decoded=2 * MIB)


def test_without_fail_fast_the_running_total_decides(c1z):
    path = c1z(zstandard.compress(bytes(3 * MIB)))
    assert "larger than the limit" in refused(path, decoded=2 * MIB, fail_fast=False)


def test_only_the_first_announced_size_counts_before_decoding(c1z, image):
    path = c1z(zstandard.compress(image) + zstandard.compress(bytes(3 * MIB)))
    assert "larger than the limit" in refused(path, decoded=2 * MIB)
    assert unpacked(path, decoded=4 * MIB).startswith(image)


def test_the_limit_itself_is_allowed(c1z, image):
    path = c1z(zstandard.compress(image))
    assert unpacked(path, decoded=len(image)) == image
    refused(path, decoded=len(image) - 1)


def windowed(data, window_log):
    parameters = zstandard.ZstdCompressionParameters(window_log=window_log, write_content_size=False)
    writer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return writer.compress(data) + writer.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


def test_windows(c1z, image):
    assert unpacked(c1z(windowed(image, 27))) == image
    assert "window of 268435456 bytes" in refused(c1z(windowed(image, 28)))
    assert unpacked(c1z(windowed(image, 28)), window=256 * MIB) == image
    assert "window" in refused(c1z(windowed(image, 21)), window=MIB)
    second = zstandard.compress(image[:4096]) + windowed(image[4096:], 22)
    assert "window" in refused(c1z(second), window=2 * MIB)


def test_a_single_segments_window_is_its_content(c1z):
    content = bytes(3 * MIB)
    # frame header by hand: single segment, 4 bytes of content size, then blocks of one repeated byte
    blocks = [struct.pack("<I", (131072 << 3) | 2 | (n == 23))[:3] + b"\x00" for n in range(24)]
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content)) + b"".join(blocks)
    assert zstandard.get_frame_parameters(frame).window_size == len(content)
    assert "window of 3145728 bytes" in refused(c1z(frame), window=2 * MIB)
    assert "does not hold" in refused(c1z(frame), window=3 * MIB)


def test_limits_from_the_environment():
    read = Limits.from_environment
    assert read({}) == Limits() == Limits(decoded=10 << 30, window=128 << 20, fail_fast=True)
    assert read({"BATON_DECODER_MAX_DECODED_SIZE_MB": "3", "BATON_DECODER_MAX_MEMORY_MB": "7"}) == Limits(
        ratio=0, decoded=3 << 20, window=7 << 20
    )
    for text in ("", "x", "-1", "1.5", "1e3", "٣", " 3", "9" * 30):
        assert read({"BATON_DECODER_MAX_DECODED_SIZE_MB": text}) == Limits(), text
    for name in ("BATON_DECODER_MAX_DECODED_SIZE_MB", "BATON_DECODER_MAX_MEMORY_MB"):
        with pytest.raises(ConfigError, match=f"{name} is 0"):
            read({name: "0"})
    assert not read({"BATON_DISABLE_FCS_FAIL_FAST": "1"}).fail_fast
    assert read({"BATON_DISABLE_FCS_FAIL_FAST": "yes"}).fail_fast


def test_the_environment_counts_when_no_limits_are_given(c1z, monkeypatch, image):
    path = c1z(zstandard.compress(image + bytes(2 * MIB)))
    monkeypatch.setenv("BATON_DECODER_MAX_DECODED_SIZE_MB", "1")
    with pytest.raises(FileError, match="larger than the limit") as caught:
        container.unpack(path, path.with_suffix(".out"))
    assert "BATON_DECODER_MAX_DECODED_SIZE_MB" in caught.value.hint


# --------------------------------------------------------------------------------------------------------------- pack


@pytest.mark.parametrize("rows", [1, 200, 200_000], ids=["tiny", "small", "compressed by threads"])
def test_packed_files_are_one_frame_a_go_reader_takes(tmp_path, plain, rows):
    image = database_bytes(tmp_path, rows)
    database, target = tmp_path / "made.db", tmp_path / "out.c1z"
    size = container.pack(database, target)
    assert size == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    frame = plain(target).frame
    assert plain(target).image == image
    assert (frame.content_size, frame.has_checksum, frame.dict_id) == (len(image), True, 0)
    assert frame.window_size <= 8 * MIB
    one = zstandard.ZstdDecompressor().decompressobj()
    one.decompress(target.read_bytes()[5:])
    assert one.eof
    assert one.unused_data == b""
    assert unpacked(target) == image


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(tail=st.binary(max_size=5000), repeat=st.integers(0, 200))
def test_pack_and_unpack_are_inverse(tmp_path, tail, repeat):
    image = b"SQLite format 3\x00" + bytes(100) + tail * repeat
    for name in ("a.db", "a.c1z", "a.out"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "a.db").write_bytes(image)
    container.pack(tmp_path / "a.db", tmp_path / "a.c1z")
    assert unpacked(tmp_path / "a.c1z") == image


def test_progress_is_told_and_may_stop_the_work(tmp_path):
    database_bytes(tmp_path, 150_000)
    database = tmp_path / "made.db"
    seen = []
    container.pack(database, tmp_path / "out.c1z", seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == database.stat().st_size
    back = []
    container.unpack(tmp_path / "out.c1z", tmp_path / "back.db", progress=back.append)
    assert len(back) > 2
    assert back == sorted(back)

    def stop(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        container.pack(database, tmp_path / "stopped.c1z", stop)
    with pytest.raises(KeyboardInterrupt):
        container.unpack(tmp_path / "out.c1z", tmp_path / "stopped.db", progress=stop)
    assert not list(tmp_path.glob("stopped.*"))


@pytest.fixture
def file_size():
    """Limit how far files may grow: writes past it fail as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_failing_write_leaves_nothing(tmp_path, image, file_size):
    database, packed = tmp_path / "made.db", tmp_path / "out.c1z"
    database.write_bytes(image + os.urandom(500_000))
    container.pack(database, packed)
    file_size(4096)
    for work in (
        lambda: container.pack(database, tmp_path / "new.c1z"),
        lambda: container.unpack(packed, tmp_path / "new.db"),
    ):
        with pytest.raises(FileError, match="cannot be written") as caught:
            work()
        assert "Make room" in caught.value.hint
    assert not list(tmp_path.glob("new.*"))


def test_a_failing_sync_to_disk_leaves_nothing(tmp_path, image, monkeypatch):
    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileError, match="No space left on device"):
        container.pack(tmp_path / "made.db", tmp_path / "new.c1z")
    assert not (tmp_path / "new.c1z").exists()


def test_a_missing_database_is_a_clear_error(tmp_path):
    with pytest.raises(FileError, match="absent.db cannot be read"):
        container.pack(tmp_path / "absent.db", tmp_path / "new.c1z")
    assert not (tmp_path / "new.c1z").exists()


def test_a_database_that_grows_meanwhile_is_refused(tmp_path, image):
    database = tmp_path / "made.db"
    database.write_bytes(image + bytes(3 * MIB))

    def grow(_done):
        with database.open("ab") as file:
            file.write(b"more")

    with pytest.raises(FileError, match="cannot be compressed"):
        container.pack(database, tmp_path / "new.c1z", grow)
    assert not (tmp_path / "new.c1z").exists()


def test_a_repetition_far_larger_than_its_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(zstd_frames, "ALWAYS_DECODED", 1 << 20)
    monkeypatch.delenv("BATON_DECODER_MAX_DECODED_SIZE_MB", raising=False)
    path = tmp_path / "bomb.c1z"
    for sized in (True, False):
        frame = zstandard.ZstdCompressor(write_content_size=sized).compressobj(size=4 << 20 if sized else -1)
        path.write_bytes(container.MAGIC_V1 + frame.compress(bytes(4 << 20)) + frame.flush())
        with pytest.raises(FileError, match="200 times the size of the file") as caught:
            container.unpack(path, tmp_path / "db")
        assert "BATON_DECODER_MAX_DECODED_SIZE_MB" in caught.value.hint
        assert not (tmp_path / "db").exists()
    monkeypatch.setenv("BATON_DECODER_MAX_DECODED_SIZE_MB", "100")
    with pytest.raises(FileError, match="does not hold a SQLite database"):
        container.unpack(path, tmp_path / "db")
