"""Checks of the contract when a connector is loaded: its hooks, its description, its options.

A breach of the contract is a `PluginError` that names the connector and the hook; nothing is repaired silently.
"""

from __future__ import annotations

import difflib
import inspect
import logging
import types
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import pluggy

from .. import hookspecs
from ..errors import ConnectorHostError, PluginError, valid_text
from ..hookspecs import HOST_API
from ..model import ConnectorInfo
from ..options import Option, OptionType
from . import deprecations

__all__ = [
    "OBSERVE_HOOKS",
    "add_name",
    "article",
    "check_hooks",
    "check_option",
    "check_required",
    "checked_info",
    "checked_options",
    "new_manager",
    "type_words",
    "typed",
]

log = logging.getLogger(__name__)

LONGEST_WINDOW = 86_400.0
"""Seconds of the window of a rate limit."""
OPTIONS = "Return a list of connector_host.Option(name='...'), or leave the hook out."
REQUIRED_HOOKS = ("connector_info", "list_resource_types")

S = TypeVar("S", bound=msgspec.Struct)


# ----------------------------------------------------------------------------------------------- hooks


def new_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows the hooks of the contract and holds no plugin yet."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _observe_hooks() -> frozenset[str]:
    hooks = new_manager().hook
    return frozenset(name for name in _hook_names(hooks) if not getattr(hooks, name).spec.opts["firstresult"])


def check_hooks(manager: pluggy.PluginManager, plugin: object, owner: str) -> frozenset[str]:
    """Return the names of the hooks that `plugin` implements, after checking that the host can call each of them.

    Raises PluginError, naming `owner`, for an unknown hook or a signature that cannot be called as the contract says.
    """
    if inspect.isclass(plugin):
        raise PluginError(
            f"{owner}: the entry point names the class {plugin.__name__}",
            hint="Name a module with hook functions, or an instance.",
        )
    names: set[str] = set()
    for attribute in dir(plugin):
        marks = manager.parse_hookimpl_opts(plugin, attribute)
        if marks is None:
            if _is_unmarked_hook(plugin, attribute, manager.hook):
                log.warning("%s: %s is not marked with @hookimpl, so it is not a hook", owner, attribute)
            continue
        name = marks.get("specname") or attribute
        caller = getattr(manager.hook, name, None)
        if caller is None:
            if marks.get("optionalhook"):
                continue
            raise PluginError(f"{owner}: there is no hook {name!r}", hint=_suggestion(name, _hook_names(manager.hook)))
        function = getattr(plugin, attribute)
        _check_is_plain(function, f"{owner}: {name}", wrapper=bool(marks.get("wrapper") or marks.get("hookwrapper")))
        _check_signature(function, caller.spec.argnames, f"{owner}: {name}")
        deprecations.warn_deprecated(owner, name, inspect.signature(function).parameters)
        names.add(name)
    return frozenset(names)


def _is_unmarked_hook(plugin: object, attribute: str, hooks: object) -> bool:
    """Return True for a function of the module that has the name of a hook but not its mark."""
    if attribute.startswith("_") or not hasattr(hooks, attribute) or not isinstance(plugin, types.ModuleType):
        return False
    function = getattr(plugin, attribute)
    return inspect.isfunction(function) and function.__module__ == plugin.__name__


def check_required(hooks: frozenset[str], owner: str) -> None:
    """Check that a connector has at least `connector_info` and `list_resource_types`."""
    if not hooks:
        raise PluginError(f"{owner} has no hook", hint="Mark its functions with @connector_host.hookimpl.")
    if missing := [name for name in REQUIRED_HOOKS if name not in hooks]:
        raise PluginError(f"{owner} lacks the hook {missing[0]}", hint="Every connector must have it.")


def _hook_names(hooks: object) -> list[str]:
    return sorted(name for name in vars(hooks) if not name.startswith("_"))


def _suggestion(name: str, choices: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, choices, n=1)
    return f"Did you mean {close[0]}?" if close else f"Choose one of: {', '.join(choices)}."


def _check_is_plain(function: Any, where: str, *, wrapper: bool) -> None:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise PluginError(f"{where} is asynchronous", hint="Hooks are plain functions; the host calls them in threads.")
    if inspect.isgeneratorfunction(function) and not wrapper:
        raise PluginError(f"{where} is a generator", hint="Return a list, or a Page: the host asks for the next one.")


def _check_signature(function: Any, arguments: Sequence[str], where: str) -> None:
    """Refuse what pluggy would silently never fill: arguments with a default, `*args` and keyword-only ones."""
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise PluginError(f"{where} takes *{name}", hint=f"Name the arguments it needs of: {', '.join(arguments)}.")
        if name in arguments and (parameter.kind is parameter.KEYWORD_ONLY or parameter.default is not parameter.empty):
            raise PluginError(
                f"{where} declares {name!r} with a default or as keyword-only, so the host would never pass it",
                hint="Declare it as a plain argument.",
            )
        if name not in arguments and parameter.default is parameter.empty:
            raise PluginError(f"{where} takes an unknown argument {name!r}", hint=_suggestion(name, arguments))


OBSERVE_HOOKS = _observe_hooks()
"""The hooks that observers may have. Pluggy calls them in every plugin, not only in the first that returns a value."""


