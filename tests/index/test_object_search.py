"""The catalogue of a sync: what is put in comes out counted, in order, a page at a time."""

import pytest

from connector_host.c1z.types import GrantKey
from connector_host.index import grant_search
from connector_host.index import object_search as questions
from connector_host.index.grant_search import IndexedGrantFilter
from connector_host.index.object_search import PageRequest, ResourceFilter
from connector_host.index.sync_index import NewEntitlement, NewResource, SyncIndex


@pytest.fixture
def catalogue():
    found = SyncIndex("test")
    people = [("u1", "zoë", "enabled"), ("u2", "Ann", "disabled"), ("u3", "bob", "")]
    found.add_resources(
        [NewResource("user", key, name, f"{key}@x", state, folded=name.casefold()) for key, name, state in people]
    )
    found.add_resources([NewResource("app", "a", "App", folded="app")])
    found.finish_resources()
    found.add_entitlements(
        [
            NewEntitlement("app", "a", "app:a:write", "Write", "write", "admin", folded="write"),
            NewEntitlement("app", "a", "app:a:read", "Read", "read", folded="read"),
            NewEntitlement("app", "gone", "app:gone:x", "X", folded="x"),
        ]
    )
    found.finish_entitlements()
    held = [("app:a:read", "u1"), ("app:a:read", "u2"), ("app:a:write", "u1"), ("app:lost", "u9")]
    found.add_grants([GrantKey(row, what, "user", who) for row, (what, who) in enumerate(held, 1)], lambda _: ("", ""))
    assert not found.ready
    list(found.finish_grants())
    assert found.ready
    yield found
    found.close()


def test_things_stand_in_the_order_of_their_names_whatever_the_case(catalogue):
    found = questions.list_resources(catalogue, ResourceFilter(), PageRequest())
    assert [one.name for one in found] == ["Ann", "App", "bob", "zoë", "app:gone", "user:u9"]
    assert [one.missing for one in found] == [0, 0, 0, 0, 1, 1]
    assert [one.held for one in found] == [1, 0, 0, 2, 0, 1]
    assert next(one for one in found if one.name == "App").holders == 3
    backwards = questions.list_resources(
        catalogue, ResourceFilter(), PageRequest(sort="held", descending=True, limit=2)
    )
    assert [one.name for one in backwards] == ["zoë", "user:u9"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (ResourceFilter(text="ZO"), ["zoë"]),
        (ResourceFilter(type="app", missing=False), ["App"]),
        (ResourceFilter(state="disabled"), ["Ann"]),
        (ResourceFilter(only="principals"), ["Ann", "zoë", "user:u9"]),
        (ResourceFilter(only="resources"), ["App", "app:gone"]),
        (ResourceFilter(unused=True, type="user"), ["bob"]),
        (ResourceFilter(text="%"), []),
    ],
)
def test_filters_and_counts_agree(catalogue, where, names):
    assert [one.name for one in questions.list_resources(catalogue, where, PageRequest())] == names
    assert questions.count_resources(catalogue, where) == len(names)


@pytest.mark.parametrize("few", [0, 20_000])
def test_grants_are_found_by_their_ends_however_many(catalogue, monkeypatch, few):
    monkeypatch.setattr(grant_search, "FEW", few)

    def rows(sort="", **where):
        found = grant_search.list_grants(catalogue, IndexedGrantFilter(**where), PageRequest(sort))
        assert grant_search.count_grants(catalogue, IndexedGrantFilter(**where)) == len(found)
        return [(one.who.name, one.what.name) for one in found]

    everything = [("Ann", "Read"), ("zoë", "Read"), ("zoë", "Write"), ("user:u9", "app:lost")]
    assert rows() == everything
    assert rows(text="zo") == everything[1:3]
    assert rows(text="read") == everything[:2]
    assert rows(text="app") == everything  # the name of the resource counts, too
    assert rows("what", text="w") == [("zoë", "Write")]
    assert rows(privileged=True) == [("zoë", "Write")]
    assert rows(state="disabled") == [("Ann", "Read")]
    assert rows(text="nothing") == []
    app = questions.resource_by_id(catalogue, "app", "a")
    zoe = questions.resource_by_id(catalogue, "user", "u1")
    assert rows(on=app.num) == everything[:3]
    assert rows(who=zoe.num) == everything[1:3]
    assert grant_search.slugs_by_pair(catalogue, [zoe.num], [app.num]) == {(zoe.num, app.num): ["read", "write"]}
    assert grant_search.most_privileged_principals(catalogue, PageRequest()) == [(zoe, 1)]


def test_pages_make_up_the_whole(catalogue):
    pages = [
        grant_search.list_grants(catalogue, IndexedGrantFilter(), PageRequest(offset=at, limit=1))[0].row
        for at in range(4)
    ]
    assert sorted(pages) == [1, 2, 3, 4]
    assert grant_search.list_grants(catalogue, IndexedGrantFilter(), PageRequest(offset=4)) == []


def test_changes_keep_their_order(catalogue):
    catalogue.add_changes(
        [("Grants", "added", "Ann", "Read", "", "g1", "ann"), ("Types", "removed", "T", "", "", "t", "t")]
    )
    assert questions.count_by_section(catalogue) == [("Grants", "added", 1), ("Types", "removed", 1)]
    assert [row.id for row in questions.list_changes(catalogue, PageRequest(), mark="removed")] == ["t"]
    assert questions.count_changes(catalogue, text="ANN") == 1
