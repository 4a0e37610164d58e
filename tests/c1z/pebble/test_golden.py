"""Files of the Go tools: every key that must be in them is found, and what is under newer data is not."""

import json
import re

import pytest

from connector_host.c1z.pebble import envelope
from connector_host.c1z.pebble.checksums import xxh64
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database

pytestmark = pytest.mark.golden
NAMES = ("onepassword-business", "onepassword-edge", "scenario-cycles", "scenario-nested", "synthetic", "two-syncs")
GRANTS, BY_PRINCIPAL, HASHES = b"\x03\x04\x00", b"\x03\x07\x04\x00", b"\x03\x07\x08\x00"


@pytest.fixture(params=[f"{name}/sync-v3.c1z" for name in NAMES] + ["variants/v3-pebble.c1z"])
def path(request, golden_folder):
    return golden_folder / request.param


@pytest.fixture
def entries(path, tmp_path):
    """All that is in a file."""
    folder = tmp_path / "unpacked"
    folder.mkdir()
    envelope.unpack(path, folder)
    with open_pebble(folder, str(path)) as db:
        found = list(db.items())
        for key, value in found[::11]:
            assert db.get(key) == value
        assert list(db.items(GRANTS, GRANTS + b"\xff")) == [item for item in found if item[0].startswith(GRANTS)]
    return found


def grouped(path, name, field):
    """How many objects `baton` lists: the newest sync's."""
    for suffix in ("-v3", ""):
        listing = path.with_name(f"{name}{suffix}.json")
        if listing.exists():
            return len(json.loads(listing.read_bytes())[field])
    return None


def test_what_is_live_is_read(path, entries):
    keys = [key for key, _ in entries]
    assert keys == sorted(set(keys))
    for family, name, field in ((b"\x03\x02\x00", "resources", "resources"), (GRANTS, "grants", "grants")):
        count = grouped(path, name, field)
        if count is not None:
            assert sum(key.startswith(family) for key in keys) == count
    grants = {key[len(GRANTS) :] for key in keys if key.startswith(GRANTS)}
    assert grants
    # the indexes have a key for each grant: its parts in another order, or with a hash between
    principals = [key[len(BY_PRINCIPAL) :].split(b"\x00", 2) for key in keys if key.startswith(BY_PRINCIPAL)]
    assert {b"\x00".join((rest, kind, name)) for kind, name, rest in principals} == grants
    assert sum(key.startswith(HASHES) for key in keys) == len(grants)


def test_the_manifest_tells_of_the_sync(path, entries):
    manifest = envelope.read_manifest(path)
    assert (manifest.engine, manifest.engine_schema_version, manifest.payload_encoding) == ("pebble3", 24, 5)
    assert (manifest.id_index_format, len(manifest.sync_runs)) == (2, 1)
    assert re.fullmatch("[0-9A-Za-z]{27}", manifest.sync_runs[0].sync_id)
    assert manifest.sync_runs[0].ended_at > manifest.sync_runs[0].started_at
    assert manifest.sync_runs[0].sync_id.encode() in dict(entries)[b"\x03\x06"]
    raw = path.read_bytes()
    from connector_host.wire.v3.envelope_messages import read_manifest, write_manifest

    data = raw[9 : 9 + int.from_bytes(raw[5:9], "big")]
    assert write_manifest(read_manifest(data)) == data  # nothing in it is lost
    assert xxh64(data)


def test_it_is_the_same_written_anew(entries, tmp_path):
    folder = tmp_path / "again"
    folder.mkdir()
    write_database(folder, entries)
    with open_pebble(folder) as db:
        assert list(db.items()) == entries
