"""The command line at the foot of each page gives the rows of the page, whatever its filters."""

import csv
import html
import io
import json
import re
import shlex
import shutil
import subprocess

import pytest

commands = pytest.importorskip("connector_host.explore.equivalent_commands", reason="needs the extra explore")
HOSTILE = "-x 'q\" $(id) `id` \\ & <b>"


def of_thing(one):
    found = one["resource"]["id"] if "resource" in one else one["id"]
    return f"{found['resourceType']}:{found['resource']}"


# page kind: (how the command's jsonl records name a row, how the page's json names it)
READ = {
    "resources": (of_thing, lambda row: row["id"]),
    "principals": (of_thing, lambda row: row["id"]),
    "entitlements": (lambda one: one["entitlement"]["id"], lambda row: row["id"]),
    "grants": (
        lambda one: (of_thing(one["principal"]), one["entitlement"]["id"]),
        lambda row: (row["principal_id"], row["entitlement_id"]),
    ),
    "principal": (
        lambda one: (one["resourceId"], one["entitlementId"], one["direct"]),
        lambda row: (row["resource_id"], row["entitlement_id"], row["held"].startswith("direct")),
    ),
    "matrix": (
        lambda one: (one["principalId"], {key: ", ".join(slugs) for key, slugs in one["held"].items()}),
        lambda row: (row["principal_id"], {key: text for key, text in row.items() if ":" in key and text}),
    ),
    "changes": (
        lambda one: (one["section"], one["change"], one["id"], one["name"]),
        lambda row: (row["section"], row["change"], row["id"], row["name"]),
    ),
    "overview": (lambda one: (one["finding"], one["count"]), lambda row: (row["finding"], row["count"])),
}
READ["resource"] = READ["entitlement"] = READ["grants"]
BY_RESOURCE = (
    lambda one: (one["principal"]["id"], ", ".join(one["levels"]), len(one["grants"])),
    lambda row: (row["principal_id"], row["access"], int(row["grants"])),
)

ASKED = [
    ("overview", {}),
    ("resources", {}),
    ("resources", {"q": "example.com"}),
    ("resources", {"type": "group", "sort": "holders", "desc": "1"}),
    ("resources", {"missing": "1"}),
    ("resources", {"q": HOSTILE, "sort": "id"}),
    ("principals", {}),
    ("principals", {"q": "bob", "sort": "mail"}),
    ("principals", {"type": "user", "sort": "held", "desc": "1"}),
    ("principals", {"state": "disabled"}),
    ("principals", {"account": "guest"}),
    ("principals", {"holding": "none"}),
    ("principals", {"holding": "any", "type": "user", "sort": "name", "desc": "1"}),
    ("entitlements", {}),
    ("entitlements", {"q": "payroll"}),
    ("entitlements", {"type": "app", "sort": "holders", "desc": "1"}),
    ("entitlements", {"type": "app", "on": "a1", "sort": "name"}),
    ("entitlements", {"show": "privileged"}),
    ("entitlements", {"show": "unheld"}),
    ("entitlements", {"show": "missing"}),
    ("grants", {}),
    ("grants", {"q": "payroll", "sort": "what"}),
    ("grants", {"type": "app", "sort": "who", "desc": "1"}),
    ("grants", {"show": "privileged"}),
    ("grants", {"rows": "resource"}),
    ("grants", {"rows": "resource", "q": "payroll", "sort": "what", "desc": "1"}),
    ("grants", {"holder_type": "user", "holder": "u1", "type": "app", "on": "a1"}),
    ("resource", {"type": "app", "id": "a1", "rows": "resource"}),
    ("grants", {"show": "disabled"}),
    ("grants", {"q": "nobody at all"}),
    ("principal", {"type": "user", "id": "u1"}),
    ("principal", {"type": "user", "id": "u1", "q": "write"}),
    ("principal", {"type": "user", "id": "gone"}),
    ("resource", {"type": "app", "id": "a1"}),
    ("resource", {"type": "app", "id": "a1", "q": "bob", "sort": "who", "desc": "1"}),
    ("resource", {"type": "app", "id": "gone"}),
    ("entitlement", {"id": "app:a1:read"}),
    ("entitlement", {"id": "app:a1:read", "q": "ada"}),
    ("entitlement", {"id": "app:gone:read"}),
    ("matrix", {}),
    ("matrix", {"q": "ada", "type": "app"}),
    ("matrix", {"who": "*", "across": "2"}),
    ("matrix", {"who": "group"}),
    ("changes", {}),
    ("changes", {"section": "Grants", "mark": "added"}),
    ("changes", {"q": "eve"}),
]


