r"""The resources that `--sync-resources` names.

Two spellings: `type:id` as all commands show it, and the Go SDK's `bid:r:[parent type/parent id/]type/id`, in which
`\\`, `/` and `:` inside a value stand behind a backslash (docs/reliability.md, Scope).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from ..errors import ConfigError
from ..model import ResourceId

__all__ = ["Target", "parse_targets", "spell_target"]

PREFIX = "bid:"
ESCAPED = "\\/:"
ESCAPES = str.maketrans({sign: f"\\{sign}" for sign in ESCAPED})
FORMS = "A resource is named type:id, or bid:r:type/id, or bid:r:parent-type/parent-id/type/id."


class Target(Struct, frozen=True):
    """One resource to sync, and the parent that was specified for it."""

    id: ResourceId
    parent: ResourceId | None = None


def parse_targets(texts: Iterable[str]) -> tuple[Target, ...]:
    """Parse each resource once, in the order specified. Raises ConfigError that points at the mistake in the text."""
    return tuple(dict.fromkeys(_target(text.strip()) for text in texts))


def spell_target(target: Target) -> str:
    """Return the text that `parse_targets` reads as this target."""
    ids = (target.parent, target.id) if target.parent is not None else (target.id,)
    parts = [part for resource_id in ids for part in (resource_id.resource_type, resource_id.resource)]
    return f"{PREFIX}r:" + "/".join(part.translate(ESCAPES) for part in parts)


def _target(text: str) -> Target:
    if text.startswith(PREFIX):
        return _baton(text)
    type_id, colon, name = text.partition(":")
    if not type_id or not colon or not name:
        raise _wrong(text, len(type_id) if type_id else 0, "a type and an id belong here, with a colon between them")
    return Target(ResourceId(type_id, name))


def _baton(text: str) -> Target:
    start = len(PREFIX) + 2
    if text[len(PREFIX) : start] != "r:":
        raise _wrong(text, len(PREFIX), "this is not the id of a resource, which begins with bid:r:")
    parts, begins = [""], [start]
    at = start
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
            if text[at : at + 1] not in tuple(ESCAPED):
                raise _wrong(text, at - 1, "a backslash stands only before one of \\ / :")
            parts[-1] += text[at]
        elif sign == "/":
            parts.append("")
            begins.append(at + 1)
        elif sign == ":":
            raise _wrong(text, at, "a colon inside a value needs a backslash before it")
        else:
            parts[-1] += sign
        at += 1
    for part, begin in zip(parts, begins, strict=True):
        if not part:
            raise _wrong(text, begin, "a part is empty")
    match parts:
        case [kind, name]:
            return Target(ResourceId(kind, name))
        case [parent_kind, parent, kind, name]:
            return Target(ResourceId(kind, name), ResourceId(parent_kind, parent))
    raise _wrong(text, start, f"it has {len(parts)} parts, not 2 or 4")


def _wrong(text: str, at: int, problem: str) -> ConfigError:
    return ConfigError(f"--sync-resources: {problem}:\n  {text}\n  {' ' * at}^", hint=FORMS)
