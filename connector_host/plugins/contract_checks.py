"""Checks of the contract: a connector's hooks when it is loaded, its return values when they arrive.

A breach of the contract is a `PluginError` that names the connector and the hook; nothing is repaired silently.
"""

from __future__ import annotations

import difflib
import inspect
import logging
import types
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import pluggy

from .. import hookspecs
from ..actions import ActionResult, ActionSchema, ActionStatus
from ..errors import ConnectorHostError, PluginError
from ..event_feeds import Event, EventFeed, EventPage, EventType
from ..hookspecs import HOST_API
from ..identifiers import ResourceId
from ..model import Change, ConnectorInfo, Identity, Outcome, Page
from ..options import Option, OptionType
from . import deprecations

__all__ = [
    "OBSERVE_HOOKS",
    "check_hooks",
    "check_required",
    "checked_action_result",
    "checked_actions",
    "checked_change",
    "checked_events",
    "checked_feeds",
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
        raise PluginError(f"{where} is a generator", hint="Return a Page: the host asks for the next one.")


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
        raise PluginError(f"{where} returned {_type_words(value)}, not {_article(struct.__name__)}")
    try:
        return msgspec.convert(msgspec.to_builtins(value), struct)
    except (TypeError, ValueError) as error:  # msgspec's ValidationError is a ValueError
        raise PluginError(f"{where} returned {_article(struct.__name__)} with a wrong field: {error}") from error


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
    for limit in info.rate_limits:
        if limit.requests < 1 or limit.seconds <= 0:
            raise PluginError(f"{where} declares a rate limit of {limit.requests} calls in {limit.seconds} s")
    return info


def checked_options(value: object, owner: str) -> tuple[Option, ...]:
    """Return the options of `connector_options` if each is well typed, its default fits, and no flag is used twice."""
    where = f"{owner}: connector_options"
    if not isinstance(value, (list, tuple)):
        raise PluginError(f"{where} returned {_type_words(value)}, not a list of Option")
    flags: set[str] = set()
    for option in value:
        if not isinstance(option, Option):
            raise PluginError(f"{where} returned {_type_words(option)} among the options")
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


def checked_page(value: object, where: str) -> Page[Any]:
    """Return the page of a list hook: a plain list or tuple is the only page; an empty next token becomes None."""
    if type(value) is not Page:
        if isinstance(value, (list, tuple)):
            return Page(value)
        if isinstance(value, types.GeneratorType):
            value.close()
        hint = "Does each of its branches end in a return?" if value is None else "Return connector_host.Page(items)."
        raise PluginError(f"{where} returned {_type_words(value)}, not a list or a Page", hint=hint)
    items = value.items
    if not isinstance(items, (list, tuple)) and (not isinstance(items, Sequence) or isinstance(items, (str, bytes))):
        raise PluginError(f"{where} returned a Page whose items are {_type_words(items)}, not a list")
    token, more = value.next_token, value.more_tokens
    if token is not None and not isinstance(token, str):
        raise PluginError(f"{where} returned a Page whose next_token is {_type_words(token)}, not a text")
    if more and (not isinstance(more, (list, tuple)) or not all(isinstance(entry, str) and entry for entry in more)):
        raise PluginError(f"{where} returned a Page whose more_tokens are not non-empty texts")
    gaps = value.gaps
    if gaps and (not isinstance(gaps, (list, tuple)) or not all(isinstance(gap, str) and gap for gap in gaps)):
        raise PluginError(f"{where} returned a Page whose gaps are not non-empty texts")
    skipped = value.skipped
    if skipped and (not isinstance(skipped, (list, tuple)) or not all(isinstance(name, str) for name in skipped)):
        raise PluginError(f"{where} returned a Page whose skipped rows are not texts")
    if token == "":
        return Page(items, None, more, value.insert_resources, value.rate_limit, gaps, skipped)
    return value


def checked_identity(value: object, where: str) -> Identity:
    """Return the value of `check_session` if it is a well-typed Identity."""
    return typed(value, Identity, where)


def checked_change(value: object, where: str) -> Change:
    """Return the value of a provisioning hook if it is a Change with a known outcome."""
    if not isinstance(value, Change):
        raise PluginError(
            f"{where} returned {_type_words(value)}, not a Change",
            hint="The change may have been made: check the application.",
        )
    if value.outcome not in tuple(Outcome):
        raise PluginError(f"{where} returned a Change with the outcome {value.outcome!r}")
    return value


def checked_actions(value: object, where: str) -> tuple[ActionSchema, ...]:
    """Return the actions of `list_actions` if each has a name of its own and well-typed arguments."""
    if not isinstance(value, (list, tuple)):
        raise PluginError(f"{where} returned {_type_words(value)}, not a list of ActionSchema")
    names: set[str] = set()
    for action in value:
        if not isinstance(action, ActionSchema):
            raise PluginError(f"{where} returned {_type_words(action)} among the actions")
        if not isinstance(action.name, str) or not action.name:
            raise PluginError(f"{where} returned an action without a name")
        if action.name in names:
            raise PluginError(f"{where} returned the action {action.name} twice")
        names.add(action.name)
        for argument in action.arguments:
            if not isinstance(argument, Option):
                raise PluginError(f"{where}: an argument of {action.name} is {_type_words(argument)}, not an Option")
            _check_option(argument, f"{where}: {action.name}: {argument.name}")
    return tuple(value)


def checked_action_result(value: object, where: str) -> ActionResult:
    """Return the value of an action hook if it is an ActionResult with a known status."""
    if not isinstance(value, ActionResult):
        raise PluginError(
            f"{where} returned {_type_words(value)}, not an ActionResult",
            hint="The action may have been performed: check the application.",
        )
    if value.status not in tuple(ActionStatus):
        raise PluginError(f"{where} returned an ActionResult with the status {value.status!r}")
    if value.status is ActionStatus.RUNNING and not value.id:
        raise PluginError(f"{where} returned a running action without an id")
    return value


def checked_feeds(value: object, where: str) -> tuple[EventFeed, ...]:
    """Return the feeds of `list_event_feeds` if each is well typed and has an id of its own."""
    if not isinstance(value, (list, tuple)):
        raise PluginError(f"{where} returned {_type_words(value)}, not a list of EventFeed")
    feeds = tuple(typed(feed, EventFeed, where) for feed in value)
    if len({feed.id for feed in feeds}) != len(feeds):
        raise PluginError(f"{where} returned two feeds of one id")
    return feeds


def checked_events(value: object, where: str) -> EventPage:
    """Return the page of `list_events` if its events have ids, types and times with a zone."""
    if not isinstance(value, EventPage):
        raise PluginError(f"{where} returned {_type_words(value)}, not an EventPage")
    if value.next_cursor is not None and not isinstance(value.next_cursor, str):
        raise PluginError(f"{where} returned an EventPage whose next_cursor is {_type_words(value.next_cursor)}")
    for position, event in enumerate(value.events):
        if not isinstance(event, Event):
            raise PluginError(f"{where}, item {position}: it is {_type_words(event)}, not an Event")
        if not isinstance(event.id, str) or not event.id or event.type not in tuple(EventType):
            raise PluginError(f"{where}, item {position}: an event needs an id, and a type of EventType")
        if not isinstance(event.occurred_at, datetime) or event.occurred_at.tzinfo is None:
            raise PluginError(f"{where}, item {position} ({event.id}): occurred_at is no time with a zone")
        for name in ("actor", "target", "principal"):
            if not isinstance(getattr(event, name), (ResourceId, type(None))):
                type_words = _type_words(getattr(event, name))
                raise PluginError(f"{where}, item {position} ({event.id}): {name} is {type_words}, not a ResourceId")
    return value


def _type_words(value: object) -> str:
    """Return the type of a value in words; never the value, which may be a secret."""
    return "nothing" if value is None else _article(type(value).__name__)


def _article(word: str) -> str:
    return f"an {word}" if word[:1] in "AEIOUaeiou" else f"a {word}"
