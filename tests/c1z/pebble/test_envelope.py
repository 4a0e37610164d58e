"""The envelope: the three encodings both ways, what it verifies, what it refuses, and that nothing is left behind."""

import io
import os
import stat
import tarfile
import tracemalloc

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.pebble import payload_folder
from connector_host.c1z.pebble.checksums import xxh64
from connector_host.c1z.pebble.envelope import (
    INDEXED,
    TAR,
    TAR_ZSTD,
    Manifest,
    SyncSummary,
    pack,
    read_manifest,
    unpack,
)
from connector_host.c1z.pebble.indexed_payload import FOOTER, MAGIC
from connector_host.c1z.zstd_frames import Limits
from connector_host.errors import FileError, UnsupportedFormat
from connector_host.wire.v3.envelope_messages import Frame, FrameIndex, read_index, write_index, write_manifest

ENCODINGS = (INDEXED, TAR_ZSTD, TAR)
FILES = {
    "000004.sst": bytes(range(256)) * 40,
    "000005.log": b"",
    "MANIFEST-000001": b"manifest",
    "marker.format-version.000001.024": b"",
}


def manifest(encoding=INDEXED, **fields):
    return Manifest(engine="pebble3", payload_encoding=encoding, engine_schema_version=24, id_index_format=2, **fields)


def lay(path, files=None):
    path.mkdir()
    for name, data in (FILES if files is None else files).items():
        (path / name).write_bytes(data)
    return path


def contents(path):
    return {one.name: one.read_bytes() for one in path.iterdir()}


@pytest.fixture
def out(tmp_path):
    made = tmp_path / "out"
    made.mkdir()
    return made


@pytest.fixture
def packed(tmp_path):
    def make(encoding=INDEXED, files=None, **fields):
        path = tmp_path / "sync.c1z"
        path.unlink(missing_ok=True)
        source = tmp_path / f"files {len(list(tmp_path.iterdir()))}"
        pack(lay(source, files), path, manifest(encoding, **fields))
        return path

    return make


def refused(path, out, message, kind=FileError, limits=None):
    with pytest.raises(kind, match=message) as caught:
        unpack(path, out, limits)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert not list(out.iterdir())
    return caught.value


# ------------------------------------------------------------------------------------------------ both ways


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_packed_is_unpacked(packed, out, encoding):
    run = SyncSummary(
        sync_id="3MWRuZDBdEndcRtVjsqyY1xz6pv",
        type=1,
        started_at=1_764_099_953_123_456_789,
        ended_at=1_764_099_954_000_000_000,
        parent_sync_id="p",
        stats=b"\x0a\x01s",
    )
    told = {"sync_runs": (run,), "descriptors": b"d" * 99, "fold_dead_bytes": 5, "digest_root": b"\x10\x05"}
    path = packed(encoding, **told)
    assert path.read_bytes().startswith(b"C1Z3\x00")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_manifest(path) == manifest(encoding, **told)
    assert unpack(path, out) == manifest(encoding, **told)
    assert contents(out) == FILES
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in out.iterdir())


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[0-9]{6}\.sst", fullmatch=True), st.binary(max_size=2000) | st.just(b"x" * 200_000), max_size=6
    ),
    st.sampled_from(ENCODINGS),
)
def test_any_files(tmp_path_factory, files, encoding):
    path = tmp_path_factory.mktemp("any")
    (path / "out").mkdir()
    pack(lay(path / "in", files), path / "sync.c1z", manifest(encoding))
    unpack(path / "sync.c1z", path / "out")
    assert contents(path / "out") == files


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_memory_does_not_grow_with_the_files(tmp_path, out, encoding):
    source = lay(tmp_path / "in", {})
    for number in range(7):  # not so much that threads compress it, which hold some megabytes
        (source / f"00000{number}.sst").write_bytes(os.urandom(1 << 20))
    tracemalloc.start()
    try:
        pack(source, tmp_path / "sync.c1z", manifest(encoding))
        unpack(tmp_path / "sync.c1z", out)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 << 20
    assert contents(out) == contents(source)


def test_progress_is_told(packed, out):
    path = packed(files={"000004.sst": bytes(5 << 20)})
    seen = []
    unpack(path, out, progress=seen.append)
    assert seen == sorted(seen)
    assert 4 << 20 < seen[-1] <= 5 << 20


def test_a_failure_while_packing_leaves_nothing(tmp_path):
    source = lay(tmp_path / "in")
    with pytest.raises(ValueError, match="no payload encoding"):
        pack(source, tmp_path / "sync.c1z", manifest(3))
    with pytest.raises(FileError, match="cannot be written"):
        pack(source, tmp_path / "absent" / "sync.c1z", manifest())

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(source, tmp_path / "sync.c1z", manifest(), stop)
    assert not (tmp_path / "sync.c1z").exists()


