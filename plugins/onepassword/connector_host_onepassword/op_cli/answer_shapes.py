"""Shapes of the answers of `op`, for a report that holds no name, address or id."""

from __future__ import annotations

from collections import Counter
from typing import Any

__all__ = ["command_label", "describe_shape"]

COMMAND_WORDS = frozenset({"account", "group", "user", "vault", "service-account"})
COMMAND_WORDS |= {"list", "get", "ratelimit", "whoami", "signin", "add", "--user", "--me", "--permission", "-"}
TYPE_NAMES = {str: "text", bool: "truth value", int: "number", float: "number", list: "list", dict: "object"}


def command_label(words: tuple[str, ...]) -> str:
    """Return a call without names and ids: `op group user list ID`."""
    return " ".join(["op", *(word if word in COMMAND_WORDS else "ID" for word in words)])


def describe_shape(value: Any) -> str:
    """Return the type of an answer, and for objects their keys, the types of the values, and how many lack each."""
    if isinstance(value, list):
        objects = [item for item in value if isinstance(item, dict)]
        rest_count = len(value) - len(objects)
        return f"list of {len(objects)} {_keys(objects)}" + (f" and {rest_count} other values" if rest_count else "")
    if isinstance(value, dict):
        return _keys([value])
    return "nothing" if value is None else TYPE_NAMES.get(type(value), "something")


def _keys(objects: list[dict[str, Any]]) -> str:
    counts: Counter[str] = Counter()
    types: dict[str, set[str]] = {}
    for row in objects:
        for key, value in row.items():
            counts[key] += 1
            types.setdefault(key, set()).add("null" if value is None else TYPE_NAMES.get(type(value), "something"))
    parts = []
    for key in sorted(counts):
        missing = len(objects) - counts[key]
        type_names = "|".join(sorted(types[key]))
        parts.append(f"{key}: {type_names}" + (f" (missing in {missing})" if missing else ""))
    return "{" + ", ".join(parts) + "}"
