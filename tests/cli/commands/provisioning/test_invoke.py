"""`invoke` against the fake connector, and connectors whose actions break the contract."""

import json
import shutil
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parents[4] / "plugins" / "fake" / "tests" / "whole_types.json"


@pytest.fixture
def invoke(site, tmp_path):
    def run(*words, connector="fake"):
        return site.run("invoke", connector, *words, cwd=tmp_path)

    return run


def audit(folder):
    return [json.loads(line) for line in (folder / "connector-host-audit.jsonl").read_text().splitlines()]


def test_actions_are_listed(invoke):
    done = invoke("-o", "json")
    actions = {action["name"]: action for action in json.loads(done.stdout)["actions"]}
    assert set(actions) == {"count", "rename", "report", "write-scenario"}
    assert actions["rename"]["resourceType"] == "group"
    assert actions["count"]["arguments"][0] == {
        "name": "resource-type",
        "type": "str",
        "required": True,
        "description": "Id of the type.",
        "choices": [],
        "secret": False,
    }
    assert "resource-type, minimum?" in invoke().stdout


def test_an_action_that_ends_at_once_is_recorded(invoke, tmp_path):
    done = invoke("--action", "count", "--arguments", '{"resource-type": "organization"}', "-o", "json")
    assert json.loads(done.stdout) == {
        "status": "complete",
        "id": "",
        "values": {"resources": 1},
        "calls": [],
        "message": "",
    }
    begin, end = audit(tmp_path)
    assert (begin["event"], begin["action"], begin["name"]) == ("begin", "invoke_action", "count")
    assert (end["event"], end["outcome"]) == ("end", "complete")


def test_a_failed_action_is_shown_and_has_an_exit_code(invoke, tmp_path):
    done = invoke("--action", "count", "--argument", "resource-type=organization", "--argument", "minimum=5")
    assert done.returncode == 10
    assert done.stdout == "failed: only 1 resources\n"
    assert "the action failed: only 1 resources" in done.stderr
    assert audit(tmp_path)[-1]["outcome"] == "failed"


def test_an_action_that_runs_on_is_waited_for_or_asked_for(invoke):
    done = invoke("--action", "report")
    assert done.returncode == 0
    assert "running (report:default organisation)" in done.stdout
    assert "--status report:default organisation" in done.stdout
    assert "organization: 1" in invoke("--status", "report:default organisation").stdout
    done = invoke("--action", "report", "--wait", "--argument", "token=s3cr3t-t0ken", "-o", "json")
    assert json.loads(done.stdout)["status"] == "complete"
    assert "s3cr3t-t0ken" not in done.stdout + done.stderr
    assert invoke("--status", "report:other").returncode == 5


def test_an_action_of_a_resource_changes_it_unless_it_is_dry(invoke, site, tmp_path):
    shutil.copy(SCENARIO, tmp_path / "s.json")
    assert site.run("sync", "fake", "--scenario", "s.json", "-f", "s.c1z", cwd=tmp_path).returncode == 0
    words = ("--scenario", "s.json", "--writable", "-f", "s.c1z", "--action", "rename", "--resource", "group:g1")
    done = invoke(*words, "--argument", "name=Other", "--dry-run")
    assert "planned" in done.stdout
    assert "Other" not in (tmp_path / "s.json").read_text()
    done = invoke(*words, "--argument", "name=Other")
    assert (done.returncode, "complete" in done.stdout) == (0, True)
    assert "Other" in (tmp_path / "s.json").read_text()
    assert audit(tmp_path)[-1]["resource"] == "group:g1"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--action", "cuont"), 2, "Did you mean count?"),
        (("--action", "count"), 2, "resource-type is required"),
        (("--action", "count", "--argument", "x=1"), 2, "has no argument 'x'"),
        (("--action", "count", "--argument", "minimum"), 2, "'minimum' is not NAME=VALUE"),
        (("--action", "count", "--argument", "resource-type=a", "--argument", "minimum=x"), 2, "not a whole number"),
        (("--action", "count", "--arguments", "[1]"), 2, "--arguments: not a JSON object"),
        (("--action", "rename", "--argument", "name=x"), 2, "needs a resource of the type group"),
        (("--argument", "a=b"), 2, "no action is specified"),
    ],
)
def test_what_cannot_be_invoked(invoke, tmp_path, words, code, says):
    done = invoke(*words)
    assert done.returncode == code
    assert says in done.stderr
    assert not (tmp_path / "connector-host-audit.jsonl").exists()


CODE = """
import connector_host as ch

@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Odd", api=ch.HOST_API)

@ch.hookimpl
def list_resource_types():
    return []

@ch.hookimpl
def list_actions():
    return {actions}

@ch.hookimpl
def invoke_action(name):
    return {result}
"""
ONE = '[ch.ActionSchema(name="a")]'


@pytest.mark.parametrize(
    ("actions", "result", "says"),
    [
        ("None", "None", "list_actions of everything returned nothing, not a list of ActionSchema"),
        ('["a"]', "None", "returned a str among the actions"),
        ('[ch.ActionSchema(name="a"), ch.ActionSchema(name="a")]', "None", "the action a twice"),
        ('[ch.ActionSchema(name="")]', "None", "an action without a name"),
        ('[ch.ActionSchema(name="a", arguments=("x",))]', "None", "an argument of a is a str, not an Option"),
        (ONE, "None", "invoke_action of a returned nothing, not an ActionResult"),
        (ONE, 'ch.ActionResult(status="good")', "with the status 'good'"),
        (ONE, "ch.ActionResult(status=ch.ActionStatus.RUNNING)", "a running action without an id"),
        (ONE, "1 / 0", "invoke_action of a failed: ZeroDivisionError"),
    ],
)
def test_an_action_that_breaks_the_contract_is_a_defect_of_the_connector(site, tmp_path, actions, result, says):
    site.add("odd", CODE.format(actions=actions, result=result))
    done = site.run("invoke", "odd", "--action", "a", cwd=tmp_path)
    assert done.returncode == 70
    assert says in done.stderr
    done = site.run("invoke", "odd", "--action", "a", "--dry-run", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot do a dry run of invoke_action" in done.stderr


def test_capabilities_name_actions(site):
    assert "CAPABILITY_ACTIONS" in site.run("capabilities", "fake").stdout
    assert "CAPABILITY_ACTIONS" not in site.run("capabilities", "localhost").stdout


def test_the_advice_for_the_read_only_organisation_leads_to_a_change(invoke, site, tmp_path):
    """Do as the errors say, step by step, with the file that was synced before."""
    assert site.run("sync", "fake", cwd=tmp_path).returncode == 0
    revoke = ("revoke", "fake", "--grant", "group:leadership:member:user:amara.okafor", "--yes")
    refused = site.run(*revoke, cwd=tmp_path)
    assert refused.returncode == 4
    assert "the default organisation is read-only" in refused.stderr
    words = ("--action", "write-scenario", "--argument", "file=larkfield.json")
    assert " ".join(words) in " ".join(refused.stderr.split())
    assert "--scenario larkfield.json --writable" in " ".join(refused.stderr.split())
    planned = invoke(*words, "--dry-run")
    assert (planned.returncode, (tmp_path / "larkfield.json").exists()) == (0, False), planned.stderr
    assert invoke(*words).returncode == 0
    done = site.run(*revoke, "--scenario", "larkfield.json", "--writable", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("done: revoke Leadership member")
    again = invoke(*words)
    assert again.returncode == 2
    assert "larkfield.json exists already" in again.stderr
