"""Discovery of the installed connectors, commands and observers: package metadata is read, nothing is imported.

Connectors may also be single files in the folders that `CONNECTOR_HOST_PLUGINS_DIR` names, and programs that the config
file names.
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

    from .program_entries import ProgramPoint
    from .single_file import FilePoint

__all__ = [
    "ALLOWED",
    "COMMANDS",
    "CONNECTORS",
    "FOLDERS",
    "OBSERVERS",
    "PluginEntry",
    "discover",
    "installed",
    "is_name",
]

CONNECTORS, COMMANDS, OBSERVERS = "connector_host", "connector_host.commands", "connector_host.observers"
ALLOWED = "CONNECTOR_HOST_PLUGINS"
"""The connectors, commands and observers that may be used: names separated by commas. All, if not set."""
FOLDERS = "CONNECTOR_HOST_PLUGINS_DIR"
"""Folders separated by `:` whose files `NAME.py` are the connectors `NAME`."""
SERVED = "BATON_CONNECTOR_SERVICE_LISTENER_FD"
"""The number of the listening socket that a host passes to the process of a connector. Hosts set it themselves."""
CONFIG_VARIABLE, USUAL = "CONNECTOR_HOST_CONFIG", "connector-host.toml"
"""The config file, which may name connectors that are programs."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

log = logging.getLogger(__name__)


class PluginEntry(NamedTuple):
    """One entry point. `problem` is the reason why it cannot be used, as far as metadata shows it; empty if it can."""

    name: str
    distribution: str
    version: str
    summary: str
    point: metadata.EntryPoint | FilePoint | ProgramPoint
    problem: str = ""


def discover(group: str = CONNECTORS) -> list[PluginEntry]:
    """Return the entries of `group` that `CONNECTOR_HOST_PLUGINS` allows, sorted by name; import none of them."""
    allowed = _allowed_names()
    entries = [entry for entry in installed(group) if allowed is None or entry.name in allowed]
    by_name: dict[str, list[PluginEntry]] = {}
    for entry in entries:
        by_name.setdefault(entry.name, []).append(entry)
    return sorted(
        (_with_problem(entry, by_name[entry.name]) for entry in entries),
        key=lambda entry: (entry.name, entry.distribution),
    )


def _allowed_names() -> set[str] | None:
    names = os.environ.get(ALLOWED)
    return {name.strip() for name in names.split(",")} if names else None


def is_name(text: str) -> bool:
    """Return True if an entry may have this name: it becomes a word of a command line and a table of a config file."""
    return NAME.fullmatch(text) is not None


def installed(group: str) -> Iterator[PluginEntry]:
    """Yield every entry of `group`, allowed or not."""
    if group == CONNECTORS:
        yield from _single_file_entries()
        yield from _program_entries()
    if not _is_mentioned(group):
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


def _single_file_entries() -> Iterator[PluginEntry]:
    if not os.environ.get(FOLDERS):
        return
    from .single_file import single_files  # noqa: PLC0415 - only where it is used

    for file in single_files(FOLDERS):
        yield PluginEntry(
            file.point.name, str(file.point.path), file.version, "a single file", file.point, file.problem
        )


def _program_entries() -> Iterator[PluginEntry]:
    if SERVED in os.environ:  # this process is one of them: it serves an installed connector
        return
    if not os.environ.get(CONFIG_VARIABLE) and not os.path.isfile(USUAL):  # noqa: PTH113 - a third of the time
        return
    from .program_entries import program_entries  # noqa: PLC0415 - only where it is used

    for entry in program_entries(os.environ):
        point = entry.point
        source = str(point.config.path.absolute()) if point.config.path else ""
        yield PluginEntry(
            point.name, source, entry.version, point.summary or "a connector process", point, entry.problem
        )


def _with_problem(entry: PluginEntry, same_name: list[PluginEntry]) -> PluginEntry:
    problem = entry.problem
    if not is_name(entry.name):
        problem = f"the name {entry.name!r} may hold only letters, digits, '-', '_' and '.'"
    elif len(same_name) > 1:
        owners = " and ".join(sorted(f"{namesake.distribution} {namesake.version}" for namesake in same_name))
        problem = f"{entry.name!r} is offered by {owners}"
    return entry._replace(problem=problem)


def _is_mentioned(group: str) -> bool:
    """Return True if any metadata on the path mentions `group`, or may (a zip file). It is quick."""
    heading = f"[{group}]".encode()
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - pathlib would cost more than it saves
        except NotADirectoryError:
            return True
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")) and heading in _entry_points_file(folder, name).replace(
                b" ", b""
            ):
                return True
            if name.endswith(".egg"):
                return True
    return False


def _entry_points_file(folder: str, name: str) -> bytes:
    try:
        with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123 - as above
            return file.read()
    except OSError:
        return b""
