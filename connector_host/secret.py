"""Secret values, and the redactor that masks them in everything that is printed or logged."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["MASK", "Redactor", "Secret"]

MASK = "***"
SHORTEST = 4  # a shorter value would mask half of every ordinary text
SHORTEST_BASE64 = 5
CUT = 8  # letters of a secret beside a cut that are masked
CUT_MARKS = ("..", "\u2026", "'", '"', "`", "\n", "\r")
NESTED = 3  # levels of quoting
DIGIT = "[A-Za-z0-9+/_-]"
PERCENT = re.compile("%[0-9A-F]{2}")


class Secret:
    """A secret value. Only `reveal()` returns it; `str`, `repr`, formatting, pickling and copying do not."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself, for the one place that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, value: object) -> bool:
        return isinstance(value, Secret) and value._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled or copied")


class Redactor:
    """Replaces every known secret value in a text by `***`; used from any thread.

    A secret is also known line by line, as JSON, `repr`, URLs, HTML and hexadecimal digits spell it, and within the
    base64 of a longer text. Mask before a text is shortened, split or encoded: `redactor(text)[:80]`, never the
    reverse. Where others shortened it, the eight or more letters of a secret beside the cut are masked.
    """

    def __init__(self) -> None:
        self._spellings: frozenset[str] = frozenset()
        self._base64: frozenset[str] = frozenset()
        self._parts: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def add(self, secret: Secret | str | None) -> None:
        """Add a secret. Values under four characters are not masked: they would hide ordinary text."""
        text = secret.reveal() if isinstance(secret, Secret) else secret or ""
        values = {text, text.strip(), *(line.strip() for line in text.splitlines())}
        values = {value for value in values if len(value) >= SHORTEST}
        spellings = {spelling for value in values for spelling in _spellings(value)}
        digits = {part for value in values for part in _base64_parts(value)}
        with self._lock:
            if not (spellings <= self._spellings and digits <= self._base64):
                self._spellings |= spellings
                self._base64 |= digits
                longest_first = sorted(self._spellings, key=len, reverse=True)
                # at both ends of base64 one digit may hold bits of the secret and of the text beside it
                base64 = [f"{DIGIT}?{re.escape(part)}{DIGIT}?=?=?" for part in sorted(self._base64)]
                self._pattern = re.compile("|".join([*map(re.escape, longest_first), *base64]))
                self._parts = tuple(self._spellings | self._base64)

    def __bool__(self) -> bool:
        return self._pattern is not None

    def __call__(self, text: str) -> str:
        """Return `text` with every known value masked, and what a cut has left of one."""
        return self._mask_cut(self.whole_values(text))

    def whole_values(self, text: str) -> str:
        """Return `text` with every known value masked that is complete in it."""
        pattern = self._pattern
        return pattern.sub(MASK, text) if pattern else text

    def values(self, value: Any) -> Any:
        """Return plain data (dicts, lists, texts) with every known value masked in every text and key."""
        match value:
            case str():
                return self(value)
            case dict():
                return {self(str(key)): self.values(item) for key, item in value.items()}
            case list():
                return [self.values(item) for item in value]
            case tuple():
                return tuple(self.values(item) for item in value)
        return value

    def unfinished(self, text: str) -> int:
        """Return how many letters at the end of `text` may be the beginning of a secret that continues."""
        longest = max(map(len, self._parts), default=1)
        for start in range(max(0, len(text) - longest + 1), len(text)):
            end = text[start:]
            if any(len(part) > len(end) and part.startswith(end) for part in self._parts):
                return len(end)
        return 0

    def _mask_cut(self, text: str) -> str:
        """Mask a secret of which a cut has left the beginning or the end."""
        for part in self._parts:
            if len(part) <= CUT:
                continue
            if part[:CUT] in text:
                text = _masked_beginnings(text, part)
            if part[-CUT:] in text:
                text = _masked_beginnings(text[::-1], part[::-1])[::-1]
        return text


def _masked_beginnings(text: str, spelling: str) -> str:
    """Mask the beginnings of `spelling` that stand before a cut: the end of the text, dots, a quote or a line end."""
    at = text.find(spelling[:CUT])
    while at >= 0:
        end = at + CUT
        while end < len(text) and end - at < len(spelling) and text[end] == spelling[end - at]:
            end += 1
        if end == len(text) or text.startswith(CUT_MARKS, end):
            text = text[:at] + MASK + text[end:]
            end = at + len(MASK)
        at = text.find(spelling[:CUT], end)
    return text


def _spellings(value: str) -> set[str]:
    import html  # noqa: PLC0415 - these three are a tenth of the time of `--help`, which knows no secrets
    import json  # noqa: PLC0415
    from urllib.parse import quote, quote_plus  # noqa: PLC0415

    spellings = {value}
    for _ in range(NESTED):  # JSON in JSON, the repr of an error about a repr
        spellings |= {
            text[1:-1]
            for spelling in spellings
            for text in (repr(spelling), json.dumps(spelling), json.dumps(spelling, ensure_ascii=False))
        }
    spellings |= {html.escape(value), html.escape(value, quote=False)}
    try:
        quoted = {quote(value), quote(value, safe=""), quote_plus(value)}
        digits = value.encode().hex()
    except UnicodeEncodeError:  # undecodable bytes of an environment variable
        return spellings
    lower = {PERCENT.sub(lambda match: match[0].lower(), text) for text in quoted}
    return {*spellings, *quoted, *lower, *(quote(text, safe="") for text in quoted), digits, digits.upper()}


def _base64_parts(value: str) -> Iterator[str]:
    """Yield the digits of a value for each place that it can have within the three bytes that base64 joins."""
    import base64  # noqa: PLC0415 - as above

    data = value.encode(errors="surrogateescape")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        digits = encoded[first:last]
        if len(digits) >= SHORTEST_BASE64:
            yield digits
            yield digits.replace("+", "-").replace("/", "_")
