"""The place in a connector's code where a call failed, so that its author need not ask for a traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

from ..errors import error_text

__all__ = ["describe_failure"]

HOSTS = {"connector_host", "pluggy", "importlib", "msgspec"}
"""Packages whose frames stand between the host and the connector's code."""


def describe_failure(error: BaseException) -> str:
    """Return an error with its place: `KeyError: 'pth' (staff.py, line 12)`.

    The place is the last line of the connector's own code that the error passed through. There is none if the error
    passed through no such line (a hook that was called with wrong arguments).
    """
    text = error_text(error)
    owner, place = "", ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if not owner and package not in HOSTS:
            owner = package
        if owner and package == owner:
            path = Path(frame.f_code.co_filename)
            name = f"{path.parent.name}/{path.name}" if path.name == "__init__.py" else path.name
            place = f" ({name}, line {line})"
    return text + place
