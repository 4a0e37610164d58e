"""Tasks `sync_full` over real TLS and gRPC: the file that is uploaded, cancellation, resumption, faults."""

import pytest
from grpclib.const import Status

from connector_host.c1z.opening import open_store
from connector_host.errors import NotPermitted
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb

SUCCESS, ERROR = "success", "error"


def full(**fields):
    return {"sync_full": pb.Task.SyncFullTask(**fields)}


def uploaded(api, task_id, folder):
    """The type, id and counts of the only sync that was uploaded for a task, and the format of its file."""
    content = api.tasks.uploads[task_id][-1]
    path = folder / "uploaded.c1z"
    path.write_bytes(content)
    with open_store(path) as store:
        (sync,) = store.syncs()
        counts = store.view(sync).count()
    return sync, counts, content[:4]


def leftovers(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "uploaded.c1z")


def test_the_file_of_a_sync_is_uploaded_and_the_task_finished(api, serve, tmp_path):
    task_id = api.tasks.add(**full())
    serve()
    result = api.tasks.result(task_id)
    assert result.WhichOneof("final_state") == SUCCESS
    assert (result.host_id, api.tasks.heartbeats[task_id]) == (api.tasks.hellos[0].host_id, 1)
    sync, counts, magic = uploaded(api, task_id, tmp_path)
    assert (str(sync.type), counts.resources, counts.grants, magic) == ("full", 6, 5, b"C1ZF")
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"skip_entitlements_and_grants": True}, ("resources_only", 6, 0, b"C1ZF")),
        ({"skip_grants": True}, ("full", 6, 0, b"C1ZF")),
        ({"sync_resource_type_ids": ["group"]}, ("full", 1, 0, b"C1ZF")),
        ({"storage_engine": "pebble"}, ("full", 6, 5, b"C1Z3")),
        (
            {"targeted_sync_resources": [objects_pb2.Resource(id={"resource_type": "user", "resource": "a/b:c"})]},
            ("partial", 1, 0, b"C1ZF"),
        ),
    ],
    ids=["resources only", "no grants", "types", "engine", "targets"],
)
def test_a_task_sets_the_scope_of_its_sync(api, serve, tmp_path, fields, expected):
    task_id = api.tasks.add(**full(**fields))
    serve()
    assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS
    sync, counts, magic = uploaded(api, task_id, tmp_path)
    assert (str(sync.type), counts.resources, counts.grants, magic) == expected


def test_full_syncs_are_skipped_with_an_empty_one(api, serve, tmp_path, team):
    task_id = api.tasks.add(**full())
    serve(team, skip_full_sync=True)
    assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS
    sync, counts, _ = uploaded(api, task_id, tmp_path)
    assert (str(sync.type), sync.finished, counts.resources, team.calls) == ("full", True, 0, [])


def test_the_last_file_is_kept_for_the_next_sync_if_that_is_wanted(api, serve, tmp_path, team):
    team.etag = "e1"
    serve(team, keep_previous=True)
    first = api.tasks.add(**full())
    assert api.tasks.result(first).WhichOneof("final_state") == SUCCESS
    (kept,) = [name for name in leftovers(tmp_path) if name.startswith("previous-")]
    second = api.tasks.add(**full())
    assert api.tasks.result(second).WhichOneof("final_state") == SUCCESS
    assert team.etags == [None, "e1"]
    assert uploaded(api, second, tmp_path)[1].grants == 5  # though the second listing had none
    assert leftovers(tmp_path) == [kept]


def test_a_sync_that_fails_names_the_reason_and_may_be_tried_again(api, serve, team):
    team.failure = NotPermitted("this account may not see members")
    task_id = api.tasks.add(**full())
    serve(team)
    result = api.tasks.result(task_id)
    assert (result.WhichOneof("final_state"), result.error.non_retryable) == (ERROR, False)
    assert "this account may not see members" in result.status.message


def test_a_sync_that_was_stopped_is_given_back_and_resumed_by_the_next_task(api, serve, tmp_path, team):
    team.gate.clear()
    task_id = api.tasks.add(**full())
    service = serve(team)
    assert team.reached.wait(20)
    assert service.stop() is None
    result = api.tasks.result(task_id)
    assert (result.status.code, result.error.non_retryable) == (Status.CANCELLED.value, False)
    assert "resumes" in result.status.message
    team.calls.clear()
    second = api.tasks.add(**full())
    serve(team)
    assert api.tasks.result(second).WhichOneof("final_state") == SUCCESS
    assert team.calls == [("list_grants", "2")]  # the first page was stored before
    assert uploaded(api, second, tmp_path)[1].grants == 5


