"""Keys of format v3: they sort as what they are made of, and are taken apart again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.v3 import keys
from connector_host.errors import FileError

ANY = st.text(max_size=6) | st.text("\x00\x01\x02:a", max_size=6)
SOME = ANY.filter(bool)


def raw(*parts):
    return tuple(part.encode() for part in parts)


@settings(max_examples=60, deadline=None)
@given(st.tuples(ANY, ANY, ANY), st.tuples(ANY, ANY, ANY))
def test_keys_sort_as_the_bytes_of_their_parts(one, other):
    assert (keys.join(*one) < keys.join(*other)) == (raw(*one) < raw(*other))
    assert (keys.join(*one) == keys.join(*other)) == (one == other)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=8), st.binary(max_size=8))
def test_escaping_keeps_the_order_of_any_bytes(one, other):
    assert b"\x00" not in keys.escape(one)
    assert (keys.escape(one) < keys.escape(other)) == (one < other)


@settings(max_examples=60, deadline=None)
@given(ANY, ANY)
def test_what_was_joined_is_split_again(type_id, resource_id):
    assert keys.split(keys.resource(type_id, resource_id)) == (keys.RESOURCES, list(raw(type_id, resource_id)))
    entry = keys.index(keys.BY_PARENT, keys.join(type_id, resource_id), keys.join(resource_id))
    assert keys.split(entry) == (keys.BY_PARENT, list(raw(type_id, resource_id, resource_id)))
    assert keys.split(keys.resource_type(type_id)) == (keys.RESOURCE_TYPES, list(raw(type_id)))
    assert keys.split(keys.SYNC_RUN) == (keys.SYNC_RUN, [])


@settings(max_examples=60, deadline=None)
@given(SOME, SOME, SOME, ANY, ANY)
def test_an_entitlement_is_found_again_from_its_parts(type_id, resource_id, slug, kind, name):
    for entitlement_id in (f"{type_id}:{resource_id}:{slug}", slug):
        parts = keys.entitlement_parts(type_id, resource_id, entitlement_id)
        family, (of_type, of, flag, tail, *who) = keys.split(keys.grant(parts, kind, name))
        assert (family, *raw(type_id, resource_id), who) == (keys.GRANTS, of_type, of, list(raw(kind, name)))
        start = f"{type_id}:{resource_id}:" if flag == b"1" else ""
        assert start + tail.decode() == entitlement_id


def test_the_id_is_shortened_only_where_it_begins_with_exactly_its_resource():
    parts = keys.entitlement_parts
    assert parts("app", "a", "app:a:read") == b"app\x00a\x001\x00read"
    assert parts("app", "a", "app:a:") == b"app\x00a\x001\x00"
    assert parts("app", "a", "app:a") == b"app\x00a\x000\x00app:a"
    assert parts("app", "a", "app:ab:read") == b"app\x00a\x000\x00app:ab:read"
    assert parts("a:b", "c", "a:b:c:x") == b"a:b\x00c\x001\x00x"


@pytest.mark.parametrize("ids", [("", "a", "x"), ("t", "", "x"), ("t", "a", "")])
def test_an_entitlement_without_ids_has_no_key(ids):
    assert keys.entitlement_parts(*ids) is None
    assert keys.entitlement(*ids) is None


@pytest.mark.parametrize(
    "key", [b"", b"\x03", b"\x03\x01x", b"\x03\x01\x00\x01", b"\x03\x01\x00a\x01\x03", b"\x03\x07\x04a"]
)
def test_keys_that_nobody_makes_are_refused(key):
    with pytest.raises(FileError, match="key"):
        keys.split(key)


def test_the_first_part_of_a_key_and_of_its_beginning():
    assert keys.first_part(b"\x03\x01\x00user\x00ada") == keys.first_part(b"\x03\x01\x00user\x00") == b"user"
    assert keys.first_part(b"\x03\x01\x00") == b""
    with pytest.raises(FileError):
        keys.first_part(b"\x03\x01")


def test_the_next_prefix():
    assert keys.after(keys.GRANTS) == keys.ASSETS
    assert keys.after(b"\x03\x04\x00a\x00") == b"\x03\x04\x00a\x01"
