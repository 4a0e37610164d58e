"""The surroundings of a connector while it runs: masked output, signals, its own prints kept out of the result."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ....errors import AuthError
from ....options import env_name
from ....plugins.facade import Connector
from ....run import Run
from ... import error_messages
from ...app import App
from ...terminal import run_end
from ...terminal.child_guard import guarded
from ...terminal.child_processes import adopt_orphans, no_child_left
from ...terminal.masked_descriptors import masked_descriptors
from ...terminal.plugin_faults import faults_reported
from ...terminal.result_stream import results_apart
from ...terminal.run_end import SIGNAL_GRACE, ends_for_certain
from ...terminal.signal_pipe import open_signal_pipe
from ...terminal.stop_signals import stop_on_signals

__all__ = ["introduce", "new_run", "running"]

GUARD_MARGIN = 0.2
"""Seconds after the time when the host ends itself, until its guard ends it."""

CLIENT_ID = env_name("client-id")  # an error that names it is about ConductorOne, not about the connector's sign-in

log = logging.getLogger(__name__)


def new_run(app: App, connector: Connector) -> Run:
    """Return the run of a connector; secrets that turn up in it are masked from then on."""
    return Run(logging.getLogger(f"connector_host.plugins.facade.{connector.name}"), app.redactor.add)


@contextmanager
def running(
    app: App, run: Run, connector: Connector, *, deadline: float | None = None, signal_grace: float = SIGNAL_GRACE
) -> Iterator[None]:
    """Surround a connector that runs: it can neither hold the process, nor outlive it, nor write into the results.

    Signals stop `run`; the process ends some seconds after that, or after `deadline`, even if a call does not. What
    the connector and its children write to standard output goes to standard error. Its processes are killed at the
    end, however that comes; a failing thread of its own ends the run.
    """
    pipe = None
    with ExitStack() as stack:
        if app.is_program:
            adopt_orphans()
            latest = math.inf if deadline is None else deadline + run_end.LATEST + GUARD_MARGIN
            pipe = stack.enter_context(guarded(open_signal_pipe(), signal_grace, latest))
            stack.enter_context(masked_descriptors(app.redactor))
        stack.enter_context(no_child_left())
        stack.enter_context(stop_on_signals(run, log.warning, pipe))
        stack.enter_context(faults_reported(run, connector.name))
        stack.enter_context(
            ends_for_certain(
                run, lambda error: error_messages.report(error, app), deadline=deadline, signal_grace=signal_grace
            )
        )
        stack.enter_context(results_apart())
        stack.enter_context(_sign_in_explained(connector))
        yield


@contextmanager
def _sign_in_explained(connector: Connector) -> Iterator[None]:
    """Add the flags and variables of the sign-in to the hint of an error of it, unless it names one itself."""
    try:
        yield
    except AuthError as error:
        options = [option for option in connector.options if option.secret or option.required_when is not None]
        text = f"{error.message} {error.hint}"
        names_its_own = any(name in text for option in options for name in (option.flag, env_name(option.name)))
        if options and not names_its_own and CLIENT_ID not in text:
            names = ", ".join(f"{option.flag} ({env_name(option.name)})" for option in options)
            error.hint = f"{error.hint} The sign-in uses: {names}.".lstrip()
        raise


def introduce(account: str, user: str, plan: str, mode: str, limits: Sequence[str]) -> None:
    """Log the identity that a connector has signed in as, and what it cannot see or do."""
    if identity := " as ".join(part for part in (account, user) if part):
        log.info("Account: %s", ", ".join(part for part in (identity, plan, mode) if part))
    for limit in limits:
        log.warning("%s", limit)
