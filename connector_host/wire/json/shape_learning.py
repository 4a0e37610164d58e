"""Learning the shape of a message from an example."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from msgspec import Struct

from ..message_registry import message_class
from ..wire_format import BLOCK, WireError, block, length, scan
from .shapes import CLOSE, FIXED, OPEN, TEXT, Frames, Shape, Step

__all__ = ["learn"]

ANY = "google.protobuf.Any"
ANY_URL, ANY_VALUE = 0x0A, 0x12


class _Unfit(Exception):
    """A message that no shape can be learnt from."""


class FixedBytes(Struct, frozen=True):
    """Bytes that are always the same."""

    data: bytes


class TextField(Struct, frozen=True):
    """A text field with its tag."""

    tag: bytes
    may_be_empty: bool


class NestedField(Struct, frozen=True):
    """A field with a message in it."""

    tag: bytes
    inside: tuple[Node, ...]


Node = FixedBytes | TextField | NestedField


def learn(descriptor: Descriptor, data: bytes, render: Callable[[bytes], str]) -> Shape | None:
    """Return the shape of a message; None if it has none. A copy with marks for its texts shows where they come out."""
    token = secrets.token_hex(8)
    try:
        learner = _Learner(token)
        nodes, marked = learner.message(descriptor, data)
        text = render(marked)
    except (_Unfit, WireError, RecursionError):
        return None
    pieces = text.split(f'"{token}-')
    order = []
    around = [pieces[0]]
    for piece in pieces[1:]:
        number, mark, after_mark = piece.partition('"')
        if not mark or not number.isdigit():
            return None
        order.append(int(number))
        around.append(after_mark)
    if sorted(order) != list(range(learner.count)):
        return None
    return Shape(tuple(_steps(nodes)), tuple(around), tuple(order))


# ----------------------------------------------------------------------------------------------- taking apart


class _Learner:
    """Walk through a message that gives its nodes, and a copy with a mark in place of each text."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.count = 0

    def message(self, descriptor: Descriptor, data: bytes) -> tuple[tuple[Node, ...], bytes]:
        """Return the nodes and the marked copy of a message's fields."""
        last = 0
        fields = []
        for tag, start, value, end in scan(data):
            number = tag >> 3
            field = descriptor.fields_by_number.get(number)
            if field is None or number < last or (number == last and not field.is_repeated):
                raise _Unfit  # unknown, out of order, or twice: rare, and the renderer knows what to do
            last = number
            if tag & 7 == BLOCK and field.type == FieldDescriptor.TYPE_STRING:
                fields.append(self._text(field, length(tag)))
            elif tag & 7 == BLOCK and field.type == FieldDescriptor.TYPE_MESSAGE:
                fields.append(self._nested(field.message_type, length(tag), data[value:end]))
            else:
                fields.append((FixedBytes(data[start:end]), data[start:end]))
        return tuple(node for node, _ in fields), b"".join(copy for _, copy in fields)

    def _text(self, field: FieldDescriptor, tag: bytes) -> tuple[Node, bytes]:
        mark = f"{self.token}-{self.count}".encode()
        self.count += 1
        # an empty text that has no presence is left out of the JSON
        return TextField(tag, field.has_presence or field.is_repeated), block(tag, mark)

    def _nested(self, nested_type: Descriptor, tag: bytes, content: bytes) -> tuple[Node, bytes]:
        if nested_type.full_name == ANY:
            nodes, copy = self._any(content)
        elif nested_type.GetOptions().map_entry:
            nodes, copy = self._entry(nested_type, content)
        else:
            nodes, copy = self.message(nested_type, content)
        return NestedField(tag, nodes), block(tag, copy)

    def _any(self, content: bytes) -> tuple[tuple[Node, ...], bytes]:
        """Learn a packed message: its type is part of the shape."""
        fields = list(scan(content))
        if [tag for tag, *_ in fields] not in ([ANY_URL], [ANY_URL, ANY_VALUE]):
            raise _Unfit
        _, start, value, end = fields[0]
        cls = message_class(content[value:end].decode(errors="replace").rpartition("/")[2])
        if cls is None or cls.DESCRIPTOR.file.package == "google.protobuf":
            raise _Unfit
        url = content[start:end]
        if len(fields) == 1:
            return (FixedBytes(url),), url
        nodes, copy = self.message(cls.DESCRIPTOR, content[fields[1][2] : fields[1][3]])
        tag = bytes((ANY_VALUE,))
        return (FixedBytes(url), NestedField(tag, nodes)), url + block(tag, copy)

    def _entry(self, entry_type: Descriptor, content: bytes) -> tuple[tuple[Node, ...], bytes]:
        """Learn an entry of a map: its key is part of the shape."""
        fields = list(scan(content))
        value_type = entry_type.fields_by_number[2].message_type
        if [tag >> 3 for tag, *_ in fields] != [1, 2] or value_type is None:
            raise _Unfit
        key = content[fields[0][1] : fields[0][3]]
        tag, _, value, end = fields[1]
        node, copy = self._nested(value_type, length(tag), content[value:end])
        return (FixedBytes(key), node), key + copy


# ----------------------------------------------------------------------------------------------- putting together


def _steps(nodes: tuple[Node, ...]) -> Iterator[Step]:
    """Return the steps that match nodes, with fixed bytes drawn to what follows them."""
    held = b""
    for node in nodes:
        fixed = _fixed(node)
        if fixed is not None:
            held += fixed
            continue
        if _texts_in(node) == 1:
            ((first, last), *inner), may_be_empty = _levels(node)
            yield TEXT, b"", Frames(((held + first, last), *inner), may_be_empty=may_be_empty)
        elif isinstance(node, NestedField):
            yield OPEN, held + node.tag, None
            yield from _steps(node.inside)
            yield CLOSE, b"", None
        held = b""
    if held:
        yield FIXED, held, None


def _fixed(node: Node) -> bytes | None:
    """Return the bytes of a node without texts."""
    if isinstance(node, FixedBytes):
        return node.data
    if isinstance(node, TextField):
        return None
    parts = [_fixed(child) for child in node.inside]
    return None if None in parts else block(node.tag, b"".join(part for part in parts if part))


def _texts_in(node: Node) -> int:
    if isinstance(node, NestedField):
        return sum(map(_texts_in, node.inside))
    return isinstance(node, TextField)


def _levels(node: Node) -> tuple[tuple[tuple[bytes, bytes], ...], bool]:
    """Return the bytes before and after each length on the way to the only text, and whether that text may be empty."""
    if isinstance(node, TextField):
        return ((node.tag, b""),), node.may_be_empty
    assert isinstance(node, NestedField)
    place = next(number for number, child in enumerate(node.inside) if _texts_in(child))
    before, after = (
        b"".join(_fixed(child) or b"" for child in part) for part in (node.inside[:place], node.inside[place + 1 :])
    )
    ((first, _), *inner), may_be_empty = _levels(node.inside[place])
    return ((node.tag, b""), (before + first, after), *inner), may_be_empty
