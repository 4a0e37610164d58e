"""Expansion against a plain model of the rules, written for being obviously right and not for speed."""

from contextlib import contextmanager
from itertools import count
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.errors import PluginError
from connector_host.model import (
    Entitlement,
    Grant,
    GrantExpandable,
    GroupTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Trait,
    grant_id,
)
from connector_host.sync.expansion import expander
from connector_host.sync.expansion.expander import expand
from connector_host.sync.working.database import SyncStart, WorkingSync
from connector_host.wire import decode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.grants import generated_runs, packed_grants
from connector_host.wire.grants.packed_grants import GrantPacker

TYPES = {
    "user": ResourceType("user", "User", (Trait.USER,)),
    "group": ResourceType("group", "Group", (Trait.GROUP,)),
    "app": ResourceType("app", "App", (Trait.APP,)),
}
numbers = count()


class Place:
    """Where a test's expansion keeps its place."""

    def __init__(self, work, stop_after=None):
        self.work, self.done, self.stop_after = work, 0, stop_after

    @contextmanager
    def transaction(self):
        with self.work.transaction():
            yield

    def finished(self, nodes, made, dropped_edges):
        self.done = nodes

    def report(self, nodes, of):
        if self.stop_after is not None and nodes > self.stop_after:
            raise KeyboardInterrupt


def resource(name):
    kind = {"g": "group", "a": "app"}[name[0]]
    return Resource(ResourceId(kind, name), name.upper(), traits=(GroupTrait(),))


def principal(name):
    return ResourceId({"u": "user", "g": "group"}[name[0]], name)


def entitlement(name):
    """`g1` is the member entitlement of group g1, `a1` access to an application."""
    return Entitlement(resource(name), "member" if name[0] == "g" else "access", Purpose.ASSIGNMENT)


def make(tmp_path, grants, *, unlisted=(), shortest=4):
    """A working sync with the entitlements of all that is named, and `grants`: (on, to, expansion or None) each.

    Plain grants are packed in runs from `shortest` on.
    """
    work = WorkingSync.create(tmp_path / f"sync{next(numbers)}.db", SyncStart(sync_id="s" * 27))
    names = sorted({on for on, _, _ in grants} | {to for _, to, _ in grants if to[0] == "g"} | {"g0"})
    with mock.patch.object(packed_grants, "SHORTEST_RUN", shortest):
        packed = GrantPacker(GrantEncoder()).pack(
            [
                Grant(entitlement(on).resource.ref(entitlement(on).slug), principal(to), expansion)
                for on, to, expansion in grants
            ]
        )
    with work.transaction():
        work.put_resource_types(list(TYPES.values()))
        work.put_entitlements([entitlement(name) for name in names if name not in unlisted], TYPES)
        work.put_grants(packed)
    work.close_table("entitlements")
    work.unpack_grants()
    return work


def rows_of(work):
    """{grant id: (sources, made by expansion, expansion kept)}."""
    found = {}
    for external_id, data, expansion in work._db.execute("select external_id, data, expansion from v1_grants"):
        grant = decode.grant(data)
        made = any(annotation.type_name.endswith("GrantImmutable") for annotation in grant.annotations)
        found[external_id] = (dict(grant.sources or {}), made, expansion is not None)
    return found


def expanded(work, shortest=4):
    rows = work.expansion_rows()
    rows.prepare()
    with mock.patch.object(generated_runs, "SHORTEST_RUN", shortest):
        result = expand(rows, Place(work))
    with work.transaction():
        rows.finish()
    return result


# ----------------------------------------------------------------------------------------------- the model


def model(grants):
    """What the rules give, worked out the slow way: {grant id: (sources, made, expandable)}."""
    table = {}
    for on, to, expansion in grants:  # a repeated grant: the last message counts
        key = (entitlement(on).id, principal(to))
        table[key] = ({}, False, expansion is not None, expansion)
    edges = {}
    for (destination, _), (_, _, _, expansion) in table.items():
        for source in expansion.entitlement_ids if expansion else ():
            add_edge(edges, source, destination, expansion.shallow, set(expansion.resource_type_ids))
    group = components(edges)
    merged = {}
    for (source, destination), (shallow, types) in edges.items():
        if group[source] != group[destination]:
            add_edge(merged, group[source], group[destination], shallow, types)
    done, todo = set(), sorted({destination for _, destination in merged}, key=sorted)
    while todo:
        ready = next(d for d in todo if all(s in done or s not in todo for s, e in merged if e == d))
        for destination in ready:
            contribute(table, destination, [(s, how) for (s, e), how in merged.items() if e == ready])
        done.add(ready)
        todo.remove(ready)
    return {grant_id(on, to): (sources, made, expandable) for (on, to), (sources, made, expandable, _) in table.items()}


