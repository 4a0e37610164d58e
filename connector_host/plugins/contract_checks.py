"""Checks that a connector keeps to the contract: its hooks when it is loaded, its answers when they arrive.

What breaks the contract is a `PluginError` that names the connector and the hook; nothing of it is repaired silently.
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
from ..errors import ConnectorHostError, PluginError
from ..hookspecs import HOST_API
from ..model import Change, ConnectorInfo, Identity, Outcome, Page
from ..options import Option, OptionType
from . import deprecations

__all__ = [
    "OBSERVE_HOOKS",
    "check_hooks",
    "check_required",
    "checked_change",
    "checked_identity",
    "checked_info",
    "checked_options",
    "checked_page",
    "new_manager",
]

log = logging.getLogger(__name__)

REQUIRED_HOOKS = ("connector_info", "list_resource_types")

S = TypeVar("S", bound=msgspec.Struct)


# ----------------------------------------------------------------------------------------------- hooks


def new_manager() -> pluggy.PluginManager:
    """A plugin manager that knows the hooks of the contract and holds nothing yet."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _observe_hooks() -> frozenset[str]:
    hooks = new_manager().hook
    return frozenset(name for name in _hook_names(hooks) if not getattr(hooks, name).spec.opts["firstresult"])


def check_hooks(manager: pluggy.PluginManager, plugin: object, who: str) -> frozenset[str]:
    """The names of the hooks that `plugin` implements, each of them known and callable as the contract calls it."""
    if inspect.isclass(plugin):
        raise PluginError(
            f"{who}: the entry point names the class {plugin.__name__}",
            hint="Let it name a module with hook functions, or an instance.",
        )
    found: set[str] = set()
    for attribute in dir(plugin):
        marks = manager.parse_hookimpl_opts(plugin, attribute)
        if marks is None:
            if _forgotten(plugin, attribute, manager.hook):
                log.warning("%s: %s is not marked with @hookimpl, so it is not a hook", who, attribute)
            continue
        name = marks.get("specname") or attribute
        caller = getattr(manager.hook, name, None)
        if caller is None:
            if marks.get("optionalhook"):
                continue
            raise PluginError(f"{who}: there is no hook {name!r}", hint=_nearest(name, _hook_names(manager.hook)))
        function = getattr(plugin, attribute)
        _check_kind(function, f"{who}: {name}", wrapper=bool(marks.get("wrapper") or marks.get("hookwrapper")))
        _check_signature(function, caller.spec.argnames, f"{who}: {name}")
        deprecations.warn_deprecated(who, name, inspect.signature(function).parameters)
        found.add(name)
    return frozenset(found)


def _forgotten(plugin: object, attribute: str, hooks: object) -> bool:
    """Whether a function that a module defines has the name of a hook, without the mark of one."""
    if attribute.startswith("_") or not hasattr(hooks, attribute) or not isinstance(plugin, types.ModuleType):
        return False
    function = getattr(plugin, attribute)
    return inspect.isfunction(function) and function.__module__ == plugin.__name__


def check_required(hooks: frozenset[str], who: str) -> None:
    """A connector has at least `connector_info` and `list_resource_types`."""
    if not hooks:
        raise PluginError(f"{who} has no hook", hint="Mark its functions with @connector_host.hookimpl.")
    if missing := [name for name in REQUIRED_HOOKS if name not in hooks]:
        raise PluginError(f"{who} lacks the hook {missing[0]}", hint="Every connector must have it.")


def _hook_names(hooks: object) -> list[str]:
    return sorted(name for name in vars(hooks) if not name.startswith("_"))


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."


def _check_kind(function: Any, where: str, *, wrapper: bool) -> None:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise PluginError(f"{where} is asynchronous", hint="Hooks are plain functions; the host calls them in threads.")
    if inspect.isgeneratorfunction(function) and not wrapper:
        raise PluginError(f"{where} is a generator", hint="Return a Page: the host asks for the next one.")


def _check_signature(function: Any, known: Sequence[str], where: str) -> None:
    """Arguments with a default, `*args` and keyword-only ones would never be filled, silently: refuse them."""
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise PluginError(f"{where} takes *{name}", hint=f"Name the arguments it needs of: {', '.join(known)}.")
        if name in known and (parameter.kind is parameter.KEYWORD_ONLY or parameter.default is not parameter.empty):
            raise PluginError(
                f"{where} declares {name!r} with a default or as keyword-only, so it would never be given",
                hint="Declare it as a plain argument.",
            )
        if name not in known and parameter.default is parameter.empty:
            raise PluginError(f"{where} takes an unknown argument {name!r}", hint=_nearest(name, known))


OBSERVE_HOOKS = _observe_hooks()
"""The hooks every observer may have: those that go to all, not to the first that answers."""


# ----------------------------------------------------------------------------------------------- descriptions


