"""The tables `[connectors.NAME]` that the host itself writes into a config file, between two marks."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..c1z.durable_files import sync_folder
from ..c1z.private_folder import private_folder
from ..config_file import read_config
from ..errors import ConfigError

__all__ = ["add_program", "refuse_program", "remove_program"]

BEGIN, END = "# begin: plugins add {}", "# end: plugins add {}"


def refuse_program(path: Path, name: str) -> None:
    """Raise ConfigError if a config file has a table of this connector."""
    if path.exists() and name in read_config(path, {}).programs:
        raise ConfigError(f"{path} has a table [connectors.{name}] already", hint="To replace it, use --replace.")


def add_program(path: Path, name: str, command: Sequence[str], summary: str) -> None:
    """Append the table of a connector to a config file, which is created if there is none. ConfigError."""
    refuse_program(path, name)
    text = _text(path) if path.exists() else ""
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
    lines = _text(path).splitlines()
    try:
        start, stop = lines.index(BEGIN.format(name)), lines.index(END.format(name))
    except ValueError:
        return False
    _write(path, "\n".join([*lines[:start], *lines[stop + 1 :]]).strip("\n") + "\n")
    return True


def _key(name: str) -> str:
    """Return a name as a key of TOML."""
    return name if name.replace("-", "").replace("_", "").isalnum() else json.dumps(name)


def _text(path: Path) -> str:
    """Return the text of a config file. ConfigError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(
            f"{path} cannot be read: {reason}", hint="Check the file, or name another: --config."
        ) from error


def _write(path: Path, text: str) -> None:
    """Replace a file at once, or the file that a link leads to; a new one is for its owner only."""
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    try:
        with private_folder(path.parent) as folder:
            draft = folder / path.name
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="Make room, or check your rights to its folder.",
        ) from error