def test_a_cancelled_sync_stops_and_frees_its_slot(api, serve, team):
    team.gate.clear()
    api.tasks.heartbeat_seconds = 0.01
    task_id = api.tasks.add(**full())
    serve(team, concurrency=1)
    assert team.reached.wait(20)
    api.faults.cancelled.add(task_id)
    result = api.tasks.result(task_id)
    assert (result.status.code, result.error.non_retryable) == (Status.CANCELLED.value, False)
    assert "ConductorOne cancelled the task" in result.status.message
    second = api.tasks.add(hello=pb.Task.HelloTask())
    api.tasks.wait(lambda state: second in {hello.task_id for hello in state.hellos})


def test_a_sync_that_the_server_forgot_stops(api, serve, team):
    team.gate.clear()
    api.tasks.heartbeat_seconds = 0.01
    task_id = api.tasks.add(**full())
    service = serve(team)
    assert team.reached.wait(20)
    api.faults.forgotten.add(task_id)
    api.tasks.wait(lambda state: state.calls["FinishTask"] == 1)
    assert service.stop() is None
    assert api.tasks.uploads == {}


def test_a_sync_survives_heartbeats_that_fail(api, serve, team):
    team.gate.clear()
    api.tasks.heartbeat_seconds = 0.01
    task_id = api.tasks.add(**full())
    serve(team)
    assert team.reached.wait(20)
    api.faults.fail("Heartbeat", Status.UNAVAILABLE)
    before = api.tasks.heartbeats[task_id]
    api.tasks.wait(lambda state: state.heartbeats[task_id] > before)
    team.gate.set()
    assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS


def test_a_sync_is_given_up_after_nine_heartbeats_in_a_row(api, serve, team):
    team.gate.clear()
    api.tasks.heartbeat_seconds = 0.01
    task_id = api.tasks.add(**full())
    serve(team)
    assert team.reached.wait(20)
    api.faults.fail("Heartbeat", Status.INTERNAL, times=9)
    result = api.tasks.result(task_id)
    assert (result.status.code, result.error.non_retryable) == (Status.CANCELLED.value, False)
    assert "9 heartbeats in a row failed" in result.status.message


def test_a_first_heartbeat_that_is_refused_fails_the_task(api, serve, team):
    api.faults.fail("Heartbeat", Status.INTERNAL, "out of order")
    task_id = api.tasks.add(**full())
    serve(team)
    result = api.tasks.result(task_id)
    assert (result.status.code, result.status.message) == (Status.INTERNAL.value, "out of order")
    assert team.calls == []


@pytest.mark.parametrize("status", [None, Status.UNAVAILABLE, Status.INTERNAL], ids=str)
def test_an_interrupted_upload_is_repeated(api, serve, tmp_path, status):
    if status is None:
        api.faults.drop("UploadAsset", after_messages=1)
    else:
        api.faults.fail("UploadAsset", status)
    task_id = api.tasks.add(**full())
    serve()
    assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS
    assert uploaded(api, task_id, tmp_path)[1].grants == 5


def test_a_file_that_was_not_uploaded_is_uploaded_when_its_task_comes_again(api, serve, tmp_path, team):
    api.faults.fail("UploadAsset", Status.PERMISSION_DENIED, "not now")
    task_id = api.tasks.add(**full())
    serve(team)
    result = api.tasks.result(task_id)
    assert (result.status.code, result.error.non_retryable) == (Status.PERMISSION_DENIED.value, False)
    team.calls.clear()
    again = pb.Task(id=task_id, **full())
    api.tasks.change(lambda: (api.tasks.results.clear(), api.tasks.waiting.append(again)))
    assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS
    assert team.calls == []
    assert uploaded(api, task_id, tmp_path)[1].grants == 5
    assert leftovers(tmp_path) == []


def test_a_task_that_asks_for_it_gets_the_debug_log_too(api, serve, tmp_path):
    task_id = api.tasks.add(debug=True, **full())
    serve()
    assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS
    content, log = api.tasks.uploads[task_id]
    assert content[:4] == b"C1ZF"
    assert b"INFO Synced " in log
    assert leftovers(tmp_path) == []


def test_two_syncs_of_one_scope_run_one_after_the_other(api, serve, team):
    team.gate.clear()
    first, second = api.tasks.add(**full()), api.tasks.add(**full())
    serve(team)
    assert team.reached.wait(20)
    api.tasks.wait(lambda state: state.heartbeats[second] > 0)
    assert team.calls.count(("list_grants", None)) == 1
    team.gate.set()
    for task_id in (first, second):
        assert api.tasks.result(task_id).WhichOneof("final_state") == SUCCESS
    assert team.calls.count(("list_grants", None)) == 2


def test_a_sync_that_waits_for_another_one_stops_too(api, serve, team):
    team.gate.clear()
    first, second = api.tasks.add(**full()), api.tasks.add(**full())
    service = serve(team)
    assert team.reached.wait(20)
    api.tasks.wait(lambda state: state.heartbeats[second] > 0)
    assert service.stop() is None
    for task_id in (first, second):
        assert api.tasks.results[task_id].status.code == Status.CANCELLED.value