def typed(value: object, struct: type[S], where: str) -> S:
    """`value` if it is a `struct` whose fields have the declared types."""
    if not isinstance(value, struct):
        raise PluginError(f"{where} gave {_kind(value)}, not {_article(struct.__name__)}")
    try:
        return msgspec.convert(msgspec.to_builtins(value), struct)
    except (TypeError, ValueError) as error:  # msgspec's ValidationError is a ValueError
        raise PluginError(f"{where} gave {_article(struct.__name__)} with a wrong field: {error}") from error


def checked_info(value: object, who: str) -> ConnectorInfo:
    """What `connector_info` gave, written for this host and with sane limits."""
    where = f"{who}: connector_info"
    info = typed(value, ConnectorInfo, where)
    if info.api > HOST_API:
        raise PluginError(
            f"{who} was written for host API {info.api}; this host has {HOST_API}",
            hint="Update the host: pip install --upgrade connector-host.",
        )
    if info.api < HOST_API:
        raise PluginError(
            f"{who} was written for host API {info.api}; this host has {HOST_API}", hint="Update the connector."
        )
    if info.concurrency < 1:
        raise PluginError(f"{where} declares a concurrency of {info.concurrency}", hint="It is at least 1.")
    for limit in info.rate_limits:
        if limit.requests < 1 or limit.seconds <= 0:
            raise PluginError(f"{where} declares a rate limit of {limit.requests} calls in {limit.seconds} s")
    return info


def checked_options(value: object, who: str) -> tuple[Option, ...]:
    """What `connector_options` gave: well-typed options, no name or flag twice, defaults that fit."""
    where = f"{who}: connector_options"
    if not isinstance(value, (list, tuple)):
        raise PluginError(f"{where} gave {_kind(value)}, not a list of Option")
    flags: set[str] = set()
    for option in value:
        if not isinstance(option, Option):
            raise PluginError(f"{where} gave {_kind(option)} among the options")
        _check_option(option, f"{where}: {option.name}")
        own = {option.flag, option.opposite} if option.type is OptionType.BOOL else {option.flag}
        if own & flags:
            raise PluginError(f"{where}: {option.name} is declared twice")
        flags |= own
    return tuple(value)


def _check_option(option: Option, where: str) -> None:
    if not isinstance(option.type, OptionType):
        raise PluginError(f"{where}: the type {option.type!r} is not an OptionType")
    for field in ("choices", "env"):
        words = getattr(option, field)
        if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
            raise PluginError(f"{where}: {field} is not a tuple of texts")
    for field in ("required_when", "check"):
        if (function := getattr(option, field)) is not None and not callable(function):
            raise PluginError(f"{where}: {field} is not a function")
    if option.secret and option.type is not OptionType.STR:
        raise PluginError(f"{where}: a secret must be of type STR")
    if option.default is not None:
        try:
            option.parse(option.default, "default")
        except ConnectorHostError as error:
            raise PluginError(f"{where}: {error}") from error


# ----------------------------------------------------------------------------------------------- answers


def checked_page(answer: object, where: str) -> Page[Any]:
    """The page a list hook gave: a plain list or tuple is the only page; an empty next token is none."""
    if type(answer) is not Page:
        if isinstance(answer, (list, tuple)):
            return Page(answer)
        if isinstance(answer, types.GeneratorType):
            answer.close()
        hint = "Does each of its branches end in a return?" if answer is None else "Return connector_host.Page(items)."
        raise PluginError(f"{where} gave {_kind(answer)}, not a list or a Page", hint=hint)
    items = answer.items
    if not isinstance(items, (list, tuple)) and (not isinstance(items, Sequence) or isinstance(items, (str, bytes))):
        raise PluginError(f"{where} gave a Page whose items are {_kind(items)}, not a list")
    token, more = answer.next_token, answer.more_tokens
    if token is not None and not isinstance(token, str):
        raise PluginError(f"{where} gave a Page whose next_token is {_kind(token)}, not a text")
    if more and (not isinstance(more, (list, tuple)) or not all(isinstance(one, str) and one for one in more)):
        raise PluginError(f"{where} gave a Page whose more_tokens are not non-empty texts")
    if token == "":
        return Page(items, None, more, answer.insert_resources, answer.rate_limit)
    return answer


def checked_identity(answer: object, where: str) -> Identity:
    """What `check_session` gave."""
    return typed(answer, Identity, where)


def checked_change(answer: object, where: str) -> Change:
    """What a provisioning hook gave."""
    if not isinstance(answer, Change):
        raise PluginError(f"{where} gave {_kind(answer)}, not a Change", hint="It may have done its work: look there.")
    if answer.outcome not in tuple(Outcome):
        raise PluginError(f"{where} gave a Change with the outcome {answer.outcome!r}")
    return answer


def _kind(value: object) -> str:
    """The kind of a value in words; never the value, which may be a secret."""
    return "nothing" if value is None else _article(type(value).__name__)


def _article(word: str) -> str:
    return f"an {word}" if word[:1] in "AEIOUaeiou" else f"a {word}"