@pytest.fixture
def site(pages, organisation, make_c1z):
    """Two files: the newer one lacks things that its grants name, and has odd names and many resources."""
    before = make_c1z(organisation, name="before.c1z", ids=["earlier"], ended_at="2025-12-01 10:00:01")
    m = organisation.m
    organisation.resources.append(m.Resource(m.ResourceId("user", "eve"), HOSTILE, traits=(m.UserTrait(),)))
    guest = m.Resource(m.ResourceId("user", "g"), "Guest", traits=(m.UserTrait(),), profile={"type": "guest"})
    organisation.resources.append(guest)
    for number in range(14):
        organisation.resources.append(m.Resource(m.ResourceId("app", f"n{number}"), f"N {number}"))
        organisation.entitlements.append(organisation.entitlement("app", f"n{number}", "admin"))
    organisation.grants.append(organisation.grant("app:n3:admin", "user", "eve"))
    organisation.grants.append(organisation.grant("app:n3:admin", "user", "g"))
    organisation.grants.append(organisation.grant("app:a1:write", "user", "gone"))
    organisation.grants.append(organisation.grant("app:gone:read", "user", "u3"))
    return pages(paths=[before, make_c1z(organisation, name="it's new.c1z")])


def shown(site, name, given):
    """The command line that a page shows, as words."""
    found = re.search(r"<code[^>]*>(.*?)</code>", site.get(name, **given).text, re.S)
    return shlex.split(html.unescape(found[1]))[1:]


@pytest.mark.parametrize("name", READ)
def test_the_command_line_of_a_page_gives_its_rows(site, ask, name):
    for given in [given for of, given in ASKED if of == name]:
        of_command, of_page = BY_RESOURCE if given.get("rows") else READ[name]
        rows = json.loads(site.get(f"{name}.json", **given).text)["rows"]
        told = ask(*shown(site, name, given), "-o", "jsonl")
        assert told.code == 0, told.err
        mine, theirs = [of_command(one) for one in told.records], [of_page(row) for row in rows]
        if "sort" in given:
            assert mine == theirs
        assert sorted(mine, key=repr) == sorted(theirs, key=repr), given


def test_an_order_that_a_list_does_not_have_is_no_part_of_the_line(site, ask):
    for name in ("principals", "resources", "entitlements", "grants", "types"):
        words = shown(site, name, {"sort": "odd; drop", "desc": "1"})
        assert not any(word.startswith("--sort") for word in words)
        assert ask(*words, "-o", "csv").code == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_shell_reads_the_command_line_as_it_is_meant(site):
    text = f"{HOSTILE}\u202e\n\x1b\\"
    line = commands.equivalent_command(site.files.first, "grants", text=text)
    assert line.isprintable()
    run = f"connector-host() {{ printf '%s\\0' \"$@\"; }}\n{line}"
    done = subprocess.run(["bash", "-c", run], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert done.stdout.decode().split("\0")[-2] == f"--text={text}"


def test_the_filters_of_these_pages_fit_something_and_not_everything(site):
    """So that the comparison compares something."""
    for name in READ:
        totals = {json.loads(site.get(f"{name}.json", **given).text)["total"] for of, given in ASKED if of == name}
        assert max(totals) > 0
        assert len(totals) > 1 or name == "overview", name


def test_the_types_and_the_paths_are_the_command_s(site, ask):
    for given in ({}, {"q": "gro"}, {"sort": "grants", "desc": "1"}):
        rows = json.loads(site.get("types.json", **given).text)["rows"]
        told = list(csv.reader(io.StringIO(ask(*shown(site, "types", given), "-o", "csv").out)))[1:]
        mine = [[row["id"], str(row["resources"]), str(row["entitlements"]), str(row["grants"])] for row in rows]
        assert mine == told if given.get("sort") else sorted(mine) == sorted(told)
    given = {"type": "user", "id": "u1", "what": "app:a1:read"}
    rows = json.loads(site.get("why.json", **given).text)["rows"]
    told = list(csv.reader(io.StringIO(ask(*shown(site, "why", given), "-o", "csv").out)))[1:]
    assert [row["path"] for row in rows] == [int(row[2]) for row in told]
    assert [row["groups"] for row in rows] == [int(row[3]) for row in told]


@pytest.mark.parametrize(
    "given",
    [{"type": "user", "id": "u1"}, {"type": "app", "id": "a1"}, {"type": "group", "id": "g1"}, {"what": "app:a1:read"}],
)
def test_the_graph_is_the_command_s(site, ask, given):
    words = shown(site, "graph", given)
    drawn = site.get("graph.svg", **given).text
    told = ask(*words, "-o", "svg")
    assert told.out == re.sub(r'<a href="[^"]*">(.*?)</a>', r"<g>\1</g>", drawn)
    rows = json.loads(site.get("graph.json", **given).text)["rows"]
    edges = json.loads(ask(*words, "-o", "opengraph").out)["graph"]["edges"]
    ends = [tuple(edge[end]["value"].removeprefix("entitlement ") for end in ("start", "end")) for edge in edges]
    assert sorted((row["from_id"], row["to_id"]) for row in rows) == sorted(ends)
