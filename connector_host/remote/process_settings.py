"""The command, variables and time limits of a connector process, and its start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..run import Run
from .connector_process import ConnectorProcess
from .log_lines import LogLines

__all__ = ["ProcessSettings"]


class ProcessSettings:
    """The command, variables and time limits (in seconds) of a connector process."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        start_timeout: float,
        call_timeout: float,
        mask: Callable[[str], str] = str,
    ) -> None:
        self.command, self.environment = tuple(command), dict(environment)
        self.start_timeout, self.call_timeout, self.mask = start_timeout, call_timeout, mask

    def start(self, run: Run, more: Mapping[str, str] | None = None) -> ConnectorProcess:
        """Start the process, with more variables. ConfigError if its program cannot be started."""
        log = LogLines(run.logger, self.mask)
        return ConnectorProcess(self.command, {**self.environment, **(more or {})}, log)
