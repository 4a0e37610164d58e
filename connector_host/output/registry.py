"""The formats by name: ours, and those that other distributions offer.

A format is a callable `write(answer, out, screen)`: it writes an `answer.Answer` to a binary stream. A package offers
one under the entry-point group `connector_host.outputs`; it is imported when somebody asks for that name.
"""

from __future__ import annotations

import importlib
import io
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from msgspec import Struct

from ..errors import ConfigError, PluginError
from .document import Answer

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["BUILT_IN", "GROUP", "Format", "Screen", "find", "names", "write_pieces"]

GROUP = "connector_host.outputs"
BUILT_IN = ("table", "json", "jsonl", "csv", "md", "html")
ALIASES = {"console": "table"}  # baton's word for it
FIRST_BATCH, LARGEST_BATCH = 1 << 12, 1 << 18  # bytes


class Screen(Struct, frozen=True):
    """What is at the other end. `terminal`: a person's; `width` counts only then; `colour`: it takes colours."""

    terminal: bool = False
    width: int = 80
    colour: bool = False

    @classmethod
    def of(cls, stream: object) -> Screen:
        """The screen behind a stream. `NO_COLOR` and `TERM=dumb` are honoured."""
        isatty = getattr(stream, "isatty", None)
        if isatty is None or not isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(terminal=True, width=shutil.get_terminal_size().columns, colour=not plain)


class Format(Protocol):
    """Writes an answer."""

    def __call__(self, answer: Answer, out: BinaryIO, screen: Screen) -> None:
        """Write all of it to `out`; the caller flushes and closes."""


def find(name: str) -> Format:
    """The format of a name. ConfigError if there is none, PluginError if it cannot be loaded."""
    name = ALIASES.get(name, name)
    if name in BUILT_IN:
        module = importlib.import_module(f"{__package__}.{name}_format")
        write: Format = module.write
        return write
    offered = [entry for entry in _offered() if entry.name == name]
    if not offered:
        raise ConfigError(f"there is no output format {name!r}", hint=f"There are: {', '.join(names())}.")
    if len(offered) > 1:
        raise PluginError(
            f"the output format {name!r} is offered by more than one package", hint="Uninstall one of them."
        )
    return _load(offered[0])


def names() -> list[str]:
    """Every format, ours first."""
    return [*BUILT_IN, *sorted({entry.name for entry in _offered()} - set(BUILT_IN))]


def _offered() -> list[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    return list(entry_points(group=GROUP))


def _load(entry: EntryPoint) -> Format:
    try:
        write: Format = entry.load()
    except Exception as error:
        raise PluginError(f"the output format {entry.name!r} cannot be loaded: {error}") from error
    if not callable(write):
        raise PluginError(f"the output format {entry.name!r} is not callable")
    return write


def write_pieces(pieces: Iterable[bytes], out: BinaryIO) -> None:
    """Write many small pieces in few calls: the first soon, the later ones in larger batches."""
    batch: list[bytes] = []
    size, limit = 0, FIRST_BATCH
    for piece in pieces:
        batch.append(piece)
        size += len(piece)
        if size >= limit:
            out.write(b"".join(batch))
            out.flush()
            batch.clear()
            size, limit = 0, min(limit * 4, LARGEST_BATCH)
    out.write(b"".join(batch))


class Whole:
    """A binary stream whose writes are complete: an unbuffered one may take less than it is given."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def write(self, data: bytes) -> int:
        """Write all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._raw.write(rest) or 0 :]
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def whole(stream: Any) -> BinaryIO:
    """The stream, or one that writes all of what it is given to it."""
    return cast("BinaryIO", Whole(stream)) if isinstance(stream, io.RawIOBase) else cast("BinaryIO", stream)


def stdout() -> tuple[BinaryIO, Screen]:
    """Standard output for bytes, and the screen behind it."""
    sys.stdout.flush()
    return whole(sys.stdout.buffer), Screen.of(sys.stdout)
