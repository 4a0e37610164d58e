"""Arguments that are JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ....decoding.json_decoding import decode_json
from ....errors import ConfigError

__all__ = ["assignments", "json_object", "unicode_text"]


def json_object(flag: str, text: str | None) -> dict[str, Any] | None:
    """Return the JSON object of an option, or of the file that it names as `@FILE`; None if it was not specified.

    Raises ConfigError, naming the flag.
    """
    if text is None:
        return None
    if text.startswith("@"):
        text = _file_text(flag, Path(text[1:]).expanduser())
    try:
        value = decode_json(text)
    except ValueError as error:
        raise ConfigError(f"{flag}: not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{flag}: not a JSON object", hint=f"""For example: {flag} '{{"team": "x"}}'.""")
    return value


def assignments(flag: str, texts: Sequence[str]) -> dict[str, str]:
    """Return the values of a repeated option `NAME=VALUE` by name. Raises ConfigError, naming the flag."""
    values: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise ConfigError(f"{flag}: {text!r} is not NAME=VALUE")
        values[name] = unicode_text(flag, value)
    return values


def unicode_text(flag: str, text: str) -> str:
    """Return a text of the command line. Raises ConfigError if it holds bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            f"{flag}: {text!r} is not valid text",
            hint="It has bytes that are not UTF-8; check the terminal's encoding.",
        ) from None
    return text


def _file_text(flag: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{flag}: {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
