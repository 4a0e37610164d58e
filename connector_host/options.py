"""The options that a connector declares, and the search for the value of each.

An option has one name (`auth-type`). Its value comes from a flag (`--auth-type`), an environment variable
(`BATON_AUTH_TYPE`, as the Go connectors read it), a key of the config file (`auth-type`), the default, or, at a
terminal, the answer to a prompt, in that order. Nothing here knows a command-line library.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from .errors import ConfigError, ConnectorHostError, PluginError, error_text
from .secret import Secret

__all__ = ["Option", "OptionType", "Options", "Source", "at_least_one", "env_name", "more_than_zero", "resolve"]

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
TRUE, FALSE = {"1", "t", "true", "yes", "y", "on"}, {"0", "f", "false", "no", "n", "off", ""}


class OptionType(enum.StrEnum):
    """The Python type of a value: str, int, float, bool, a tuple of str (comma-separated), or a `Path`."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STRINGS = "strings"
    PATH = "path"


class Source(enum.StrEnum):
    """Source of a value."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"
    PROMPT = "prompt"


class Option(Struct, frozen=True, kw_only=True):
    """One option of a connector.

    `name` is lower-case words joined by `-`. `secret` values become `Secret`. `required` makes a missing value an
    error; `required_when` does so if it returns True for the values found so far (an `Options`), and a person at a
    terminal is then asked. `check` returns a sentence about what is wrong with a value, or None. `env` are further
    variable names, read after `BATON_<NAME>`. An option without `affects_rows` (a folder, a time limit) may differ when
    an interrupted sync is resumed.
    """

    name: str
    type: OptionType = OptionType.STR
    help: str = ""
    default: Any = None
    secret: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False
    required_when: Callable[[Options], bool] | None = None
    check: Callable[[Any], str | None] | None = None
    env: tuple[str, ...] = ()
    affects_rows: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise ConfigError(
                f"option name {self.name!r} must be lower-case words joined by '-'",
                hint="Example: Option(name='api-key').",
            )

    @property
    def flag(self) -> str:
        """Return the flag: `--name`."""
        return f"--{self.name}"

    @property
    def opposite(self) -> str:
        """Return the flag for False: `--no-name`; for `no-name` it is `--name`."""
        return f"--{self.name.removeprefix('no-')}" if self.name.startswith("no-") else f"--no-{self.name}"

    def parse(self, raw: Any, where: str) -> Any:
        """Return the value in its Python type.

        Raises ConfigError, which names `where` the value came from and never shows a secret.
        """
        try:
            value = self._convert(raw)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            shown = "" if self.secret else f" {raw!r}"
            raise ConfigError(f"{where}:{shown} is not {_KIND[self.type]}") from error
        for item in value if self.type is OptionType.STRINGS else (value,):
            if self.choices and str(item) not in self.choices:
                shown = "" if self.secret else f" {item!r}"
                raise ConfigError(f"{where}:{shown} is not one of {', '.join(self.choices)}")
        if self.check is not None and (problem := self._call("check", value)) is not None and problem != "":
            if not isinstance(problem, str):
                raise PluginError(
                    f"check of the option {self.name} returned {type(problem).__name__} instead of a sentence or None",
                    hint="Return a sentence that says what is wrong with the value, or None if nothing is.",
                )
            raise ConfigError(f"{where}: {problem}")
        return Secret(value) if self.secret else value

    def is_required(self, values: Options) -> bool:
        """Return True if a value is required, for the values found so far."""
        return self.required or (self.required_when is not None and bool(self._call("required_when", values)))

    def _call(self, function: str, value: Any) -> Any:
        """Return the result of one of the connector's own functions. PluginError if it fails."""
        try:
            return getattr(self, function)(value)
        except ConnectorHostError:
            raise
        except Exception as error:
            raise PluginError(f"{function} of the option {self.name} failed: {error_text(error)}") from error

    def _convert(self, raw: Any) -> Any:
        if isinstance(raw, Secret):
            raw = raw.reveal()
        match self.type:
            case OptionType.BOOL:
                return _bool(raw)
            case OptionType.INT:
                if isinstance(raw, bool) or not isinstance(raw, (int, str)):
                    raise ValueError("not a whole number")
                return int(raw)
            case OptionType.FLOAT:
                if isinstance(raw, bool) or not math.isfinite(value := float(raw)):
                    raise ValueError("not a number")
                return value
            case OptionType.STRINGS:
                items = raw.split(",") if isinstance(raw, str) else raw
                if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
                    raise ValueError("not strings")
                return tuple(item.strip() for item in items if item.strip())
            case OptionType.PATH:
                if not str(raw) or "\0" in str(raw):
                    raise ValueError("not a path")
                return Path(raw).expanduser()
        if not isinstance(raw, str):
            raise ValueError("not a string")
        return raw


