"""`connector-host plugins`: what is there, what it can do, what is broken and why."""

import csv
import io
import json

from connector_host.plugins.discovery import OBSERVERS

ABLE = """
from connector_host import *
@hookimpl
def connector_info(): return ConnectorInfo("Able", api=1, summary="Can do things.")
@hookimpl
def list_resource_types(): return []
@hookimpl
def list_grants(resource): return []
@hookimpl
def grant(principal): ...
@hookimpl
def delete_resource(resource): ...
"""


def fill(site):
    site.add("able", ABLE, version="2.1", summary="Not this line.")
    site.add("broken", "import nothing_here", version="0.3")
    site.add("typo", ABLE.replace("list_grants", "list_grant"))
    site.add("future", ABLE.replace("api=1", "api=99"))
    site.add("one-dist", points=["same = one_dist"])
    site.add("two-dist", points=["same = two_dist"])
    site.add("watch", "1/0", group=OBSERVERS)


def of_site(found):
    names = {"able", "broken", "typo", "future", "same"}
    return {one["name"]: one for one in found["connectors"] if one["name"] in names}


def test_json_says_what_each_can_do_and_why_others_are_broken(site):
    fill(site)
    done = site.run("plugins", "-o", "json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    able, *_ = [of_site(found)["able"]]
    assert able == {
        "name": "able",
        "version": "2.1",
        "distribution": "able",
        "summary": "Can do things.",
        "capabilities": ["sync", "delete_resource", "grant"],
        "problem": "",
        "hint": "",
    }
    problems = {name: one["problem"] for name, one in of_site(found).items()}
    assert "No module named 'nothing_here'" in problems["broken"]
    assert "no hook 'list_grant'" in problems["typo"]
    assert of_site(found)["typo"]["hint"] == "Did you mean list_grants?"
    assert "host API 99" in problems["future"]
    assert "one-dist 1.0 and two-dist 1.0" in problems["same"]
    assert "ZeroDivisionError" in found["observers"][0]["problem"]


def test_people_read_what_each_can_do_and_why_others_are_broken(site):
    fill(site)
    done = site.run("plugins")
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    start = lines.index("able 2.1 (able)")
    assert lines[start + 1 : start + 4] == ["  Can do things.", "  can: sync, delete_resource, grant", ""]
    start = lines.index("broken 0.3 (broken)")
    assert lines[start + 1].startswith("  BROKEN: broken (broken 0.3) cannot be imported: No module named")
    assert "Reinstall it" in lines[start + 2]
    start = lines.index("typo 1.0 (typo)")
    assert lines[start + 2] == "  Did you mean list_grants?"
    assert "observer watch 1.0 (watch)" in lines


def test_what_no_type_declares_is_not_what_it_can_do(site):
    able = ABLE.replace("return []", "return [ResourceType('user', can=frozenset({Can.DELETE}))]", 1)
    site.add("able", able)
    site.add("shy", able.replace("list_resource_types():", "list_resource_types(session):\n    session.nothing\n   "))
    found = {one["name"]: one for one in json.loads(site.run("plugins", "-o", "json").stdout)["connectors"]}
    assert found["able"]["capabilities"] == ["sync", "delete_resource"]
    assert found["shy"]["capabilities"] == ["sync", "delete_resource", "grant"]  # its types are not known


def test_other_formats(site):
    fill(site)
    rows = list(csv.DictReader(io.StringIO(site.run("plugins", "-o", "csv").stdout)))
    assert {row["name"]: row["kind"] for row in rows}.items() >= {"able": "connector", "watch": "observer"}.items()
    records = [json.loads(line) for line in site.run("plugins", "-o", "jsonl").stdout.splitlines()]
    assert len(records) == len(rows)


def test_check_is_for_scripts(site):
    site.add("able", ABLE)
    assert site.run("plugins", "--check", environ={"CONNECTOR_HOST_PLUGINS": "able"}).returncode == 0
    site.add("broken", "1/0")
    done = site.run("plugins", "--check", environ={"CONNECTOR_HOST_PLUGINS": "able,broken"})
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout


def test_without_any_it_says_how_to_get_one(site):
    done = site.run("plugins", environ={"CONNECTOR_HOST_PLUGINS": "none"})
    assert done.returncode == 0
    assert "pip install connector-host-fake" in done.stdout
    assert (
        "pip install connector-host-fake"
        in site.run("sync", "--help", environ={"CONNECTOR_HOST_PLUGINS": "none"}).stdout
    )
