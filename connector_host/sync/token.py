"""The `sync_token` of a finished sync: the JSON that the Go SDK leaves there, with our own part beside it.

Keys as c1z-and-sync.md 2.7.1 lists them; `ingest_quality` is left out, which its readers take as unknown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

__all__ = ["sync_token"]


def sync_token(*, actions: int, expandable: bool, unread: Sequence[str]) -> str:
    """The token: how many listings there were, whether a grant was expandable, and what could not be read."""
    token: dict[str, object] = {"current_action_id": actions}
    if expandable:
        token["needs_expansion"] = True
    token["completed_actions_count"] = actions
    token["version"] = 1
    if unread:
        token["connector_host"] = {"unread": list(unread)}
    text = json.dumps(token, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&":  # Go's encoder escapes them, inside strings only: they occur nowhere else in this JSON
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
