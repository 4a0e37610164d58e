"""Mutated files: whatever the bytes are, reading ends in entries or in one clear error, soon, and leaves nothing behind.

A few hundred cases in the suite; `FUZZ_CASES=100000 pytest tests/c1z/pebble/test_fuzz.py` for more, `FUZZ_SEED=n` for
others. Checksums are made right again in most cases, so that what is behind them is reached. Files of the Go tools are
mutated, too, where they are at hand.
"""

import random
import re
import resource
import shutil
import time
from pathlib import Path

import pytest

from connector_host.c1z.pebble import blocks, checksums, envelope, record_log, table
from connector_host.c1z.pebble.pebble_database import open_pebble
from connector_host.c1z.pebble.wal import write_log
from connector_host.errors import FileError
from tests.c1z.pebble import making
from tests.c1z.pebble.making import SET
from tests.c1z.pebble.test_pebble_database import Tables
from tests.c1z.test_fuzz import CASES, GOLDEN, MUTATIONS, SEED

SECONDS = 5  # for one case; the files are small
MEMORY = 400 << 10  # KiB more than before, for all cases together


def read_everything(folder):
    with open_pebble(folder, "mutated.c1z") as db:
        seen = b""
        for n, (key, value) in enumerate(db.items()):
            assert not n or seen < key
            seen = key
            if n < 5:
                assert db.get(key) == value
        list(db.items(b"\x03\x02", b"\x03\x04"))


def ours(folder):
    """Tables of all versions on several levels, virtual ones, range deletions, logs."""
    folder.mkdir()
    made = Tables(folder, making.VERSIONS)
    for number in range(10):
        made.flush(
            [(SET, b"\x03\x02key %d %d" % (number % 3, n), b"v" * n) for n in range(20)]
            + [(making.RANGE, b"\x03\x02key 1", b"\x03\x02key 1 5"), (making.DELETE, b"\x03\x02key 2 7", b"")]
        )
    made.excise((b"\x03\x02key 0 11", b"\x03\x02key 0 14"))
    made.log([(SET, b"\x03\x02key %d" % n, b"logged") for n in range(9)])
    made.finish()
    return folder


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Folders of small databases: ours, and a few of the Go tools."""
    base = tmp_path_factory.mktemp("originals")
    found = [ours(base / "ours")]
    if GOLDEN.is_dir():
        for path in (GOLDEN / "variants" / "v3-pebble.c1z", GOLDEN / "two-syncs" / "sync-v3.c1z"):
            folder = base / path.parent.name
            folder.mkdir()
            envelope.unpack(path, folder)
            found.append(folder)
    return found


@pytest.fixture
def no_checksums(monkeypatch):
    """Let what is behind the checksums be reached: every one is taken for right."""

    class Anything(int):
        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

        __hash__ = int.__hash__

    for module, name in ((blocks, "block_checksum"), (record_log, "masked_crc32c"), (table, "masked_crc32c")):
        monkeypatch.setattr(module, name, lambda *_: Anything())


def mutated(random_, folder, target):
    """The folder, with some of its files changed."""
    shutil.copytree(folder, target)
    files = sorted(path for path in target.iterdir() if path.stat().st_size or random_.random() < 0.02)
    if random_.random() < 0.05:
        victim = random_.choice(files)
        if random_.random() < 0.5:
            victim.unlink()
        else:
            victim.rename(target / re.sub(r"\d", lambda _: str(random_.randrange(10)), victim.name))
        return
    for _ in range(random_.choice((1, 1, 1, 2, 5))):
        path = random_.choice(files)
        data = bytearray(path.read_bytes())
        if not data:
            continue
        size = len(data)
        random_.choice(MUTATIONS)(random_, data)
        if path.suffix == ".sst" and random_.random() < 0.9:  # the size that the MANIFEST says
            data = data[:size].ljust(size, b"\x00") if random_.random() < 0.5 else data[-size:].rjust(size, b"\x00")
        path.write_bytes(data)


def check(case, run):
    """Run a case; gives whether it ended in an error."""
    started = time.process_time()
    try:
        run()
        error = None
    except Exception as found:
        error = found
    assert error is None or isinstance(error, FileError), f"case {case}: {error!r}"
    assert error is None or (error.message and error.hint), f"case {case}: {error!r}"
    assert time.process_time() - started < SECONDS, f"case {case}"
    return error is not None


@pytest.mark.usefixtures("no_checksums")
def test_mutated_databases_end_in_entries_or_one_error(originals, tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    errors = 0
    for case in range(CASES):
        random_ = random.Random(f"{SEED}/{case}")
        target = tmp_path / "mutated"
        mutated(random_, random_.choice(originals), target)
        errors += check(f"{SEED}/{case}", lambda folder=target: read_everything(folder))
        shutil.rmtree(target)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert CASES // 10 < errors < CASES, "mutations should neither all be harmless nor all be fatal"


def test_mutated_envelopes_end_in_entries_or_one_error(originals, tmp_path):
    packed = []
    for number, folder in enumerate(originals):
        for encoding in (1, 2, 5):
            path = tmp_path / f"{number}-{encoding}.c1z"
            envelope.pack(folder, path, envelope.Manifest(engine="pebble3", payload_encoding=encoding))
            packed.append(path.read_bytes())
    path, target = tmp_path / "mutated.c1z", tmp_path / "out"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    errors = 0
    for case in range(CASES):
        random_ = random.Random(f"{SEED}/envelope/{case}")
        data = bytearray(random_.choice(packed))
        for _ in range(random_.choice((1, 1, 2))):
            random_.choice(MUTATIONS)(random_, data)
            data = data or bytearray(b"C")
        path.write_bytes(data)
        target.mkdir()

        def run():
            try:
                envelope.unpack(path, target)
            except FileError:
                assert not list(target.iterdir())
                raise
            read_everything(target)

        errors += check(f"{SEED}/{case}", run)
        shutil.rmtree(target)
    assert not [one for one in tmp_path.iterdir() if not one.name.endswith(".c1z")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert errors > CASES // 10


@pytest.mark.usefixtures("no_checksums")
def test_mutated_logs_end_in_entries_or_one_error(tmp_path):
    batches = [(10 + 9 * n, [(SET, b"key %d" % (n * k), b"v" * 90) for k in range(9)]) for n in range(90)]
    errors = 0
    for case in range(CASES // 3):
        random_ = random.Random(f"{SEED}/log/{case}")
        folder = tmp_path / "db"
        folder.mkdir()
        making.write_manifest(folder, [making.Edit().start(log=7)])
        data = bytearray(write_log(batches, 7, random_.choice((0, 4, 8))))
        random_.choice(MUTATIONS)(random_, data)
        (folder / "000007.log").write_bytes(data)
        errors += check(f"{SEED}/{case}", lambda folder=folder: read_everything(folder))
        shutil.rmtree(folder)
    assert errors


def test_the_checksums_that_are_left_out_here_are_there():
    assert blocks.block_checksum is checksums.block_checksum
    assert record_log.masked_crc32c is table.masked_crc32c is checksums.masked_crc32c
    assert Path(__file__).name == "test_fuzz.py"
