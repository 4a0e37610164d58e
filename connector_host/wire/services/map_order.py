"""The order of map entries in messages that came from outside: sorted by key, as Go's deterministic form has them.

Go writes maps in any order when it sends a message, and in the order of the keys' bytes when it stores one. The
runtime of Python's protobuf has another order. So the entries are sorted here, as bytes: nothing else is changed.
"""

from __future__ import annotations

from ..wire_format import WireError, block, scan

__all__ = ["sort_entitlement", "sort_resource"]

PROFILE = 0x4A
"""The tag of a resource's profile, the only map of the stored objects beside the sources of grants."""
ENTITLEMENT_RESOURCE = 0x0A
DEEPEST = 100
SHORT = 127
FIELDS, KEY, VALUE, STRUCT, LIST, ITEM = 0x0A, 0x0A, 0x12, 0x2A, 0x32, 0x0A
"""Struct.fields, the key and value of its entries, Value.struct_value, Value.list_value, ListValue.values."""


def sort_resource(data: bytes) -> bytes:
    """Return a serialised `Resource` with the keys of its profile in order. ValueError if it is no message."""
    return _replaced(data, PROFILE, b"\x4a", lambda value: _struct(value, 0)) if b"\x4a" in data else data


def sort_entitlement(data: bytes) -> bytes:
    """Return a serialised `Entitlement` with the keys of its resource's profile in order."""
    return _replaced(data, ENTITLEMENT_RESOURCE, b"\x0a", sort_resource) if b"\x4a" in data else data


def _replaced(data: bytes, tag: int, tag_bytes: bytes, change: object) -> bytes:
    """Return the message with each field of the tag changed; the same object if nothing changed."""
    assert callable(change)
    parts, changed = [], False
    for field_tag, start, value, end in scan(data):
        if field_tag == tag:
            before = data[value:end]
            after = change(before)
            if after is not before:
                changed = True
                parts.append(block(tag_bytes, after))
                continue
        parts.append(data[start:end])
    return b"".join(parts) if changed else data


def _struct(data: bytes, depth: int) -> bytes:
    if depth > DEEPEST:
        raise WireError("a profile is nested too deeply")
    if _is_in_order(data):
        return data
    entries: dict[bytes, bytes] = {}
    rest = []
    for tag, start, value, end in scan(data):
        if tag != FIELDS:
            rest.append(data[start:end])
            continue
        entry = data[value:end]
        key, sorted_entry = _entry(entry, depth)
        entries[key] = sorted_entry
    sorted_data = b"".join(block(b"\x0a", entries[key]) for key in sorted(entries)) + b"".join(rest)
    return data if sorted_data == data else sorted_data


def _is_in_order(data: bytes) -> bool:
    """Return True for entries with short keys in their order and values that hold no others: most profiles are so."""
    last = b""
    for tag, _, value, end in scan(data):
        key_end = value + 2 + data[value + 1] if end - value > 1 else end
        if tag != FIELDS or data[value] != KEY or key_end + 2 >= end or data[key_end] != VALUE:
            return False
        key, size, value_tag = data[value + 2 : key_end], data[key_end + 1], data[key_end + 2]
        if key <= last or len(key) > SHORT or key_end + 2 + size != end or value_tag in (STRUCT, LIST):
            return False
        last = key
    return True


def _entry(data: bytes, depth: int) -> tuple[bytes, bytes]:
    """Return the key of an entry and the entry with its value in order."""
    key, item = b"", b""
    for tag, _, value, end in scan(data):
        if tag == KEY:
            key = data[value:end]
        elif tag == VALUE:
            item = data[value:end]
    return key, block(b"\x0a", key) + block(b"\x12", _value(item, depth))


def _value(data: bytes, depth: int) -> bytes:
    if data[:1] == b"\x2a":
        return _replaced(data, STRUCT, b"\x2a", lambda value: _struct(value, depth + 1))
    if data[:1] == b"\x32":
        return _replaced(data, LIST, b"\x32", lambda value: _list(value, depth + 1))
    return data


def _list(data: bytes, depth: int) -> bytes:
    if depth > DEEPEST:
        raise WireError("a profile is nested too deeply")
    return _replaced(data, ITEM, b"\x0a", lambda value: _value(value, depth))
