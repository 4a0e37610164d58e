"""Listings, and the JSON of their items."""

import json

import pytest

from connector_host import model as m
from connector_host.c1z.types import GrantFilter
from connector_host.errors import FileError
from connector_host.index.grant_search import IndexedGrantFilter, count_pairs
from connector_host.index.object_search import EntitlementFilter, ResourceFilter, RowWindow
from connector_host.query.listing.listings import (
    ListingSource,
    grants_as_json,
    list_access_rows,
    list_entitlements,
    list_grants,
    list_principals,
    list_resource_types,
    list_resources,
    open_listing,
)
from connector_host.query.lookup.object_cache import SyncObjects


def source(view):
    return ListingSource(view, SyncObjects(view))


def plain(items):
    return [json.loads(item.json) for item in items]


def test_resource_types(view_of, organisation):
    found = plain(list_resource_types(view_of(organisation)))
    assert [one["resourceType"]["id"] for one in found] == ["user", "group", "app"]
    assert found[0]["resourceType"]["traits"] == ["TRAIT_USER"]


def test_resources_have_their_type_and_parent_beside_them(view_of, organisation):
    view = view_of(organisation)
    found = plain(list_resources(source(view)))
    assert [list(one) for one in found[:1] + found[-1:]] == [
        ["resource", "resourceType"],
        ["resource", "resourceType", "parent"],
    ]
    assert found[-1]["parent"]["displayName"] == "Engineering"
    assert len(plain(list_resources(source(view), ResourceFilter(type="group")))) == 2


def test_a_parent_that_only_the_message_has_is_shown(view_of, organisation):
    view = view_of(
        organisation,
        tweak=lambda db: db.execute(
            "update v1_resources set parent_resource_id = null, parent_resource_type_id = null"
        ),
    )
    assert plain(list_resources(source(view), ResourceFilter(type="app")))[0]["parent"]["displayName"] == "Engineering"


def test_entitlements(view_of, organisation):
    view = view_of(organisation)
    found = plain(list_entitlements(source(view), EntitlementFilter(type="app"), resource="a1"))
    assert [one["entitlement"]["slug"] for one in found] == ["read", "write"]
    assert found[0]["resource"]["displayName"] == "Payroll"
    assert found[0]["resourceType"]["displayName"] == "Application"


def test_grants_have_the_whole_objects_beside_them(view_of, organisation):
    view = view_of(organisation)
    first = plain(list_grants(source(view)))[0]
    assert list(first) == ["grant", "entitlement", "resource", "resourceType", "principal"]
    assert first["entitlement"]["displayName"] == "Platform member"
    assert first["principal"]["displayName"] == "Ada Lovelace"
    assert first["grant"]["principal"] == {"id": {"resourceType": "user", "resource": "u1"}}


def test_grants_of_mixed_entitlements_keep_their_own(view_of, organisation):
    """The text that grants of one entitlement share must not be taken for those of another."""
    organisation.grants = [
        one for pair in zip(organisation.grants, reversed(organisation.grants), strict=True) for one in pair
    ]
    organisation.grants = list({one.id: one for one in organisation.grants}.values())
    view = view_of(organisation)
    for one in plain(list_grants(source(view))):
        assert one["grant"]["entitlement"]["id"] == one["entitlement"]["id"]
        assert one["grant"]["entitlement"]["resource"]["id"] == one["resource"]["id"]
        assert one["grant"]["principal"]["id"] == one["principal"]["id"]


def test_what_is_missing_has_a_placeholder_and_is_said_once(view_of, organisation, caplog):
    ghost = m.ResourceId("ghost", "g:x")
    on = m.Entitlement(m.Resource(ghost), "haunt")
    organisation.grants = [m.Grant(on, m.ResourceId("user", one), id=f"ghost:{one}") for one in ("a", "b")]
    view = view_of(organisation)
    found = plain(list_grants(source(view)))
    assert found[0]["entitlement"] == {"id": on.id, "displayName": f"MISSING ENTITLEMENT ({on.id})"}
    assert found[0]["resource"]["displayName"] == "MISSING RESOURCE (ghost:g:x)"
    assert found[0]["resource"]["id"] == {"resourceType": "ghost", "resource": "g:x"}
    assert found[0]["resourceType"] == {"id": "ghost", "displayName": "MISSING RESOURCE TYPE (ghost)"}
    assert found[1]["principal"]["displayName"] == "MISSING RESOURCE (user:b)"
    assert caplog.text.count(on.id) == 1


def test_what_is_missing_is_not_said_without_end(view_of, organisation, caplog):
    organisation.grants = [organisation.grant("app:a1:read", "user", f"gone{number}") for number in range(50)]
    view = view_of(organisation)
    assert len(plain(list_grants(source(view)))) == 50
    assert caplog.text.count("a resource that it does not hold") == 20
    assert caplog.text.count("names more objects that it does not hold") == 1


def test_principals_are_distinct_in_the_order_of_their_first_grant(view_of, organisation):
    view = view_of(organisation)
    found = plain(list_principals(source(view), GrantFilter(entitlement="app:a1:read")))
    assert [one["resource"]["displayName"] for one in found] == ["Engineering", "Bob", "Ada Lovelace"]


