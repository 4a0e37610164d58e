"""Single fields of stored messages are what the library finds in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.model import ResourceId
from connector_host.wire import peek
from connector_host.wire.fields import WireError
from connector_host.wire.pb.c1.connector.v2 import objects_pb2

TEXT = st.text(max_size=5) | st.just("é" * 100)


@given(TEXT, TEXT, TEXT, st.booleans())
def test_fields_of_resources_and_entitlements(kind, name, shown, nested):
    resource = objects_pb2.Resource(display_name=shown)
    resource.id.resource_type, resource.id.resource = kind, name
    if nested:
        resource.parent_resource_id.resource = name
    data = resource.SerializeToString()
    assert peek.resource_name(data) == shown
    assert peek.resource_id(data) == ResourceId(kind, name)
    assert peek.parent(data) == (ResourceId("", name) if nested else None)
    entitlement = objects_pb2.Entitlement(resource=resource, id=kind, display_name=shown, slug=name)
    data = entitlement.SerializeToString()
    assert (peek.entitlement_id(data), peek.entitlement_name(data), peek.entitlement_slug(data)) == (kind, shown, name)
    assert peek.entitlement_resource(data) == ResourceId(kind, name)
    grant = objects_pb2.Grant(entitlement=entitlement, id="i").SerializeToString()
    assert peek.grant_entitlement(grant) == data
    assert peek.first_field(grant, peek.ENTITLEMENT) == grant.removesuffix(b"\x1a\x01i")
    assert peek.type_name(objects_pb2.ResourceType(id=kind, display_name=shown).SerializeToString()) == shown


def test_absent_fields_are_empty_and_repeated_ones_count_as_the_encoding_has_it():
    assert (peek.resource_name(b""), peek.resource_id(b""), peek.parent(b"")) == ("", ResourceId("", ""), None)
    assert peek.first_field(b"\x1a\x01i", peek.ENTITLEMENT) == peek.first_field(b"", peek.ENTITLEMENT) == b""
    twice = b"\x0a\x03\x0a\x01t" + b"\x1a\x01a" + b"\x0a\x03\x12\x01r" + b"\x1a\x01b"
    assert peek.resource_id(twice) == ResourceId("t", "r")
    assert peek.resource_name(twice) == objects_pb2.Resource.FromString(twice).display_name == "b"


def test_what_is_no_message_is_refused():
    for damaged in (b"\x1a\x05x", b"\x1a\x01\xff", b"\xff"):
        with pytest.raises(WireError):
            peek.resource_name(damaged)
