"""Sync ids: KSUIDs, whose text order is their time order at a resolution of one second.

27 characters of base62 (digits, capitals, small letters, in this order) for 20 bytes: seconds since 2014-05-13
16:53:20 UTC in 4 bytes, then 16 random bytes (docs/c1z-v1.md, Sync ids).
"""

from __future__ import annotations

import secrets
import time

from ..errors import FileError

__all__ = ["EPOCH", "LENGTH", "is_ksuid", "new", "timestamp"]

EPOCH = 1_400_000_000
"""Unix seconds at which the time part begins."""
LENGTH = 27
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
BITS = 160
RANDOM_BITS = 128


def new(now: float | None = None) -> str:
    """Return a new id for the unix time `now` (default: this moment). ValueError for times outside 2014 to 2150."""
    seconds = int(time.time() if now is None else now) - EPOCH
    if not 0 <= seconds < 1 << (BITS - RANDOM_BITS):
        raise ValueError(f"a KSUID holds times from {EPOCH} on for 2**32 seconds, not {now}")
    return _encode(seconds << RANDOM_BITS | secrets.randbits(RANDOM_BITS))


def timestamp(text: str) -> int:
    """Return the unix seconds at which an id was created. Raises FileError when `text` is no KSUID."""
    number = _decode(text)
    if number is None:
        raise FileError(
            f"{text!r} is not a sync id (27 letters and digits)", hint="List the ids in a file: connector-host syncs."
        )
    return (number >> RANDOM_BITS) + EPOCH


def is_ksuid(text: str) -> bool:
    """Return True when `text` has the shape of an id. Other writers may store any text as a sync id."""
    return _decode(text) is not None


def _encode(number: int) -> str:
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def _decode(text: str) -> int | None:
    if len(text) != LENGTH:
        return None
    number = 0
    for character in text:
        digit = VALUES.get(character)
        if digit is None:
            return None
        number = number * len(ALPHABET) + digit
    return number if number < 1 << BITS else None