def test_the_frames_are_as_others_expect_them(packed):
    """A frame for an empty file, too; the index and its footer where the format has them."""
    data = packed().read_bytes()
    offset, length, checksum, magic = FOOTER.unpack(data[-FOOTER.size :])
    assert magic == MAGIC
    assert checksum == xxh64(data[offset : offset + length])
    index = read_index(data[offset : offset + length])
    assert [frame.name for frame in index.frames] == sorted(FILES)
    at = 9 + int.from_bytes(data[5:9], "big")
    assert index.manifest_xxh64 == xxh64(data[9:at])
    for frame in index.frames:
        assert frame.offset == at
        part = data[at : at + frame.compressed_size]
        assert zstandard.get_frame_parameters(part).content_size == frame.raw_size
        assert zstandard.ZstdDecompressor().decompressobj().decompress(part) == FILES[frame.name]
        assert frame.raw_xxh64 == xxh64(FILES[frame.name])
        at += frame.compressed_size
    assert at == offset


# -------------------------------------------------------------------------------------------- manifest, fences


def with_manifest(tmp_path, raw, payload=b""):
    path = tmp_path / "sync.c1z"
    path.write_bytes(b"C1Z3\x00" + len(raw).to_bytes(4, "big") + raw + payload)
    return path


@pytest.mark.parametrize("engine", ["pebble", "pebble2", "pebble4", "sqlite", ""])
def test_another_engine_is_refused_by_name(tmp_path, out, engine):
    raw = write_manifest(Manifest(engine=engine, payload_encoding=5))
    error = refused(with_manifest(tmp_path, raw), out, "storage engine", UnsupportedFormat)
    assert repr(engine) in error.message


@pytest.mark.parametrize("encoding", [0, 3, 4, 6])
def test_another_encoding_is_refused(tmp_path, out, encoding):
    raw = write_manifest(Manifest(engine="pebble3", payload_encoding=encoding))
    refused(with_manifest(tmp_path, raw), out, f"payload encoding {encoding}", UnsupportedFormat)


def test_the_smallest_manifest_is_enough(tmp_path, out):
    path = with_manifest(tmp_path, b"\x0a\x07pebble3\x20\x02", bytes(1024))
    assert unpack(path, out) == Manifest(engine="pebble3", payload_encoding=2)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"C1Z3\x00", "storage engine ''"),
        (b"C1Z3\x00\x00\x00\x00\xff" + b"\x0a\x07pebble3", "truncated in its manifest"),
        (b"C1Z3\x00\xff\xff\xff\xff", "would be of 4294967295 bytes"),
        (b"C1Z3\x00\x00\x00\x00\x02\x0a\xff", "manifest is not a valid message"),
        (b"C1ZF\x00", "is a c1z of format v1"),
        (b"PK\x03\x04\x00", "is not a c1z file"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_v3_file(tmp_path, out, data, message):
    path = tmp_path / "sync.c1z"
    path.write_bytes(data)
    with pytest.raises(FileError, match=message):
        unpack(path, out)


def test_pipes_and_folders_are_not_waited_for(tmp_path, out):
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", out, "not a regular file")
    refused(tmp_path, out, "is a folder")


def test_the_size_that_decodes_is_bounded(packed, out):
    for encoding in ENCODINGS:
        path = packed(encoding, files={"000004.sst": bytes(3 << 20)})
        refused(path, out, "larger than the limit", limits=Limits(decoded=2 << 20))
        assert unpack(path, out, Limits(decoded=4 << 20))
        (out / "000004.sst").unlink()


# ------------------------------------------------------------------------------------------------ indexed


def indexed(tmp_path, frames, *, index=None, footer=None, gap=b"", **totals):
    """A file whose payload is made of (name, raw, changes to its entry)."""
    raw_manifest = write_manifest(manifest())
    head = b"C1Z3\x00" + len(raw_manifest).to_bytes(4, "big") + raw_manifest
    data, entries = head, []
    import hashlib

    for name, raw, changes in frames:
        part = zstandard.ZstdCompressor().compress(raw)
        entry = Frame(name, len(data) + len(gap), len(part), len(raw), xxh64(raw), hashlib.sha256(raw).digest())
        entries.append(msgspec.structs.replace(entry, **changes))
        data += gap + part
    made = FrameIndex(
        tuple(entries),
        totals.get("raw", sum(one.raw_size for one in entries)),
        totals.get("compressed", sum(one.compressed_size for one in entries)),
        totals.get("manifest", xxh64(raw_manifest)),
    )
    raw = write_index(made) if index is None else index
    data += raw + (footer or FOOTER.pack)(len(data), len(raw), xxh64(raw), MAGIC)
    path = tmp_path / "sync.c1z"
    path.write_bytes(data)
    return path


GOOD = ("000004.sst", b"content" * 50, {})


def test_gaps_between_frames_and_no_checksum_of_the_manifest_are_fine(tmp_path, out):
    unpack(indexed(tmp_path, [GOOD, ("x", b"", {})], gap=b"dead bytes", manifest=0), out)
    assert contents(out) == {"000004.sst": GOOD[1], "x": b""}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"raw_size": 349}, "larger than its index says"),
        ({"raw_size": 351}, "smaller than its index says"),
        ({"raw_xxh64": 1}, "000004.sst has a wrong checksum"),
        ({"raw_sha256": bytes(32)}, "000004.sst has a wrong checksum"),
        ({"raw_sha256": b""}, "000004.sst has a wrong checksum"),
        ({"offset": 0}, "impossible offset"),
        ({"offset": 1 << 63}, "impossible offset"),
        ({"compressed_size": 1 << 40}, "impossible offset"),
        ({"compressed_size": 3}, "truncated"),
        ({"compressed_size": 0}, "smaller"),
    ],
)
def test_an_index_that_tells_something_else_is_refused(tmp_path, out, changes, message):
    refused(indexed(tmp_path, [(*GOOD[:2], changes)]), out, message)