def add_edge(edges, source, destination, shallow, types):
    if (source, destination) in edges:
        old_shallow, old_types = edges[source, destination]
        shallow, types = shallow and old_shallow, (types | old_types) if types and old_types else set()
    edges[source, destination] = (shallow, types)


def components(edges):
    names = {name for edge in edges for name in edge}
    reach = {name: {name} for name in names}
    for _ in names:
        for source, destination in edges:
            for found in reach.values():
                if source in found:
                    found.add(destination)
    return {a: frozenset(b for b in names if b in reach[a] and a in reach[b]) for a in names}


def contribute(table, destination, flows):
    holders = {key: value for key, value in table.items() if key[0] in {s for group, _ in flows for s in group}}
    for sources, (shallow, types) in flows:
        for (on, to), (its_sources, _, _, _) in holders.items():
            if on not in sources or (types and to.resource_type not in types):
                continue
            direct = not its_sources or on in its_sources
            if shallow and not direct:
                continue
            old = table.get((destination, to))
            if old is None:
                table[destination, to] = ({on: direct}, True, False, None)
                continue
            if not old[0]:
                old[0][destination] = True
            old[0][on] = old[0].get(on, False) or direct


# ----------------------------------------------------------------------------------------------- laws

people = [f"u{i}" for i in range(5)]
groups = [f"g{i}" for i in range(6)]
targets = [*groups, "a0", "a1"]


@st.composite
def organisations(draw):
    grants = draw(st.lists(st.tuples(st.sampled_from(targets), st.sampled_from(people), st.none()), max_size=14))
    for on, to, shallow, types in draw(
        st.lists(
            st.tuples(
                st.sampled_from(targets),
                st.sampled_from(groups),
                st.booleans(),
                st.sampled_from([(), ("user",), ("group",), ("user", "group")]),
            ),
            max_size=12,
        )
    ):
        grants.append((on, to, GrantExpandable((entitlement(to).id,), shallow, types)))
    return grants


shortest_runs = st.sampled_from([1, 2, 4])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations(), shortest_runs)
def test_the_rows_are_those_of_the_plain_model(tmp_path, grants, shortest):
    work = make(tmp_path, grants, shortest=shortest)
    expanded(work, shortest)
    assert rows_of(work) == model(grants)
    work.close()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations(), st.sampled_from([1, 2, 3, 1000]), st.integers(0, 9), shortest_runs)
def test_the_rows_do_not_depend_on_how_many_principals_are_looked_at_or_kept(tmp_path, grants, span, kept, shortest):
    work = make(tmp_path, grants, shortest=shortest)
    with mock.patch.object(expander, "SPAN", span), mock.patch.object(expander, "MOST_HOLDERS", kept):
        expanded(work, shortest)
    assert rows_of(work) == model(grants)
    work.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisations(), st.integers(0, 6), st.sampled_from([1, 3, 1000]), shortest_runs)
def test_an_expansion_that_is_stopped_and_resumed_ends_with_the_same_rows(
    tmp_path, grants, stop_after, batch, shortest
):
    work = make(tmp_path, grants, shortest=shortest)
    rows, place = work.expansion_rows(), Place(work, stop_after)
    rows.prepare()
    with (
        mock.patch.object(expander, "BATCH", batch),
        mock.patch.object(generated_runs, "SHORTEST_RUN", shortest),
    ):
        try:
            expand(rows, place)
        except KeyboardInterrupt:
            place.stop_after = None
            work.unpack_grants()
            rows.prepare(again=place.done > 0)
            expand(rows, place)
    with work.transaction():
        rows.finish()
    assert rows_of(work) == model(grants)
    expanded(work)
    assert rows_of(work) == model(grants)
    work.close()


# ----------------------------------------------------------------------------------------------- cases


def by(name, *, shallow=False, types=()):
    return GrantExpandable((entitlement(name).id,), shallow, tuple(types))


