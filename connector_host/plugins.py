"""Connectors as the host sees them: found by metadata and loaded with care, to be called through one typed facade.

`discover` reads metadata only and imports nothing. `load` imports the one connector that was named; whatever goes
wrong in it is a `PluginError` that harms no other connector.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pluggy
from msgspec import Struct

from . import contract
from .connector import Connector, capabilities
from .errors import ConfigError, ConnectorHostError, PluginError

__all__ = [
    "COMMANDS",
    "CONNECTORS",
    "OBSERVERS",
    "Connector",
    "Entry",
    "capabilities",
    "discover",
    "import_entry",
    "load",
    "load_entry",
    "load_observer",
    "load_observers",
    "make_connector",
]

CONNECTORS, COMMANDS, OBSERVERS = "connector_host", "connector_host.commands", "connector_host.observers"
ALLOWED = "CONNECTOR_HOST_PLUGINS"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

log = logging.getLogger(__name__)


# ----------------------------------------------------------------------------------------------- discovery


class Entry(Struct, frozen=True):
    """One entry point. `problem` says why it cannot be used, where metadata alone tells."""

    name: str
    distribution: str
    version: str
    summary: str
    point: metadata.EntryPoint
    problem: str = ""


def discover(group: str = CONNECTORS) -> list[Entry]:
    """The entries of `group` that `CONNECTOR_HOST_PLUGINS` lets in, by name; nothing of them is imported."""
    allowed = _allowed()
    found = [entry for entry in _entries(group) if allowed is None or entry.name in allowed]
    by_name: dict[str, list[Entry]] = {}
    for entry in found:
        by_name.setdefault(entry.name, []).append(entry)
    return sorted(
        (_judged(entry, by_name[entry.name]) for entry in found), key=lambda one: (one.name, one.distribution)
    )


def _allowed() -> set[str] | None:
    names = os.environ.get(ALLOWED)
    return {name.strip() for name in names.split(",")} if names else None


def _entries(group: str) -> Iterator[Entry]:
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
                yield Entry(point.name, name, distribution.version or "?", summary.strip(), point)
        except Exception:  # noqa: BLE001 - damaged metadata of one distribution must not hide the others
            log.warning("the metadata of %s cannot be read", getattr(distribution, "_path", distribution))


def _judged(entry: Entry, same_name: list[Entry]) -> Entry:
    problem = ""
    if not NAME.fullmatch(entry.name):
        problem = f"the name {entry.name!r} may hold only letters, digits, '-', '_' and '.'"
    elif len(same_name) > 1:
        owners = " and ".join(sorted(f"{one.distribution} {one.version}" for one in same_name))
        problem = f"{entry.name!r} is offered by {owners}"
    return (
        Entry(entry.name, entry.distribution, entry.version, entry.summary, entry.point, problem) if problem else entry
    )


# ----------------------------------------------------------------------------------------------- loading


def load(name: str) -> Connector:
    """Import and check the connector `name`.

    Raises ConfigError if there is none of that name, PluginError if it is broken.
    """
    entries = discover()
    chosen = [entry for entry in entries if entry.name == name]
    if not chosen:
        raise _unknown(name, entries)
    return load_entry(chosen[0])


def load_entry(entry: Entry) -> Connector:
    """Import and check the connector of one entry; PluginError if it is broken."""
    if entry.problem:
        raise PluginError(
            entry.problem, hint=f"Uninstall one of them, for instance: pip uninstall {entry.distribution}."
        )
    return make_connector(import_entry(entry), entry.name, version=entry.version, distribution=entry.distribution)


def import_entry(entry: Entry) -> Any:
    """The object that an entry names. PluginError, naming the distribution, for anything its import does."""
    owner = f"{entry.name} ({entry.distribution} {entry.version})"
    hint = f"Reinstall it (pip install --force-reinstall {entry.distribution}), or uninstall it."
    try:
        return entry.point.load()
    except ImportError as error:
        raise PluginError(f"{owner} cannot be imported: {error}", hint=hint) from error
    except SyntaxError as error:
        where = f"{error.filename}:{error.lineno}"
        raise PluginError(f"{owner} cannot be imported: {error.msg} at {where}", hint=hint) from error
    except (Exception, SystemExit) as error:  # the plugin's code: anything may come out of it
        problem = f"{type(error).__name__}: {error}"
        raise PluginError(f"{owner} cannot be imported: {problem}", hint=hint) from error


def make_connector(plugin: object, name: str, *, version: str = "", distribution: str = "") -> Connector:
    """A checked connector around a module or object with hook functions. PluginError if it breaks the contract."""
    who = f"{name} ({distribution} {version})" if distribution else name
    manager = contract.new_manager()
    hooks = contract.check_hooks(manager, plugin, who)
    contract.check_required(hooks, who)
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"{who}: {error}") from error
    info = contract.checked_info(_described(manager.hook.connector_info, who), who)
    declared = _described(manager.hook.connector_options, who) if "connector_options" in hooks else ()
    options = contract.checked_options(declared, who)
    return Connector(manager, hooks, info, options, name=name, version=version, distribution=distribution)


def _described(hook: pluggy.HookCaller, who: str) -> Any:
    try:
        return hook()
    except Exception as error:
        problem = str(error) if isinstance(error, ConnectorHostError) else f"{type(error).__name__}: {error}"
        raise PluginError(f"{who}: {hook.name} failed: {problem}") from error


def _unknown(name: str, entries: list[Entry]) -> ConfigError:
    names = sorted({entry.name for entry in entries})
    hidden = any(entry.name == name for entry in _entries(CONNECTORS))
    if hidden:
        return ConfigError(f"the connector {name!r} is installed, but {ALLOWED} does not list it")
    close = difflib.get_close_matches(name, names, n=1)
    install = f"connector-host-{name}" if NAME.fullmatch(name) else "connector-host-NAME"
    return ConfigError(
        f"there is no connector {name!r}; installed: {', '.join(names) or 'none'}",
        hint=f"Did you mean {close[0]}?" if close else f"Install it, for instance: pip install {install}.",
    )


# ----------------------------------------------------------------------------------------------- observers


def load_observers() -> list[object]:
    """The observers installed; one that cannot be loaded is logged and left out."""
    observers: list[object] = []
    for entry in discover(OBSERVERS):
        try:
            observers.append(load_observer(entry))
        except ConnectorHostError as error:
            log.warning("an observer is left out: %s", error)
    return observers


def load_observer(entry: Entry) -> object:
    """Import the observer of one entry; PluginError if it is broken or has hooks that are not for observers."""
    if entry.problem:
        raise PluginError(entry.problem)
    plugin: object = import_entry(entry)
    who = f"{entry.name} ({entry.distribution} {entry.version})"
    hooks = contract.check_hooks(contract.new_manager(), plugin, who)
    if foreign := sorted(hooks - contract.OBSERVE_HOOKS):
        raise PluginError(f"{who}: {foreign[0]} is not a hook of observers")
    if not hooks:
        raise PluginError(f"{who} has no hook", hint="Mark its functions with @connector_host.hookimpl.")
    return plugin
