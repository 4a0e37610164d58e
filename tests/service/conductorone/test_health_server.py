"""The health endpoint: its paths, its answers, and a port that is taken."""

import json
import socket
import urllib.error
import urllib.request

import pytest

from connector_host.errors import ConfigError
from connector_host.service.conductorone.health_server import HealthAddress, HealthChecks, serving_health


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def read(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
            return answer.status, json.loads(answer.read()), answer.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers["Content-Type"]


@pytest.mark.parametrize(
    ("path", "problem", "ready", "status", "word"),
    [
        ("health", "", True, 200, "healthy"),
        ("health", "the password expired", True, 503, "unhealthy"),
        ("ready", "", True, 200, "ready"),
        ("ready", "", False, 503, "not_ready"),
        ("live", "the password expired", False, 200, "alive"),
        ("other", "", True, 404, "not_found"),
    ],
)
def test_each_path_has_its_answer(path, problem, ready, status, word):
    checks = HealthChecks(lambda: problem, lambda: ready)
    with serving_health(HealthAddress(port=free_port()), checks) as port:
        code, answer, content_type = read(port, path)
    assert (code, answer["status"], content_type) == (status, word, "application/json")
    assert answer["timestamp"].endswith("Z")
    details = {"error": "connector validation failed", "validation_error": problem}
    assert answer.get("details") == (details if word == "unhealthy" else None)


def test_a_port_that_is_taken_is_explained():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = HealthAddress(port=taken.getsockname()[1])
        checks = HealthChecks(lambda: "", lambda: True)
        with pytest.raises(ConfigError, match="cannot listen"), serving_health(address, checks):
            pass


def test_without_an_address_nothing_is_served():
    with serving_health(None, HealthChecks(lambda: "", lambda: True)) as port:
        assert port == 0
