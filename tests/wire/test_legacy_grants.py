"""Slim rows and rows of old files are made whole, and nothing else in them changes."""

import pytest
from google.protobuf.any_pb2 import Any
from hypothesis import given
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.model import Annotation, Grant, GrantExpandable, Resource, ResourceId
from connector_host.wire import encode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.legacy_grants import is_whole_grant, may_be_expandable, split_expandable, whole_grant
from connector_host.wire.pb.c1.connector.v2 import objects_pb2

STAFF, BOB = ResourceId("group", "staff"), ResourceId("user", "bob")
TEXT = st.text(max_size=4) | st.just("x" * 200)


@given(st.booleans(), st.booleans(), TEXT, TEXT)
def test_what_a_row_lacks_comes_from_its_columns(has_entitlement, has_principal, name, grant_id):
    message = objects_pb2.Grant(id=grant_id)
    if has_entitlement:
        message.entitlement.id = name
    if has_principal:
        message.principal.display_name = name
    data = message.SerializeToString()
    message.entitlement.SetInParent()
    assert is_whole_grant(data) == (has_entitlement and has_principal)
    whole = objects_pb2.Grant.FromString(whole_grant(data, "e", STAFF, BOB))
    if not has_entitlement:
        message.entitlement.id = "e"
        message.entitlement.resource.id.resource_type, message.entitlement.resource.id.resource = "group", "staff"
    if not has_principal:
        message.principal.id.resource_type, message.principal.id.resource = "user", "bob"
    assert whole == message
    if has_entitlement and has_principal:
        assert whole_grant(data, "e", STAFF, BOB) == data


def old_grant(*ids):
    """A grant of an old file: its expansions stand among its annotations."""
    grant = Grant(Resource(STAFF).ref("member"), BOB, annotations=(Annotation("x.Y", b"1"),), sources={"a": True})
    message = objects_pb2.Grant.FromString(GrantEncoder().row(grant).data)
    for each in ids:
        item = Any(
            type_url="type.googleapis.com/c1.connector.v2.GrantExpandable",
            value=encode.expandable(GrantExpandable(each)),
        )
        message.annotations.insert(0, item)
    return GrantEncoder().row(grant).data, message.SerializeToString(deterministic=True)


def test_an_expansion_leaves_the_message_and_the_first_counts():
    plain, data = old_grant(("b",), ("a", " "))
    assert may_be_expandable(data)
    assert not may_be_expandable(plain)
    assert split_expandable(data) == (plain, encode.expandable(GrantExpandable(("a", " "))))
    assert split_expandable(plain) == (plain, None)


def test_an_expansion_that_names_nothing_is_left_where_it_is():
    _, data = old_grant((" ",))
    assert split_expandable(data) == (data, None)


def test_damage_is_a_file_error():
    for damaged in (b"\x22\x05x", b"\x22\x02\x0a\x05", b"\xff"):
        with pytest.raises(FileError, match="a stored grant is not a valid message"):
            split_expandable(damaged)
    for damaged in (b"\x0a\x05\x01", b"\x12\x05", b"\x0b\x00"):
        with pytest.raises(FileError, match="a stored grant is not a valid message"):
            is_whole_grant(damaged)