def test_a_chain_of_a_hundred_groups_reaches_its_end(tmp_path):
    grants = [("g100", "u1", None)] + [(f"g{i}", f"g{i + 1}", by(f"g{i + 1}")) for i in range(100)]
    work = make(tmp_path, grants)
    assert expanded(work).added == 100 + sum(range(100))  # u1 on every group, and every group on all above its own
    found = rows_of(work)
    assert found["group:g0:member:user:u1"] == ({"group:g1:member": False}, True, False)
    assert found["group:g99:member:user:u1"] == ({"group:g100:member": True}, True, False)
    assert found == model(grants)
    work.close()


def test_a_chain_of_a_thousand_groups_reaches_its_end(tmp_path):
    grants = [("g1000", "u1", None)] + [(f"g{i}", f"g{i + 1}", by(f"g{i + 1}", types=["user"])) for i in range(1000)]
    work = make(tmp_path, grants)
    assert expanded(work).added == 1000
    assert rows_of(work)["group:g0:member:user:u1"] == ({"group:g1:member": False}, True, False)
    work.close()


def test_a_cycle_gives_everybody_to_what_is_behind_it(tmp_path):
    grants = [
        ("g1", "u1", None),
        ("g1", "g2", by("g2")),
        ("g1", "g3", by("g3")),
        ("g2", "u2", None),
        ("g2", "g1", by("g1")),
        ("g3", "u3", None),
        ("a1", "g2", by("g2", types=["user"])),
    ]
    work = make(tmp_path, grants)
    expanded(work)
    users = {name: row[0] for name, row in rows_of(work).items() if row[1] and ":user:" in name}
    assert users == {
        "group:g1:member:user:u3": {"group:g3:member": True},
        "group:g2:member:user:u3": {"group:g3:member": True},
        "app:a1:access:user:u1": {"group:g1:member": True},
        "app:a1:access:user:u2": {"group:g2:member": True},
        "app:a1:access:user:u3": {"group:g1:member": False, "group:g2:member": False},
    }
    work.close()


def test_more_than_four_entitlements_in_a_cycle_are_all_filled(tmp_path):
    ring = [f"g{i}" for i in range(1, 8)]
    grants = [(a, b, by(b)) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    grants += [("g9", "u9", None), ("g1", "g9", by("g9"))]
    work = make(tmp_path, grants)
    expanded(work)
    assert {f"group:{name}:member:user:u9" for name in ring} <= rows_of(work).keys()
    work.close()


def test_the_message_of_a_generated_grant_holds_the_whole_entitlement_and_the_principal_as_it_was(tmp_path):
    work = make(tmp_path, [("g1", "u1", None), ("a1", "g1", by("g1"))])
    expanded(work)
    row = work._db.execute("select * from v1_grants where external_id = 'app:a1:access:user:u1'").fetchone()
    assert row[1:6] == ("app", "a1", "app:a1:access", "user", "u1")
    assert (row[7], row[8]) == (None, 0)
    grant = decode.grant(row[9])
    assert isinstance(grant.entitlement, Entitlement)
    assert grant.entitlement.purpose == Purpose.ASSIGNMENT
    assert grant.principal == ResourceId("user", "u1")
    assert grant.id == "app:a1:access:user:u1"
    work.close()


def test_an_expansion_by_an_entitlement_that_was_never_listed_is_left_out_and_counted(tmp_path):
    grants = [("g1", "u1", None), ("a1", "g1", by("g1"))]
    work = make(tmp_path, grants, unlisted=("g1",))
    result = expanded(work)
    assert (result.added, result.dropped_edges) == (0, 1)
    work.close()


def test_an_entitlement_that_is_only_on_grants_gets_nothing(tmp_path):
    work = make(tmp_path, [("g1", "u1", None), ("a1", "g1", by("g1"))], unlisted=("a1",))
    result = expanded(work)
    assert (result.added, result.dropped_edges) == (0, 1)
    work.close()


def test_an_expansion_by_anothers_entitlement_is_an_error_that_names_the_grant(tmp_path):
    work = make(tmp_path, [("g1", "u1", None), ("g2", "u2", None), ("a1", "g1", by("g2"))])
    with pytest.raises(PluginError, match="app:a1:access:group:g1.*not an entitlement of that principal"):
        expanded(work)
    work.close()


def test_a_blank_source_is_no_source(tmp_path):
    work = make(tmp_path, [("g1", "u1", None), ("a1", "g1", GrantExpandable(("", " ", entitlement("g1").id)))])
    assert expanded(work).added == 1
    work.close()
