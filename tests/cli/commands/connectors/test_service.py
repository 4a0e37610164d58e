"""`connector-host service` as a process: a task to its end, a kill and the sync after it, a stop, and wrong settings."""

import os
import signal
import subprocess
import sys
import time

import pytest

from connector_host.service.stand_in.api_server import ApiStandIn
from connector_host.wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb

FULL = {"sync_full": pb.Task.SyncFullTask()}


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    with ApiStandIn(tmp_path_factory.mktemp("stand-in")) as server:
        yield server


@pytest.fixture
def api(stand_in, monkeypatch, tmp_path):
    """The stand-in, and the variables that a service needs to work for it."""
    stand_in.reset()
    monkeypatch.setenv("BATON_CLIENT_ID", stand_in.client_id)
    monkeypatch.setenv("BATON_CLIENT_SECRET", stand_in.client_secret)
    monkeypatch.setenv("BATON_C1Z_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(stand_in.authority_file))
    return stand_in


@pytest.fixture
def start(tmp_path):
    """Start `connector-host service fake` with options; the process is killed after the test."""
    processes = []

    def run(*options):
        log = (tmp_path / f"service-{len(processes)}.log").open("w+")
        words = [sys.executable, "-m", "connector_host", "service", "fake", *options]
        processes.append((subprocess.Popen(words, stdout=log, stderr=log), log))
        return processes[-1]

    yield run
    for process, log in processes:
        process.kill()
        process.wait()
        log.close()


def text_of(log):
    log.seek(0)
    return log.read()


def test_a_sync_of_a_killed_service_is_resumed_by_the_next(api, start, tmp_path):
    sizes = ("--users", "20", "--groups", "30", "--members", "3", "--latency", "0.1")
    first_task = api.tasks.add(**FULL)
    process, log = start(*sizes)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("connector-host-service-*/.sync-*.c1z.work/state.json")):
        assert time.monotonic() < deadline, text_of(log)
        time.sleep(0.02)
    time.sleep(0.3)
    process.kill()
    process.wait()
    api.tasks.hand_again(first_task)
    process, log = start(*sizes, "--health-check", "--health-check-port", str(19000 + os.getpid() % 10000))
    result = api.tasks.result(first_task, seconds=60)
    assert result.WhichOneof("final_state") == "success", text_of(log)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, text_of(log)
    told = text_of(log)
    assert "(resumed)" in told
    assert "Tasks performed: 1" in told
    assert api.client_secret.rpartition(":")[2] not in told
    assert list(tmp_path.glob("connector-host-service-*/*")) == []


def test_a_service_needs_its_credentials(ask, api, monkeypatch):
    monkeypatch.delenv("BATON_CLIENT_SECRET")
    answer = ask("service", "fake")
    assert (answer.code, "client-secret is required" in answer.err) == (2, True)


def test_a_damaged_secret_is_refused_and_not_shown(ask, api, monkeypatch):
    monkeypatch.setenv("BATON_CLIENT_SECRET", "secret-token:x:v1:c2VjcmV0LXZhbHVl")
    answer = ask("service", "fake")
    assert (answer.code, "invalid client secret" in answer.err, "c2VjcmV0" in answer.err) == (2, True, False)


def test_a_wrong_secret_is_an_error_of_the_sign_in(ask, api):
    api.faults.token_status = 401
    answer = ask("service", "fake")
    assert (answer.code, "401" in answer.err) == (3, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--task-concurrency", "0"), "0 is not a number from 1 to 50"),
        (("--health-check-port", "99999"), "99999 is not a port"),
        (("--storage-engine", "other"), "not one of sqlite, pebble"),
    ],
)
def test_a_wrong_option_is_named(ask, api, options, words):
    answer = ask("service", "fake", *options)
    assert (answer.code, words in answer.err) == (2, True)


def test_an_api_host_that_is_no_host_is_named(ask, api, monkeypatch):
    monkeypatch.setenv("BATON_C1_API_HOST", "host:x")
    assert "has no valid port" in ask("service", "fake").err


def test_a_connector_with_an_option_of_service_mode_is_refused(ask, api, site):
    site.add(
        "clash",
        """
        from connector_host import *

        @hookimpl
        def connector_info():
            return ConnectorInfo("Clash", api=1)

        @hookimpl
        def connector_options():
            return [Option(name="client-id")]

        @hookimpl
        def list_resource_types():
            return []
        """,
    )
    answer = ask("service", "clash")
    assert (answer.code, "its option --client-id is one of service mode" in answer.err) == (2, True)


def test_help_lists_the_options_of_connector_and_service(ask):
    answer = ask("service", "fake", "--help")
    assert "--task-concurrency" in answer.out
    assert "--scenario" in answer.out


def test_the_stand_in_is_a_program_too(tmp_path):
    """Its variables are those that a service needs; a task is a line of JSON, and so is its result."""
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host.service.stand_in", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        lines = [process.stdout.readline() for _ in range(3)]
        variables = dict(line.removeprefix("export ").strip().replace("'", "").split("=", 1) for line in lines)
        assert set(variables) == {"BATON_CLIENT_ID", "BATON_CLIENT_SECRET", "SSL_CERT_FILE"}
        process.stdin.write('{"wrong": {}}\n{"hello": {}}\n')
        process.stdin.close()
        assert "# not a task: " in process.stdout.read()
    assert process.returncode == 0
