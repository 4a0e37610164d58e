"""The tables `[connectors.NAME]` that the host itself writes into a config file, between two marks."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..config_file import read_config
from ..errors import ConfigError

__all__ = ["add_program", "remove_program"]

BEGIN, END = "# begin: plugins add {}", "# end: plugins add {}"


def add_program(path: Path, name: str, command: Sequence[str], summary: str) -> None:
    """Append the table of a connector to a config file, which is created if there is none. ConfigError."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if path.exists() and name in read_config(path, {}).programs:
        raise ConfigError(f"{path} has a table [connectors.{name}] already", hint="To replace it, use --replace.")
    table = "\n".join(
        (
            BEGIN.format(name),
            f"[connectors.{_key(name)}]",
            f"command = {json.dumps(list(command))}",
            f"summary = {json.dumps(summary)}",
            END.format(name),
        )
    )
    _write(path, f"{text.rstrip()}\n\n{table}\n".lstrip("\n"))


def remove_program(path: Path, name: str) -> bool:
    """Remove a table that `add_program` wrote; return False if there is none."""
    if not path.exists():
        return False
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        start, stop = lines.index(BEGIN.format(name)), lines.index(END.format(name))
    except ValueError:
        return False
    _write(path, "\n".join([*lines[:start], *lines[stop + 1 :]]).strip("\n") + "\n")
    return True


def _key(name: str) -> str:
    """Return a name as a key of TOML."""
    return name if name.replace("-", "").replace("_", "").isalnum() else json.dumps(name)


def _write(path: Path, text: str) -> None:
    """Replace a file at once; a new one is for its owner only."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
