"""Connectors that are programs, named in the config file: `[connectors.NAME]` with their command.

::

    [connectors.github]
    command = ["/opt/baton-github"]     the program and words that it needs; a relative path begins at the file
    options = {org = "acme"}            its own options, passed in its environment
    summary = "Repositories of Acme"    a line of help
    concurrency = 4                     calls at once, 1 by default
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..config_file import Config, read_config
from ..errors import ConfigError
from ..remote.process_arguments import is_secret_name, option_flag
from ..trusted_paths import require_trusted

__all__ = ["ProgramEntry", "ProgramPoint", "program_entries"]

KEYS = ("command", "options", "summary", "concurrency")

log = logging.getLogger(__name__)


class ProgramPoint(NamedTuple):
    """The entry point of a connector that is a program."""

    name: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    summary: str
    concurrency: int
    config: Config

    def __repr__(self) -> str:  # the arguments may hold secrets
        return f"<ProgramPoint {self.name}>"

    def load(self) -> Any:
        """Return the plugin object. ConfigError if another user could have written the program or read its secrets."""
        from ..remote import RemoteConnector  # noqa: PLC0415 - only where one is used

        for argument in self.arguments:
            name = argument.partition("=")[0]
            if is_secret_name(name):
                self.config.refuse_secrets_that_others_can_read(name.removeprefix("--"))
        program = shutil.which(self.command[0])
        if program is not None:
            require_trusted(Path(program), f"the program of the connector {self.name},")
        return RemoteConnector(
            self.name,
            self.command,
            arguments=self.arguments,
            summary=self.summary or f"The connector process {Path(self.command[0]).name}.",
            concurrency=self.concurrency,
        )


class ProgramEntry(NamedTuple):
    """A connector of the config file. `version` is a hash of the command and program; `problem` may be empty."""

    point: ProgramPoint
    version: str
    problem: str


def program_entries(environ: Mapping[str, str]) -> Iterator[ProgramEntry]:
    """Yield the connectors of the config file in force; a file that cannot be read is logged."""
    try:
        config = read_config(None, environ)
    except ConfigError as error:
        log.warning("%s", error)
        return
    for name, table in config.programs.items():
        try:
            point = _point(name, table, config)
            problem = ""
        except ConfigError as error:
            point, problem = ProgramPoint(name, ("",), (), "", 1, config), error.message
        yield ProgramEntry(point, _version(point.command), problem)


def _point(name: str, table: Mapping[str, Any], config: Config) -> ProgramPoint:
    where = config.where(f"connectors.{name}")
    if unknown := sorted(set(table) - set(KEYS)):
        raise ConfigError(f"{where}: unknown key {unknown[0]!r}; the keys are {', '.join(KEYS)}")
    command = table.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(word, str) and word for word in command):
        raise ConfigError(f'{where}: command is not a list of texts, as in command = ["/opt/baton-github"]')
    options = table.get("options", {})
    if not isinstance(options, dict):
        raise ConfigError(f'{where}: options is not a table, as in options = {{org = "acme"}}')
    concurrency = table.get("concurrency", 1)
    if not isinstance(concurrency, int) or isinstance(concurrency, bool) or concurrency < 1:
        raise ConfigError(f"{where}: concurrency is not a number of at least 1")
    summary = table.get("summary", "")
    if not isinstance(summary, str):
        raise ConfigError(f"{where}: summary is not a text")
    words = (_program(command[0], config), *command[1:])
    return ProgramPoint(
        name,
        words,
        tuple(option_flag(key, value, where) for key, value in options.items()),
        summary,
        concurrency,
        config,
    )


def _program(word: str, config: Config) -> str:
    """Return the program; a relative path with a separator begins at the folder of the config file."""
    path = Path(word).expanduser()
    if config.path is None or path.is_absolute() or len(path.parts) < 2:
        return str(path)
    return str(config.path.absolute().parent / path)


def _version(command: tuple[str, ...]) -> str:
    """Return a hash that changes when the command or its program changes."""
    program = shutil.which(command[0]) if command[0] else None
    mark = ""
    if program is not None:
        state = os.stat(program)  # noqa: PTH116 - a text is enough
        mark = f"{state.st_size} {state.st_mtime_ns}"
    return hashlib.sha256("\0".join((*command, mark)).encode()).hexdigest()[:8]
