"""A power loss at any write, sync, rename or deletion of a sync: the next run goes on or starts anew, and ends equal.

A sample of the moments; `tox -e soak` (POWER_CUTS=all) takes every one, three times.
"""

import logging
import os
import random

import pytest

from connector_host import Run
from connector_host.c1z.publish import retained_syncs
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.engine import SyncSettings, run_sync
from tests.reliability.power import Disk, Recorder, lay
from tests.sync.conftest import Synced, Toy

CUTS = os.environ.get("POWER_CUTS", "40")
SEED = int(os.environ.get("POWER_SEED", "1"))


def sync(folder):
    connector = make_connector(Toy(), "toy", version="1", distribution="toy")
    settings = SyncSettings(file=folder / "sync.c1z", page_size=2, workers=1)
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


def moments(recorded):
    numbers = range(len(recorded[1]) + 1)
    if CUTS == "all":
        return [(number, seed) for number in numbers for seed in range(SEED, SEED + 3)]
    dice = random.Random(SEED)
    return [(number, dice.random()) for number in sorted(dice.sample(numbers, int(CUTS)))]


def disk_at(recorded, number, seed):
    folder, events, before, _ = recorded
    disk = Disk({str(folder / "sync.c1z"): before}, {str(folder)})
    for event in events[:number]:
        disk.play(event)
    return disk.cut(f"{seed} {number}")


def test_what_is_recorded_is_what_was_done(recorded):
    folder, events, before, after = recorded
    kinds = {event[0] for event in events}
    assert kinds == {"create", "write", "truncate", "sync", "content", "rename", "unlink", "mkdir", "folder"}
    disk = Disk({str(folder / "sync.c1z"): before}, {str(folder)})
    for event in events:
        disk.play(event)
    for inode in disk.live.values():
        inode.settle()
    assert {path: bytes(inode.durable) for path, inode in disk.live.items()} == {str(folder / "sync.c1z"): after}
    assert disk.live_folders == {str(folder)}


def test_after_a_power_loss_the_next_run_ends_equal(recorded, tmp_path, monkeypatch, caplog):
    folder, events, before, after = recorded
    whole = tmp_path / "whole.c1z"
    whole.write_bytes(after)
    expected = Synced(whole, tmp_path).everything()
    resumed = anew = replaced = 0
    for number, seed in moments(recorded):
        place = lay(*disk_at(recorded, number, seed), folder)
        found = (place / "sync.c1z").read_bytes()
        assert found in (before, after), (number, seed, events[number - 1][:2])
        monkeypatch.setattr(retained_syncs, "PROCESS", f"{number}-{seed}")  # it is another process that comes after
        summary = sync(place)
        assert [entry.name for entry in place.iterdir()] == ["sync.c1z"], (number, seed)
        unpacked = tmp_path / f"db-{number}-{seed}"
        unpacked.mkdir()
        file = Synced(place / "sync.c1z", unpacked)
        assert file.everything() == expected, (number, seed, events[number - 1][:2])
        assert len(file.runs()) == 2
        assert all(run["ended_at"] for run in file.runs())
        resumed += summary.resumed
        anew += not summary.resumed
        replaced += found == after
    assert resumed
    assert anew


def test_a_settled_page_outlives_a_power_loss(tmp_path, monkeypatch):
    """What was settled is there whatever else is lost."""
    from connector_host.sync import collection

    monkeypatch.setattr(collection, "SETTLE", 0.0)
    place = tmp_path / "disk"
    place.mkdir()
    recorder = Recorder(place)
    toy = Toy()
    pages = []

    def asked(hook, subject, token):
        pages.append((hook, subject, token))
        if hook == "list_grants":
            raise ZeroDivisionError

    toy.asked = asked
    connector = make_connector(toy, "toy", version="1", distribution="toy")
    settings = SyncSettings(file=place / "sync.c1z", page_size=2, workers=1)
    with recorder.watching(), pytest.raises(Exception, match="ZeroDivisionError"):
        run_sync(connector, Options({}), settings, Run(logging.getLogger("toy")))
    for seed in range(8):
        disk = Disk({}, {str(place)})
        for event in recorder.events:
            disk.play(event)
        files, folders = disk.cut(seed)
        lay(files, folders, place)
        second = Toy()
        again = make_connector(second, "toy", version="1", distribution="toy")
        run_sync(
            again,
            Options({}),
            SyncSettings(file=place / "sync.c1z", page_size=2, workers=1),
            Run(logging.getLogger("toy")),
        )
        assert {hook for hook, _, _ in second.calls} == {"list_grants"}
