"""Output formats by name: the built-in ones, and those that other distributions offer.

A format is a callable `write(document, out, screen)` that writes a `document.Document` to a binary stream. A package
offers one under the entry-point group `connector_host.outputs`; it is imported when its name is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ..errors import ConfigError, PluginError
from .document import Document
from .screen import Screen

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["BUILT_IN", "FOR_PEOPLE", "GROUP", "OutputWriter", "find_writer", "writer_names"]

GROUP = "connector_host.outputs"
BUILT_IN = ("table", "json", "jsonl", "csv", "csv-bom", "md", "html")
ALIASES = {"console": "table"}  # the name that baton uses
FOR_PEOPLE = frozenset({"table", "console"})


class OutputWriter(Protocol):
    """A callable that writes documents in one format."""

    def __call__(self, document: Document, out: BinaryIO, screen: Screen, /) -> None:
        """Write all of `document` to `out`; the caller flushes and closes."""


def find_writer(name: str) -> OutputWriter:
    """Return the writer of a format. Raises ConfigError if there is none, PluginError if it cannot be loaded."""
    name = ALIASES.get(name, name)
    if name in BUILT_IN:
        module = importlib.import_module(f"{__package__}.{name.replace('-', '_')}_format")
        write: OutputWriter = module.write
        return write
    entries = [entry for entry in _offered() if entry.name == name]
    if not entries:
        raise ConfigError(f"no output format is called {name!r}", hint=f"The formats are: {', '.join(writer_names())}.")
    if len(entries) > 1:
        raise PluginError(
            f"more than one package offers the output format {name!r}", hint="Uninstall one of the packages."
        )
    return _load(entries[0])


def writer_names() -> list[str]:
    """Return the names of all formats, the built-in ones first."""
    return [*BUILT_IN, *sorted({entry.name for entry in _offered()} - set(BUILT_IN))]


def _offered() -> list[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    return list(entry_points(group=GROUP))


def _load(entry: EntryPoint) -> OutputWriter:
    try:
        write: OutputWriter = entry.load()
    except Exception as error:
        raise PluginError(f"the output format {entry.name!r} cannot be loaded: {error}") from error
    if not callable(write):
        raise PluginError(f"the output format {entry.name!r} is not callable")
    return write
