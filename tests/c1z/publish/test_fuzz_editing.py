"""Mutated files: every operation that writes ends in a new file or in one clear error, soon, and leaves nothing behind.

Some cases in the suite; `FUZZ_CASES=100000 pytest tests/c1z/publish/test_fuzz_editing.py` for more, `FUZZ_SEED=n` for others.
"""

import os
import random
import time

import pytest

from connector_host import Run
from connector_host.c1z.opening import open_store
from connector_host.c1z.pebble import envelope
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database
from connector_host.c1z.publish.conversion import convert
from connector_host.errors import ConnectorHostError
from connector_host.query.sync_selection import choose_sync
from connector_host.sync.expansion.file_expansion import expand_file, roll_back_file
from connector_host.sync.observers import Observers

from ..test_fuzz import MUTATIONS, mutated, originals  # noqa: F401 - a fixture
from .test_sealing import Place

CASES = int(os.environ.get("FUZZ_CASES", "60"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SECONDS = 5  # for one case; the files are small


def expand(path, sync_id, out):
    expand_file(path, sync_id, out, Run(), Observers([]))


def expand_in_place(path, sync_id, _out):
    expand(path, sync_id, None)


def roll_back(path, sync_id, out):
    roll_back_file(path, sync_id, out)


def to_v3(path, sync_id, out):
    convert(path, out, "v3", sync_id)


def to_v1(path, sync_id, out):
    convert(path, out, "v1", sync_id)


def copy_one(path, sync_id, out):
    with open_store(path) as store:
        for sync in store.syncs():
            if sync.id == sync_id:
                store.copy_sync(sync, out)


def newest(path):
    """The sync that the commands would choose, or a made one: they open the file once to choose it."""
    try:
        with open_store(path) as store:
            return choose_sync(store).sync.id
    except ConnectorHostError:
        return "s" * 27


class Scene:
    """A folder with a mutated file, in which operations are tried."""

    def __init__(self, tmp_path, monkeypatch, working):
        self.folder, self.scratch = tmp_path / "there", tmp_path / "scratch"
        self.folder.mkdir()
        self.scratch.mkdir()
        monkeypatch.setenv("BATON_TMPDIR", str(self.scratch))
        self.path, self.out = self.folder / "mutated.c1z", self.folder / "out.c1z"
        self._working = working

    def attempt(self, operation, data, case):
        """Try an operation on a file of these bytes; what it ended in."""
        self.path.write_bytes(data)
        sync_id = newest(self.path)
        started, error = time.process_time(), None
        try:
            operation(self.path, sync_id, self.out)
        except Exception as raised:
            error = raised
        assert error is None or isinstance(error, ConnectorHostError), f"case {case}: {error!r}"
        assert error is None or (error.message and error.exit_code in {2, 5, 9}), f"case {case}: {error!r}"
        assert time.process_time() - started < SECONDS, f"case {case}"
        assert error is None or self.path.read_bytes() == data, f"case {case}: a failed operation changed the file"
        assert {entry.name for entry in self.folder.iterdir()} <= {"mutated.c1z", "out.c1z"}, f"case {case}"
        assert not list(self.scratch.iterdir()), f"case {case}"
        self.out.unlink(missing_ok=True)
        return error

    def sync_onto(self, path, _sync_id, _out):
        """Seal a new sync into the mutated file."""
        place = Place(self.folder, self._working)
        place.output = path
        try:
            place.seal(place.begin())
        except ConnectorHostError:
            for entry in sorted(place.work.iterdir()):
                entry.unlink()
            place.work.rmdir()
            raise


@pytest.fixture
def scene(tmp_path, monkeypatch, working, caplog):
    caplog.set_level("CRITICAL")
    return Scene(tmp_path, monkeypatch, working)


def test_operations_on_mutated_v1_files(scene, originals):  # noqa: F811
    operations = (expand, expand_in_place, roll_back, to_v3, copy_one, scene.sync_onto)
    errors = 0
    for case in range(CASES):
        random_ = random.Random(f"{SEED}/{case}")
        data = mutated(random_, *random_.choice(originals))
        errors += scene.attempt(operations[case % len(operations)], data, f"{SEED}/{case}") is not None
    assert CASES // 10 < errors < CASES


def mutated_records(random_, entries):
    """The entries of a v3 database, some changed."""
    entries = dict(entries)
    for _ in range(random_.choice((1, 1, 2, 5))):
        key = random_.choice(sorted(entries))
        value = bytearray(entries.pop(key))
        if value and random_.random() < 0.8:
            random_.choice(MUTATIONS)(random_, value)
        elif random_.random() < 0.5:
            changed = bytearray(key)
            random_.choice(MUTATIONS)(random_, changed)
            key = bytes(changed)
        if random_.random() < 0.9:
            entries[key] = bytes(value)
    return entries


def test_operations_on_mutated_v3_files(scene, sync_file, tmp_path):
    convert(sync_file, tmp_path / "v3.c1z", "v3", newest(sync_file))
    original = (tmp_path / "v3.c1z").read_bytes()
    folder = tmp_path / "payload"
    folder.mkdir()
    manifest = envelope.unpack(tmp_path / "v3.c1z", folder)
    with open_pebble(folder) as database:
        entries = dict(database.items())
    operations = (expand, expand_in_place, roll_back, to_v1, copy_one, scene.sync_onto)
    errors = 0
    for case in range(CASES):
        random_ = random.Random(f"{SEED}/{case}")
        if random_.random() < 0.2:
            packed = bytearray(original)
            random_.choice(MUTATIONS)(random_, packed)
            data = bytes(packed)
        else:
            written = tmp_path / f"written{case}"
            written.mkdir()
            write_database(written, sorted(mutated_records(random_, entries).items()))
            packed = tmp_path / f"packed{case}"
            envelope.pack(written, packed, manifest)
            data = packed.read_bytes()
        errors += scene.attempt(operations[case % len(operations)], data, f"{SEED}/{case}") is not None
    assert CASES // 10 < errors < CASES