_KIND = {
    OptionType.STR: "a text",
    OptionType.INT: "a whole number",
    OptionType.FLOAT: "a number",
    OptionType.BOOL: "true or false",
    OptionType.STRINGS: "a comma-separated list",
    OptionType.PATH: "a path",
}


def _bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError("neither true nor false")


def env_name(name: str) -> str:
    """Return the environment variable of an option: `auth-type` -> `BATON_AUTH_TYPE`."""
    return "BATON_" + name.replace("-", "_").upper()


class Options(Mapping[str, Any]):
    """The values of one run by option name; `source(name)` is the source of each."""

    def __init__(self, values: Mapping[str, Any], sources: Mapping[str, Source] | None = None) -> None:
        self._values = dict(values)
        self._sources = dict(sources or {})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Options({self._values!r})"

    def source(self, name: str) -> Source:
        """Return the source of the value of `name` (of a missing value: the default)."""
        return self._sources.get(name, Source.DEFAULT)

    def secrets(self) -> list[Secret]:
        """Return every secret among the values."""
        return [value for value in self._values.values() if isinstance(value, Secret)]


def resolve(
    declared: Sequence[Option],
    *,
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    file: Mapping[str, Any] | None = None,
    file_name: str = "config file",
    prompt: Callable[[Option], str] | None = None,
) -> Options:
    """Find a value for every declared option.

    `flags` holds the specified flags by option name; `file` is the connector's table of the config file; `prompt` asks
    a person (None: there is no terminal). An empty environment variable counts as not set. Raises ConfigError for a
    value of the wrong type, an unknown key in the file, or a missing required value.
    """
    file = file or {}
    names = {option.name for option in declared}
    if unknown := sorted(set(file) - names):
        raise ConfigError(
            f"{file_name}: unknown option {unknown[0]!r}", hint=f"It takes: {', '.join(sorted(names)) or 'no options'}."
        )
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for option in declared:
        values[option.name], sources[option.name] = _find(option, flags, environ, file, file_name)
    for option in declared:
        if _missing(values[option.name]) and option.is_required(Options(values, sources)):
            if prompt is None:
                variables = " or ".join((env_name(option.name), *option.env))
                raise ConfigError(
                    f"{option.name} is required",
                    hint=f"Specify it as {option.flag} or in the variable {variables}."
                    if not option.secret
                    else f"Set the variable {variables}, or run in a terminal to be asked "
                    f"({option.flag} works too, but shows it in the process list).",
                )
            values[option.name] = option.parse(prompt(option), f"answer for {option.name}")
            sources[option.name] = Source.PROMPT
    return Options(values, sources)


def _missing(value: Any) -> bool:
    """Return True for None, an empty list, or an empty secret."""
    return value is None or value == () or (isinstance(value, Secret) and not value)


def _find(
    option: Option, flags: Mapping[str, Any], environ: Mapping[str, str], file: Mapping[str, Any], file_name: str
) -> tuple[Any, Source]:
    if flags.get(option.name) is not None:
        return option.parse(flags[option.name], option.flag), Source.FLAG
    for variable in (env_name(option.name), *option.env):
        if environ.get(variable):
            return option.parse(environ[variable], variable), Source.ENVIRONMENT
    if option.name in file:
        return option.parse(file[option.name], f"{file_name}: {option.name}"), Source.FILE
    if option.default is not None:
        return option.parse(option.default, f"default of {option.name}"), Source.DEFAULT
    return (() if option.type is OptionType.STRINGS else None), Source.DEFAULT


def at_least_one(value: int) -> str | None:
    """Check a number as `Option.check` does: None for 1 and more."""
    return None if value >= 1 else f"{value} is not at least 1"


def more_than_zero(value: float) -> str | None:
    """Check a number as `Option.check` does: None for more than 0."""
    return None if value > 0 else f"{value:g} is not more than 0"
