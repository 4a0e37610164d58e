"""A sync process that is killed at any instant: the next run goes on, and ends as if nothing had happened.

18 kills; `tox -e soak` does 500. KILLS and KILL_SEED choose others.
"""

import signal
from collections import Counter

AFTER_RENAME = ("replaced", "removing")
WORKERS = 2


def test_the_next_run_after_a_kill_ends_as_an_uninterrupted_one(place, whole, read_rows, kill):
    phase, number, delay = kill
    while True:
        place.output.write_bytes(whole.packed)
        first = place.sync(kill_at=f"{phase} {number} {delay}")
        if first.returncode or not delay:
            break
        delay //= 4  # it was over before
    assert first.returncode == -signal.SIGKILL, first.stderr
    hit, recent = place.hit()
    assert hit == phase or delay
    asked = place.asked()
    replaced = place.output.read_bytes() != whole.packed
    # while the child reports where it is, and until it is killed, it goes on: small files are compressed in no time
    assert not replaced or hit in (*AFTER_RENAME, "replacing", "compressing")
    if hit in AFTER_RENAME:
        assert replaced
        check_file(place, whole, read_rows)

    second = place.sync()
    assert second.returncode == 0, second.stderr
    assert place.left() == ["sync.c1z"]
    check_file(place, whole, read_rows)
    if not replaced and hit != "beginning":
        assert "resumed from a checkpoint" in second.stderr
        asked += place.asked()
        again = Counter(asked) - Counter(whole.asked)
        assert again.total() <= 2 * WORKERS + recent  # those in flight, and those that were not written yet
        assert set(asked) == set(whole.asked)


def check_file(place, whole, read_rows):
    """Every sync of the file has the rows of the uninterrupted run, and there are two of them."""
    syncs = read_rows(place.output, place.folder)
    assert len(syncs) == 2
    for found in syncs:
        assert found == whole.rows


def test_a_run_that_is_killed_again_and_again_still_arrives(place, whole, read_rows):
    place.output.write_bytes(whole.packed)
    moments = ["list_resources 2 0", "list_entitlements 3 0", "list_grants 4 0", "list_grants 5 0", "expanding 3 0"]
    moments += ["copying 1 0", "indexing 1 0", "finishing 1 0", "compressing 1 0", "replacing 2 0"]
    asked, recent = [], 0
    for moment in moments:
        done = place.sync(kill_at=moment)
        assert done.returncode == -signal.SIGKILL, (moment, done.stderr)
        assert place.output.read_bytes() == whole.packed
        asked += place.asked()
        recent += place.hit()[1]
    done = place.sync()
    assert done.returncode == 0, done.stderr
    assert place.left() == ["sync.c1z"]
    check_file(place, whole, read_rows)
    assert (Counter(asked) - Counter(whole.asked)).total() <= 2 * WORKERS * len(moments) + recent
