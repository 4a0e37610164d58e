"""The `sync_token` of a finished sync: the JSON that the Go SDK leaves there, with our own part beside it.

Keys as c1z-and-sync.md 2.7.1 lists them; `ingest_quality` is left out, which its readers take as unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["expanded_token", "rolled_back_token", "sync_token"]


def sync_token(*, actions: int, expandable: bool, origin: Mapping[str, str | Sequence[str]]) -> str:
    """The token: how many listings there were, whether a grant was expandable, and where the sync comes from.

    `origin` has the fields of `query.origin.Origin`; what is empty is left out.
    """
    token: dict[str, Any] = {"current_action_id": actions}
    if expandable:
        token["needs_expansion"] = True
    token["completed_actions_count"] = actions
    token["version"] = 1
    if said := {name: value if isinstance(value, str) else list(value) for name, value in origin.items() if value}:
        token["connector_host"] = said
    return _text(token)


def expanded_token(token: str) -> str:
    """The token of a sync that was expanded again: nothing is left to do in it."""
    found = _read(token)
    for key in ("actions_map", "action_order"):
        found.pop(key, None)
    return _text(found)


def rolled_back_token(token: str) -> str:
    """The token of a sync whose expansion was taken back, as Go leaves it: expansion is needed, `init` is pending."""
    found = _read(token)
    found["needs_expansion"] = True
    found.pop("entitlement_graph", None)
    if not found.get("action_order"):
        number = int(found.get("current_action_id", 0) or 0)
        action = f"{number:010d}"
        found["actions_map"] = {action: {"id": action, "operation": "init"}}
        found["action_order"] = [action]
        found["current_action_id"] = number + 1
    first: dict[str, Any] = {key: found.pop(key) for key in ("actions_map", "action_order") if key in found}
    return _text({**first, **found})


def _read(token: str) -> dict[str, Any]:
    """A stored token; one that is no JSON object counts as empty, which restarts a sync in Go."""
    try:
        found = json.loads(token or "{}")
    except ValueError:
        found = {}
    return {"version": 1, **found} if isinstance(found, dict) else {"version": 1}


def _text(token: dict[str, Any]) -> str:
    text = json.dumps(token, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":  # Go's encoder escapes them, inside strings only: they occur nowhere else in this JSON
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
