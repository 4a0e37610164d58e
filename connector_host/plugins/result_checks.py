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
from ..errors import PluginError, valid_text
from ..event_feeds import Event, EventFeed, EventPage, EventType
from ..identifiers import ResourceId
from ..model import Change, Identity, Outcome, Page, RateLimitStatus
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

RETURN_PAGE = "Return a list, or connector_host.Page(list(items))."
TOKENS = "Return each page token as a str that the next call can read: str(number), for example."
RATE_LIMIT = "Return RateLimitStatus(limit, remaining, datetime.fromtimestamp(seconds, UTC)), or leave it out."
LONGEST_SHOWN = 200
UNFINISHED = (Outcome.ACTION_REQUIRED, Outcome.IN_PROGRESS)
ACCOUNT_HOOKS = ("create_account", "get_account_creation")


def checked_page(value: object, where: str) -> Page[Any]:
    """Return the page of a list hook: a plain list or tuple is the only page; an empty next token becomes None."""
    if type(value) is not Page:
        if isinstance(value, (list, tuple)):
            return Page(value)
        if isinstance(value, types.GeneratorType):
            value.close()
        hint = "Return a list or a Page in each branch of the hook." if value is None else RETURN_PAGE
        raise PluginError(f"{where} returned {type_words(value)}, not a list or a Page", hint=hint)
    items = value.items
    if not isinstance(items, (list, tuple)) and (not isinstance(items, Sequence) or isinstance(items, (str, bytes))):
        raise PluginError(f"{where} returned a Page whose items are {type_words(items)}, not a list", hint=RETURN_PAGE)
    token, more = value.next_token, value.more_tokens
    if token is not None:
        _check_text(token, f"{where} returned a Page whose next_token", hint=TOKENS)
    if more:
        _check_texts(more, f"{where} returned a Page whose more_tokens", hint=TOKENS)
    if value.gaps or value.skipped:
        value = _with_readable_notes(value, where)
    if value.rate_limit is not None:
        _check_rate_limit(value.rate_limit, where)
    if value.unchanged and (items or token or more or value.etag):
        raise PluginError(
            f"{where} returned an unchanged Page with items, tokens or an etag",
            hint="Return Page((), unchanged=True) and nothing else: the host takes the items of the previous sync.",
        )
    if value.etag != "":
        _check_text(
            value.etag, f"{where} returned a Page whose etag", hint="Return the etag as a str, or leave it out."
        )
    return structs.replace(value, next_token=None) if token == "" else value


def _check_text(value: object, subject: str, *, hint: str) -> None:
    """Raise PluginError for a value that is no text, or one that cannot be stored."""
    if not isinstance(value, str):
        raise PluginError(f"{subject} is {type_words(value)}, not a text", hint=hint)
    if not value.isascii() and valid_text(value) != value:
        raise PluginError(f"{subject} {value[:LONGEST_SHOWN]!r} is not valid Unicode", hint=hint)


def _check_texts(values: object, subject: str, *, hint: str) -> None:
    """Raise PluginError for values that are not a list of non-empty texts."""
    if not isinstance(values, (list, tuple)) or not all(isinstance(text, str) and text for text in values):
        raise PluginError(f"{subject} are not non-empty texts", hint=hint)
    for text in values:
        _check_text(text, subject, hint=hint)


def _with_readable_notes(page: Page[Any], where: str) -> Page[Any]:
    """Return a page whose gaps and skipped rows are texts that can be stored: they are for people only."""
    for field in ("gaps", "skipped"):
        notes = getattr(page, field)
        if notes and (not isinstance(notes, (list, tuple)) or not all(isinstance(note, str) for note in notes)):
            raise PluginError(f"{where} returned a Page whose {field} are not texts", hint=f"Return {field}=('text',).")
    if not all(page.gaps):
        raise PluginError(f"{where} returned a Page with an empty gap", hint="Say in a sentence what is not known.")
    return structs.replace(page, gaps=tuple(map(valid_text, page.gaps)), skipped=tuple(map(valid_text, page.skipped)))


def _check_rate_limit(status: object, where: str) -> None:
    """Raise PluginError for the state of a rate limit that is not two whole numbers and a time."""
    subject = f"{where} returned a Page whose rate_limit"
    if not isinstance(status, RateLimitStatus):
        raise PluginError(f"{subject} is {type_words(status)}, not a RateLimitStatus", hint=RATE_LIMIT)
    for field, value in (("limit", status.limit), ("remaining", status.remaining)):
        if not isinstance(value, int):
            raise PluginError(f"{subject} has {field} of {type_words(value)}, not a whole number", hint=RATE_LIMIT)
    if status.reset_at is not None and not isinstance(status.reset_at, datetime):
        raise PluginError(f"{subject} has reset_at of {type_words(status.reset_at)}, not a datetime", hint=RATE_LIMIT)


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