# ----------------------------------------------------------------------------------------------- descriptions


def typed(value: object, struct: type[S], where: str) -> S:
    """Return `value` if it is a `struct` whose fields have the declared types; raise PluginError otherwise."""
    if not isinstance(value, struct):
        raise PluginError(f"{where} returned {type_words(value)}, not {article(struct.__name__)}")
    try:
        fields = msgspec.to_builtins(value)
        _check_unicode(fields, "$")
        return msgspec.convert(fields, struct)
    except (TypeError, ValueError, RecursionError) as error:  # msgspec's ValidationError is a ValueError
        raise PluginError(f"{where} returned {article(struct.__name__)} with a wrong field: {error}") from error


def _check_unicode(value: object, place: str) -> None:
    """Raise ValueError for a text in plain values that cannot be stored."""
    if isinstance(value, str) and valid_text(value) != value:
        raise ValueError(f"{value!r} is not valid Unicode text - at `{place}`")
    if isinstance(value, dict):
        for key, entry in value.items():
            _check_unicode(key, place)
            _check_unicode(entry, f"{place}.{key}")
    elif isinstance(value, (list, tuple)):
        for entry in value:
            _check_unicode(entry, f"{place}[...]")


def checked_info(value: object, owner: str) -> ConnectorInfo:
    """Return the value of `connector_info` if it is for this host's API number and its limits are positive."""
    where = f"{owner}: connector_info"
    info = typed(value, ConnectorInfo, where)
    if info.api > HOST_API:
        raise PluginError(
            f"{owner} was written for host API {info.api}; this host has {HOST_API}",
            hint="Update the host: pip install --upgrade connector-host.",
        )
    if info.api < HOST_API:
        raise PluginError(
            f"{owner} was written for host API {info.api}; this host has {HOST_API}", hint="Update the connector."
        )
    if info.concurrency < 1:
        raise PluginError(f"{where} declares a concurrency of {info.concurrency}", hint="Declare at least 1.")
    _check_rate_limits(info, where)
    return info


def _check_rate_limits(info: ConnectorInfo, where: str) -> None:
    hooks = _hook_names(new_manager().hook)
    for limit in info.rate_limits:
        if limit.requests < 1 or not 0 < limit.seconds <= LONGEST_WINDOW:  # NaN is in no range
            raise PluginError(
                f"{where} declares a rate limit of {limit.requests} calls in {limit.seconds} s",
                hint="Declare at least 1 call, in more than 0 seconds and at most a day.",
            )
        if unknown := [name for name in limit.hooks if name not in hooks]:
            raise PluginError(
                f"{where} declares a rate limit for the hook {unknown[0]!r}, which does not exist",
                hint=_suggestion(unknown[0], hooks),
            )


def checked_options(value: object, owner: str) -> tuple[Option, ...]:
    """Return the options of `connector_options` if each is well typed, its default fits, and no flag is used twice."""
    where = f"{owner}: connector_options"
    if not isinstance(value, (list, tuple)):
        raise PluginError(f"{where} returned {type_words(value)}, not a list of Option", hint=OPTIONS)
    flags: set[str] = set()
    for option in value:
        if not isinstance(option, Option):
            raise PluginError(f"{where} returned {type_words(option)} among the options", hint=OPTIONS)
        check_option(option, f"{where}: {option.name}")
        own = {option.flag, option.opposite} if option.type is OptionType.BOOL else {option.flag}
        if own & flags:
            raise PluginError(f"{where}: {option.name} is declared twice")
        flags |= own
    return tuple(value)


def check_option(option: Option, where: str) -> None:
    """Raise PluginError if an option is not well typed, or its default does not fit."""
    if not isinstance(option.type, OptionType):
        choices = ", ".join(f"OptionType.{member.name}" for member in OptionType)
        raise PluginError(f"{where}: the type {option.type!r} is not an OptionType", hint=f"Choose one of: {choices}.")
    for field in ("choices", "env"):
        words = getattr(option, field)
        if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
            raise PluginError(f"{where}: {field} is not a tuple of texts", hint=f"Write {field}=('text',).")
    for field in ("required_when", "check"):
        if (function := getattr(option, field)) is not None and not callable(function):
            raise PluginError(f"{where}: {field} is not a function")
    if option.secret and option.type is not OptionType.STR:
        raise PluginError(f"{where}: a secret must be of type STR")
    if option.default is not None:
        try:
            option.parse(option.default, "default")
        except ConnectorHostError as error:
            raise PluginError(
                f"{where}: {error}", hint=error.hint or "Correct the default, or leave it out."
            ) from error


def type_words(value: object) -> str:
    """Return the type of a value in words; never the value, which may be a secret."""
    return "nothing" if value is None else article(type(value).__name__)


def article(word: str) -> str:
    """Return a word with its article."""
    return f"an {word}" if word[:1] in "AEIOUaeiou" else f"a {word}"


def add_name(names: set[str], name: object, noun: str, where: str) -> None:
    """Add the name of an action or a field to those before it. Raises PluginError for none, and for one again."""
    if not isinstance(name, str) or not name:
        raise PluginError(f"{where} returned {article(noun)} without a name")
    if name in names:
        raise PluginError(f"{where} returned the {noun} {name} twice")
    names.add(name)
