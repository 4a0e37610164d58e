"""Stopping a run reaches everything that waits in it."""

import logging
import threading
import time

import pytest

from connector_host import Run


def test_sleep_says_whether_the_time_went_by():
    run = Run()
    assert run.sleep(0.001) is True
    run.stop()
    begun = time.monotonic()
    assert run.sleep(60) is False
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("seconds", [-1, 0, float("nan")])
def test_a_sleep_of_nothing_ends_at_once(seconds):
    assert Run().sleep(seconds) is True


def test_a_sleep_longer_than_any_clock_ends_on_stop():
    run = Run()
    threading.Timer(0.05, run.stop).start()
    assert run.sleep(1e300) is False


def test_callbacks_are_called_once_by_whoever_stops():
    run = Run()
    called = []
    run.on_stop(lambda: called.append(1))
    run.on_stop(lambda: called.append(2))
    run.stop()
    run.stop()
    assert called == [1, 2]
    assert run.stopping.is_set()


def test_a_callback_that_comes_too_late_is_called_at_once():
    run = Run()
    run.stop()
    called = []
    run.on_stop(lambda: called.append(1))
    assert called == [1]


def test_a_callback_that_fails_is_logged_and_the_others_are_called(caplog):
    run = Run()
    called = []
    run.on_stop(lambda: 1 / 0)
    run.on_stop(lambda: called.append(1))
    run.stop()
    assert called == [1]
    assert "a stop callback failed" in caplog.text


def test_a_callback_may_use_the_run_itself():
    run = Run()
    called = []
    run.on_stop(lambda: run.on_stop(lambda: called.append(run.sleep(1))))
    run.stop()
    assert called == [False]


def test_many_threads_may_register_while_one_stops():
    run = Run()
    called = []
    gate = threading.Barrier(9)

    def register(number):
        gate.wait()
        for index in range(200):
            run.on_stop(lambda index=index: called.append((number, index)))

    threads = [threading.Thread(target=register, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    gate.wait()
    run.stop()
    for thread in threads:
        thread.join()
    assert len(called) == 1600


def test_it_logs_where_people_look_and_redacts_nowhere_by_default():
    assert Run().logger.name == "connector_host.plugins.facade"
    assert Run(logging.getLogger("x")).logger.name == "x"
    learned = []
    Run(redact=learned.append).redact("token")
    Run().redact("token")
    assert learned == ["token"]
