"""A sync into format v3 that is stopped while its file is made: the next run ends with the file of a whole one."""

import logging
import os
import random
import signal

import pytest

from connector_host import Run
from connector_host.c1z.opening import open_store
from connector_host.c1z.publish import retained_syncs
from connector_host.c1z.types import ObjectKind
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.engine import SyncSettings, run_sync
from tests.reliability.power import Disk, Recorder, lay
from tests.sync.conftest import Toy

CUTS = os.environ.get("POWER_CUTS", "8")
ENGINE = ("--storage-engine", "pebble")


def everything(path):
    """What the one sync of a file holds, and that the file is sound."""
    with open_store(path) as store:
        (sync,) = store.syncs()
        view = store.view(sync)
        assert store.engine == "pebble"
        assert list(store.integrity()) == []
        assert sync.finished
        assert sync.stats == view.count()
        return {kind: list(view.by_id(kind)) for kind in ObjectKind}


def test_a_run_that_is_killed_while_it_seals_still_arrives(place):
    assert place.sync(*ENGINE, calls=False).returncode == 0
    before, whole = place.output.read_bytes(), everything(place.output)
    for moment in ("finishing 1 0", "writing 1 0", "compressing 1 0", "replacing 2 0"):
        done = place.sync(*ENGINE, kill_at=moment, calls=False)
        assert done.returncode == -signal.SIGKILL, (moment, done.stderr)
        assert place.output.read_bytes() == before
    done = place.sync(*ENGINE, kill_at="replaced 1 0", calls=False)
    assert done.returncode == -signal.SIGKILL
    assert place.output.read_bytes() != before
    done = place.sync(calls=False)  # the format that the file has
    assert done.returncode == 0, done.stderr
    assert "resumed from a checkpoint" in done.stderr
    assert place.left() == ["sync.c1z"]
    assert everything(place.output) == whole


def sync(folder):
    connector = make_connector(Toy(), "toy", version="1", distribution="toy")
    settings = SyncSettings(file=folder / "sync.c1z", page_size=2, workers=1, storage_engine="pebble")
    return run_sync(connector, Options({}), settings, Run(logging.getLogger("toy")))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """What a second sync into a file does, event by event, and the file before and after."""
    folder = tmp_path_factory.mktemp("disk").resolve()
    sync(folder)
    before = (folder / "sync.c1z").read_bytes()
    recorder = Recorder(folder)
    with recorder.watching():
        sync(folder)
    assert [entry.name for entry in folder.iterdir()] == ["sync.c1z"]
    return folder, recorder.events, before, (folder / "sync.c1z").read_bytes()


def test_after_a_power_loss_the_next_run_ends_equal(recorded, monkeypatch, tmp_path):
    folder, events, before, after = recorded
    (tmp_path / "whole.c1z").write_bytes(after)
    expected = everything(tmp_path / "whole.c1z")
    late = next(number for number, event in enumerate(events) if ".pebble" in event[1])
    numbers = range(late, len(events) + 1)
    dice = random.Random(1)
    chosen = numbers if CUTS == "all" else sorted(dice.sample(numbers, min(int(CUTS), len(numbers))))
    for number in chosen:
        disk = Disk({str(folder / "sync.c1z"): before}, {str(folder)})
        for event in events[:number]:
            disk.play(event)
        place = lay(*disk.cut(f"{dice.random()}"), folder)
        assert (place / "sync.c1z").read_bytes() in (before, after), (number, events[number - 1][:2])
        monkeypatch.setattr(retained_syncs, "PROCESS", str(number))
        sync(place)
        assert [entry.name for entry in place.iterdir()] == ["sync.c1z"]
        assert everything(place / "sync.c1z") == expected, (number, events[number - 1][:2])
