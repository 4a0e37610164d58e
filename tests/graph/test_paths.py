"""Every path that a graph draws is a path of `why`, with a limit, too."""

from pathlib import Path

import pytest

from connector_host.c1z.opening import open_store
from connector_host.c1z.types import GrantFilter
from connector_host.model import ResourceId
from connector_host.query.access.access_paths import explain_access
from connector_host.query.neighbourhood import (
    ENTITLEMENTS,
    LAYERS,
    PRINCIPALS,
    RESOURCES,
    entitlement_neighbourhood,
    resource_neighbourhood,
)
from connector_host.wire import field_access

CYCLES = Path(__file__).parents[3] / "shared" / "golden" / "scenario-cycles" / "sync.c1z"
ORGANISATIONS = {
    "the default organisation": {},
    "nested groups": {"users": 40, "groups": 16, "members": 6, "nested": 3},
}


@pytest.fixture(scope="module", params=[*ORGANISATIONS, "cycles"])
def view(request, tmp_path_factory):
    if request.param == "cycles":
        if not CYCLES.exists():
            pytest.skip("the golden files are not here")
        path = CYCLES
    else:
        from connector_host.testing import Harness
        from connector_host.testing.sync_runs import rows_and_pages

        path = tmp_path_factory.mktemp("graph") / "sync.c1z"
        rows_and_pages(Harness("fake", ORGANISATIONS[request.param]), path)
    with open_store(path) as store:
        yield store.view(store.syncs()[-1])


def principals(view):
    return sorted({row.principal_id for row in view.grants()}, key=str)


def resource_of(view, entitlement_id):
    data = view.entitlement(entitlement_id)
    if data is None:
        return entitlement_id.rpartition(":")[0]
    return str(field_access.entitlement_resource(data))


def ways(view, principal, entitlement_id):
    """The paths of `why`, as resources; the first is the principal."""
    explained = explain_access(view, principal, entitlement_id, 10_000)
    assert not explained.cut
    for path in explained.reasons:
        held = [path.direct.entitlement, *(edge.target for edge in path.edges)]
        yield (str(principal), *(resource_of(view, one) for one in held))


def drawn(graph, key, before=()):
    """Every path that begins at a node, as node keys, to each node on it."""
    path = (*before, key)
    yield path
    for start, end in graph.edges:
        if start == key and end not in path and graph.nodes[key].layer != ENTITLEMENTS:
            yield from drawn(graph, end, path)


def as_resources(view, graph, path):
    return tuple(
        resource_of(view, graph.nodes[key].id) if graph.nodes[key].layer == ENTITLEMENTS else graph.nodes[key].id
        for key in path
    )


@pytest.mark.parametrize("most", [1, 2, 3, 6, 500])
def test_every_path_from_a_principal_is_one_of_why(view, most):
    for principal in principals(view):
        graph = resource_neighbourhood(view, principal, most=most)
        held = {row.entitlement for row in view.grants(GrantFilter(principal=principal))}
        real = {path for one in held for path in ways(view, principal, one)}
        paths = [path for path in drawn(graph, str(principal)) if len(path) > 1]
        for path in paths:
            assert as_resources(view, graph, path) in real, (most, path)
        if graph.nodes[str(principal)].layer == PRINCIPALS:  # the holders of a group are to its left
            nodes = {key for key, node in graph.nodes.items() if node.layer != RESOURCES}
            assert {key for path in paths for key in path} | {str(principal)} >= nodes, "every node is reached"


@pytest.mark.parametrize("members", [False, True])
@pytest.mark.parametrize("most", [1, 3, 500])
def test_every_path_to_an_entitlement_is_one_of_why(view, most, members):
    everybody = {str(principal): principal for principal in principals(view)}
    for row in view.entitlements():
        graph = entitlement_neighbourhood(view, [row.id], most=most, members=members)
        key = f"entitlement {row.id}"
        people = {
            key for key, node in graph.nodes.items() if node.layer == PRINCIPALS
        }  # a group stands for its members
        for start in people & set(everybody):
            real = set(ways(view, everybody[start], row.id))
            for path in drawn(graph, start):
                if path[-1] == key and len(path) > 1 and real:
                    assert as_resources(view, graph, path) in real, (most, path)


@pytest.mark.parametrize("most", [1, 2, 4])
def test_direct_grants_are_drawn_first_and_the_omitted_are_counted(view, most):
    for principal in principals(view):
        graph = resource_neighbourhood(view, principal, most=most)
        complete = resource_neighbourhood(view, principal, most=500)
        for layer in range(len(LAYERS)):
            layer_nodes = {key for key, node in complete.nodes.items() if node.layer == layer}
            shown = {key for key, node in graph.nodes.items() if node.layer == layer}
            assert len(shown) <= most
            assert shown | graph.left_out.get(layer, set()) == layer_nodes
            assert not shown & graph.left_out.get(layer, set())
            if layer == RESOURCES:
                continue
            direct = {end for start, end in complete.edges if start == str(principal)} & layer_nodes
            assert direct <= shown or shown - {str(principal)} <= direct, (
                "no longer path while a direct one is left out"
            )


def test_a_resource_with_many_entitlements_is_one_node_with_labels(make_c1z, organisation):
    organisation.entitlements += [organisation.entitlement("app", "a1", f"p{number:03}") for number in range(100)]
    organisation.grants += [organisation.grant(f"app:a1:p{number:03}", "user", "u1") for number in range(100)]
    organisation.grants += [organisation.grant(f"app:a1:p{number:03}", "user", "u2") for number in range(2)]
    with open_store(make_c1z(organisation)) as store:
        view = store.view(store.syncs()[-1])
        person = next(principal for principal in principals(view) if principal.resource == "u1")
        graph = resource_neighbourhood(view, person, most=25)
        assert {edge.end for edge in graph.edges.values() if edge.start == "user:u1"} >= {"app:a1"}
        assert graph.edges["user:u1", "app:a1"].text.startswith("p000, p001, ")
        assert not any(node.layer == ENTITLEMENTS and "app:a1" in node.id for node in graph.nodes.values())
        graph = resource_neighbourhood(view, ResourceId("app", "a1"), most=25)
        assert {edge.end for edge in graph.edges.values() if edge.start in ("user:u1", "user:u2")} == {"app:a1"}
        assert graph.edges["user:u2", "app:a1"].text == "p000, p001"
