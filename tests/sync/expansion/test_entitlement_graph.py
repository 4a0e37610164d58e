from hypothesis import given
from hypothesis import strategies as st

from connector_host.sync.expansion.entitlement_graph import Edge, Graph

DEEP = Edge(False, None)

names = st.sampled_from([f"n{i}" for i in range(8)])
edges = st.lists(st.tuples(names, names), max_size=30)


def build(pairs):
    graph = Graph()
    for source, destination in pairs:
        graph.add(source, destination, DEEP)
    return graph


def reachable(pairs, start):
    found, todo = set(), [start]
    while todo:
        node = todo.pop()
        for source, destination in pairs:
            if source == node and destination not in found:
                found.add(destination)
                todo.append(destination)
    return found


def test_a_chain_of_any_length_is_ordered_from_its_source():
    graph = build([(f"n{i}", f"n{i + 1}") for i in reversed(range(5000))])
    order = [node.entitlements for node in graph.nodes()]
    assert order == [(f"n{i}",) for i in range(1, 5001)]


def test_two_edges_between_the_same_ends_are_merged():
    graph = Graph()
    graph.add("a", "b", Edge(True, frozenset({"user"})))
    graph.add("a", "b", Edge(True, frozenset({"group"})))
    (node,) = graph.nodes()
    assert node.sources == ((("a",), Edge(True, frozenset({"user", "group"}))),)
    graph.add("a", "b", Edge(False, None))
    (node,) = graph.nodes()
    assert node.sources == ((("a",), DEEP),)
    assert len(graph) == 1


def test_a_cycle_is_one_node_and_its_inner_edges_are_gone():
    nodes = list(build([("ga", "gb"), ("gb", "ga"), ("gx", "ga"), ("gb", "app")]).nodes())
    assert [node.entitlements for node in nodes] == [("ga", "gb"), ("app",)]
    assert nodes[0].sources == ((("gx",), DEEP),)
    assert nodes[1].sources == ((("ga", "gb"), DEEP),)


def test_an_entitlement_that_flows_into_itself_alone_gets_nothing():
    assert list(build([("a", "a")]).nodes()) == []


@given(edges)
def test_every_source_comes_before_what_it_flows_into(pairs):
    nodes = list(build(pairs).nodes())
    position = {name: number for number, node in enumerate(nodes) for name in node.entitlements}
    for number, node in enumerate(nodes):
        for sources, _ in node.sources:
            assert all(position.get(name, -1) < number for name in sources)
            assert not set(sources) & set(node.entitlements)


@given(edges)
def test_nodes_are_the_strongly_connected_components(pairs):
    everything = {name for pair in pairs for name in pair}
    for node in build(pairs).nodes():
        for name in node.entitlements:
            others = {
                other for other in everything if other in reachable(pairs, name) and name in reachable(pairs, other)
            }
            assert set(node.entitlements) == others | {name}


@given(edges)
def test_every_edge_between_components_is_kept(pairs):
    nodes = list(build(pairs).nodes())
    for source, destination in pairs:
        if source == destination or source in reachable(pairs, destination):
            continue
        target = next(node for node in nodes if destination in node.entitlements)
        assert any(source in sources for sources, _ in target.sources)
