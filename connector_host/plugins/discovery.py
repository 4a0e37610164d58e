"""Which connectors, commands and observers there are: read from package metadata, nothing imported.

Connectors may also be single files in folders that `CONNECTOR_HOST_PLUGINS_DIR` names.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from importlib import metadata

    from .single_file import FilePoint

__all__ = ["ALLOWED", "COMMANDS", "CONNECTORS", "FOLDERS", "OBSERVERS", "PluginEntry", "discover", "installed", "is_name"]

CONNECTORS, COMMANDS, OBSERVERS = "connector_host", "connector_host.commands", "connector_host.observers"
ALLOWED = "CONNECTOR_HOST_PLUGINS"
"""Names separated by commas: only these connectors, commands and observers are there; all if not set."""
FOLDERS = "CONNECTOR_HOST_PLUGINS_DIR"
"""Folders separated by `:` whose files `NAME.py` are the connectors `NAME`."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

log = logging.getLogger(__name__)


class PluginEntry(NamedTuple):
    """One entry point. `problem` says why it cannot be used, where metadata alone tells."""

    name: str
    distribution: str
    version: str
    summary: str
    point: metadata.EntryPoint | FilePoint
    problem: str = ""


def discover(group: str = CONNECTORS) -> list[PluginEntry]:
    """The entries of `group` that `CONNECTOR_HOST_PLUGINS` lets in, by name; nothing of them is imported."""
    allowed = _allowed()
    found = [entry for entry in installed(group) if allowed is None or entry.name in allowed]
    by_name: dict[str, list[PluginEntry]] = {}
    for entry in found:
        by_name.setdefault(entry.name, []).append(entry)
    return sorted(
        (_judged(entry, by_name[entry.name]) for entry in found), key=lambda one: (one.name, one.distribution)
    )


def _allowed() -> set[str] | None:
    names = os.environ.get(ALLOWED)
    return {name.strip() for name in names.split(",")} if names else None


def is_name(text: str) -> bool:
    """Whether an entry may be called so: it becomes a word of a command line and a table of a config file."""
    return NAME.fullmatch(text) is not None


def installed(group: str) -> Iterator[PluginEntry]:
    """The entries of `group`, let in or not."""
    if group == CONNECTORS:
        yield from _in_folders()
    if not _may_be_offered(group):
        return
    from importlib import metadata  # noqa: PLC0415 - takes a third of the time of `--help`

    seen: set[str] = set()
    for distribution in metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if f"[{group}]" not in text.replace(" ", ""):
                continue  # most are not ours: their metadata need not be parsed
            name = distribution.metadata["Name"] or "?"
            key = re.sub(r"[-_.]+", "-", name).lower()
            if key in seen:
                continue  # a second copy, later on the path: Python imports the first
            seen.add(key)
            summary = distribution.metadata["Summary"] or ""
            for point in distribution.entry_points.select(group=group):
                yield PluginEntry(point.name, name, distribution.version or "?", summary.strip(), point)
        except Exception:  # noqa: BLE001 - damaged metadata of one distribution must not hide the others
            log.warning("the metadata of %s cannot be read", getattr(distribution, "_path", distribution))


def _in_folders() -> Iterator[PluginEntry]:
    if not os.environ.get(FOLDERS):
        return
    from .single_file import single_files  # noqa: PLC0415 - only where it is used

    for point, version, problem in single_files():
        yield PluginEntry(point.name, str(point.path), version, "a single file", point, problem)


def _judged(entry: PluginEntry, same_name: list[PluginEntry]) -> PluginEntry:
    problem = entry.problem
    if not is_name(entry.name):
        problem = f"the name {entry.name!r} may hold only letters, digits, '-', '_' and '.'"
    elif len(same_name) > 1:
        owners = " and ".join(sorted(f"{one.distribution} {one.version}" for one in same_name))
        problem = f"{entry.name!r} is offered by {owners}"
    return (
        PluginEntry(entry.name, entry.distribution, entry.version, entry.summary, entry.point, problem) if problem else entry
    )


def _may_be_offered(group: str) -> bool:
    """A quick look whether any metadata on the path mentions `group`; yes where it cannot tell (a zip file)."""
    heading = f"[{group}]".encode()
    for place in sys.path:
        try:
            names = os.listdir(place or ".")  # noqa: PTH208 - pathlib would cost more than it saves
        except NotADirectoryError:
            return True
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")) and heading in _entry_points(place, name).replace(b" ", b""):
                return True
            if name.endswith(".egg"):
                return True
    return False


def _entry_points(place: str, name: str) -> bytes:
    try:
        with open(os.path.join(place, name, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123 - as above
            return file.read()
    except OSError:
        return b""
