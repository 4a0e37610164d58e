"""A value that must not be shown, and the redactor that keeps known ones out of everything printed or logged."""

from __future__ import annotations

import re
import threading

__all__ = ["Redactor", "Secret"]

MASK = "***"
SHORTEST = 4  # a shorter value would mask half of every ordinary text


class Secret:
    """Holds a secret. Only `reveal()` gives it; `str`, `repr`, formatting, pickling and copying do not."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

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

    A secret is also known line by line, and as JSON, `repr` and URLs spell it.
    """

    def __init__(self) -> None:
        self._values: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def add(self, secret: Secret | str | None) -> None:
        """Learn a secret. Values under four characters are not masked: they would hide ordinary text."""
        text = secret.reveal() if isinstance(secret, Secret) else secret or ""
        plain = {text, text.strip(), *(line.strip() for line in text.splitlines())}
        spelled = {form for value in plain for form in _spellings(value) if len(value) >= SHORTEST}
        with self._lock:
            if not spelled <= self._values:
                self._values |= spelled
                longest_first = sorted(self._values, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """`text` with every known value masked."""
        pattern = self._pattern
        return pattern.sub(MASK, text) if pattern else text


def _spellings(value: str) -> set[str]:
    import json  # noqa: PLC0415 - these two are a tenth of the time of `--help`, which knows no secrets
    from urllib.parse import quote, quote_plus  # noqa: PLC0415

    try:
        quoted = {quote(value), quote(value, safe=""), quote_plus(value)}
    except UnicodeEncodeError:  # undecodable bytes of an environment variable
        quoted = set()
    return {value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], *quoted}
