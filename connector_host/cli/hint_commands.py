"""Command lines in hints: those that read a file name the file of the command that failed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

__all__ = ["commands_with_file"]

DEFAULT = Path("sync.c1z")
READING = (
    *("access", "diff", "entitlements", "expand", "explore", "export c1z", "grants", "principals", "resources"),
    *("resource-types", "rollback-expansion", "stats", "syncs", "validate", "why"),
)
COMMAND = re.compile(rf"(?<=connector-host )({'|'.join(READING)})(?![\w-])(?! -f)(?! compare)")


def commands_with_file(hint: str, file: Path | None) -> str:
    """Return a hint with `-f FILE` in the commands that read a file, unless the file is the default."""
    if file is None or file == DEFAULT:
        return hint
    return COMMAND.sub(lambda match: f"{match[1]} -f {shlex.quote(str(file))}", hint)
