"""The shrink guard: a sync that lost much is not believed at once."""

import pytest

from connector_host.errors import ShrinkGuard
from connector_host.sync.guards.shrink_guard import check_shrink

MANY = [f"u{i}" for i in range(60)]


@pytest.mark.parametrize(
    ("before", "now", "percent", "guarded"),
    [
        (100, 50, 50, False),
        (100, 49, 50, True),
        (20, 0, 50, True),
        (19, 0, 50, False),
        (100, 100, 0, False),
        (100, 99, 0, True),
        (100, 0, 100, False),
        (100, 200, 0, False),
    ],
)
def test_what_counts_as_shrunk(before, now, percent, guarded):
    for kind in ("resources", "grants"):
        numbers = ({"resources": 1000, "grants": 1000} | {kind: number} for number in (now, before))
        if not guarded:
            check_shrink(*numbers, ("resources", "grants"), percent)
            continue
        with pytest.raises(ShrinkGuard, match=f"{before} {kind} are now {now}") as caught:
            check_shrink(*numbers, ("resources", "grants"), percent)
        assert caught.value.exit_code == 7


@pytest.fixture
def shrunk(sync, toy, tmp_path, unpacked):
    """A file of a full organisation, and a sync of a much smaller one that ended with the guard."""
    toy.resources = lambda kind, parent: (
        [toy.user(name) for name in MANY] if kind == "user" else [toy.group(name) for name in ("g0", "g1", "g2")]
    )
    sync(toy)
    before = (tmp_path / "sync.c1z").read_bytes()
    small = type(toy)()
    with pytest.raises(ShrinkGuard, match="63 resources are now 10") as caught:
        sync(small)
    assert "--allow-shrink" in caught.value.hint
    assert (tmp_path / "sync.c1z").read_bytes() == before
    return before


def test_a_shrunk_sync_is_kept_beside_the_file_and_written_when_allowed(sync, toy, tmp_path, shrunk):
    again = type(toy)()
    with pytest.raises(ShrinkGuard):
        sync(again)
    assert again.calls == []
    assert (tmp_path / "sync.c1z").read_bytes() == shrunk
    summary, file = sync(again, allow_shrink=True)
    assert again.calls == []
    assert summary.resumed
    assert summary.totals["resources"] == 10
    assert summary.totals["expanded"] > 0
    assert summary.previous["resources"] == 63
    assert len(file.runs()) == 2
    assert not (tmp_path / ".sync.c1z.work").exists()
    sync(type(toy)())  # compared with the small one from now on


def test_a_shrunk_sync_can_be_thrown_away(sync, toy, shrunk):
    summary, _ = sync(toy, fresh=True)
    assert not summary.resumed
    assert summary.totals["resources"] == 63


def test_the_threshold_is_the_operators(sync, toy, shrunk):
    summary, _ = sync(type(toy)(), shrink_threshold=90.0)
    assert summary.totals["resources"] == 10
