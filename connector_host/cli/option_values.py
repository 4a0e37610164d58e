"""Values of declared options: from flags, environment, config file, standard input, or a person at the terminal."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ..errors import ConfigError
from ..options import Option, Options, OptionType, Source, env_name, resolve
from ..output.terminal_text import printable
from ..remote.process_arguments import is_secret_name, option_flag
from ..trusted_paths import require_trusted
from .app import App

__all__ = ["ask_person", "connector_options", "host_options", "is_interactive"]

ATTEMPTS = 3
PROCESS_OPTIONS = "process-options"
"""The option of connector processes that holds their own options."""
TERMINAL = "/dev/tty"

log = logging.getLogger(__name__)


def host_options(app: App, declared: Sequence[Option], flags: Mapping[str, Any]) -> Options:
    """Resolve options of the host; `[host]` of the config file may hold keys for other commands.

    Secrets among them are masked in all output from now on. Raises ConfigError, also for a config file with secrets
    that others can read.
    """
    names = {option.name for option in declared}
    table = {key: value for key, value in app.config.host.items() if key in names}
    values = _from_stdin(declared, flags)
    _learn_secrets(app, declared, values, table)
    where = app.config.where("host")
    prompt = _asker(app) if is_interactive() else None
    options = resolve(declared, flags=values, environ=os.environ, file=table, file_name=where, prompt=prompt)
    _warn_of_secret_flags(declared, flags, options)
    return options


def connector_options(app: App, name: str, declared: Sequence[Option], flags: Mapping[str, Any]) -> Options:
    """Resolve the options of a connector. Every secret among them, valid or not, is masked in all output from now on.

    Raises ConfigError, also for a config file with secrets that others can read.
    """
    config = app.config
    table = config.connectors.get(name, {})
    values = _from_stdin(declared, flags)
    if any(option.name == PROCESS_OPTIONS for option in declared):
        table, words = _process_options(app, name, declared, table)
        values[PROCESS_OPTIONS] = [*words, *(values.get(PROCESS_OPTIONS) or ())]
    _learn_secrets(app, declared, values, table)
    where = config.where(f"connector.{name}")
    prompt = _asker(app) if is_interactive() else None
    options = resolve(declared, flags=values, environ=os.environ, file=table, file_name=where, prompt=prompt)
    for secret in options.secrets():
        app.redactor.add(secret)
    _warn_of_secret_flags(declared, flags, options)
    _refuse_programs_of_others(declared, options)
    return options


def _process_options(
    app: App, name: str, declared: Sequence[Option], table: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[str]]:
    """Return a table without the options of the connector process itself, and these as its flags."""
    names = {option.name for option in declared}
    words = []
    for key, value in table.items():
        if key in names:
            continue
        if is_secret_name(key):
            app.config.refuse_secrets_that_others_can_read(key)
            app.redactor.add(str(value))
        words.append(option_flag(key, value, app.config.where(f"connector.{name}")))
    return {key: value for key, value in table.items() if key in names}, words


def _refuse_programs_of_others(declared: Sequence[Option], options: Options) -> None:
    """Raise ConfigError for a program that the config file names and that another user could have written."""
    for option in declared:
        path = options[option.name]
        if option.type is not OptionType.PATH or path is None or options.source(option.name) is not Source.FILE:
            continue
        if path.is_file() and os.access(path, os.X_OK):
            require_trusted(path, f"the program of {option.name},")


def _learn_secrets(app: App, declared: Sequence[Option], flags: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    """Mask every secret, valid or not. Raises ConfigError for one in a config file that others can read."""
    secrets = [option for option in declared if option.secret]
    for option in secrets:
        _learn(app, option, flags, table)
    for option in secrets:
        if table.get(option.name):
            app.config.refuse_secrets_that_others_can_read(option.name)


def _learn(app: App, option: Option, flags: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    variables = (env_name(option.name), *option.env)
    for value in (flags.get(option.name), table.get(option.name), *map(os.environ.get, variables)):
        if isinstance(value, str):
            app.redactor.add(value)


def _from_stdin(declared: Sequence[Option], flags: Mapping[str, Any]) -> dict[str, Any]:
    """Replace `-` as the value of a secret's flag by the next line of standard input."""
    values = dict(flags)
    for option in declared:
        if option.secret and flags.get(option.name) == "-":
            line = sys.stdin.readline().rstrip("\r\n")
            if not line:
                raise ConfigError(
                    f"{option.flag} - found no line on standard input", hint="Write one line for each secret."
                )
            values[option.name] = line
    return values


def is_interactive() -> bool:
    """Return whether a person can be asked: also where only the messages go elsewhere, as in `2>&1 | tee log`."""
    if not sys.stdin.isatty():
        return False
    if sys.stderr.isatty():
        return True
    try:
        with Path(TERMINAL).open("w", encoding="utf-8"):
            return True
    except OSError:
        return False


@contextmanager
def _prompt_stream() -> Iterator[TextIO]:
    """Open the stream on which a person sees a question."""
    if sys.stderr.isatty():
        yield sys.stderr
        return
    with Path(TERMINAL).open("w", encoding="utf-8", errors="backslashreplace") as terminal:
        yield terminal


def _asker(app: App) -> Callable[[Option], str]:
    """Return a function that asks a person for a value; the letters of a secret are not shown."""

    def ask(option: Option) -> str:
        if value := ask_person(app, option.help.rstrip(".") or option.name, is_secret=option.secret):
            return value
        raise ConfigError(
            f"{option.name} is required and nothing was entered",
            hint=f"Use {option.flag} or the variable {env_name(option.name)}.",
        )

    return ask


def ask_person(app: App, question: str, *, is_secret: bool) -> str:
    """Return the answer of a person; the letters of a secret are not shown. Empty: nothing was entered."""
    text = printable(app.redactor(f"{question}: "))
    for _ in range(ATTEMPTS):
        try:
            value = _hidden(text) if is_secret else _visible(text)
        except EOFError:
            break
        if is_secret and value:
            app.redactor.add(value)
        if value:
            return value
    return ""


def _hidden(text: str) -> str:
    with _prompt_stream() as stream:
        return getpass.getpass(text, stream=stream)


def _visible(text: str) -> str:
    with _prompt_stream() as stream:
        stream.write(text)
        stream.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def _warn_of_secret_flags(declared: Sequence[Option], flags: Mapping[str, Any], options: Options) -> None:
    for option in declared:
        if not option.secret or options[option.name] is None or options.source(option.name) is not Source.FLAG:
            continue
        if flags[option.name] != "-":
            log.warning(
                "%s shows the secret in the process list and in the history of the shell; use the variable %s",
                option.flag,
                env_name(option.name),
            )
