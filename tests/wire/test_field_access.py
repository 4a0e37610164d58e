"""Single fields of stored messages are what the library finds in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.model import ResourceId
from connector_host.wire import field_access
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.wire_format import WireError

TEXT = st.text(max_size=5) | st.just("é" * 100)


@given(TEXT, TEXT, TEXT, st.booleans())
def test_fields_of_resources_and_entitlements(kind, name, shown, nested):
    resource = objects_pb2.Resource(display_name=shown)
    resource.id.resource_type, resource.id.resource = kind, name
    if nested:
        resource.parent_resource_id.resource = name
    data = resource.SerializeToString()
    assert field_access.resource_name(data) == shown
    assert field_access.resource_id(data) == ResourceId(kind, name)
    assert field_access.parent(data) == (ResourceId("", name) if nested else None)
    entitlement = objects_pb2.Entitlement(resource=resource, id=kind, display_name=shown, slug=name)
    data = entitlement.SerializeToString()
    assert (
        field_access.entitlement_id(data),
        field_access.entitlement_name(data),
        field_access.entitlement_slug(data),
    ) == (kind, shown, name)
    assert field_access.entitlement_resource(data) == ResourceId(kind, name)
    grant = objects_pb2.Grant(entitlement=entitlement, id="i").SerializeToString()
    assert field_access.grant_entitlement(grant) == data
    assert field_access.first_field(grant, field_access.ENTITLEMENT) == grant.removesuffix(b"\x1a\x01i")
    assert field_access.type_name(objects_pb2.ResourceType(id=kind, display_name=shown).SerializeToString()) == shown


def test_absent_fields_are_empty_and_repeated_ones_count_as_the_encoding_has_it():
    assert (field_access.resource_name(b""), field_access.resource_id(b""), field_access.parent(b"")) == (
        "",
        ResourceId("", ""),
        None,
    )
    assert (
        field_access.first_field(b"\x1a\x01i", field_access.ENTITLEMENT)
        == field_access.first_field(b"", field_access.ENTITLEMENT)
        == b""
    )
    twice = b"\x0a\x03\x0a\x01t" + b"\x1a\x01a" + b"\x0a\x03\x12\x01r" + b"\x1a\x01b"
    assert field_access.resource_id(twice) == ResourceId("t", "r")
    assert field_access.resource_name(twice) == objects_pb2.Resource.FromString(twice).display_name == "b"


def test_what_is_no_message_is_refused():
    for damaged in (b"\x1a\x05x", b"\x1a\x01\xff", b"\xff"):
        with pytest.raises(WireError):
            field_access.resource_name(damaged)
