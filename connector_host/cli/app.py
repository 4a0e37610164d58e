"""What one process of the command line knows: its global options, its config file, its secrets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigError
from ..options import Options, resolve
from ..secret import Redactor
from .host_options import LOG_OPTIONS
from .terminal import log_setup

if TYPE_CHECKING:
    from ..config_file import Config

__all__ = ["App", "current_app"]


class App:
    """One per process; click carries it as `obj`.

    Global options may stand before or after the command; `prepare` is called once all are known and before any
    command runs. `config` is read when first asked for.
    """

    def __init__(self, redactor: Redactor | None = None) -> None:
        self.redactor = redactor or Redactor()
        self.debug = False
        self.trace_hooks = False
        self.flags: dict[str, Any] = {}
        self._config: Config | None = None

    @property
    def config(self) -> Config:
        """The config file, or an empty one. ConfigError if it cannot be read."""
        if self._config is None:
            from ..config_file import read_config  # noqa: PLC0415 - not needed for --help

            named = self.flags.get("config")
            self._config = read_config(Path(named) if named else None, os.environ)
        return self._config

    @property
    def json_logs(self) -> bool:
        """Whether narration and errors are JSON lines."""
        return log_setup.json_wanted()

    def log_options(self, file: Mapping[str, Any]) -> Options:
        """The values of `--log-format` and `--log-level`."""
        known = {option.name for option in LOG_OPTIONS}
        table = {name: value for name, value in file.items() if name in known}
        return resolve(LOG_OPTIONS, flags=self.flags, environ=os.environ, file=table, file_name="[host]")

    def prepare(self, *, config: bool = True) -> None:
        """Set up logging from the global options, and from the config file unless `config` is False."""
        options = self.log_options(self.config.host if config else {})
        log_setup.set_up(options["log-format"], options["log-level"], debug=self.debug, redactor=self.redactor)

    def prepare_to_report(self) -> None:
        """Set up logging for what has to be said before `prepare`, as far as flags and environment say how."""
        if not log_setup.is_set_up():
            with contextlib.suppress(ConfigError):
                self.prepare(config=False)


def current_app() -> App:
    """The App of the running command."""
    return click.get_current_context().ensure_object(App)