@pytest.mark.parametrize(
    ("table", "listing"),
    [
        ("v1_resources", list_resources),
        ("v1_entitlements", list_entitlements),
        ("v1_grants", list_grants),
        ("v1_resource_types", lambda source: list_resource_types(source.view)),
    ],
)
@pytest.mark.parametrize("data", [b"\x0a\x7f", b"\xff\xff", b"\x1a\x02\xff\xfe", b"\x07"])
def test_a_damaged_message_is_an_error(view_of, organisation, table, listing, data):
    view = view_of(organisation, tweak=lambda db: db.execute(f"update {table} set data = ? where id = 2", (data,)))
    with pytest.raises(FileError, match="cannot be read|not a valid message"):
        plain(listing(source(view)))


def test_the_cache_forgets_when_it_is_full_and_makes_anew(view_of, organisation, monkeypatch):
    from connector_host.query.lookup import object_cache as module

    made = []
    cache = module.SizedCache(lambda key: made.append(key) or key, lambda _: 10, room=45)
    for key in "abcdabcd":
        assert cache[key] == key
    assert made == list("abcd")
    for key in "efgh":
        assert cache[key] == key
    assert len(cache) <= 4
    assert cache["a"] == "a"
    assert made.count("a") == 2


def test_a_small_cache_changes_nothing(view_of, organisation, monkeypatch):
    view = view_of(organisation)
    wanted = plain(list_grants(source(view)))
    small = SyncObjects(view)
    for cache in (small.types, small.resources, small.entitlements):
        monkeypatch.setattr(cache, "_room", 1)
    assert plain(list_grants(ListingSource(view, small))) == wanted


def test_an_empty_id_is_left_out_of_a_placeholder(view_of, organisation):
    def empty(db):
        db.execute("update v1_grants set principal_resource_id = '' where id = 1")

    view = view_of(organisation, tweak=empty)
    principal = plain(list_grants(source(view)))[0]["principal"]
    assert principal == {"id": {"resourceType": "user"}, "displayName": "MISSING RESOURCE (user:)"}


def test_pairs_of_principal_and_resource_have_all_their_grants(view_of, organisation):
    with open_listing(view_of(organisation), with_index=True) as indexed_source:
        rows = list(list_access_rows(indexed_source))
        names = [(row.principal.name, row.resource.name) for row in rows]
        assert names == sorted(names)
        assert len(set(names)) == len(names) == count_pairs(indexed_source.index, IndexedGrantFilter())
        grants = sorted(grant.row.id for row in rows for grant in row.grants)
        assert grants == sorted(grant.row.id for grant in list_grants(indexed_source))
        by_page = [
            (row.principal.name, row.resource.name)
            for offset in range(0, len(rows), 2)
            for row in list_access_rows(indexed_source, page=RowWindow(offset=offset, limit=2))
        ]
        assert by_page == names


def test_access_by_resource_without_an_index_is_refused(view_of, organisation):
    with pytest.raises(ValueError, match="needs an index"):
        next(list_access_rows(source(view_of(organisation))))


def odd_grants(organisation):
    """Grants of every shape: ids that need escapes, long ones, embedded principals, annotations, sources, and many."""
    on = [group.ref("member") for group in organisation.resources if group.id.resource_type == "group"]
    holders = [m.ResourceId("user", name) for name in ("u1", "u2", "é☃", 'q"uote\\', "x" * 140, "gone", "\n")]
    grants = [m.Grant(entitlement, holder) for entitlement in on for holder in holders]
    grants += [m.Grant(on[0], m.ResourceId("user", f"n{number}")) for number in range(400)]
    grants += [
        m.Grant(on[1], m.Resource(m.ResourceId("user", "u9"), "Embedded")),
        m.Grant(on[1], m.ResourceId("user", "u8"), id="own"),
        m.Grant(on[1], m.ResourceId("user", "u7"), annotations=(m.Annotation("x.Y", b"\x08\x01"),)),
        m.Grant(on[0], m.ResourceId("user", "u6"), sources={on[1].id: True}),
        m.Grant(on[0], m.ResourceId("group", "g2"), m.GrantExpandable((on[1].id,))),
        m.Grant(on[1], m.ResourceId("user", "u5")),
    ]
    return grants


def test_the_json_of_many_grants_is_that_of_each(view_of, organisation):
    organisation.grants = odd_grants(organisation)
    view = view_of(organisation)
    pieces = list(grants_as_json(source(view)))
    assert b",".join(pieces) == b",".join(grant.json for grant in list_grants(source(view)))
    assert len(json.loads(b"[" + pieces[0] + b"]")) == 1
    assert len(pieces) < 20


def test_the_json_of_many_grants_comes_before_the_error_about_a_damaged_one(view_of, organisation):
    organisation.grants = odd_grants(organisation)[:40]
    view = view_of(
        organisation,
        tweak=lambda db: db.execute("update v1_grants set data = substr(data, 1, length(data) - 5) where id = 30"),
    )
    pieces = []
    with pytest.raises(FileError):
        pieces += iter_into(pieces, grants_as_json(source(view)))
    assert len(json.loads(b"[" + b",".join(pieces) + b"]")) == 29


def iter_into(pieces, source_of_pieces):
    """Add each piece as it comes, so that those in front of an error are kept."""
    for piece in source_of_pieces:
        pieces.append(piece)
    return []


def test_the_json_of_no_grants_is_nothing(view_of, organisation):
    organisation.grants = []
    assert list(grants_as_json(source(view_of(organisation)))) == []
