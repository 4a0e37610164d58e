"""Loading of connectors and observers: one is imported when it is named, checked, and wrapped in the typed facade.

Any failure of its import is a `PluginError` that harms no other connector.
"""

from __future__ import annotations

import difflib
import logging
from pathlib import Path
from typing import Any

import pluggy

from ..errors import ConfigError, ConnectorHostError, PluginError
from ..operating_system import Terminated
from . import contract_checks
from .discovery import ALLOWED, CONNECTORS, OBSERVERS, PluginEntry, discover, installed, is_name
from .facade import Connector, capabilities
from .failure_location import describe_failure
from .output_redirect import output_to_stderr

__all__ = [
    "Connector",
    "PluginEntry",
    "capabilities",
    "discover",
    "import_entry",
    "load",
    "load_entry",
    "load_observer",
    "load_observers",
    "make_connector",
]


log = logging.getLogger(__name__)


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


def load_entry(entry: PluginEntry) -> Connector:
    """Import and check the connector of one entry. Raises PluginError if it is broken."""
    if entry.problem:
        raise PluginError(entry.problem, hint=_remedy(entry))
    return make_connector(import_entry(entry), entry.name, version=entry.version, distribution=entry.distribution)


def _remedy(entry: PluginEntry) -> str:
    if _is_file(entry):
        return f"Fix it, or move {entry.distribution} away."
    return f"Uninstall one of them, for instance: pip uninstall {entry.distribution}."


def _is_file(entry: PluginEntry) -> bool:
    """Return True for a single file of a plugins folder: its distribution is its path."""
    return Path(entry.distribution).is_absolute()


def import_entry(entry: PluginEntry) -> Any:
    """Import and return the object that an entry names. Raises PluginError, naming the distribution, on any failure."""
    owner = f"{entry.name} ({entry.distribution} {entry.version})"
    hint = f"Reinstall it (pip install --force-reinstall {entry.distribution}), or uninstall it."
    if _is_file(entry):
        hint = f"Fix {entry.distribution}, or move it away."
    try:
        with output_to_stderr():
            return entry.point.load()
    except ImportError as error:
        if error.name is not None and error.name == getattr(entry.point, "module", None):
            raise PluginError(
                f"the entry point of {owner} names the module {error.name}, which does not exist", hint=hint
            ) from error
        raise PluginError(f"{owner} cannot be imported: {error}", hint=hint) from error
    except SyntaxError as error:
        where = f"{error.filename}:{error.lineno}"
        raise PluginError(f"{owner} cannot be imported: {error.msg} at {where}", hint=hint) from error
    except (KeyboardInterrupt, Terminated):  # a person's, or a signal's
        raise
    except ConfigError:  # of an entry of the config file
        raise
    except BaseException as error:  # the plugin's code: anything may come out of it
        raise PluginError(f"{owner} cannot be imported: {describe_failure(error)}", hint=hint) from error


def make_connector(plugin: object, name: str, *, version: str = "", distribution: str = "") -> Connector:
    """Return a checked connector around a module or object with hook functions.

    Raises PluginError if it breaks the contract.
    """
    owner = f"{name} ({distribution} {version})" if distribution else name
    manager = contract_checks.new_manager()
    hooks = contract_checks.check_hooks(manager, plugin, owner)
    contract_checks.check_required(hooks, owner)
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"{owner}: {error}") from error
    info = contract_checks.checked_info(_call_describing(manager.hook.connector_info, owner), owner)
    declared = _call_describing(manager.hook.connector_options, owner) if "connector_options" in hooks else ()
    options = contract_checks.checked_options(declared, owner)
    connector = Connector(manager, hooks, info, options, name=name, version=version, distribution=distribution)
    if getattr(plugin, "is_remote", False):
        connector.is_remote, connector.begun = True, plugin.begun  # type: ignore[attr-defined]
    return connector


def _call_describing(hook: pluggy.HookCaller, owner: str) -> Any:
    try:
        with output_to_stderr():
            return hook()
    except (KeyboardInterrupt, Terminated):
        raise
    except BaseException as error:
        if isinstance(error, ConnectorHostError):
            raise PluginError(f"{owner}: {hook.name} failed: {error}", hint=error.hint) from error
        raise PluginError(f"{owner}: {hook.name} failed: {describe_failure(error)}") from error


def _unknown(name: str, entries: list[PluginEntry]) -> ConfigError:
    names = sorted({entry.name for entry in entries})
    hidden = any(entry.name == name for entry in installed(CONNECTORS))
    if hidden:
        return ConfigError(f"the connector {name!r} is installed, but {ALLOWED} does not list it")
    close = difflib.get_close_matches(name, names, n=1)
    install = f"connector-host-{name}" if is_name(name) else "connector-host-NAME"
    return ConfigError(
        f"there is no connector {name!r}; installed: {', '.join(names) or 'none'}",
        hint=f"Did you mean {close[0]}?" if close else f"Install it, for instance: pip install {install}.",
    )


# ----------------------------------------------------------------------------------------------- observers


def load_observers() -> list[object]:
    """Load the installed observers; one that cannot be loaded is logged and left out."""
    observers: list[object] = []
    for entry in discover(OBSERVERS):
        try:
            observers.append(load_observer(entry))
        except ConnectorHostError as error:
            log.warning("an observer is left out: %s", error)
    return observers


def load_observer(entry: PluginEntry) -> object:
    """Import the observer of one entry. Raises PluginError if it is broken or has hooks that are not for observers."""
    if entry.problem:
        raise PluginError(entry.problem)
    plugin: object = import_entry(entry)
    owner = f"{entry.name} ({entry.distribution} {entry.version})"
    hooks = contract_checks.check_hooks(contract_checks.new_manager(), plugin, owner)
    if foreign := sorted(hooks - contract_checks.OBSERVE_HOOKS):
        raise PluginError(f"{owner}: {foreign[0]} is not a hook of observers")
    if not hooks:
        raise PluginError(f"{owner} has no hook", hint="Mark its functions with @connector_host.hookimpl.")
    return plugin
