"""Work in steps, which never runs at the same time as the thread that steps it."""

import pytest

from connector_host.explore.cooperative_work import run_in_steps


def test_each_step_lasts_until_the_next_pause():
    seen = []

    def work(pause):
        for number in range(3):
            seen.append(number)
            pause()
        seen.append("end")

    steps = run_in_steps(work)
    for number in range(3):
        next(steps)
        assert seen == list(range(number + 1))
    assert list(steps) == []
    assert seen[-1] == "end"


def test_an_error_of_the_work_is_raised_by_the_step():
    def work(pause):
        pause()
        raise ZeroDivisionError

    steps = run_in_steps(work)
    next(steps)
    with pytest.raises(ZeroDivisionError):
        next(steps)


def test_cancelled_work_ends_where_it_pauses():
    seen = []

    def work(pause):
        try:
            pause()
            seen.append("continued")
        finally:
            seen.append("cleaned")

    steps = run_in_steps(work)
    next(steps)
    steps.close()
    assert seen == ["cleaned"]
