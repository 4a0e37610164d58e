"""The surroundings of a connector while it runs: masked output, signals, its own prints kept out of the result."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout

from ....plugins.facade import Connector
from ....run import Run
from ...app import App
from ...terminal.stop_signals import stop_on_signals

__all__ = ["introduce", "new_run", "running"]

log = logging.getLogger(__name__)


def new_run(app: App, connector: Connector) -> Run:
    """Return the run of a connector; secrets that turn up in it are masked from then on."""
    return Run(logging.getLogger(f"connector_host.plugins.facade.{connector.name}"), app.redactor.add)


@contextmanager
def running(run: Run) -> Iterator[None]:
    """Stop `run` on signals while the block runs, and send what the connector prints to standard error."""
    with redirect_stdout(sys.stderr), stop_on_signals(run, log.warning):
        yield


def introduce(account: str, user: str, plan: str, mode: str, limits: Sequence[str]) -> None:
    """Log the identity that a connector has signed in as, and what it cannot see or do."""
    if identity := " as ".join(part for part in (account, user) if part):
        log.info("Account: %s", ", ".join(part for part in (identity, plan, mode) if part))
    for limit in limits:
        log.warning("%s", limit)
