"""Find the values of declared options: flags, environment, config file, standard input, a person at the terminal."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import ConfigError
from ..options import Option, Options, Source, env_name, resolve
from .app import App

__all__ = ["connector_options", "host_options"]

ATTEMPTS = 3

log = logging.getLogger(__name__)


def host_options(app: App, declared: Sequence[Option], flags: Mapping[str, Any]) -> Options:
    """The host's own options; `[host]` of the config file may hold keys for other commands."""
    known = {option.name for option in declared}
    table = {key: value for key, value in app.config.host.items() if key in known}
    return resolve(declared, flags=flags, environ=os.environ, file=table, file_name=app.config.where("host"))


def connector_options(app: App, name: str, declared: Sequence[Option], flags: Mapping[str, Any]) -> Options:
    """A connector's options. Every secret among them, right or wrong, is masked in all output from here on."""
    config = app.config
    table = config.connectors.get(name, {})
    given = _from_stdin(declared, flags)
    for option in declared:
        if option.secret:
            _learn(app, option, given, table)
    where = config.where(f"connector.{name}")
    prompt = _asker(app) if _person_there() else None
    options = resolve(declared, flags=given, environ=os.environ, file=table, file_name=where, prompt=prompt)
    for secret in options.secrets():
        app.redactor.add(secret)
    _warn(app, declared, flags, options)
    return options


def _learn(app: App, option: Option, flags: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    variables = (env_name(option.name), *option.env)
    for value in (flags.get(option.name), table.get(option.name), *map(os.environ.get, variables)):
        if isinstance(value, str):
            app.redactor.add(value)


def _from_stdin(declared: Sequence[Option], flags: Mapping[str, Any]) -> dict[str, Any]:
    """`-` as the value of a secret's flag is the next line of standard input."""
    given = dict(flags)
    for option in declared:
        if option.secret and flags.get(option.name) == "-":
            line = sys.stdin.readline().rstrip("\r\n")
            if not line:
                raise ConfigError(f"{option.flag} -: nothing came on standard input", hint="One line for each secret.")
            given[option.name] = line
    return given


def _person_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asker(app: App) -> Callable[[Option], str]:
    """Asks a person; what is typed for a secret is not shown."""

    def ask(option: Option) -> str:
        text = f"{option.help.rstrip('.') or option.name}: "
        for _ in range(ATTEMPTS):
            try:
                answer = _hidden(text) if option.secret else _visible(text)
            except EOFError:
                break
            if option.secret:
                app.redactor.add(answer)
            if answer:
                return answer
        raise ConfigError(f"{option.name} is required and nothing was entered")

    return ask


def _hidden(text: str) -> str:
    return getpass.getpass(text, stream=sys.stderr)


def _visible(text: str) -> str:
    sys.stderr.write(text)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def _warn(app: App, declared: Sequence[Option], flags: Mapping[str, Any], options: Options) -> None:
    for option in declared:
        if not option.secret or options[option.name] is None:
            continue
        source = options.source(option.name)
        if source is Source.FLAG and flags[option.name] != "-":
            log.warning(
                "%s shows the secret in the process list and the shell's history; use the variable %s",
                option.flag,
                env_name(option.name),
            )
        if source is Source.FILE and app.config.readable_by_others():
            log.warning("%s holds secrets and others can read it; run: chmod 600 %s", *[app.config.path] * 2)
