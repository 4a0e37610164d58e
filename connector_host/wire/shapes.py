"""Rendering many messages that differ in their texts only, without parsing each of them.

A file holds thousands of users whose messages have the same fields, with other names in them. From one of them a shape
is learnt: the bytes that are always there, where the lengths and the texts are, and the JSON around the texts. Another
message is compared with the shape byte for byte; if everything but the texts fits, its JSON is the shape's with its
own texts. What fits no shape is rendered as ever.

A shape is only kept if it gives for its example what the renderer gives.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring as quote

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from msgspec import Struct

from .fields import BLOCK, WireError, length, scan
from .registry import message_class

__all__ = ["Shapes"]

OPEN, TEXT, CLOSE, FIXED = range(4)
Step = tuple[int, bytes, bool]
"""What comes next: the fixed bytes, then what `OPEN` or `TEXT` stands for; whether a text may be empty."""
ANY = "google.protobuf.Any"
ANY_URL, ANY_VALUE = 0x0A, 0x12
MOST_SHAPES = 6
WORTH = 100  # messages that must have fitted for one more try to learn
PATIENCE = 200  # messages that may fit nothing before they are counted against those that fit


class _Unfit(Exception):
    """A message that no shape can be learnt from."""


class Shape(Struct, frozen=True):
    """How to match a message, and the JSON: `around[i]`, then the text `order[i]` of the message, ..., `around[-1]`."""

    steps: tuple[Step, ...]
    around: tuple[str, ...]
    order: tuple[int, ...]

    def fill(self, data: bytes) -> str | None:
        """The JSON of a message, or None if it has not this shape."""
        texts = _texts(self.steps, data)
        if texts is None:
            return None
        parts = list(self.around)
        for place, number in enumerate(self.order):
            parts[place] += texts[number]
        return "".join(parts)


class Shapes:
    """A renderer of one kind of message that learns shapes as it goes. Gives what `render` gives, and raises the same.

    Learning costs as much as rendering some twenty times, so only as much is learnt as the messages so far have paid
    back; where few messages fit, it stops.
    """

    def __init__(self, descriptor: Descriptor, render: Callable[[bytes], str]) -> None:
        self._descriptor = descriptor
        self._render = render
        self._shapes: tuple[Shape, ...] = ()
        self._fitted = self._missed = self._learnt = 0

    def __call__(self, data: bytes) -> str:
        """The JSON text of a message."""
        if type(data) is not bytes:
            return self._render(data)
        shapes = self._shapes
        for place, shape in enumerate(shapes):
            text = shape.fill(data)
            if text is not None:
                self._fitted += 1
                if place:
                    self._shapes = (shape, *shapes[:place], *shapes[place + 1 :])
                return text
        text = self._render(data)
        self._missed += 1
        if self._missed > PATIENCE and self._missed > self._fitted:
            self._shapes = ()
        elif self._learnt < MOST_SHAPES + self._fitted // WORTH:
            self._learnt += 1
            found = _learn(self._descriptor, data, self._render)
            if found is not None and found.fill(data) == text:
                self._shapes = (found, *self._shapes[: MOST_SHAPES - 1])
        return text


# ----------------------------------------------------------------------------------------------- matching


def _texts(steps: tuple[Step, ...], data: bytes) -> list[str] | None:
    """The texts of a message as JSON strings, in the order of its bytes; None if it does not fit the steps."""
    texts: list[str] = []
    ends: list[int] = []
    at = 0
    try:
        for kind, fixed, may_be_empty in steps:
            if kind == CLOSE:
                if at != ends.pop():
                    return None
                continue
            if not data.startswith(fixed, at):
                return None
            at += len(fixed)
            if kind == FIXED:
                continue
            size = data[at]
            at += 1
            if size >= 0x80:
                more = data[at]
                if more >= 0x80 or not more:
                    return None
                size = size & 0x7F | more << 7
                at += 1
            if kind == OPEN:
                ends.append(at + size)
            else:
                if not size and not may_be_empty:
                    return None
                texts.append(quote(data[at : at + size].decode()))
                at += size
    except (IndexError, UnicodeDecodeError):
        return None
    return texts if at == len(data) else None


# ----------------------------------------------------------------------------------------------- learning


def _learn(descriptor: Descriptor, data: bytes, render: Callable[[bytes], str]) -> Shape | None:
    """The shape of a message: a copy with marks for its texts is rendered to see where they come out."""
    token = secrets.token_hex(8)
    try:
        learner = _Learner(token)
        marked = learner.message(descriptor, data)
        text = render(marked)
    except (_Unfit, WireError, RecursionError):
        return None
    pieces = text.split(f'"{token}-')
    order = []
    around = [pieces[0]]
    for piece in pieces[1:]:
        number, quote_mark, rest = piece.partition('"')
        if not quote_mark or not number.isdigit():
            return None
        order.append(int(number))
        around.append(rest)
    if sorted(order) != list(range(learner.count)):
        return None
    return Shape(tuple(_joined(learner.steps)), tuple(around), tuple(order))


class _Learner:
    """Walks through a message: notes the steps that match it, and gives a copy with a mark in place of each text."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.steps: list[Step] = []
        self.count = 0

    def message(self, descriptor: Descriptor, data: bytes) -> bytes:
        """The marked copy of a message's fields."""
        last = 0
        copy = []
        for tag, start, value, end in scan(data):
            field = descriptor.fields_by_number.get(tag >> 3)
            if field is None or (tag >> 3) < last or ((tag >> 3) == last and not field.is_repeated):
                raise _Unfit  # unknown, out of order, or twice: rare, and the renderer knows what to do
            last = tag >> 3
            head, content = data[start : start + len(_tag(tag))], data[value:end]
            if tag & 7 != BLOCK or field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE):
                self.steps.append((FIXED, data[start:end], True))
                copy.append(data[start:end])
            elif field.type == FieldDescriptor.TYPE_STRING:
                copy.append(head + self._text(field, head))
            else:
                copy.append(head + self._nested(field, head, content))
        return b"".join(copy)

    def _text(self, field: FieldDescriptor, head: bytes) -> bytes:
        mark = f"{self.token}-{self.count}".encode()
        self.count += 1
        self.steps.append((TEXT, head, field.has_presence or field.is_repeated))
        return length(len(mark)) + mark

    def _nested(self, field: FieldDescriptor, head: bytes, content: bytes) -> bytes:
        self.steps.append((OPEN, head, True))
        kind = field.message_type
        if kind.full_name == ANY:
            inner = self._any(content)
        elif kind.GetOptions().map_entry:
            inner = self._entry(kind, content)
        else:
            inner = self.message(kind, content)
        self.steps.append((CLOSE, b"", True))
        return length(len(inner)) + inner

    def _any(self, content: bytes) -> bytes:
        """A packed message: its type is part of the shape."""
        fields = list(scan(content))
        if [tag for tag, *_ in fields] not in ([ANY_URL], [ANY_URL, ANY_VALUE]):
            raise _Unfit
        _, start, value, end = fields[0]
        cls = message_class(content[value:end].decode(errors="replace").rpartition("/")[2])
        if cls is None or cls.DESCRIPTOR.file.package == "google.protobuf":
            raise _Unfit
        self.steps.append((FIXED, content[start:end], True))
        copy = content[start:end]
        if len(fields) == 2:
            self.steps.append((OPEN, bytes((ANY_VALUE,)), True))
            inner = self.message(cls.DESCRIPTOR, content[fields[1][2] : fields[1][3]])
            self.steps.append((CLOSE, b"", True))
            copy += bytes((ANY_VALUE,)) + length(len(inner)) + inner
        return copy

    def _entry(self, kind: Descriptor, content: bytes) -> bytes:
        """An entry of a map: its key is part of the shape."""
        fields = list(scan(content))
        if [tag >> 3 for tag, *_ in fields] != [1, 2]:
            raise _Unfit
        _, start, _, end = fields[0]
        self.steps.append((FIXED, content[start:end], True))
        tag, start, value, end = fields[1]
        field, head = kind.fields_by_number[2], _tag(tag)
        if field.type != FieldDescriptor.TYPE_MESSAGE:
            raise _Unfit
        return content[fields[0][1] : fields[0][3]] + head + self._nested(field, head, content[value:end])


def _tag(tag: int) -> bytes:
    return length(tag)


def _joined(steps: list[Step]) -> Iterator[Step]:
    """The steps with fixed bytes drawn to the step that follows them."""
    held = b""
    for kind, fixed, may_be_empty in steps:
        if kind == FIXED:
            held += fixed
        elif kind == CLOSE:
            if held:
                yield FIXED, held, True
                held = b""
            yield CLOSE, b"", True
        else:
            yield kind, held + fixed, may_be_empty
            held = b""
    if held:
        yield FIXED, held, True
