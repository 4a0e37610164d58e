"""Stored messages that say the same in other bytes are the same."""

import pytest

from connector_host.errors import FileError
from connector_host.wire.message_equality import same_entitlement, same_grant, same_resource
from connector_host.wire.pb.c1.connector.v2 import objects_pb2


def test_the_order_of_fields_and_unknown_ones_do_not_count():
    one = objects_pb2.Grant(id="i", principal={"display_name": "x"}).SerializeToString()
    other = b"\x1a\x01i" + b"\x12\x03\x1a\x01x" + b"\x30\x05"
    assert one != other
    assert same_grant(one, other)
    assert not same_grant(one, b"\x1a\x01j" + b"\x12\x03\x1a\x01x")


def test_the_order_of_profile_keys_does_not_count():
    entry = [b"\x0a\x07\x0a\x01%c\x12\x02\x08\x00" % letter for letter in b"ab"]
    first, second = (b"\x4a\x12" + x + y for x, y in (entry, entry[::-1]))
    assert first != second
    assert same_resource(first, second)
    assert same_entitlement(b"\x0a\x14" + first, b"\x0a\x14" + second)


def test_what_is_no_message_is_a_file_error():
    with pytest.raises(FileError, match="a stored resource is not a valid message"):
        same_resource(b"\xff", b"")
    assert same_resource(b"\xff", b"\xff")
