"""Pages of grants as bytes give the rows that the objects would give."""

import pytest

from connector_host.model import External, GrantExpandable
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2, listing_services_pb2
from connector_host.wire.services.raw_objects import GrantPartsMemory
from connector_host.wire.services.remote_pages import grant_page


@pytest.fixture
def page():
    """A page of three grants."""
    message = listing_services_pb2.GrantsServiceListGrantsResponse(next_page_token="next")
    for number in range(3):
        grant = message.list.add(id=f"group:g:member:user:u{number}")
        grant.entitlement.id = "group:g:member"
        grant.entitlement.resource.id.resource_type, grant.entitlement.resource.id.resource = "group", "g"
        grant.entitlement.resource.profile["b"], grant.entitlement.resource.profile["a"] = "1", "2"
        grant.principal.id.resource_type, grant.principal.id.resource = "user", f"u{number}"
    return message


def read(message):
    return grant_page(message.SerializeToString())


def memory(noted=None):
    return GrantPartsMemory((noted if noted is not None else []).append)


def rows(page):
    encoder = GrantEncoder()
    direct = page.items.rows(memory())
    by_object = [encoder.row(grant) for grant in page.items]
    if direct is not None:
        assert direct == by_object
    return direct, by_object


def test_usual_grants_become_rows_without_objects(page):
    direct, _ = rows(read(page))
    assert [row.principal for row in direct] == ["u0", "u1", "u2"]
    assert direct[0].entitlement == "group:g:member"
    message = type(page.list[0]).FromString(direct[0].data)
    assert message == page.list[0]
    assert direct[0].data.index(b"\x01a") < direct[0].data.index(b"\x01b")


def test_each_new_principal_is_noted_once(page):
    noted = []
    parts = memory(noted)
    for _ in range(2):
        assert read(page).items.rows(parts)
        assert read(page).items.runs(parts)
    assert [holder.resource for holder in noted] == ["u0", "u1", "u2"]


def test_runs_hold_what_the_grants_share(page):
    [(shared, principal_type, names)] = read(page).items.runs(memory())
    assert (shared[:3], principal_type, names) == (("group", "g", "group:g:member"), "user", ["u0", "u1", "u2"])


@pytest.mark.parametrize("change", ["id", "principal"])
def test_grants_made_in_another_way_are_rows_but_no_runs(page, change):
    if change == "id":
        page.list[1].id = "other"
    else:
        page.list[1].principal.display_name = "U"
    assert read(page).items.runs(memory()) is None
    assert rows(read(page))[0][1].id == page.list[1].id


@pytest.mark.parametrize("change", ["annotation", "sources", "unknown"])
def test_whatever_else_a_grant_has_is_kept_byte_for_byte(page, change):
    grant = page.list[1]
    if change == "annotation":
        grant.annotations.add(type_url="type.googleapis.com/example.Later", value=b"\x0a\x01x")
    elif change == "sources":
        grant.sources.sources["group:h:member"].is_direct = True
    else:
        grant.MergeFromString(b"\xfa\x3e\x03abc")
    direct, by_object = rows(read(page))
    assert direct is None
    stored = type(grant).FromString(by_object[1].data)
    # the entries of a map have no order otherwise
    assert stored.SerializeToString(deterministic=True) == grant.SerializeToString(deterministic=True)


def test_an_expansion_moves_to_its_column(page):
    expandable = annotations_pb2.GrantExpandable(entitlement_ids=["group:h:member"], shallow=True)
    page.list[0].annotations.add().Pack(expandable)
    direct, by_object = rows(read(page))
    assert direct is None
    assert by_object[0].expansion == expandable.SerializeToString()
    assert b"GrantExpandable" not in by_object[0].data
    assert read(page).items[0].expandable == GrantExpandable(("group:h:member",), True)


def test_a_grant_of_another_system_keeps_its_match(page):
    page.list[0].annotations.add().Pack(annotations_pb2.ExternalResourceMatchID(id="x"))
    items = read(page).items
    assert isinstance(items[0].principal, External)
    assert b"ExternalResourceMatchID" in rows(read(page))[1][0].data


def test_notes_of_a_page_are_read(page):
    page.annotations.add().Pack(annotations_pb2.InsertResourceGrants())
    page.annotations.add().Pack(annotations_pb2.EnqueuePageTokens(page_tokens=["a", "b"]))
    limit = annotations_pb2.RateLimitDescription(limit=10, remaining=3)
    limit.reset_at.seconds = 1_800_000_000
    page.annotations.add().Pack(limit)
    result = read(page)
    assert (result.next_token, result.insert_resources, result.more_tokens) == ("next", True, ("a", "b"))
    assert (result.rate_limit.limit, result.rate_limit.remaining) == (10, 3)
    assert result.rate_limit.reset_at.year == 2027


def test_bytes_that_are_no_grant_become_a_named_item(page):
    data = page.SerializeToString() + b"\x0a\x04\x0a\x02\x0a\x7f"
    items = grant_page(data).items
    assert items.rows(memory()) is None
    assert type(items[3]).__name__ == "UnreadableGrant"
