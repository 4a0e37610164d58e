"""Objects of an index: they come out counted, in order, a page at a time."""

import pytest

from connector_host.c1z.types import GrantKey
from connector_host.index import grant_search
from connector_host.index import object_search as search
from connector_host.index.grant_search import IndexedGrantFilter
from connector_host.index.object_search import ResourceFilter, RowWindow
from connector_host.index.sync_index import NewEntitlement, NewResource, SyncIndex
from connector_host.index.text_search import fold_text


@pytest.fixture
def index():
    found = SyncIndex("test")
    people = [("u1", "zoë", "enabled"), ("u2", "Ann", "disabled"), ("u3", "bob", "")]
    found.add_resources(
        [NewResource("user", key, name, f"{key}@x", state, folded=fold_text(name)) for key, name, state in people]
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
    found.add_grants([GrantKey(what, "user", who, row) for row, (what, who) in enumerate(held, 1)], lambda _: ("", ""))
    assert not found.ready
    list(found.finish_grants())
    assert found.ready
    yield found
    found.close()


def test_things_stand_in_the_order_of_their_names_whatever_the_case(index):
    found = search.list_resources(index, ResourceFilter(), RowWindow())
    assert [one.name for one in found] == ["Ann", "App", "bob", "zoë", "app:gone", "user:u9"]
    assert [one.missing for one in found] == [0, 0, 0, 0, 1, 1]
    assert [one.held for one in found] == [1, 0, 0, 2, 0, 1]
    assert next(one for one in found if one.name == "App").holders == 3
    backwards = search.list_resources(index, ResourceFilter(), RowWindow(sort="held", descending=True, limit=2))
    assert [one.name for one in backwards] == ["zoë", "user:u9"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (ResourceFilter(text="ZO"), ["zoë"]),
        (ResourceFilter(text=" zoe "), ["zoë"]),
        (ResourceFilter(text="ZO\u0308E".replace("O\u0308E", "OE\u0308")), ["zoë"]),
        (ResourceFilter(type="app", missing=False), ["App"]),
        (ResourceFilter(state="disabled"), ["Ann"]),
        (ResourceFilter(only="principals"), ["Ann", "zoë", "user:u9"]),
        (ResourceFilter(only="resources"), ["App", "app:gone"]),
        (ResourceFilter(unused=True, type="user"), ["bob"]),
        (ResourceFilter(text="%"), []),
    ],
)
def test_filters_and_counts_agree(index, where, names):
    assert [one.name for one in search.list_resources(index, where, RowWindow())] == names
    assert search.count_resources(index, where) == len(names)


@pytest.mark.parametrize("few", [0, 20_000])
def test_grants_are_found_by_their_ends_however_many(index, monkeypatch, few):
    monkeypatch.setattr(grant_search, "FEW", few)

    def rows(sort="", **where):
        found = grant_search.list_grants(index, IndexedGrantFilter(**where), RowWindow(sort))
        assert grant_search.count_grants(index, IndexedGrantFilter(**where)) == len(found)
        return [(one.principal.name, one.entitlement.name) for one in found]

    everything = [("Ann", "Read"), ("zoë", "Read"), ("zoë", "Write"), ("user:u9", "app:lost")]
    assert rows() == everything
    assert rows(text="zo") == everything[1:3]
    assert rows(text="read") == everything[:2]
    assert rows(text="app") == everything  # the name of the resource counts, too
    assert rows("what", text="w") == [("zoë", "Write")]
    assert rows(privileged=True) == [("zoë", "Write")]
    assert rows(state="disabled") == [("Ann", "Read")]
    assert rows(text="nothing") == []
    assert rows(text="  ZOE   write ") == [("zoë", "Write")]  # one word of the principal, one of the entitlement
    assert rows(text="zoe ann") == []
    app = search.resource_by_id(index, "app", "a")
    zoe = search.resource_by_id(index, "user", "u1")
    assert rows(resource=app.number) == everything[:3]
    assert rows(principal=zoe.number) == everything[1:3]
    assert grant_search.slugs_by_pair(index, [zoe.number], [app.number]) == {
        (zoe.number, app.number): ["read", "write"]
    }
    assert grant_search.most_privileged_principals(index, RowWindow()) == [(zoe, 1)]


def test_pages_make_up_the_whole(index):
    pages = [
        grant_search.list_grants(index, IndexedGrantFilter(), RowWindow(offset=at, limit=1))[0].row for at in range(4)
    ]
    assert sorted(pages) == [1, 2, 3, 4]
    assert grant_search.list_grants(index, IndexedGrantFilter(), RowWindow(offset=4)) == []


def test_changes_keep_their_order(index):
    index.add_changes(
        [("Grants", "added", "Ann", "Read", "", "g1", "ann"), ("Types", "removed", "T", "", "", "t", "t")]
    )
    assert search.count_by_section(index) == [("Grants", "added", 1), ("Types", "removed", 1)]
    assert [row.id for row in search.list_changes(index, RowWindow(), mark="removed")] == ["t"]
    assert search.count_changes(index, text="ANN") == 1
