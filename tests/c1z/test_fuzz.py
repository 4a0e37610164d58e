"""Mutated files: whatever the bytes are, reading ends in rows or in one clear error, soon, and leaves nothing behind.

A few hundred cases in the suite; `FUZZ_CASES=100000 pytest tests/c1z/test_fuzz.py` for more, `FUZZ_SEED=n` for others.
Files of the Go tools are mutated, too, where they are at hand.
"""

import itertools
import os
import random
import resource
import time
from pathlib import Path

import pytest
import zstandard

from connector_host.c1z.opening import open_store
from connector_host.c1z.types import GrantFilter, ObjectKind
from connector_host.errors import ConnectorHostError
from connector_host.query.access.access_paths import explain_access
from connector_host.query.access.principal_access import list_access
from connector_host.query.changes.object_changes import diff_json
from connector_host.query.identity_table import identity_rows as identities
from connector_host.query.listing.listings import (
    ListingSource,
    list_entitlements,
    list_grants,
    list_principals,
    list_resource_types,
    list_resources,
)
from connector_host.query.lookup.object_cache import SyncObjects
from connector_host.query.sync_selection import choose_sync
from connector_host.query.validation.file_checks import validate_file

CASES = int(os.environ.get("FUZZ_CASES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SECONDS = 5  # for one case; the files are small
MEMORY = 400 << 10  # KiB more than before, for all cases together
GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"


def read_everything(path):
    """All questions a person could ask, as JSON where there is JSON."""
    with open_store(path) as store:
        verdict = validate_file(store)
        view = store.view(choose_sync(store).sync)
        objects = SyncObjects(view)
        source = ListingSource(view, objects)
        for listing in (
            (one.json for one in list_resource_types(view)),
            (one.json for one in list_resources(source)),
            (one.json for one in list_entitlements(source)),
            (one.json for one in list_grants(source)),
            (one.json for one in list_principals(source)),
            identities(view),
        ):
            for _ in listing:
                pass
        for who in itertools.islice(view.principals(), 2):
            list(list_access(view, objects, who))
            for row in itertools.islice(view.grants(GrantFilter(principal=who)), 2):
                explain_access(view, who, row.entitlement, 10)
        b"".join(diff_json(view, view))
        for kind in ObjectKind:
            list(view.by_id(kind))
        return verdict


# ----------------------------------------------------------------------------------------------- mutations


def flip(random_, data):
    for _ in range(random_.choice((1, 1, 2, 8, 64))):
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)


def overwrite(random_, data):
    at, size = random_.randrange(len(data)), random_.choice((1, 2, 4, 16, 300))
    data[at : at + size] = random_.choice((b"\x00", b"\xff", b"\x7f", random_.randbytes(1))) * min(size, len(data) - at)


def cut(random_, data):
    del data[random_.randrange(len(data)) :]


def remove(random_, data):
    at = random_.randrange(len(data))
    del data[at : at + random_.choice((1, 3, 100, 4096))]


def insert(random_, data):
    data[random_.randrange(len(data)) : 0] = random_.randbytes(random_.choice((1, 5, 4096)))


def repeat(random_, data):
    at, size = random_.randrange(len(data)), random_.choice((1, 64, 4096))
    data[at:at] = data[at : at + size]


def swap_pages(random_, data):
    pages = len(data) // 4096
    if pages > 2:
        one, other = (4096 * random_.randrange(pages) for _ in range(2))
        data[one : one + 4096], data[other : other + 4096] = data[other : other + 4096], data[one : one + 4096]


def numbers(random_, data):
    """A number of the kind that lengths and offsets are, somewhere."""
    at = random_.randrange(len(data))
    data[at : at + 4] = random_.choice((0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)).to_bytes(4, "big")


MUTATIONS = (flip, flip, flip, overwrite, cut, remove, insert, repeat, swap_pages, numbers)


def mutated(random_, packed, image):
    """The file, changed in its zstd data or in the database inside."""
    if random_.random() < 0.25:
        data = bytearray(packed)
        random_.choice(MUTATIONS)(random_, data)
        return bytes(data)
    data = bytearray(image)
    for _ in range(random_.choice((1, 1, 1, 2, 5))):
        random_.choice(MUTATIONS)(random_, data)
        if not data:
            break
    return b"C1ZF\x00" + zstandard.ZstdCompressor(level=1).compress(bytes(data))


@pytest.fixture
def originals(make_c1z, organisation):
    """(packed, database) of small files: ours, and a few of the Go tools."""
    paths = [make_c1z(organisation)]
    if GOLDEN.is_dir():
        paths += [GOLDEN / "variants" / f"{name}.c1z" for name in ("old-schema", "wal-mode")]
        paths.append(GOLDEN / "scenario-cycles" / "sync.c1z")
    found = []
    for path in paths:
        packed = path.read_bytes()
        found.append((packed, zstandard.ZstdDecompressor().stream_reader(packed[5:]).read()))
    return found


def outcome(path):
    """What reading ended in: None, or the error."""
    try:
        read_everything(path)
    except Exception as error:
        return error
    return None


def test_mutated_files_end_in_rows_or_one_error(originals, tmp_path, monkeypatch, caplog):
    caplog.set_level("CRITICAL")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("BATON_TMPDIR", str(scratch))
    path = tmp_path / "mutated.c1z"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    errors = 0
    for case in range(CASES):
        random_ = random.Random(f"{SEED}/{case}")
        path.write_bytes(mutated(random_, *random_.choice(originals)))
        started = time.process_time()
        error = outcome(path)
        errors += error is not None
        assert error is None or isinstance(error, ConnectorHostError), f"case {SEED}/{case}: {error!r}"
        assert error is None or (error.message and error.exit_code in {2, 5, 9}), f"case {SEED}/{case}: {error!r}"
        assert time.process_time() - started < SECONDS, f"case {SEED}/{case}"
        assert not list(scratch.iterdir()), f"case {SEED}/{case} left something behind"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert CASES // 10 < errors < CASES, "mutations should neither all be harmless nor all be fatal"


@pytest.mark.parametrize("size", [64 << 20, 11 << 30])
def test_a_bomb_is_refused_or_read_in_bounded_memory(tmp_path, monkeypatch, size):
    """A little file that says it is large, or is: zeroes are no database."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("BATON_TMPDIR", str(scratch))
    monkeypatch.setenv("BATON_DECODER_MAX_DECODED_SIZE_MB", "32")
    path = tmp_path / "bomb.c1z"
    chunk = bytes(1 << 20)
    compressor = zstandard.ZstdCompressor(level=1).compressobj()
    blocks = b"".join(compressor.compress(chunk) for _ in range(min(size >> 20, 64))) + compressor.flush()
    path.write_bytes(b"C1ZF\x00" + blocks * (size // (64 << 20) if size > 64 << 20 else 1))
    started = time.process_time()
    with pytest.raises(ConnectorHostError, match="limit"):
        read_everything(path)
    assert time.process_time() - started < SECONDS
    assert not list(scratch.iterdir())
