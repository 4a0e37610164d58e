"""Profiles that arrive with their keys in any order are stored with sorted keys, everything else as it came."""

import pytest
from google.protobuf import struct_pb2

from connector_host.wire.google_values import struct
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.services.map_order import sort_entitlement, sort_resource
from connector_host.wire.wire_format import block

PROFILE = {"nested": {"b": 1.5, "a": [True, None, {"z": "1", "y": "2"}]}, "n": "x", "né": 2.0, "empty": {}}


def shuffled(profile):
    """The profile as a message whose keys, at every level, are in descending order."""
    return b"".join(block(b"\x0a", entry(key, profile[key])) for key in sorted(profile, reverse=True))


def entry(key, value):
    return block(b"\x0a", key.encode()) + block(b"\x12", packed(value))


def packed(value):
    if isinstance(value, dict):
        return block(b"\x2a", shuffled(value))
    if isinstance(value, list):
        return block(b"\x32", b"".join(block(b"\x0a", packed(item)) for item in value))
    whole = struct_pb2.Struct()
    whole["k"] = value
    return whole.fields["k"].SerializeToString()


def resource(profile):
    head = objects_pb2.Resource(display_name="Name").SerializeToString()
    return head + block(b"\x4a", profile) + b"\xfa\x3e\x03abc"  # an unknown field behind it


def test_keys_are_sorted_by_their_bytes_at_every_level():
    assert sort_resource(resource(shuffled(PROFILE))) == resource(struct(PROFILE, "profile"))


def test_sorted_bytes_are_returned_as_they_are():
    data = resource(struct(PROFILE, "profile"))
    assert sort_resource(data) == data


def test_the_resource_in_an_entitlement_is_sorted():
    data = block(b"\x0a", resource(shuffled(PROFILE))) + block(b"\x12", b"id")
    assert sort_entitlement(data) == block(b"\x0a", resource(struct(PROFILE, "profile"))) + block(b"\x12", b"id")


@pytest.mark.parametrize("data", [b"", b"\x0a\x00", b"\x1a\x01J"])
def test_a_message_without_profile_is_returned_as_it_is(data):
    assert sort_resource(data) is data or sort_resource(data) == data


def test_bytes_that_are_no_message_are_refused():
    with pytest.raises(ValueError, match="past the end"):
        sort_resource(b"\x4a\x7fJ")
