"""The `sync_token` of a finished sync: the JSON that the Go SDK leaves there, with our own part added.

Keys as in docs/c1z-v1.md, Sync token; `ingest_quality` is left out, which its readers take as unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...decoding.json_decoding import decode_json

__all__ = ["expanded_token", "rolled_back_token", "sync_token"]


def sync_token(*, actions: int, expandable: bool, origin: Mapping[str, str | Sequence[str]]) -> str:
    """Return the token: how many listings there were, whether a grant was expandable, and where the sync comes from.

    `origin` has the fields of `query.origin.Origin`; what is empty is left out.
    """
    token: dict[str, Any] = {"current_action_id": actions}
    if expandable:
        token["needs_expansion"] = True
    token["completed_actions_count"] = actions
    token["version"] = 1
    if recorded := {name: value if isinstance(value, str) else list(value) for name, value in origin.items() if value}:
        token["connector_host"] = recorded
    return _text(token)


def expanded_token(token: str) -> str:
    """Return the token of a sync that was expanded again: nothing is left to do in it."""
    fields = _read(token)
    for key in ("actions_map", "action_order"):
        fields.pop(key, None)
    return _text(fields)


def rolled_back_token(token: str) -> str:
    """Return the token of a sync without its expansion, as Go leaves it: expansion is needed, `init` is pending."""
    fields = _read(token)
    fields["needs_expansion"] = True
    fields.pop("entitlement_graph", None)
    if not fields.get("action_order"):
        number = int(fields.get("current_action_id", 0) or 0)
        action = f"{number:010d}"
        fields["actions_map"] = {action: {"id": action, "operation": "init"}}
        fields["action_order"] = [action]
        fields["current_action_id"] = number + 1
    first: dict[str, Any] = {key: fields.pop(key) for key in ("actions_map", "action_order") if key in fields}
    return _text({**first, **fields})


def _read(token: str) -> dict[str, Any]:
    """Return a stored token; one that is no JSON object counts as empty, which restarts a sync in Go."""
    try:
        fields = decode_json(token or "{}")
    except ValueError:
        fields = {}
    return {"version": 1, **fields} if isinstance(fields, dict) else {"version": 1}


def _text(token: dict[str, Any]) -> str:
    text = json.dumps(token, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":  # Go's encoder escapes them, inside strings only: they occur nowhere else in this JSON
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
