"""The loop: several tasks at a time, polls and results while the server is away, a clean stop, and no growth."""

import gc
import itertools
import threading

import pytest
from grpclib.const import Status

from connector_host.errors import AuthError, ConfigError, PreconditionError, Unavailable
from connector_host.service.conductorone import task_loop
from connector_host.wire.pb.c1.connector.v2 import event_service_pb2
from connector_host.wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb

FEEDS = {"list_event_feeds": pb.Task.ListEventFeedsTask()}


class Feeds:
    """The function of ListEventFeeds, which waits at its gate; `most` calls ran at once."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.running = self.most = 0
        self.changed = threading.Condition()

    def __call__(self, _request):
        with self.changed:
            self.running += 1
            self.most = max(self.most, self.running)
            self.changed.notify_all()
        assert self.gate.wait(20)
        with self.changed:
            self.running -= 1
        return event_service_pb2.ListEventFeedsResponse().SerializeToString()

    def wait_for(self, count):
        """Wait until so many calls run."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.running == count, 20)

    @property
    def functions(self):
        return {"/c1.connector.v2.EventService/ListEventFeeds": self}


@pytest.fixture
def feeds():
    return Feeds()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(task_loop, "jittered", lambda seconds: min(seconds, 0.02))


@pytest.mark.parametrize("get_tasks", [False, True], ids=["GetTask", "GetTasks"])
def test_as_many_tasks_run_at_once_as_there_are_slots(api, serve, feeds, get_tasks):
    feeds.gate.clear()
    task_ids = [api.tasks.add(**FEEDS) for _ in range(7)]
    serve(functions=feeds.functions, concurrency=2, get_tasks=get_tasks)
    feeds.wait_for(2)
    feeds.gate.set()
    for task_id in task_ids:
        assert api.tasks.result(task_id).WhichOneof("final_state") == "success"
    assert feeds.most == 2
    assert api.tasks.most_running <= (4 if get_tasks else 2)
    assert (api.tasks.calls["GetTask"] > 0) is not get_tasks


def test_a_task_that_comes_again_while_it_runs_is_not_started_twice(api, serve, feeds):
    feeds.gate.clear()
    task_id = api.tasks.add(**FEEDS)
    serve(functions=feeds.functions)
    api.tasks.wait(lambda state: task_id in state.running)
    api.tasks.hand_again(task_id)
    polls = api.tasks.calls["GetTask"]
    api.tasks.wait(lambda state: state.calls["GetTask"] > polls + 2)
    feeds.gate.set()
    api.tasks.result(task_id)
    assert (feeds.most, api.tasks.calls["FinishTask"]) == (1, 1)


def test_polling_goes_on_while_the_server_is_away(api, serve, feeds):
    serve(functions=feeds.functions)
    api.tasks.wait(lambda state: state.calls["GetTask"] > 1)
    api.faults.is_away = True
    api.drop_connections()
    task_id = api.tasks.add(**FEEDS)
    threading.Event().wait(0.2)
    api.faults.is_away = False
    assert api.tasks.result(task_id).WhichOneof("final_state") == "success"


@pytest.mark.parametrize("status", [Status.UNAVAILABLE, Status.UNAUTHENTICATED, Status.INTERNAL, None], ids=str)
def test_a_poll_that_fails_is_repeated(api, serve, feeds, status):
    for _ in range(3):
        api.faults.drop("GetTask") if status is None else api.faults.fail("GetTask", status)
    task_id = api.tasks.add(**FEEDS)
    serve(functions=feeds.functions)
    assert api.tasks.result(task_id).WhichOneof("final_state") == "success"


def test_a_result_is_reported_until_the_server_takes_it(api, serve, feeds):
    api.faults.fail("FinishTask", Status.UNAVAILABLE, times=2)
    api.faults.drop("FinishTask")
    task_id = api.tasks.add(**FEEDS)
    serve(functions=feeds.functions)
    assert api.tasks.result(task_id).WhichOneof("final_state") == "success"
    assert feeds.most == 1


def test_a_result_that_the_server_refuses_is_given_up(api, serve, feeds):
    api.faults.fail("FinishTask", Status.NOT_FOUND)
    first = api.tasks.add(**FEEDS)
    second = api.tasks.add(**FEEDS)
    serve(functions=feeds.functions, concurrency=1)
    api.tasks.result(second)
    assert first not in api.tasks.results


