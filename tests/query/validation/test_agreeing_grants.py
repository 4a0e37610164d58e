"""Grants that agree with their rows are recognised without decoding; every other one is decoded."""

import pytest

from connector_host import Grant, Resource, ResourceId
from connector_host.c1z.grant_batches import row_batches
from connector_host.query.validation.agreeing_grants import AgreeingGrants
from connector_host.wire.grant_encoder import GrantEncoder

GROUP = Resource(ResourceId("group", "g"), "G")
ADA, BOB = ResourceId("user", "ada"), ResourceId("user", "bob")


def row_of(grant):
    return GrantEncoder().row(grant)


@pytest.fixture
def agreeing():
    """Parts of two grants; no other grant agrees when it is decoded."""
    parts = AgreeingGrants(lambda row: False)
    for principal in (ADA, BOB):
        parts.learn(row_of(Grant(GROUP.ref("member"), principal)))
    return parts


def is_proven(agreeing, row):
    (batch,) = row_batches(iter([row]))
    return not agreeing.unproven(batch)


def test_a_grant_of_parts_that_were_seen_is_proven(agreeing):
    assert is_proven(agreeing, row_of(Grant(GROUP.ref("member"), ADA)))
    assert is_proven(agreeing, row_of(Grant(GROUP.ref("member"), ADA, id="own")))
    assert is_proven(agreeing, row_of(Grant(GROUP.ref("member"), ADA, id="x" * 5000)))
    assert is_proven(agreeing, row_of(Grant(GROUP.ref("member"), ResourceId("user", "new"))))


@pytest.mark.parametrize(
    "changes",
    [
        {"entitlement": "group:g:owner"},
        {"principal": "bob"},
        {"principal": ""},
        {"principal_type": "bot"},
        {"id": "other"},
        {"id": ""},
        {"expansion": b"\n\x01x"},
        {"data": b""},
        {"data": b"\n\x01"},
    ],
)
def test_a_row_that_differs_is_left_to_the_decoder(agreeing, changes):
    assert not is_proven(agreeing, row_of(Grant(GROUP.ref("member"), ADA))._replace(**changes))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_message_that_is_cut_is_left_to_the_decoder(agreeing, cut):
    row = row_of(Grant(GROUP.ref("member"), ADA))
    assert not is_proven(agreeing, row._replace(data=row.data[:-cut]))


def test_further_fields_are_left_to_the_decoder(agreeing):
    row = row_of(Grant(GROUP.ref("member"), ADA))
    assert not is_proven(agreeing, row._replace(data=row.data + b"\x2a\x00"))
    assert not is_proven(agreeing, row_of(Grant(GROUP.ref("member"), ADA, sources={"x": True})))
    assert not is_proven(agreeing, row_of(Grant(GROUP.ref("owner"), ADA)))
    assert not is_proven(agreeing, row_of(Grant(GROUP.ref("member"), Resource(ADA, "Ada"))))


def test_one_grant_of_each_shape_is_decoded_to_learn_it():
    decoded = []
    agreeing = AgreeingGrants(lambda row: not decoded.append(row.id))
    grants = [Grant(GROUP.ref(slug), ResourceId("user", f"u{n}")) for slug in ("member", "owner") for n in range(300)]
    grants += [Grant(GROUP.ref("member"), ResourceId("user", f"v{n}"), sources={"x": True}) for n in range(300)]
    for batch in row_batches(iter(GrantEncoder().rows(grants))):
        assert not agreeing.unproven(batch)
    assert decoded == ["group:g:member:user:u0", "group:g:owner:user:u0", "group:g:member:user:v0"]


def test_a_shape_with_findings_is_not_learnt():
    agreeing = AgreeingGrants(lambda row: row.entitlement != "group:g:owner" and b"\x2a" not in row.data)
    grants = [Grant(GROUP.ref(slug), ADA, id=f"{slug}{n}") for slug in ("member", "owner") for n in range(3)]
    grants += [Grant(GROUP.ref("member"), ADA, id="s", sources={"x": True})]
    first, second = row_batches(iter(GrantEncoder().rows(grants)))
    assert not agreeing.unproven(first)
    assert agreeing.unproven(second) == [2, 3, 4, 5]
