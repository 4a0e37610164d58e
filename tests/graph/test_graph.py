"""`graph`: what is drawn is in the file, nothing near is missing, and every format is read back by its own reader."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from connector_host.c1z.opening import open_store
from connector_host.c1z.types import GrantFilter
from connector_host.graph import FORMATS
from connector_host.model import ResourceId
from connector_host.query.access.principal_access import is_direct
from connector_host.query.neighbourhood import (
    GROUPS,
    GraphEdge,
    GraphNode,
    Neighbourhood,
    entitlement_neighbourhood,
    resource_neighbourhood,
)
from connector_host.wire import stored_grants

HOSTILE = '=x"\\<&>]|#;\x1b[31m\u202e\n`-->]]>{}'


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The default organisation of the fake connector, synced."""
    from connector_host.testing import Harness
    from connector_host.testing.sync_runs import rows_and_pages

    path = tmp_path_factory.mktemp("graph") / "sync.c1z"
    rows_and_pages(Harness("fake"), path)
    return path


@pytest.fixture
def view(file):
    with open_store(file) as store:
        yield store.view(store.syncs()[-1])


def everybody(view):
    return sorted({key.principal_id if hasattr(key, "principal_id") else None for key in view.grants()}, key=str)


def test_around_each_principal_every_edge_is_a_grant_and_none_is_missing(view):
    for who in everybody(view):
        graph = resource_neighbourhood(view, who, most=500, members=True)
        assert not graph.left_out
        rows = {
            row.entitlement: is_direct(stored_grants.sources(row.data), row.entitlement)
            for row in view.grants(GrantFilter(principal=who))
        }
        ends = {one.id for one in graph.nodes.values() if one.kind == "entitlement"}
        groups = {one.key for one in graph.nodes.values() if one.layer == GROUPS}
        for entitlement, direct in rows.items():
            on = entitlement.rpartition(":")[0]
            assert entitlement in ends or on in groups, (who, entitlement)
            end = on if on in groups else f"entitlement {entitlement}"
            drawn = graph.edges.get((str(who), end))
            assert (drawn is not None and not drawn.inherited) or not direct or end == str(who)
        reached, before = {str(who)}, set()
        while reached != before:
            before = set(reached)
            reached |= {edge.end for edge in graph.edges.values() if edge.start in reached}
        assert {f"entitlement {one}" for one in rows if f"entitlement {one}" in graph.nodes} <= reached


def test_around_each_entitlement_its_holders_are_drawn_or_counted(view):
    for row in view.entitlements():
        graph = entitlement_neighbourhood(view, [row.id], most=500, members=True)
        holders = {str(grant.principal_id) for grant in view.grants(GrantFilter(entitlement=row.id))}
        assert holders <= set(graph.nodes) | {f"{row.resource_type}:{row.resource}"}, row.id
        collapsed = entitlement_neighbourhood(view, [row.id], most=500)
        shown = set(collapsed.nodes).union(*collapsed.behind.values())
        assert holders <= shown | {f"{row.resource_type}:{row.resource}"}


def test_what_there_is_no_room_for_is_counted(view):
    busiest = max(
        (row.id for row in view.entitlements()),
        key=lambda one: sum(1 for _ in view.grant_keys(GrantFilter(entitlement=one))),
    )
    graph = entitlement_neighbourhood(view, [busiest], most=2, members=True)
    whole = entitlement_neighbourhood(view, [busiest], most=500, members=True)
    assert sum(map(len, graph.left_out.values())) > 0
    named = set(graph.nodes).union(*graph.left_out.values())
    assert named <= set(whole.nodes)  # who stands behind a group that is left out is left out with it
    assert all(sum(one.layer == layer for one in graph.nodes.values()) <= 2 for layer in range(4))
    assert re.search(r"\(\+\d+ more\)", FORMATS["svg"](graph))
    assert re.search(r'"\+\d+ more"', FORMATS["mermaid"](graph))
    assert re.search(r'"\+\d+ more"', FORMATS["dot"](graph))


@pytest.fixture(scope="module")
def unexpanded(tmp_path_factory):
    """The same, without what expansion derives."""
    from connector_host.cli.main import main

    path = tmp_path_factory.mktemp("graph") / "sync.c1z"
    assert main(["--log-level", "error", "sync", "fake", "--skip-grant-expansion", "-f", str(path)]) == 0
    return path