def test_an_expired_token_is_replaced(api, serve, feeds):
    serve(functions=feeds.functions)
    api.tasks.wait(lambda state: state.calls["GetTask"] > 1)
    api.tokens.revoke_tokens()
    task_id = api.tasks.add(**FEEDS)
    assert api.tasks.result(task_id).WhichOneof("final_state") == "success"


def test_the_first_call_is_repeated_while_the_server_is_away(api, serve, feeds):
    api.faults.fail("Hello", Status.UNAVAILABLE, times=2)
    task_id = api.tasks.add(**FEEDS)
    serve(functions=feeds.functions)
    assert api.tasks.result(task_id).WhichOneof("final_state") == "success"
    assert api.tasks.calls["Hello"] == 3


@pytest.mark.parametrize(
    ("status", "error", "times"),
    [
        (Status.UNAUTHENTICATED, AuthError, 2),
        (Status.PERMISSION_DENIED, AuthError, 1),
        (Status.UNIMPLEMENTED, PreconditionError, 1),
        (Status.FAILED_PRECONDITION, PreconditionError, 1),
        (Status.NOT_FOUND, PreconditionError, 1),
    ],
    ids=str,
)
def test_a_first_call_that_is_refused_ends_the_service(api, serve, status, error, times):
    api.faults.fail("Hello", status, "no", times=times)
    refused = serve().ended()
    assert isinstance(refused, error)
    assert "refused the first call" in str(refused)


@pytest.mark.parametrize("error", [AuthError("the password is wrong"), ConfigError("no such folder")], ids=repr)
def test_a_connector_that_cannot_start_ends_the_service_with_its_own_error(api, serve, office, functions_of, error):
    office.list_resource_types_error = error
    ended = serve(office, functions_of(office)).ended()
    assert (type(ended), ended.message.endswith(error.message)) == (type(error), True)
    assert api.tasks.hellos == []


def test_a_connector_whose_application_is_away_starts_later(api, serve, office, functions_of):
    office.list_resource_types_error = Unavailable("maintenance")
    service = serve(office, functions_of(office))
    threading.Event().wait(0.2)
    office.list_resource_types_error = None
    api.tasks.wait(lambda state: state.hellos)
    assert api.tasks.user_agent.startswith("stand-in connector-host/")
    assert service.stop() is None


def test_an_unknown_authority_ends_the_service(api, serve, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert isinstance(serve().ended(), ConfigError)


def test_a_stop_waits_for_the_calls_in_flight_and_gives_back_what_waits(api, serve, feeds):
    feeds.gate.clear()
    first, second = api.tasks.add(**FEEDS), api.tasks.add(**FEEDS)
    service = serve(functions=feeds.functions, concurrency=1, get_tasks=True)
    feeds.wait_for(1)
    service.run.stop()
    given_back = api.tasks.result(second)
    assert (given_back.status.code, given_back.error.non_retryable) == (Status.CANCELLED.value, False)
    assert first not in api.tasks.results
    feeds.gate.set()
    assert service.ended() is None
    assert api.tasks.results[first].WhichOneof("final_state") == "success"


def test_a_service_that_waits_for_the_server_stops_at_once(api, serve):
    api.faults.fail("Hello", Status.UNAVAILABLE, times=1000)
    service = serve()
    api.tasks.wait(lambda state: state.calls["Hello"] > 0)
    assert service.stop(5) is None


def test_nothing_grows_with_the_number_of_tasks(api, serve, feeds):
    api.tasks.poll_seconds = 0
    serve(functions=feeds.functions, concurrency=10, get_tasks=True)

    def objects_after(count):
        last = [api.tasks.add(**FEEDS) for _ in range(count)]
        for task_id in last:
            api.tasks.result(task_id, seconds=60)
        api.tasks.change(api.tasks.results.clear)
        gc.collect()
        return len(gc.get_objects())

    counts = [objects_after(count) for count in (200, 600, 600)]
    # One object a task would give 600 and more each time; caches are filled once.
    assert min(after - before for before, after in itertools.pairwise(counts)) < 600
