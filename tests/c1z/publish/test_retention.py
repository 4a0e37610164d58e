"""Which syncs of a file stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.c1z.publish.retention import RetentionRow, keep_count, plan, skips_cleanup


def sync(number, sync_type="full", *, finished=True, linked=""):
    return RetentionRow(
        str(number),
        sync_type,
        f"2026-01-{number:02} 10:00:00",
        f"2026-01-{number:02} 11:00:00" if finished else None,
        linked,
    )


def kept(rows, environ=None, **how):
    return [row.sync_id for row in plan(rows, environ or {}, **how).kept]


def dropped(rows, environ=None, **how):
    return {gone.sync.sync_id: gone.reason for gone in plan(rows, environ or {}, **how).dropped}


def test_the_reference_sequence():
    """Full 1, partials 2 and 3, fulls 4, 5, 6, as observed with the Go SDK."""
    file = [sync(1), sync(2, "partial"), sync(3, "partial")]
    assert [*kept(file), "4"] == ["1", "2", "3", "4"]
    file.append(sync(4))
    assert [*kept(file), "5"] == ["2", "3", "4", "5"]
    file = [*file[1:], sync(5)]
    assert [*kept(file), "6"] == ["5", "6"]


def test_the_reference_sequence_of_partials():
    """Partials stay while no full goes, however many there are."""
    file = [sync(1), *(sync(number, "partial") for number in range(2, 20))]
    assert kept(file) == [row.sync_id for row in file]


def test_the_default_keeps_the_one_before():
    assert kept([sync(1), sync(2), sync(3)]) == ["3"]
    assert dropped([sync(1), sync(2), sync(3)]) == dict.fromkeys(["1", "2"], "only the newest 2 full syncs are kept")


def test_without_a_running_sync_all_of_the_limit_stay():
    file = [sync(1), sync(2), sync(3, "partial"), sync(4), sync(5)]
    assert kept(file, running=False) == ["4", "5"]
    assert kept([sync(3), sync(4), sync(5, "partial"), sync(6)], running=False) == ["4", "5", "6"]


@pytest.mark.parametrize(("count", "expected"), [("1", []), ("2", ["3"]), ("3", ["2", "3"]), ("+9", ["1", "2", "3"])])
def test_the_number_to_keep(count, expected):
    assert kept([sync(1), sync(2), sync(3)], {"BATON_KEEP_SYNC_COUNT": count}) == expected


@pytest.mark.parametrize("text", ["", "0", "-3", "many", "2.5", " 3", "٣", "9" * 40])
def test_a_number_that_is_none_means_the_default(text):
    assert keep_count({"BATON_KEEP_SYNC_COUNT": text}) == 2


@pytest.mark.parametrize(
    ("text", "skips"), [("1", True), ("true", True), ("T", True), ("yes", False), ("0", False), ("", False)]
)
def test_cleanup_may_be_skipped(text, skips):
    assert skips_cleanup({"BATON_SKIP_CLEANUP": text}) is skips
    file = [sync(1), sync(2), sync(3)]
    assert kept(file, {"BATON_SKIP_CLEANUP": text}) == (["1", "2", "3"] if skips else ["3"])


def test_unfinished_syncs_always_stay():
    file = [sync(1, finished=False), sync(2), sync(3), sync(4, "partial", finished=False), sync(5)]
    assert kept(file) == ["1", "4", "5"]


def test_unknown_types_are_fulls():
    assert kept([sync(1, "surprise"), sync(2, ""), sync(3)]) == ["3"]


def test_resources_only_counts_as_partial():
    assert kept([sync(1), sync(2, "resources_only"), sync(3)]) == ["2", "3"]
    assert kept([sync(1, "resources_only"), sync(2), sync(3)]) == ["3"]


def test_the_newest_diff_and_its_partner_stay():
    pair = ("partial_upserts", "partial_deletions")
    two = [sync(1, pair[1], linked="2"), sync(2, pair[0], linked="1")]
    assert kept(two) == ["1", "2"]
    four = [*two, sync(3, pair[1], linked="4"), sync(4, pair[0], linked="3")]
    assert kept(four) == ["3", "4"]
    assert "pair of diffs" in dropped(four)["1"]
    assert kept([*two, sync(3, pair[1])]) == ["3"]


def test_the_environment_counts_by_default(monkeypatch):
    monkeypatch.setenv("BATON_KEEP_SYNC_COUNT", "3")
    assert [row.sync_id for row in plan([sync(1), sync(2), sync(3)]).kept] == ["2", "3"]


SYNCS = st.lists(
    st.tuples(
        st.sampled_from(["full", "partial", "resources_only", "partial_upserts", "partial_deletions", "?"]),
        st.booleans(),
    ),
    max_size=12,
).map(lambda found: [sync(number + 1, kind, finished=done) for number, (kind, done) in enumerate(found)])


@given(SYNCS, st.integers(1, 5), st.booleans())
def test_laws(rows, limit, running):
    environ = {"BATON_KEEP_SYNC_COUNT": str(limit)}
    result = plan(rows, environ, running=running)
    gone = [item.sync for item in result.dropped]
    assert sorted([*result.kept, *gone], key=rows.index) == rows
    assert list(result.kept) == sorted(result.kept, key=rows.index)
    assert all(row.ended_at is not None for row in gone)
    fulls = [row for row in rows if row.sync_type in {"full", "?"} and row.ended_at]
    left = [row for row in fulls if row in result.kept]
    assert left == fulls[len(fulls) - len(left) :]
    assert len(left) == min(len(fulls), limit - running)
    assert plan(result.kept, environ, running=running).kept[-1:] == result.kept[-1:]
