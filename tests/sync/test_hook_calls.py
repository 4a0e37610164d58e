"""What is tried again, after how long, and how the session is reopened."""

import threading
import time

import pytest

from connector_host import AuthError, BadResponse, ConfigError, RateLimited, Run, Unavailable
from connector_host.errors import PluginError, Stopped
from connector_host.options import Options
from connector_host.sync.hook_calls import Caller, Sessions


class Door:
    """Opens numbered sessions; `refuse` are the numbers that cannot be opened."""

    name = "door"

    def __init__(self, refuse=()):
        self.opened, self.closed, self.refuse = 0, [], refuse

    def open_session(self, options, run):
        self.opened += 1
        if self.opened in self.refuse:
            raise AuthError("no entry")
        return Session(self, self.opened)


class Session:
    def __init__(self, door, number):
        self.door, self.number = door, number

    def close(self):
        self.door.closed.append(self.number)


@pytest.fixture
def run():
    run = Run()
    run.slept = []
    run.sleep = lambda seconds: run.slept.append(seconds) or not run.stopping.is_set()
    return run


def caller(run, door=None, **options):
    sessions = Sessions(door or Door(), Options({}), run)
    return Caller(sessions, run, connector="door", max_attempts=4, **options)


def failing(*errors):
    """Raises each of `errors` in turn, then gives the session's number."""
    left = list(errors)

    def function(session):
        if left:
            raise left.pop(0)
        return session.number

    return function


@pytest.mark.parametrize("error", [Unavailable("down"), BadResponse("odd"), RateLimited("slow")])
def test_a_transient_error_is_tried_again_after_growing_waits(run, error):
    calls = caller(run)
    answer, _ = calls.call("list_grants", "group:g", failing(error, error))
    assert answer == 1
    assert len(run.slept) == 2
    assert 1 <= run.slept[0] <= 2 <= run.slept[1] <= 3
    assert sum(calls.waits.retries.values()) == 2


def test_the_wait_is_what_the_application_says(run):
    told = []
    calls = caller(run, on_wait=lambda *what: told.append(what))
    calls.call("list_grants", "group:g", failing(RateLimited("slow down", retry_after=42.5)))
    assert run.slept == [42.5]
    assert told == [("list_grants", "group:g", 42.5, "slow down")]
    assert calls.waits.waiting == 42.5


def test_the_last_attempt_says_what_failed_where_and_how_often(run):
    with pytest.raises(Unavailable, match=r"list_grants of group:g: down \(after 4 attempts\)") as error:
        caller(run).call("list_grants", "group:g", failing(*[Unavailable("down") for _ in range(9)]))
    assert "same command" in error.value.hint
    assert len(run.slept) == 3


@pytest.mark.parametrize("error", [ConfigError("no"), PluginError("no")])
def test_other_errors_are_final_and_named(run, error):
    with pytest.raises(type(error), match="list_grants of group:g: no"):
        caller(run).call("list_grants", "group:g", failing(error))
    assert run.slept == []


def test_anything_else_is_a_defect_of_the_connector(run):
    with pytest.raises(PluginError, match=r"'door': list_grants of group:g failed: KeyError: 'x'") as error:
        caller(run).call("list_grants", "group:g", failing(KeyError("x")))
    assert isinstance(error.value.__cause__, KeyError)
    assert "--trace-hooks" in error.value.hint
    with pytest.raises(PluginError, match="failed: ConnectionRefusedError") as error:
        caller(run).call("list_grants", "group:g", failing(ConnectionRefusedError("no")))
    assert "raises connector_host.Unavailable" in error.value.hint


def test_an_expired_session_is_reopened_once_and_the_call_repeated(run):
    door = Door()
    calls = caller(run, door)
    answer, _ = calls.call("list_grants", "group:g", failing(AuthError("expired")))
    assert (answer, door.opened, door.closed) == (2, 2, [1])


def test_a_session_that_expires_again_at_once_ends_the_run(run):
    door = Door()
    with pytest.raises(AuthError, match="list_grants of group:g: expired"):
        caller(run, door).call("list_grants", "group:g", failing(AuthError("expired"), AuthError("expired")))
    assert door.opened == 2


def test_a_session_may_be_reopened_again_after_it_has_worked(run):
    door = Door()
    calls = caller(run, door)
    for _ in range(3):
        calls.call("list_grants", "group:g", failing(AuthError("expired")))
    assert door.opened == 4


def test_a_session_that_cannot_be_reopened_ends_the_run(run):
    with pytest.raises(AuthError, match="no entry"):
        caller(run, Door(refuse=(2,))).call("list_grants", "group:g", failing(AuthError("expired")))


def test_signing_in_is_tried_again_when_what_failed_may_pass(run):
    door = Door()
    was, failures = door.open_session, [Unavailable("down"), RateLimited("slow", retry_after=7)]

    def open_session(options, run):
        if failures:
            raise failures.pop(0)
        return was(options, run)

    door.open_session = open_session
    sessions = Sessions(door, Options({}), run, max_attempts=3)
    assert sessions.session.number == 1
    assert run.slept[1] == 7
    failures[:] = [BadResponse("odd")]
    calls = Caller(sessions, run, connector="door", max_attempts=1)
    assert calls.call("list_grants", "group:g", failing(AuthError("expired")))[0] == 2


def test_one_thread_reopens_for_all_after_the_calls_in_flight(run):
    door = Door()
    calls = caller(run, door)
    ready = threading.Barrier(6)
    closed_while_used = []

    def function(session):
        if session.number == 1:
            ready.wait(5)
            time.sleep(0.02)
            closed_while_used.extend(door.closed)
            raise AuthError("expired")
        return session.number

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(calls.call("h", "s", function)[0]), daemon=True)
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == [2] * 6
    assert door.opened == 2
    assert closed_while_used == []


def test_a_stop_ends_a_wait(run):
    del run.sleep
    threading.Timer(0.05, run.stop).start()
    started = time.monotonic()
    with pytest.raises(Stopped):
        caller(run).call("list_grants", "group:g", failing(RateLimited("slow", retry_after=600)))
    assert time.monotonic() - started < 5


def test_what_fails_because_the_run_stops_is_no_defect(run):
    def function(session):
        run.stop()
        raise BrokenPipeError("the child is gone")

    with pytest.raises(Stopped):
        caller(run).call("list_grants", "group:g", function)
