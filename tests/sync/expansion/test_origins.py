"""Origins of principals against a model that looks at one principal at a time."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.sync.expansion.entitlement_graph import Edge
from connector_host.sync.expansion.entitlement_holders import EntitlementHolders
from connector_host.sync.expansion.origins import OriginTable
from connector_host.wire.stored_grants import IdOnlyMessages, id_principal

PRINCIPALS = st.tuples(st.sampled_from(["user", "group"]), st.sampled_from(["a", "b", "c"]))
GRANTS = st.lists(st.tuples(PRINCIPALS, st.booleans(), st.sampled_from(["id", "none", "whole"])), max_size=6)
EDGES = st.builds(Edge, st.booleans(), st.sampled_from([None, frozenset(["user"]), frozenset(["user", "group"])]))


def message_of(principal, content, flow):
    return {"id": id_principal(*principal), "none": None, "whole": b"whole %d" % flow}[content]


def model(flows):
    """{principal: (origin, message of its first flow if it holds more than an id)}."""
    table = {}
    for flow, (edge, grants) in enumerate(flows):
        for principal, direct, message in grants:
            if (edge.types is None or principal[0] in edge.types) and (direct or not edge.shallow):
                if principal not in table:
                    table[principal] = [[], message]
                origin = table[principal][0]
                if origin and origin[-1][0] == flow:
                    origin[-1] = (flow, origin[-1][1] or direct)
                else:
                    origin.append((flow, direct))
    return {principal: (tuple(origin), message) for principal, (origin, message) in table.items()}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(EDGES, GRANTS), max_size=5))
def test_all_at_once_is_one_by_one(drawn):
    flows = []
    for flow, (edge, grants) in enumerate(drawn):
        messages = {}  # grants to one principal mostly have one message
        for principal, _, content in sorted(grants):
            messages.setdefault(principal, message_of(principal, content, flow))
        flows.append((edge, [(principal, direct, messages[principal]) for principal, direct, _ in sorted(grants)]))
    table, id_only = OriginTable(), IdOnlyMessages()
    for flow, (edge, grants) in enumerate(flows):
        holders = EntitlementHolders()
        holders.add_grants(((*principal, message, direct) for principal, direct, message in grants), id_only)
        table.add(flow, holders, edge)
    expected = model(flows)
    assert {(kind, name): origin for kind, origin, names in table.groups() for name in names} == {
        principal: origin for principal, (origin, _) in expected.items()
    }
    assert len(table) == len(expected)
    assert table.messages == {
        principal: message
        for principal, (_, message) in expected.items()
        if message not in (None, id_principal(*principal))
    }


def test_a_removed_principal_is_in_no_group():
    table, holders = OriginTable(), EntitlementHolders()
    holders.add_names("user", ["a", "b"])
    table.add(3, holders, Edge(shallow=False, types=None))
    assert table.find("user", "a") == ((3, False),)
    table.remove("user", "a")
    table.remove("user", "a")
    assert table.find("user", "a") is None
    assert table.find("group", "b") is None
    assert list(table.groups()) == [("user", ((3, False),), ["b"])]
