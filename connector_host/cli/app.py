"""The state of one run of the command line: its global options, its config file, its secrets."""

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

    Global options may stand before or after the command; `prepare` is called when all of them are parsed and before
    any command runs. `config` is read when it is first needed.
    """

    def __init__(self, redactor: Redactor | None = None) -> None:
        self.redactor = redactor or Redactor()
        self.debug = False
        self.is_program = False  # the process is ours, not that of a test or a caller
        self.trace_hooks = False
        self.read_file: Path | None = None  # the c1z file that the command reads, as far as it is one
        self.flags: dict[str, Any] = {}
        self._config: Config | None = None

    @property
    def config(self) -> Config:
        """The config file, or an empty one. ConfigError if it cannot be read or trusted."""
        if self._config is None:
            from ..config_file import read_config  # noqa: PLC0415 - not needed for --help

            flag = self.flags.get("config")
            self._config = read_config(Path(flag) if flag else None, os.environ)
        return self._config

    @property
    def json_logs(self) -> bool:
        """True if logs and errors are JSON lines."""
        return log_setup.is_json()

    def log_options(self, file: Mapping[str, Any]) -> Options:
        """Resolve `--log-format` and `--log-level`; `file` is the table `[host]` of the config file."""
        names = {option.name for option in LOG_OPTIONS}
        table = {name: value for name, value in file.items() if name in names}
        return resolve(LOG_OPTIONS, flags=self.flags, environ=os.environ, file=table, file_name="[host]")

    def prepare(self, *, config: bool = True) -> None:
        """Set up logging from the global options, and from the config file unless `config` is False."""
        options = self.log_options(self.config.host if config else {})
        log_setup.set_up(options["log-format"], options["log-level"], debug=self.debug, redactor=self.redactor)

    def prepare_to_report(self) -> None:
        """Set up logging for messages before `prepare`, as far as flags and environment say how."""
        if not log_setup.is_set_up():
            with contextlib.suppress(ConfigError):
                self.prepare(config=False)


def current_app() -> App:
    """Return the App of the running command."""
    return click.get_current_context().ensure_object(App)
