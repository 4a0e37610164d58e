"""Work in turns: never beside the one who steps it."""

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


def test_what_it_raises_is_raised_by_the_step():
    def work(pause):
        pause()
        raise ZeroDivisionError

    steps = run_in_steps(work)
    next(steps)
    with pytest.raises(ZeroDivisionError):
        next(steps)


def test_work_nobody_wants_ends_where_it_pauses():
    seen = []

    def work(pause):
        try:
            pause()
            seen.append("went on")
        finally:
            seen.append("cleaned")

    steps = run_in_steps(work)
    next(steps)
    steps.close()
    assert seen == ["cleaned"]
