"""The place of hook calls follows what they cost; the costs are given here, nothing is timed."""

import pytest

from connector_host.sync.call_placement import MEASURED, PATIENCE, QUICK_CALLS, WAIT, CallCost, CallPlacement

COMPUTES = CallCost(0.002, 0.0019)
WAITS_SHORTLY = CallCost(0.003, 0.0001)
WAITS = CallCost(0.25, 0.001)


def report(placement, cost, number, *, alone=True):
    for _ in range(number):
        placement.ended(cost, alone=alone)


def test_with_one_worker_every_call_runs_in_the_main_thread():
    placement = CallPlacement(1)
    report(placement, WAITS, 20)
    assert placement.inline
    assert placement.limit == 1


def test_calls_that_compute_move_into_the_main_thread_after_some_were_measured():
    placement = CallPlacement(8)
    report(placement, COMPUTES, MEASURED - 1)
    assert placement.alone
    assert placement.limit == 1
    report(placement, COMPUTES, 1)
    assert placement.inline
    assert placement.limit == 1


@pytest.mark.parametrize("cost", [WAITS_SHORTLY, WAITS])
def test_calls_that_wait_get_as_many_threads_as_are_declared(cost):
    placement = CallPlacement(8)
    report(placement, cost, MEASURED)
    assert not placement.inline
    assert placement.limit == 8


def test_a_call_that_does_not_end_is_joined_by_others_unless_it_computes():
    placement = CallPlacement(8)
    placement.overdue(PATIENCE, PATIENCE * 0.95)
    assert placement.limit == 1
    placement.overdue(PATIENCE, PATIENCE * 0.1)
    assert placement.limit == 8


def test_one_interrupted_call_changes_nothing_but_a_slow_one_ends_the_main_threads_turn():
    placement = CallPlacement(8)
    report(placement, COMPUTES, MEASURED)
    report(placement, CallCost(0.004, 0.0019), 1)
    assert placement.inline
    report(placement, WAITS, 1)
    assert not placement.inline
    assert placement.limit == 8


def test_calls_that_begin_to_wait_a_little_leave_the_main_thread():
    placement = CallPlacement(8)
    report(placement, COMPUTES, MEASURED)
    report(placement, CallCost(2 * WAIT + 0.001, 0.001), 5)
    assert placement.limit == 8


def test_quick_calls_in_threads_are_measured_again_when_they_run_alone():
    placement = CallPlacement(8)
    report(placement, WAITS, MEASURED)
    report(placement, COMPUTES, 2 * QUICK_CALLS, alone=False)
    assert placement.limit == 8
    report(placement, COMPUTES, 1, alone=False)
    assert placement.limit == 1
    report(placement, WAITS_SHORTLY, MEASURED, alone=False)  # those that were under way say nothing
    assert placement.alone
    report(placement, COMPUTES, MEASURED)
    assert placement.inline


def test_calls_that_turn_out_to_wait_again_and_again_are_measured_less_and_less():
    placement = CallPlacement(8)
    report(placement, WAITS_SHORTLY, MEASURED)
    waits = []
    for _ in range(3):
        number = 0
        while not placement.alone:
            report(placement, WAITS_SHORTLY, 1, alone=False)
            number += 1
        waits.append(number)
        report(placement, WAITS_SHORTLY, MEASURED)
    assert waits[2] > 1.9 * waits[1] > 3.8 * waits[0] - 10
