"""A value that must not be shown, and the redactor that keeps known ones out of everything printed or logged."""

from __future__ import annotations

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

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled or copied")


class Redactor:
    """Replaces every known secret value in a text by `***`. A multi-line secret is also known line by line."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, secret: Secret | str | None) -> None:
        """Learn a secret. Values under four characters are not masked: they would hide ordinary text."""
        text = secret.reveal() if isinstance(secret, Secret) else secret or ""
        for value in (text, text.strip(), *(line.strip() for line in text.splitlines())):
            if len(value) >= SHORTEST:
                self._values.add(value)

    def __call__(self, text: str) -> str:
        """`text` with every known value masked, the longest first."""
        for value in sorted(self._values, key=len, reverse=True):
            if value in text:
                text = text.replace(value, MASK)
        return text
