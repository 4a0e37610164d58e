"""Responses as the host understands them: errors of the contract, waits, and the state of a rate limit."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..errors import AuthError, ConnectorError, NotFound, NotPermitted, RateLimited, Refused, Unavailable
from ..model import RateLimitStatus

__all__ = ["error_of_status", "rate_limit_of", "retry_after"]

REASON_KEYS = ("message", "error_description", "detail", "error", "title", "errors", "errorSummary")
LONGEST_REASON = 200
LONGEST_WAIT = 3600.0
PREFIXES = ("x-ratelimit-", "ratelimit-", "x-rate-limit-")
EPOCH_AFTER = 1_000_000_000
"""A reset above this number is a time since 1970, below it a number of seconds from now."""


def error_of_status(where: str, status: int, headers: Mapping[str, str], body: Any) -> ConnectorError | None:
    """Return the error that a status stands for, or None for success."""
    if status < 400:
        return None
    message = f"{where}: HTTP {status}"
    if reason := _reason(body):
        message += f": {reason}"
    if status == 429 or (status in (403, 503) and _is_spent(headers)):
        return RateLimited(message, retry_after=retry_after(headers))
    if status >= 500 or status in (408, 425):
        return Unavailable(message)
    errors: dict[int, type[ConnectorError]] = {401: AuthError, 403: NotPermitted, 404: NotFound, 410: NotFound}
    return errors.get(status, Refused)(message)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the application asks to wait, from `Retry-After` or the reset of a spent limit."""
    if text := headers.get("retry-after", "").strip():
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return min(float(text), LONGEST_WAIT)
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)
    status = rate_limit_of(headers)
    if status is None or status.reset_at is None or status.remaining > 0:
        return None
    return min(max(0.0, (status.reset_at - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)


def rate_limit_of(headers: Mapping[str, str]) -> RateLimitStatus | None:
    """Return the state of a rate limit that the headers describe, or None."""
    for prefix in PREFIXES:
        remaining = _whole(headers.get(f"{prefix}remaining"))
        if remaining is None:
            continue
        reset = _whole(headers.get(f"{prefix}reset"))
        reset_at = None
        if reset is not None:
            reset_at = datetime.fromtimestamp(reset if reset > EPOCH_AFTER else time.time() + reset, UTC)
        return RateLimitStatus(_whole(headers.get(f"{prefix}limit")) or 0, remaining, reset_at)
    return None


def _is_spent(headers: Mapping[str, str]) -> bool:
    status = rate_limit_of(headers)
    return "retry-after" in headers or (status is not None and status.remaining == 0 and status.reset_at is not None)


def _whole(text: str | None) -> int | None:
    match = re.match(r"\s*(\d{1,12})(?:\.\d+)?\s*(?:[,;].*)?$", text or "")
    return int(match[1]) if match else None


def _reason(body: Any) -> str:
    """Return the words of the application for an error, shortened, on one line."""
    while isinstance(body, (dict, list)):
        if isinstance(body, list):
            body = body[0] if body else ""
        else:
            body = next((body[key] for key in REASON_KEYS if body.get(key)), "")
    text = " ".join(str(body or "").split())
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"
