"""The arguments of a connector process: passed in its environment, where other users cannot read them.

Every flag of a Baton connector has a variable: `--api-token` is `BATON_API_TOKEN`. A command line is shown to all users
of a system, an environment is not, so flags with a long name become variables; the others stay.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..options import env_name

__all__ = ["ProcessArguments", "is_secret_name", "option_flag", "split_arguments"]

FLAG = re.compile(r"--([a-z][a-z0-9-]*)(?:=(.*))?", re.DOTALL)
SECRET = re.compile(
    r"token|secret|password|passphrase|credential|private|api[-_]?key|access[-_]?key|bearer|cookie", re.I
)
PREFIX = "BATON_"


class ProcessArguments(NamedTuple):
    """The words and variables that a process is started with, and the secret values among them."""

    words: tuple[str, ...]
    variables: Mapping[str, str]
    secrets: tuple[str, ...]

    def fingerprint(self, command: Sequence[str]) -> str:
        """Return a hash of what decides which data the process reads; secrets are not part of it."""
        environment = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
        values = {name: value for name, value in {**environment, **self.variables}.items() if not is_secret_name(name)}
        text = json.dumps([list(command), list(self.words), sorted(values.items())])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def split_arguments(arguments: Sequence[str]) -> ProcessArguments:
    """Return the arguments of a connector as words and variables."""
    words: list[str] = []
    variables: dict[str, str] = {}
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        match = FLAG.fullmatch(word)
        if match is None:
            words.append(word)
            continue
        value = match[2]
        if value is None:
            value = waiting.pop(0) if waiting and not waiting[0].startswith("-") else "true"
        name = env_name(match[1])
        variables[name] = f"{variables[name]},{value}" if name in variables else value
    return ProcessArguments(tuple(words), variables, tuple(_secrets({**os.environ, **variables})))


def option_flag(name: str, value: Any, where: str) -> str:
    """Return an option of a config file as a flag. ConfigError for a value that no option has."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str() | int() | float():
            text = str(value)
        case list():
            text = ",".join(map(str, value))
        case _:
            raise ConfigError(f"{where}: the option {name} is neither a text, a number, true, false nor a list")
    return f"--{name}={text}"


def _secrets(variables: Mapping[str, str]) -> list[str]:
    return [value for name, value in variables.items() if name.startswith(PREFIX) and value and is_secret_name(name)]


def is_secret_name(name: str) -> bool:
    """Return True if an option or variable of this name holds a secret, as far as the name says."""
    return SECRET.search(name) is not None
