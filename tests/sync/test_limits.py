"""Rate limits of a connector, and the time a run may take."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host import HOST_API, AuthError, ConnectorInfo, RateLimit, RateLimited, Run, hookimpl
from connector_host.errors import BudgetSpent, PluginError, Stopped
from connector_host.sync.limits import Pace, deadline


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def starts(limits, hooks, gaps):
    """When each call starts, if each asks `gap` after the one before it asked."""
    clock = Clock()
    pace = Pace(limits, Run(), clock=clock)
    found = []
    for hook, gap in zip(hooks, gaps, strict=True):
        clock.now += gap
        found.append(clock.now + pace.reserve(hook))
    return found


limits = st.builds(
    RateLimit,
    st.integers(1, 5),
    st.floats(0.5, 10),
    st.sampled_from([(), ("a",), ("a", "b")]),
)


@given(st.lists(limits, max_size=3), st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), max_size=40))
def test_no_window_of_time_holds_more_calls_than_it_may(declared, calls):
    hooks = [hook for hook, _ in calls]
    found = starts(declared, hooks, [gap for _, gap in calls])
    for limit in declared:
        mine = sorted(at for at, hook in zip(found, hooks, strict=True) if not limit.hooks or hook in limit.hooks)
        for first, later in zip(mine, mine[limit.requests :], strict=False):
            assert later - first >= limit.seconds * (1 - 1e-9)


def test_calls_within_the_limit_never_wait():
    assert starts([RateLimit(2, 10.0)], "aaaa", [0, 5, 5, 5]) == [1000, 1005, 1010, 1015]
    assert starts([RateLimit(2, 10.0)], "aaaa", [0, 0, 0, 0]) == [1000, 1000, 1010, 1010]
    assert starts([RateLimit(1, 10.0, ("b",))], "aaa", [0, 0, 0]) == [1000, 1000, 1000]


class Limited:
    """Mixed into the toy connector: it declares a limit, and notes when it is called."""

    rate_limits = (RateLimit(5, 0.2),)

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Toy", HOST_API, concurrency=4, rate_limits=self.rate_limits)


@pytest.fixture
def limited(toy):
    toy = type("LimitedToy", (Limited, type(toy)), {})()
    toy.times = []
    toy.asked = lambda *_: toy.times.append(time.monotonic())
    return toy


def test_a_sync_keeps_to_the_declared_limit_and_counts_its_waits(sync, limited):
    summary, _ = sync(limited)
    times = sorted(limited.times)
    assert len(times) > 10
    assert all(later - first > 0.15 for first, later in zip(times, times[5:], strict=False))
    assert summary.counters["paced"] >= len(times) // 5
    assert summary.waiting_seconds > 0.1


def test_an_operator_may_set_another_limit_or_none(sync, limited, tmp_path):
    summary, _ = sync(limited, rate_limits=())
    assert "paced" not in summary.counters
    summary, _ = sync(limited, rate_limits=(RateLimit(3, 0.05),), file=tmp_path / "other.c1z")
    assert summary.counters["paced"] >= 3


def test_waiting_for_ones_place_ends_when_the_run_stops(sync, limited):
    run = Run()
    threading.Timer(0.2, run.stop).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        sync(limited, run=run, rate_limits=(RateLimit(1, 3600.0),))
    assert time.monotonic() - began < 5


# ------------------------------------------------------------------------------------------------------ the deadline


@pytest.mark.parametrize("fault", [RateLimited("later", retry_after=3600.0), None])
def test_a_spent_deadline_ends_the_run_and_the_next_goes_on(sync, toy, tmp_path, unpacked, fault):
    def asked(hook, subject, token):
        if hook == "list_grants":
            if fault:
                raise fault
            time.sleep(0.5)

    sync(type(toy)(), file=tmp_path / "whole.c1z")
    toy.asked = asked
    with pytest.raises(BudgetSpent, match=r"the deadline of 0\.3 seconds has passed") as caught:
        sync(toy, deadline=0.3)
    assert caught.value.exit_code == 8
    assert not (tmp_path / "sync.c1z").exists()
    summary, file = sync(type(toy)(), deadline=3600.0)
    assert summary.resumed
    assert file.everything() == unpacked(tmp_path / "whole.c1z").everything()


def fail_after(event, seconds, error):
    event.wait(seconds)
    raise error


def test_a_deadline_is_not_blamed_for_what_it_did_not_do():
    for error in (Stopped("by hand"), AuthError("signed out"), PluginError("defect")):
        with pytest.raises(type(error)) as caught, deadline(Run(), 3600.0):
            raise error
        assert caught.value is error
    run = Run()
    run.stop()
    with pytest.raises(Stopped), deadline(run, 0.01):
        fail_after(threading.Event(), 0.1, Stopped("by hand, before"))


def test_a_call_that_is_cut_short_by_the_deadline_may_fail_as_it_likes():
    run = Run()
    with pytest.raises(BudgetSpent), deadline(run, 0.01):
        fail_after(run.stopping, 5, AuthError("the child was killed"))
    with deadline(Run(), 3600.0):
        pass
    assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer) and not one.finished.is_set()]