def same(one, other):
    return (
        set(one.nodes.values()) == set(other.nodes.values())
        and set(one.edges.values()) == set(other.edges.values())
        and one.behind == other.behind
    )


@pytest.mark.parametrize("members", [False, True])
def test_a_sync_that_was_not_expanded_is_drawn_as_it_would_be_and_that_is_said(view, unexpanded, members):
    said = 0
    with open_store(unexpanded) as store:
        other = store.view(store.syncs()[-1])
        for row in view.resources():
            who = ResourceId(row.resource_type, row.id.removeprefix(f"{row.resource_type}:"))
            drawn = resource_neighbourhood(other, who, most=500, members=members)
            assert same(drawn, resource_neighbourhood(view, who, most=500, members=members)), who
            assert not resource_neighbourhood(view, who, most=500, members=members).inferred
            said += drawn.inferred
        for row in view.entitlements():
            drawn = entitlement_neighbourhood(other, [row.id], most=500, members=members)
            assert same(drawn, entitlement_neighbourhood(view, [row.id], most=500, members=members)), row.id
            said += drawn.inferred
    assert said > 10


def test_what_is_not_looked_at_is_said(view):
    graph = entitlement_neighbourhood(view, ["app:source:read"], most=500, members=True, look=3)
    assert graph.cut
    assert not entitlement_neighbourhood(view, ["app:source:read"], most=500, members=True).cut


def test_keys_that_a_format_would_write_alike_stay_apart():
    graph = Neighbourhood("x", 9)
    for number, key in enumerate(("user:bob", "user:Bob", "user:a\n", "user:a\\n")):
        graph.add(GraphNode(key, number % 2, key, "user", key))
    graph.connect(GraphEdge("user:bob", "user:Bob"))
    graph.connect(GraphEdge("user:a\n", "user:a\\n"))
    capitals = {node["id"].upper() for node in json.loads(FORMATS["opengraph"](graph))["graph"]["nodes"]}
    assert len(capitals) == 4
    assert of_graphml(FORMATS["graphml"](graph)) == (4, 2)
    named = re.findall(rf"^    ({STRING}) \[", FORMATS["dot"](graph), re.M)
    assert len(set(named)) == 4


