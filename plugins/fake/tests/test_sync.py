"""The connector under the host's command: faults, death, and what is said of them."""

import json
import os

import pytest
from forked_commands import run_forked

SIZES = ["--users", "30", "--groups", "5", "--members", "12", "--nested", "2", "--page-size", "5"]


@pytest.fixture
def sync(tmp_path):
    """Run `connector-host sync fake` in a folder of its own."""

    def run(*arguments):
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("BATON_", "CONNECTOR_"))}
        return run_forked(["sync", "fake", *arguments], environ=environ, cwd=tmp_path)

    return run


@pytest.fixture
def grants(tmp_path):
    """The ids of the grants in the file."""

    def read(name="sync.c1z"):
        done = run_forked(["grants", "-f", name, "-o", "json"], environ=os.environ, cwd=tmp_path)
        return sorted(item["grant"]["id"] for item in json.loads(done.stdout)["grants"])

    return read


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_default_organisation(sync, grants):
    done = sync()
    assert done.returncode == 0, done.stderr
    assert "app:source:read:user:zoe.papadaki" in grants(), "three groups down"
    assert "app:cloud:admin:user:chen.wei" in grants()


def test_faults_that_pass_leave_the_same_rows(sync, grants, faults):
    assert sync(*SIZES, "-f", "plain.c1z").returncode == 0
    group = {"hook": "list_grants", "resource": "group:g000001", "page_token": "5"}
    plan = faults(
        {**group, "kind": "rate_limit", "retry_after": 0.1},
        {**group, "kind": "rate_limit", "retry_after": 0, "attempt": 2},
        {"hook": "list_resources", "type": "user", "kind": "auth_expired", "page_token": "10"},
        {"hook": "list_entitlements", "kind": "latency", "seconds": 0.05, "times": 0},
    )
    done = sync(*SIZES, "--faults", plan)
    assert done.returncode == 0, done.stderr
    assert grants() == grants("plain.c1z")
    assert len(grants()) > 60


def test_a_fault_that_never_happened_fails_the_run(sync, faults, tmp_path):
    done = sync(*SIZES, "--faults", faults({"hook": "list_grants", "resource": "group:none", "kind": "unavailable"}))
    assert done.returncode == 2
    assert "planned fault never fired: [0] unavailable at list_grants resource='group:none'" in done.stderr


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ({"kind": "permanent"}, 70, "RuntimeError"),
        ({"kind": "wrong_type"}, 70, "it is dict, not Grant"),
        ({"kind": "looping_token", "length": 3}, 70, "loop:0:3"),
        ({"kind": "not_permitted"}, 6, "list_grants"),
        ({"kind": "auth_expired", "times": 2}, 3, "list_grants"),
    ],
)
def test_faults_that_end_the_run(sync, faults, tmp_path, fault, code, said):
    words = (*SIZES, "--strict", "--faults", faults({"hook": "list_grants", "resource": "group:g000003", **fault}))
    done = sync(*words)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert said in done.stderr
    assert not (tmp_path / "sync.c1z").exists()


def test_killed_and_taken_up_again(sync, grants, faults, tmp_path):
    assert sync(*SIZES, "-f", "plain.c1z").returncode == 0
    plan = faults({"hook": "list_grants", "resource": "group:g000002", "page_token": "5", "kind": "kill"})
    # calls of more than 5 ms are stored at once, quicker ones up to 0.1 s later
    killed = sync(*SIZES, "--workers", "1", "--latency", "0.01", "--faults", plan, "--calls", "first")
    assert killed.returncode == -9
    assert not (tmp_path / "sync.c1z").exists()
    done = sync(*SIZES, "--workers", "1", "--calls", "second")
    assert done.returncode == 0, done.stderr
    assert grants() == grants("plain.c1z")

    def listed(name):
        return [
            (one["hook"], one["type"], one["resource"], one["page_token"])
            for one in lines(tmp_path / name)
            if one["hook"].startswith("list_")
        ]

    twice = set(listed("first")) & set(listed("second"))
    assert ("list_grants", "group", "group:g000002", "5") in twice
    assert len(twice) <= 2, "only pages in flight are fetched again"


def test_another_content_of_the_scenario_is_another_sync(sync, faults, scenario_file, small, tmp_path):
    plan = faults({"hook": "list_grants", "kind": "kill"})
    assert sync("--scenario", str(scenario_file(**small)), "--faults", plan).returncode == -9
    small["resources"][0]["display_name"] = "Changed meanwhile"
    done = sync("--scenario", str(scenario_file(**small)))
    assert done.returncode == 0, done.stderr
    assert "An unfinished sync was moved to" in done.stderr
    assert "resumed" not in done.stderr


def test_odd_data_is_counted_and_not_fatal(sync, grants, scenario_file, small):
    member = "group:g1:member"
    small["grants"] += [
        small["grants"][0],
        {"entitlement": member, "principal": {"type": "user", "id": "nobody"}},
        {"entitlement": member, "principal": {"type": "robot", "id": "r2"}},
    ]
    done = sync("--scenario", str(scenario_file(**small)))
    assert done.returncode == 0, done.stderr
    assert grants() == [
        "box:b1:open:user:bob",
        "group:g1:member:group:g2",
        "group:g1:member:user:ann",
        "group:g1:member:user:nobody",
    ]
    assert "robot" in done.stderr + done.stdout
