"""`--trace-hooks`: a log line for each call of a hook, with its arguments and its result."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ...model import Change, Entitlement, Grant, Page, Resource, ResourceType
from ...plugins.facade import Connector

__all__ = ["trace_hooks"]

LONGEST = 80
LEFT_OUT = ("session", "run")

log = logging.getLogger("connector_host.hooks")


def trace_hooks(connector: Connector, mask: Callable[[str], str]) -> None:
    """Log every hook call of `connector` from now on: arguments shortened, items counted, seconds.

    Values of options are never shown. Secrets are masked by `mask` before anything is shortened.
    """
    call = threading.local()
    texts = _TraceTexts(mask)

    def before(_name: str, _implementations: Any, _arguments: Mapping[str, Any]) -> None:
        call.started = time.perf_counter()

    def after(outcome: Any, name: str, _implementations: Any, arguments: Mapping[str, Any]) -> None:
        seconds = time.perf_counter() - call.started
        shown = ", ".join(
            f"{key}={texts.argument(value)}"
            for key, value in arguments.items()
            if key not in LEFT_OUT and value is not None
        )
        error = outcome.exception
        result = texts.error(error) if error is not None else texts.result(outcome.get_result())
        fields = {"hook": name, "seconds": round(seconds, 6)}
        log.info("%s(%s): %s, %.3f s", name, shown, result, seconds, extra=fields)

    connector.manager.add_hookcall_monitoring(before, after)


class _TraceTexts:
    """The texts of arguments and results, masked first and shortened then."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask

    def argument(self, value: Any) -> str:
        """Describe an argument of a hook."""
        match value:
            case Resource():
                text = str(value.id)
            case ResourceType() | Entitlement():
                text = value.id
            case Grant():
                text = f"{value.entitlement.id} of {value.principal_id}"
            case Mapping():
                return f"({', '.join(map(str, value))})"  # names only: a value may be a secret
            case str():
                text = repr(self._mask(value))
            case _:
                text = str(value)
        return self._short(text)

    def result(self, result: Any) -> str:
        """Describe what a hook returned."""
        match result:
            case None:
                return "nothing"
            case Page():
                more = [f"next {self.argument(result.next_token)}"] if result.next_token else []
                more += [f"{len(result.more_tokens)} siblings"] if result.more_tokens else []
                return ", ".join([f"{len(result.items)} items", *more])
            case Change():
                return str(result.outcome)
            case Resource():
                return self.argument(result)
            case list() | tuple():
                return f"{len(result)} items"
        return type(result).__name__

    def error(self, error: BaseException) -> str:
        """Describe what a hook raised."""
        return f"raised {type(error).__name__}: {self._short(str(error))}"

    def _short(self, text: str) -> str:
        text = self._mask(text)
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
