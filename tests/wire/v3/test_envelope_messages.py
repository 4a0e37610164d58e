"""The messages of a v3 envelope, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.wire.pb.c1.c1z.v3.manifest_pb2 import C1ZManifestV3
from connector_host.wire.v3.envelope_messages import (
    Frame,
    FrameIndex,
    Manifest,
    SyncSummary,
    read_index,
    read_manifest,
    write_index,
    write_manifest,
)

NAMES = st.text(max_size=8)
TIMES = st.none() | st.integers(-(10**18), 10**18)
RUNS = st.builds(
    SyncSummary,
    sync_id=NAMES,
    type=st.integers(0, 9),
    started_at=TIMES,
    ended_at=TIMES,
    parent_sync_id=NAMES,
    stats=st.binary(max_size=9),
)
MANIFESTS = st.builds(
    Manifest,
    engine=NAMES,
    payload_encoding=st.integers(0, 9),
    engine_schema_version=st.integers(0, 99),
    descriptors=st.binary(max_size=9),
    sync_runs=st.lists(RUNS, max_size=3).map(tuple),
    fold_dead_bytes=st.integers(0, 1 << 40),
    id_index_format=st.integers(0, 3),
    digest_root=st.none() | st.just(b"\x0a\x08xordigst\x10\x05\x18\x01"),
)
NUMBERS = st.integers(0, (1 << 64) - 1)
FRAMES = st.builds(Frame, NAMES, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.binary(max_size=32))


@given(MANIFESTS)
def test_a_manifest_is_read_as_it_was_written(manifest):
    assert read_manifest(write_manifest(manifest)) == manifest


@given(st.builds(FrameIndex, st.lists(FRAMES, max_size=3).map(tuple), NUMBERS, NUMBERS, NUMBERS))
def test_an_index_is_read_as_it_was_written(index):
    assert read_index(write_index(index)) == index


@pytest.mark.parametrize("read", [read_manifest, read_index])
def test_what_is_no_message_is_refused(read):
    with pytest.raises(FileError, match="not a valid message"):
        read(b"\x0a\xff")


@pytest.mark.parametrize("nanos", [-1, 1_000_000_000])
def test_a_time_that_is_none_is_refused(nanos):
    message = C1ZManifestV3(engine="pebble3")
    message.sync_runs.add(sync_id="s").started_at.nanos = nanos
    with pytest.raises(FileError, match="nanoseconds"):
        read_manifest(message.SerializeToString())


def test_what_is_not_known_is_passed_over():
    assert read_manifest(b"\x0a\x07pebble3\x20\x05\xfa\x07\x02hi") == Manifest(engine="pebble3", payload_encoding=5)
