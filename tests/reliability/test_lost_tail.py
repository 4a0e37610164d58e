"""A power loss while a sync collects: the tail of the write-ahead log is gone, or is not what was written."""

import random
import signal

import pytest

MOMENTS = ("list_resources 4 0", "list_entitlements 5 0", "list_grants 2 0", "list_grants 11 0")


@pytest.mark.parametrize("damage", ["cut", "zeros", "noise"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_left_of_the_log_is_gone_on_with(place, whole, read_rows, moment, damage):
    place.output.write_bytes(whole.packed)
    chance = random.Random(f"{moment} {damage}")
    assert place.sync(kill_at=moment).returncode == -signal.SIGKILL
    folder = place.output.parent / ".sync.c1z.work"
    (folder / "sync.db-shm").unlink()  # lives in memory only
    log = folder / "sync.db-wal"
    written = log.read_bytes()
    assert len(written) > 100_000
    kept = chance.randrange(len(written) - 5_000)  # 0: nothing but the beginning, which was synced, is left
    tail = {"cut": b"", "zeros": bytes(len(written) - kept), "noise": chance.randbytes(len(written) - kept)}[damage]
    log.write_bytes(written[:kept] + tail)
    done = place.sync()
    assert done.returncode == 0, done.stderr
    assert "resumed from a checkpoint" in done.stderr
    assert place.left() == ["sync.c1z"]
    assert read_rows(place.output, place.folder) == [whole.rows, whole.rows]
