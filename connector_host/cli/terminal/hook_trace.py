"""`--trace-hooks`: each call of a hook, what it was asked and what it gave, as narration."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from ...model import Change, Entitlement, Grant, Page, Resource, ResourceType
from ...plugins.facade import Connector

__all__ = ["trace_hooks"]

LONGEST = 80
LEFT_OUT = ("session", "run")

log = logging.getLogger("connector_host.hooks")


def trace_hooks(connector: Connector) -> None:
    """Log every hook call of `connector` from now on: arguments shortened, items counted, seconds.

    Values of options are never shown, and the log masks every known secret.
    """
    begun = threading.local()

    def before(_name: str, _implementations: Any, _arguments: Mapping[str, Any]) -> None:
        begun.at = time.perf_counter()

    def after(outcome: Any, name: str, _implementations: Any, arguments: Mapping[str, Any]) -> None:
        seconds = time.perf_counter() - begun.at
        asked = ", ".join(
            f"{key}={_shown(value)}" for key, value in arguments.items() if key not in LEFT_OUT and value is not None
        )
        given = _raised(outcome.exception) if outcome.exception is not None else _given(outcome.get_result())
        log.info("%s(%s): %s, %.3f s", name, asked, given, seconds, extra={"hook": name, "seconds": round(seconds, 6)})

    connector.manager.add_hookcall_monitoring(before, after)


def _shown(value: Any) -> str:
    match value:
        case Resource():
            return str(value.id)
        case ResourceType() | Entitlement():
            return value.id
        case Grant():
            return f"{value.entitlement.id} of {value.principal_id}"
        case Mapping():
            return f"({', '.join(map(str, value))})"  # names only: a value may be a secret
    return _short(repr(value) if isinstance(value, str) else str(value))


def _given(result: Any) -> str:
    match result:
        case Page():
            more = [f"next {_short(repr(result.next_token))}"] if result.next_token else []
            more += [f"{len(result.more_tokens)} siblings"] if result.more_tokens else []
            return ", ".join([f"{len(result.items)} items", *more])
        case Change():
            return str(result.outcome)
        case Resource():
            return str(result.id)
        case list() | tuple():
            return f"{len(result)} items"
    return "nothing" if result is None else type(result).__name__


def _raised(error: BaseException) -> str:
    return f"raised {type(error).__name__}: {_short(str(error))}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