def test_frames_that_lie_over_each_other_are_refused(tmp_path, out):
    path = indexed(tmp_path, [GOOD, ("b", b"b", {"offset": 100})])
    start = read_manifest(path)
    assert start
    refused(path, out, "impossible offset")


@pytest.mark.parametrize("totals", [{"raw": 5}, {"compressed": 5}])
def test_sums_that_do_not_add_up_are_refused(tmp_path, out, totals):
    refused(indexed(tmp_path, [GOOD], **totals), out, "do not add up")


def test_another_manifest_than_the_payload_was_made_with_is_refused(tmp_path, out):
    refused(indexed(tmp_path, [GOOD], manifest=77), out, "does not match its payload")


@pytest.mark.parametrize(
    ("footer", "message"),
    [
        (lambda *_: b"", "index is missing"),
        (lambda offset, length, checksum, _: FOOTER.pack(offset, length, checksum, b"C1ZIDX2\x00"), "index is missing"),
        (lambda offset, length, checksum, _: FOOTER.pack(offset, length, checksum ^ 1, MAGIC), "wrong checksum"),
        (
            lambda offset, length, checksum, _: FOOTER.pack(offset, length - 1, checksum, MAGIC),
            "offset that the footer",
        ),
        (lambda offset, length, checksum, _: FOOTER.pack(1 << 63, length, checksum, MAGIC), "offset that the footer"),
    ],
)
def test_a_broken_footer_is_refused(tmp_path, out, footer, message):
    refused(indexed(tmp_path, [GOOD], footer=footer), out, message)


def test_an_index_that_is_no_message_is_refused(tmp_path, out):
    refused(indexed(tmp_path, [], index=b"\x0a\xff"), out, "payload index is not a valid message|damaged")


def test_two_files_of_one_name_are_refused(tmp_path, out):
    refused(indexed(tmp_path, [GOOD, GOOD]), out, "two files named 000004.sst")


def test_too_many_files_are_refused(tmp_path, out, monkeypatch):
    monkeypatch.setattr(payload_folder, "MOST_FILES", 3)
    refused(indexed(tmp_path, [(f"{n:06d}.sst", b"", {}) for n in range(4)]), out, "more than 3 files")


BAD_NAMES = ["../x", "/etc/passwd", "a/b", "..", ".", ".hidden", "", "a\x00b", "a\nb", "x" * 101, "C:\\x", "a b", "ü"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_elsewhere_are_refused(tmp_path, out, name):
    refused(indexed(tmp_path, [(name, b"x", {})]), out, "a file named")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "sync.c1z"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, out):
    raw = bytes(8 << 20)
    refused(indexed(tmp_path, [("a", raw, {})]), out, "larger than the limit", limits=Limits(decoded=1 << 20))
    lying = indexed(tmp_path, [("a", raw, {"raw_size": 10})])
    refused(lying, out, "larger than")


# ---------------------------------------------------------------------------------------------------- tar


def tarred(tmp_path, members, encoding=TAR, *, end=None, style=tarfile.USTAR_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=style) as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    data = buffer.getvalue()[:end]
    if encoding == TAR_ZSTD:
        data = zstandard.ZstdCompressor().compress(data)
    return with_manifest(tmp_path, write_manifest(manifest(encoding)), data)


