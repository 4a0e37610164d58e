"""Rendering many messages that differ in their texts only, without parsing each of them.

A file holds thousands of users whose messages have the same fields, with other names in them. From one of them a shape
is learnt: the bytes that are always there, where the lengths and the texts are, and the JSON around the texts. Another
message is compared with the shape byte for byte; if everything but the texts fits, its JSON is the shape's with its
own texts. A message that fits no shape is rendered as usual.

A shape is only kept if it gives for its example the text that the renderer gives. `shape_learning.learn` makes shapes;
a renderer is given that function.
"""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring as quote

from google.protobuf.descriptor import Descriptor
from msgspec import Struct

from ..wire_format import length

__all__ = ["CLOSE", "FIXED", "OPEN", "TEXT", "Frames", "Shape", "Shapes", "Step"]

OPEN, TEXT, CLOSE, FIXED = range(4)
MOST_SHAPES = 6
WORTH = 100  # messages that must have fitted for one more try to learn
PATIENCE = 200  # messages that may fit nothing before they are counted against those that fit

Frame = tuple[bytes, int, bytes]
"""The bytes before a text, with the lengths that belong to it, the size of the text, and the bytes after it."""


class Frames:
    """The bytes around the only text of a field, for each size that the field can have.

    `levels` are the bytes before and after the next length, from the outside in: for a text itself just its tag, for
    a message in a message around it the tag and fields of each. As they hold one text, each length follows from one.
    """

    def __init__(self, levels: tuple[tuple[bytes, bytes], ...], *, may_be_empty: bool) -> None:
        self.skip = len(levels[0][0])
        self._levels = levels
        self._may_be_empty = may_be_empty
        self._known: dict[int, Frame | None] = {}
        self.get = self._known.get

    def find(self, size: int) -> Frame | None:
        """Return the frame of a field of `size` bytes, None if there is none. `get` is quick for a known size."""
        if size not in self._known:
            least = size - sum(len(before) + len(after) + 2 for before, after in self._levels)
            fitting = (frame for frame in map(self._frame, range(max(least, 0), size + 1)) if frame[0] == size)
            fit = next(fitting, None)
            empty = fit is not None and not fit[1][1]
            self._known[size] = None if fit is None or (empty and not self._may_be_empty) else fit[1]
        return self._known[size]

    def _frame(self, text: int) -> tuple[int, Frame]:
        """Return the size of the field, and the frame, for a text of so many bytes."""
        size = inner = text
        head = tail = b""
        for before, after in reversed(self._levels):
            size = inner
            head = before + length(size) + head
            tail += after
            inner = len(head) + text + len(tail)
        return size, (head, text, tail)


Step = tuple[int, bytes, Frames | None]
"""`FIXED` bytes; `OPEN` those before the length of a message; its `CLOSE`; or a `TEXT` in its frames."""


class Shape(Struct, frozen=True):
    """The steps that match a message, and its JSON: `around[i]`, the text `order[i]`, ..., `around[-1]`."""

    steps: tuple[Step, ...]
    around: tuple[str, ...]
    order: tuple[int, ...]

    def fill(self, data: bytes) -> str | None:
        """Return the JSON of a message, or None if it has not this shape."""
        texts = _texts(self.steps, data)
        if texts is None:
            return None
        parts = list(self.around)
        for place, number in enumerate(self.order):
            parts[place] += texts[number]
        return "".join(parts)


LearnShape = Callable[[Descriptor, bytes, Callable[[bytes], str]], Shape | None]
"""Makes a shape from a message's type, an example of it and its renderer (`shape_learning.learn`)."""


class Shapes:
    """A renderer of one kind of message that learns shapes as it goes. Gives what `render` gives, and raises the same.

    Learning costs as much as rendering some twenty times, so only as much is learnt as the messages so far have paid
    back; where few messages fit, it stops.
    """

    def __init__(self, descriptor: Descriptor, render: Callable[[bytes], str], learn_shape: LearnShape) -> None:
        self._descriptor = descriptor
        self._render = render
        self._learn_shape = learn_shape
        self._shapes: tuple[Shape, ...] = ()
        self._fitted = self._missed = self._learnt = 0

    def __call__(self, data: bytes) -> str:
        """Render a message as JSON text."""
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
            self._learn(data, text)
        return text

    def _learn(self, data: bytes, text: str) -> None:
        shape = self._learn_shape(self._descriptor, data, self._render)
        if shape is not None and shape.fill(data) == text:
            self._shapes = (shape, *self._shapes[: MOST_SHAPES - 1])


def _texts(steps: tuple[Step, ...], data: bytes) -> list[str] | None:  # noqa: PLR0911, PLR0912 - calls would cost more
    """Return the texts of a message as JSON strings, in the order of its bytes; None if it does not fit the steps."""
    texts: list[str] = []
    ends: list[int] = []
    at = 0
    try:
        for step, fixed, frames in steps:
            if frames is not None:
                size = data[at + frames.skip]
                if size >= 0x80:
                    size = size & 0x7F | data[at + frames.skip + 1] << 7  # a third byte fits no frame
                frame = frames.get(size) or frames.find(size)
                if frame is None:
                    return None
                before, size, after = frame
                if not data.startswith(before, at):
                    return None
                at += len(before)
                texts.append(quote(data[at : at + size].decode()))
                at += size
                if after:
                    if not data.startswith(after, at):
                        return None
                    at += len(after)
            elif step == CLOSE:
                if at != ends.pop():
                    return None
            else:
                if not data.startswith(fixed, at):
                    return None
                at += len(fixed)
                if step == OPEN:
                    size = data[at]
                    at += 1
                    if size >= 0x80:
                        more = data[at]
                        if not 0 < more < 0x80:
                            return None
                        size = size & 0x7F | more << 7
                        at += 1
                    ends.append(at + size)
    except (IndexError, UnicodeDecodeError):
        return None
    return texts if at == len(data) else None