def hostile():
    graph = Neighbourhood(HOSTILE, 9)
    for number in range(3):
        graph.add(GraphNode(f"k{number}{HOSTILE}", number, HOSTILE, HOSTILE, HOSTILE, number == 0))
    graph.connect(GraphEdge(f"k0{HOSTILE}", f"k1{HOSTILE}", HOSTILE, inherited=True, privileged=True))
    graph.connect(GraphEdge(f"k1{HOSTILE}", f"k2{HOSTILE}", HOSTILE))
    graph.connect(GraphEdge(f"k2{HOSTILE}", f"k1{HOSTILE}", "back"))
    return graph


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_break_no_format(form):
    text = FORMATS[form](hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text or form == "opengraph"  # data, where names stay as they are
    assert READ[form](text) == (3, 3)


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_read_back(view, form):
    for who in everybody(view)[:6]:
        graph = resource_neighbourhood(view, who, most=500)
        text = FORMATS[form](graph)
        assert READ[form](text) == (len(graph.nodes), len(graph.edges))
        assert FORMATS[form](graph) == text


def of_svg(text):
    root = ElementTree.fromstring(text)
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "script" not in names
    lines = [element for element in root.iter("{http://www.w3.org/2000/svg}path") if len(element)]
    assert names.count("path") == len(lines) + 3  # those of the legend have no title
    return names.count("rect"), len(lines)


def of_graphml(text):
    root = ElementTree.fromstring(text)
    space = "{http://graphml.graphdrawing.org/xmlns}"
    ids = {node.get("id") for node in root.iter(f"{space}node")}
    edges = list(root.iter(f"{space}edge"))
    assert {end for edge in edges for end in (edge.get("source"), edge.get("target"))} <= ids
    keys = {key.get("id") for key in root.iter(f"{space}key")}
    assert {data.get("key") for data in root.iter(f"{space}data")} <= keys
    return len(ids), len(edges)


def of_opengraph(text):
    whole = json.loads(text)
    ids = {node["id"] for node in whole["graph"]["nodes"]}
    for edge in whole["graph"]["edges"]:
        assert {edge["start"]["value"], edge["end"]["value"]} <= ids
        assert re.fullmatch("[A-Za-z0-9_]+", edge["kind"])
        assert {edge["start"]["match_by"], edge["end"]["match_by"]} == {"id"}
        assert all(isinstance(value, str | int | bool) for value in edge["properties"].values())
    for node in whole["graph"]["nodes"]:
        assert 1 <= len(node["kinds"]) <= 3
        assert all(re.fullmatch("[A-Za-z0-9_]+", kind) for kind in node["kinds"])
        assert node["id"]
        assert all(isinstance(value, str | int | bool) for value in node["properties"].values())
    return len(ids), len(whole["graph"]["edges"])


STRING = r'"(?:[^"\\]|\\.)*"'


def of_dot(text):
    lines = text.splitlines()
    assert re.fullmatch(rf"digraph {STRING} {{", lines[0])
    assert lines[-1] == "}"
    nodes = [line for line in lines if re.fullmatch(rf"    {STRING} \[label={STRING}(, penwidth=2)?\];", line)]
    edges = [
        line
        for line in lines
        if re.fullmatch(rf"  {STRING} -> {STRING} \[label={STRING}(, style=dashed)?(, penwidth=3)?\];", line)
    ]
    others = [line for line in lines[1:-1] if line not in nodes and line not in edges]
    legend = '  label="solid: direct; dashed: inherited; thick: privileged"; labelloc=b;'
    assert legend in others
    assert set(others) <= {legend, "  rankdir=LR;", "  node [shape=box];", "  { rank=same;", "  }"}
    return len(nodes), len(edges)


def of_mermaid(text):
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    nodes = [line for line in lines if re.fullmatch(r'    n\d+\["[^"]*"\]', line)]
    edges = [line for line in lines if re.fullmatch(r'  n\d+ (-\.->|==>|-->)(\|"[^"|]*"\|)? n\d+', line)]
    return len(nodes), len(edges)


READ = {"svg": of_svg, "graphml": of_graphml, "opengraph": of_opengraph, "dot": of_dot, "mermaid": of_mermaid}


def test_the_command(site, file, unexpanded):
    done = site.run("graph", "zoe.papadaki", "-f", file)
    assert done.returncode == 0, done.stderr
    words = [element.text for element in ElementTree.fromstring(done.stdout).iter() if element.tag.endswith("text")]
    assert words[-3:] == ["direct", "inherited", "privileged"]
    assert of_svg(done.stdout)[0] > 5
    done = site.run("graph", "app:source:read", "-f", file, "-o", "opengraph", "--members", "--most", "3")
    assert of_opengraph(done.stdout)[0] > 3
    assert "Not drawn: " in done.stderr
    done = site.run("graph", "zoe.papadaki", "-f", unexpanded, "--look", "1")
    assert "was not expanded" in done.stderr
    done = site.run("graph", "nobody at all", "-f", file)
    assert done.returncode == 5
    assert "nobody at all" in done.stderr


def test_no_label_is_written_over_another():
    from connector_host.graph.layered_svg import EdgeLine, NodeBox, draw_layers

    boxes = [NodeBox(f"u{n}", 0, f"Person {n}") for n in range(3)] + [
        NodeBox(f"g{n}", 1, f"Group {n}") for n in range(3)
    ]
    boxes += [NodeBox(f"v{n}", 2, f"Vault {n}") for n in range(4)]
    lines = [
        EdgeLine(f"{kind}{start}", f"v{end}", label=f"view items, {kind}{start}{end}")
        for kind in "ug"
        for start in range(3)
        for end in range(4 if kind == "u" else 2)
    ]
    drawing = draw_layers("Title", ("People", "Groups", "Vaults"), boxes, lines)
    places = re.findall(r'<text class="g-label"[^>]* x="([-0-9.]+)" y="([-0-9.]+)"', drawing)
    assert len(places) == len(lines)
    assert len(set(places)) == len(lines)
