"""`create-resource` against the fake connector."""

import json
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parents[4] / "plugins" / "fake" / "tests" / "whole_types.json"


@pytest.fixture
def create(site, tmp_path):
    scenario = tmp_path / "scenario.json"
    scenario.write_text(SCENARIO.read_text())
    words = ("create-resource", "fake", "--scenario", scenario, "--writable")

    def run(*more):
        return site.run(*words, *more, cwd=tmp_path)

    run.scenario = scenario
    return run


def test_a_resource_is_planned_created_and_found(create, tmp_path):
    words = ("--resource-type", "group", "--name", "New Group", "--parent", "group:g1", "--profile", '{"a": 1}')
    done = create(*words, "--dry-run")
    assert (done.returncode, done.stdout) == (
        0,
        "planned: create the group New Group under group:g1\n  add group:new-group\n",
    )
    assert "new-group" not in create.scenario.read_text()
    done = create(*words, "-o", "json")
    record = json.loads(done.stdout)
    assert (record["outcome"], record["created"]) == ("done", "group:new-group")
    assert "new-group" in create.scenario.read_text()
    assert "already" in create(*words).stdout
    lines = [json.loads(line) for line in (tmp_path / "connector-host-audit.jsonl").read_text().splitlines()]
    assert lines[-1]["action"] == "create_resource"
    assert lines[-1]["parent"] == "group:g1"
    assert "profile" not in lines[-1]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--resource-type", "user", "--name", "X"), 2, "cannot create resources of the type 'user'"),
        (("--resource-type", "group", "--name", " "), 2, "--name is empty"),
        (("--resource-type", "group", "--name", "X", "--parent", "g1"), 2, "'g1' is not an id"),
        (("--resource-type", "group", "--name", "X", "--profile", "[1]"), 2, "--profile: not a JSON object"),
        (("--resource-type", "group", "--name", "X", "--parent", "group:none"), 5, "there is no group:none"),
        (("--resource-type", "group"), 2, "Missing option '--name'"),
    ],
)
def test_what_cannot_be_created(create, words, code, says):
    done = create(*words)
    assert done.returncode == code
    assert says in done.stderr
