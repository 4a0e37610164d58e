"""Arguments that are JSON objects."""

from __future__ import annotations

from typing import Any

from ....decoding.json_decoding import decode_json
from ....errors import ConfigError

__all__ = ["json_object"]


def json_object(flag: str, text: str | None) -> dict[str, Any] | None:
    """Return the JSON object of an option; None if it was not specified. Raises ConfigError, naming the flag."""
    if text is None:
        return None
    try:
        value = decode_json(text)
    except ValueError as error:
        raise ConfigError(f"{flag}: not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{flag}: not a JSON object", hint=f"""For example: {flag} '{{"team": "x"}}'.""")
    return value
