"""Checks of what hooks return: each value has its type, and contradicts nothing.

A breach of the contract is a `PluginError` that names the connector and the hook; nothing is repaired silently.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs

from ..actions import ActionResult, ActionSchema, ActionStatus
from ..errors import PluginError
from ..event_feeds import Event, EventFeed, EventPage, EventType
from ..identifiers import ResourceId
from ..model import Change, Identity, Outcome, Page
from ..options import Option
from .contract_checks import add_name, check_option, type_words, typed

__all__ = [
    "checked_action_result",
    "checked_actions",
    "checked_change",
    "checked_events",
    "checked_feeds",
    "checked_identity",
    "checked_page",
]

UNFINISHED = (Outcome.ACTION_REQUIRED, Outcome.IN_PROGRESS)
ACCOUNT_HOOKS = ("create_account", "get_account_creation")


def checked_page(value: object, where: str) -> Page[Any]:
    """Return the page of a list hook: a plain list or tuple is the only page; an empty next token becomes None."""
    if type(value) is not Page:
        if isinstance(value, (list, tuple)):
            return Page(value)
        if isinstance(value, types.GeneratorType):
            value.close()
        hint = "Does each of its branches end in a return?" if value is None else "Return connector_host.Page(items)."
        raise PluginError(f"{where} returned {type_words(value)}, not a list or a Page", hint=hint)
    items = value.items
    if not isinstance(items, (list, tuple)) and (not isinstance(items, Sequence) or isinstance(items, (str, bytes))):
        raise PluginError(f"{where} returned a Page whose items are {type_words(items)}, not a list")
    token, more = value.next_token, value.more_tokens
    if token is not None and not isinstance(token, str):
        raise PluginError(f"{where} returned a Page whose next_token is {type_words(token)}, not a text")
    if more and (not isinstance(more, (list, tuple)) or not all(isinstance(entry, str) and entry for entry in more)):
        raise PluginError(f"{where} returned a Page whose more_tokens are not non-empty texts")
    gaps = value.gaps
    if gaps and (not isinstance(gaps, (list, tuple)) or not all(isinstance(gap, str) and gap for gap in gaps)):
        raise PluginError(f"{where} returned a Page whose gaps are not non-empty texts")
    skipped = value.skipped
    if skipped and (not isinstance(skipped, (list, tuple)) or not all(isinstance(name, str) for name in skipped)):
        raise PluginError(f"{where} returned a Page whose skipped rows are not texts")
    if value.unchanged and (items or token or more or value.etag):
        raise PluginError(
            f"{where} returned an unchanged Page with items, tokens or an etag",
            hint="Return Page((), unchanged=True) and nothing else: the host takes the items of the previous sync.",
        )
    if not isinstance(value.etag, str):
        raise PluginError(f"{where} returned a Page whose etag is {type_words(value.etag)}, not a text")
    return structs.replace(value, next_token=None) if token == "" else value


def checked_identity(value: object, where: str) -> Identity:
    """Return the value of `check_session` if it is a well-typed Identity."""
    return typed(value, Identity, where)


def checked_change(value: object, where: str) -> Change:
    """Return the value of a provisioning hook if it is a Change with a known outcome."""
    if not isinstance(value, Change):
        raise PluginError(
            f"{where} returned {type_words(value)}, not a Change",
            hint="The change may have been made: check the application.",
        )
    if value.outcome not in tuple(Outcome):
        raise PluginError(f"{where} returned a Change with the outcome {value.outcome!r}")
    if value.outcome in UNFINISHED and not where.endswith(ACCOUNT_HOOKS):
        raise PluginError(f"{where} returned the outcome {value.outcome}, which is for new accounts only")
    return value


def checked_actions(value: object, where: str) -> tuple[ActionSchema, ...]:
    """Return the actions of `list_actions` if each has a name of its own and well-typed arguments."""
    if not isinstance(value, (list, tuple)):
        raise PluginError(f"{where} returned {type_words(value)}, not a list of ActionSchema")
    names: set[str] = set()
    for action in value:
        if not isinstance(action, ActionSchema):
            raise PluginError(f"{where} returned {type_words(action)} among the actions")
        add_name(names, action.name, "action", where)
        for argument in action.arguments:
            if not isinstance(argument, Option):
                raise PluginError(f"{where}: an argument of {action.name} is {type_words(argument)}, not an Option")
            check_option(argument, f"{where}: {action.name}: {argument.name}")
    return tuple(value)


def checked_action_result(value: object, where: str) -> ActionResult:
    """Return the value of an action hook if it is an ActionResult with a known status."""
    if not isinstance(value, ActionResult):
        raise PluginError(
            f"{where} returned {type_words(value)}, not an ActionResult",
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
        raise PluginError(f"{where} returned {type_words(value)}, not a list of EventFeed")
    feeds = tuple(typed(feed, EventFeed, where) for feed in value)
    if len({feed.id for feed in feeds}) != len(feeds):
        raise PluginError(f"{where} returned two feeds of one id")
    return feeds


def checked_events(value: object, where: str) -> EventPage:
    """Return the page of `list_events` if its events have ids, types and times with a zone."""
    if not isinstance(value, EventPage):
        raise PluginError(f"{where} returned {type_words(value)}, not an EventPage")
    if value.next_cursor is not None and not isinstance(value.next_cursor, str):
        raise PluginError(f"{where} returned an EventPage whose next_cursor is {type_words(value.next_cursor)}")
    for position, event in enumerate(value.events):
        if not isinstance(event, Event):
            raise PluginError(f"{where}, item {position}: it is {type_words(event)}, not an Event")
        if not isinstance(event.id, str) or not event.id or event.type not in tuple(EventType):
            raise PluginError(f"{where}, item {position}: an event needs an id, and a type of EventType")
        if not isinstance(event.occurred_at, datetime) or event.occurred_at.tzinfo is None:
            raise PluginError(f"{where}, item {position} ({event.id}): occurred_at is no time with a zone")
        for name in ("actor", "target", "principal"):
            if not isinstance(getattr(event, name), (ResourceId, type(None))):
                words = type_words(getattr(event, name))
                raise PluginError(f"{where}, item {position} ({event.id}): {name} is {words}, not a ResourceId")
    return value
