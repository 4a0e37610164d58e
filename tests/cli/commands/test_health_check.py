"""`health-check` asks the endpoint of a service: a sentence and an exit code for each answer."""

import socket

import pytest

from connector_host.service.conductorone.health_server import HealthAddress, HealthChecks, serving_health


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_a_service_that_works_is_silent_success(ask, port):
    with serving_health(HealthAddress(port=port), HealthChecks(lambda: "", lambda: True)):
        for endpoint in ("health", "ready", "live"):
            answer = ask("health-check", "--health-check-port", port, "--endpoint", endpoint)
            assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_a_service_that_does_not_work_says_why(ask, port, monkeypatch):
    monkeypatch.setenv("BATON_HEALTH_CHECK_PORT", str(port))
    monkeypatch.setenv("BATON_HEALTH_CHECK_BIND_ADDRESS", "0.0.0.0")
    with serving_health(HealthAddress(port=port), HealthChecks(lambda: "the password expired", lambda: False)):
        answer = ask("health-check")
    assert answer.code == 10
    assert "health check returned status 503" in answer.err
    assert "the password expired" in answer.err


def test_a_service_that_does_not_run_is_named(ask, port):
    answer = ask("health-check", "--health-check-port", port)
    assert (answer.code, f"health check failed: 127.0.0.1:{port}: Connection refused" in answer.err) == (10, True)


@pytest.mark.parametrize(
    "words", [("--endpoint", "foo"), ("--timeout", "0"), ("--health-check-port", "x")], ids=" ".join
)
def test_a_wrong_option_is_refused(ask, words):
    assert ask("health-check", *words).code == 2
