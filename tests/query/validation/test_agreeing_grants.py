"""Grants that agree with their rows are recognised without decoding; every other one is decoded."""

import pytest

from connector_host import Grant, Resource, ResourceId
from connector_host.query.validation.agreeing_grants import AgreeingGrants
from connector_host.wire import decode
from connector_host.wire.grant_encoder import GrantEncoder

GROUP = Resource(ResourceId("group", "g"), "G")
ADA, BOB = ResourceId("user", "ada"), ResourceId("user", "bob")


def row_of(grant):
    return GrantEncoder().row(grant)


@pytest.fixture
def agreeing():
    learnt = AgreeingGrants()
    for principal in (ADA, BOB):
        row = row_of(Grant(GROUP.ref("member"), principal))
        learnt.learn(row, decode.grant(row.data))
    return learnt


def test_a_grant_of_parts_that_were_seen_holds(agreeing):
    assert agreeing.hold(row_of(Grant(GROUP.ref("member"), ADA)))
    assert agreeing.hold(row_of(Grant(GROUP.ref("member"), ADA, id="own")))


@pytest.mark.parametrize(
    "changes",
    [
        {"entitlement": "group:g:owner"},
        {"principal": "bob"},
        {"principal_type": "bot"},
        {"id": "other"},
        {"id": ""},
        {"expansion": b"\n\x01x"},
        {"data": b""},
        {"data": b"\n\x01"},
    ],
)
def test_a_row_that_differs_is_left_to_the_decoder(agreeing, changes):
    assert not agreeing.hold(row_of(Grant(GROUP.ref("member"), ADA))._replace(**changes))


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_message_that_is_cut_is_left_to_the_decoder(agreeing, cut):
    row = row_of(Grant(GROUP.ref("member"), ADA))
    assert not agreeing.hold(row._replace(data=row.data[:-cut]))


def test_further_fields_are_left_to_the_decoder(agreeing):
    row = row_of(Grant(GROUP.ref("member"), ADA))
    assert not agreeing.hold(row._replace(data=row.data + b"\x2a\x00"))
    assert not agreeing.hold(row_of(Grant(GROUP.ref("member"), ADA, sources={"x": True})))
    assert not agreeing.hold(row_of(Grant(GROUP.ref("owner"), ADA)))
    assert not agreeing.hold(row_of(Grant(GROUP.ref("member"), ResourceId("user", "new"))))
    assert not agreeing.hold(row_of(Grant(GROUP.ref("member"), Resource(ADA, "Ada"))))
