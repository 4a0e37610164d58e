"""Which sync is taken, and what is said of it."""

import copy

import pytest

from connector_host.c1z.opening import open_store
from connector_host.errors import NotFoundInFile, PreconditionError
from connector_host.query.sync_selection import choose_sync, finished_syncs, newest_full

IDS = ("3MWRtDetLctzq8JyqM0nzwImSJa", "3MWRtDetLctzq8JyqM0nzwImSJb", "3MWRtDetLctzq8JyqM0nzwImSJc")


@pytest.fixture
def store_of(make_c1z, organisation):
    """A store with three syncs, of which each is (type, ended_at, started_at)."""

    def store(*runs):
        def write(db):
            for number, (kind, ended, started) in enumerate(runs, 1):
                db.execute(
                    "update v1_sync_runs set sync_type = ?, ended_at = ?, started_at = ? where id = ?",
                    (kind, ended, started, number),
                )

        copies = [copy.deepcopy(organisation) for _ in runs]
        return open_store(make_c1z(*copies, ids=IDS[: len(runs)], tweak=write))

    return store


def test_the_newest_finished_sync_of_any_type_is_taken_and_named_when_it_is_not_full(store_of):
    with store_of(
        ("full", "2026-01-01 11:00:00", "2026-01-01 10:00:00"),
        ("partial", "2026-01-02 11:00:00", "2026-01-02 10:00:00"),
    ) as store:
        choice = choose_sync(store)
    assert choice.sync.id == IDS[1]
    assert "partial, not full" in choice.note
    assert IDS[0] in choice.note


def test_a_full_one_needs_no_words_and_ends_count_not_positions(store_of):
    with store_of(
        ("full", "2026-01-03 11:00:00", "2026-01-01 10:00:00"), ("full", "2026-01-02 11:00:00", "2026-01-02 10:00:00")
    ) as store:
        choice = choose_sync(store)
        assert (choice.sync.id, choice.note) == (IDS[0], "")
        assert [one.id for one in finished_syncs(store.syncs())] == [IDS[1], IDS[0]]


def test_of_equal_ends_the_greater_id_is_the_newest(store_of):
    end = "2026-01-03 11:00:00"
    with store_of(*[("full", end, end)] * 3) as store:
        assert choose_sync(store).sync.id == IDS[2]


def test_a_fraction_of_a_second_counts(store_of):
    with store_of(("full", "2026-01-03 11:00:00.5", ""), ("full", "2026-01-03 11:00:00", "")) as store:
        assert choose_sync(store).sync.id == IDS[0]


@pytest.mark.parametrize("end", [None, ""])
def test_without_a_finished_one_the_newest_unfinished_is_taken_and_said(store_of, end):
    with store_of(("full", end, "2026-01-02 10:00:00"), ("full", end, "2026-01-01 10:00:00")) as store:
        choice = choose_sync(store)
        assert choice.sync.id == IDS[0]
        assert "No sync of this file is finished" in choice.note
        assert newest_full(store.syncs()) is None
        # only its own rows: those of the other sync are not mixed in
        assert len(list(store.view(choice.sync).resources())) == 6


def test_a_named_sync_is_taken_whatever_it_is(store_of):
    with store_of(("full", None, "2026-01-02 10:00:00"), ("full", "2026-01-03 11:00:00", "")) as store:
        assert choose_sync(store, IDS[0]).sync.id == IDS[0]
        with pytest.raises(NotFoundInFile, match="holds no sync 'other'") as caught:
            choose_sync(store, "other")
        assert IDS[1] in caught.value.hint


def test_a_file_without_syncs_is_a_precondition(make_c1z):
    with open_store(make_c1z(ids=())) as store, pytest.raises(PreconditionError, match="holds no sync"):
        choose_sync(store)
