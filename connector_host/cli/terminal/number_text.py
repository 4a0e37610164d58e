"""Numbers as people read them."""

from __future__ import annotations

__all__ = ["change", "count", "duration", "size"]


def count(number: int, noun: str) -> str:
    """`1 grant`, `1,200 grants`; `noun` is the plural."""
    return f"{number:,} {noun.removesuffix('s') if number == 1 else noun}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `2 min 5 s`, `1 h 4 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{whole} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(number: int) -> str:
    """`532 bytes`, `1.2 kB`, `39 MB`: powers of 1000."""
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return (
                f"{number} bytes" if unit == "bytes" else f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
            )
        value /= 1000
    raise AssertionError


def change(now: int, before: int) -> str:
    """`+12`, `-3`, `=`."""
    return f"{now - before:+,}" if now != before else "="
