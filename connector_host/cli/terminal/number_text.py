"""Numbers in the form in which people read them."""

from __future__ import annotations

__all__ = ["change", "count", "duration", "size"]


def count(number: int, noun: str) -> str:
    """Return `1 grant`, `1,200 grants`; `noun` is the plural."""
    return f"{number:,} {_singular(noun) if number == 1 else noun}"


def duration(seconds: float) -> str:
    """Return `0.4 s`, `12 s`, `2 min 5 s`, `1 h 4 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    total = round(seconds)
    minutes, remainder = divmod(total, 60)
    if not minutes:
        return f"{total} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {remainder} s"


def size(number: int) -> str:
    """Return `532 bytes`, `1.2 kB`, `39 MB`: powers of 1000."""
    if number < 1000:
        return count(number, "bytes")
    value = float(number)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB" if value < 10 else f"{value:.0f} GB"


def change(now: int, before: int) -> str:
    """Return `+12`, `-3`, `=`."""
    return f"{now - before:+,}" if now != before else "="


def _singular(noun: str) -> str:
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