def member(name, kind=tarfile.REGTYPE, **fields):
    made = tarfile.TarInfo(name)
    made.type = kind
    for field, value in fields.items():
        setattr(made, field, value)
    return made


@pytest.mark.parametrize("encoding", [TAR, TAR_ZSTD])
def test_archives_of_others(tmp_path, out, encoding):
    members = [(member("000004.sst", mode=0o777), b"x" * 513), (member("000005.log"), b""), (member("a"), bytes(512))]
    unpack(tarred(tmp_path, members, encoding), out)
    assert contents(out) == {"000004.sst": b"x" * 513, "000005.log": b"", "a": bytes(512)}


def test_extended_headers_that_change_nothing_are_passed_over(tmp_path, out):
    members = [(member("000004.sst", mtime=1.5, pax_headers={"comment": "hello"}), b"data")]
    unpack(tarred(tmp_path, members, style=tarfile.PAX_FORMAT), out)
    assert contents(out) == {"000004.sst": b"data"}


@pytest.mark.parametrize("field", ["path", "linkpath", "size", "GNU.sparse.major"])
def test_extended_headers_that_rename_are_refused(tmp_path, out, field):
    members = [(member("000004.sst", pax_headers={"comment": "x" * 99, field: "1"}), b"data")]
    refused(tarred(tmp_path, members, style=tarfile.PAX_FORMAT), out, f"with {field} in", UnsupportedFormat)


@pytest.mark.parametrize("name", [name for name in BAD_NAMES if name and "\x00" not in name])
def test_names_in_archives_that_lead_elsewhere_are_refused(tmp_path, out, name):
    made = member("x")
    made.name = name
    style = tarfile.USTAR_FORMAT if len(name) < 100 else tarfile.GNU_FORMAT
    refused(tarred(tmp_path, [(made, b"x")], style=style), out, "a file named|other than a file")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (tarfile.SYMTYPE, "a link"),
        (tarfile.LNKTYPE, "a link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.DIRTYPE, "a folder"),
        (tarfile.FIFOTYPE, "a pipe"),
        (tarfile.CONTTYPE, "something other"),
        (b"L", "something other"),
    ],
)
def test_only_files_are_taken(tmp_path, out, kind, message):
    refused(tarred(tmp_path, [(member("ok"), b"x"), (member("x", kind, linkname="/etc/passwd"), b"")]), out, message)


def test_a_prefix_is_part_of_the_name(tmp_path, out):
    refused(tarred(tmp_path, [(member("/".join(["folder"] * 20) + "/x"), b"x")]), out, "named 'folder/folder")


def test_an_archive_that_is_cut_off_is_refused(tmp_path, out):
    members = [(member("000004.sst"), b"x" * 1000)]
    for end in (1, 511, 512, 700, 1024, 1536):
        refused(tarred(tmp_path, members, end=end), out, "truncated")
    assert unpack(tarred(tmp_path, members, end=2048), out)


def test_damaged_headers_are_refused(tmp_path, out):
    path = tarred(tmp_path, [(member("000004.sst"), b"x")])
    start = 9 + int.from_bytes(path.read_bytes()[5:9], "big")
    whole = path.read_bytes()
    for at, byte, message in ((0, 1, "checksum"), (124, ord("9"), "number"), (150, ord("z"), "number")):
        data = bytearray(whole)
        data[start + at] = byte
        if message == "number" and at < 148:  # a sum that is right again
            data[start + 148 : start + 156] = b"%06o\x00 " % (
                sum(data[start : start + 148]) + 8 * 32 + sum(data[start + 156 : start + 512])
            )
        path.write_bytes(data)
        refused(path, out, message)


def test_a_size_in_base_256(tmp_path, out):
    """As tar writes sizes over 8 GiB: far more than there is."""
    path = tarred(tmp_path, [(member("000004.sst"), b"x")])
    data = bytearray(path.read_bytes())
    start = 9 + int.from_bytes(data[5:9], "big")
    data[start + 124 : start + 136] = b"\x80" + (1 << 40).to_bytes(11, "big")
    data[start + 148 : start + 156] = b"%06o\x00 " % (
        sum(data[start : start + 148]) + 8 * 32 + sum(data[start + 156 : start + 512])
    )
    path.write_bytes(data)
    refused(path, out, "truncated")


def test_zstd_data_that_are_damaged_are_refused(packed, out):
    path = packed(TAR_ZSTD)
    data = bytearray(path.read_bytes())
    data[-10] ^= 0xFF
    path.write_bytes(data)
    refused(path, out, "damaged")
    path.write_bytes(bytes(data[:-30]))
    refused(path, out, "truncated")
