"""Helpers of the contract tests: comparisons of readings, and texts of their messages."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ..model import Page
from .harness import Harness, ListCall, Problem, names, short_trace

__all__ = ["check_equal", "check_equal_page", "error_of", "first_of", "full_text", "require"]

__tracebackhide__ = short_trace

SHOWN = 5


def require(harness: Harness, *hooks: str) -> None:
    """Skip the test if the connector lacks one of the hooks."""
    for hook in hooks:
        if hook not in harness.connector.hooks:
            pytest.skip(f"it has no hook {hook}")


def first_of(items: Any) -> str:
    """Return the first few of `items` in words."""
    texts = sorted(map(str, items))
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more if texts else "nothing"


def check_equal(expected: Mapping[str, Counter[str]], actual: Mapping[str, Counter[str]], how: str) -> None:
    """Raise Problem if two readings of one hook differ."""
    for subject in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(subject, Counter()), actual.get(subject, Counter())
        if before != after:
            raise Problem(
                f"{how}: the listing of {subject} lacks {first_of(before - after)} and adds"
                f" {first_of(after - before)}. Every way of reading a listing must return the same items."
            )


def check_equal_page(call: ListCall, page: Any, how: str) -> None:
    """Raise Problem if a call, repeated, returned another page."""
    if names(page.items) != names(call.page.items) or _tokens(page) != _tokens(call.page):
        raise Problem(
            f"{call}: {how} it returned {first_of(names(page.items))} and the next token {page.next_token!r}, before"
            f" {first_of(names(call.page.items))} and {call.page.next_token!r}. Keep state between calls only in the"
            " session, and keep no positions there."
        )


def _tokens(page: Page[Any]) -> list[str]:
    return [token for token in (page.next_token, *page.more_tokens) if token]


def full_text(error: BaseException | None) -> str:
    """Return the text of an error and of its causes, as --debug shows them."""
    return "" if error is None else "".join(traceback.format_exception(error)) + getattr(error, "hint", "")


def error_of(action: Callable[[], object]) -> Exception | None:
    """Return the error that an action raises, or None."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 - the caller checks its type
        return error
    return None
