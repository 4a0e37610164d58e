"""What the commands that change an application share: their options, the run, the result."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ....errors import AuthError, ConnectorHostError, FileError, PluginError, Stopped
from ....model import Identity
from ....options import Option, Options, OptionType
from ....plugins.facade import Connector
from ....provision.audit import Audit
from ....provision.capability_checks import check_able
from ....provision.change_requests import Step
from ....provision.changer import Changer, Result, open_changer
from ....run import Run
from ....secret import Secret
from ...app import App, current_app
from ...host_options import SYNC_OPTIONS, click_option
from ...option_values import connector_options, host_options
from ...output_option import OutputFormat, output_click_option
from ...terminal.masked_streams import masked
from ...terminal.stop_signals import stop_on_signals
from ..connectors.connector_group import flags_of
from .change_results import answer, line

__all__ = ["HOST_OPTIONS", "Job", "begin", "common_options", "perform", "spelled"]

AUDIT_NAME = "connector-host-audit.jsonl"
HOST_OPTIONS = (
    Option(name="file", type=OptionType.PATH, default="sync.c1z", help="The c1z file that says who and what there is."),
    Option(
        name="audit",
        type=OptionType.PATH,
        help=f"Append a record of every change to this file; {AUDIT_NAME} beside the c1z file if not given.",
    ),
    next(option for option in SYNC_OPTIONS if option.name == "max-attempts"),
)
INCOMPLETE = 6

log = logging.getLogger(__name__)


class Job(Struct, frozen=True):
    """One command: through which connector, with which options of the host's, and how."""

    app: App
    connector: Connector
    given: Mapping[str, Any]
    host: Options
    dry_run: bool
    output: OutputFormat

    @property
    def audit(self) -> Path:
        """Where changes are recorded."""
        named: Path | None = self.host["audit"]
        return named or self.host["file"].parent / AUDIT_NAME


def common_options(*, file: bool = True) -> list[click.Option]:
    """The options that every command of this kind has; `file`: it looks something up in a c1z."""
    declared = [option for option in HOST_OPTIONS if file or option.name != "file"]
    hosts = [click_option(option, short="-f" if option.name == "file" else "") for option in declared]
    dry_run = click.Option(["--dry-run"], is_flag=True, help="Show the calls that would be made; change nothing.")
    return [*hosts, dry_run, output_click_option()]


def spelled(connector: Connector, parameter: str, flags: Sequence[str], **settings: Any) -> click.Option:
    """An option of the command under those of its spellings that the connector has no option of."""
    taken = {flag for option in connector.options for flag in (option.flag, option.opposite)}
    if not (free := [flag for flag in flags if flag not in taken]):
        raise PluginError(
            f"connector {connector.name}: its option {flags[0]} is one of the host's",
            hint="Its author must choose another name.",
        )
    return click.Option([parameter, *free], **settings)


def begin(connector: Connector, hook: str, given: Mapping[str, Any]) -> Job:
    """Refuse at once what cannot be: an unknown format, a hook that is not there, a dry run that cannot be."""
    check_able(connector, hook, dry_run=given["dry_run"])
    app = current_app()
    host = host_options(app, HOST_OPTIONS, flags_of(HOST_OPTIONS, given))
    return Job(app, connector, given, host, given["dry_run"], given["output"])


def perform(
    job: Job,
    steps: Sequence[tuple[int, Step]],
    *,
    many: bool = False,
    stop_on_error: bool = False,
    keep: Callable[[Secret], None] = lambda _secret: None,
) -> list[Result]:
    """Make the changes, one at a time, each with the number of its line (0: none), and show what became of them.

    Of `many`, a failed one is shown and the next one made; the first error ends the command otherwise.
    """
    connector, app = job.connector, job.app
    options = connector_options(app, connector.name, connector.options, flags_of(connector.options, job.given))
    run = Run(logging.getLogger(f"connector_host.plugins.facade.{connector.name}"), app.redactor.add)
    results: list[Result] = []
    with masked(app.redactor):
        try:
            with (
                redirect_stdout(sys.stderr),  # what a connector prints is narration
                stop_on_signals(run, log.warning),
                Audit(job.audit, app.redactor, connector=connector.name) as audit,
                open_changer(
                    connector,
                    options,
                    run,
                    audit,
                    dry_run=job.dry_run,
                    max_attempts=job.host["max-attempts"],
                    on_wait=_waiting,
                ) as changer,
            ):
                _introduce(changer.identity)
                changer.check(steps)
                if many:
                    _make_many(changer, run, steps, results, stop_on_error=stop_on_error)
                else:
                    results.extend(changer.make(step, keep) for _, step in steps)
        finally:
            if results:
                job.output.show(answer(results, len(steps), many=many, dry_run=job.dry_run))
        log.info("Recorded in %s", job.audit)
    if any(one.error is not None for one in results):
        click.get_current_context().exit(INCOMPLETE)
    return results


def _make_many(
    changer: Changer, run: Run, steps: Sequence[tuple[int, Step]], results: list[Result], *, stop_on_error: bool
) -> None:
    for number, step in steps:
        if run.stopping.is_set():
            raise Stopped("the run was stopped", hint=f"{len(results)} of {len(steps)} changes were gone through.")
        try:
            made = changer.make(step)
            results.append(Result(made.step, made.change, note=made.note, line=number))
        except ConnectorHostError as error:
            results.append(Result(step, error=error, line=number))
            if isinstance(error, (AuthError, FileError, Stopped)):  # the next one would not fare better
                raise
            if stop_on_error:
                log.warning("stopped at the first failure")
                return
        log.info("%d of %d: %s", len(results), len(steps), line(results[-1]))


def _introduce(identity: Identity) -> None:
    if who := " as ".join(part for part in (identity.account, identity.user) if part):
        log.info("Account: %s", ", ".join(part for part in (who, identity.plan, identity.mode) if part))
    for limit in identity.limits:
        log.warning("%s", limit)


def _waiting(hook: str, subject: str, seconds: float, reason: str) -> None:
    log.warning("%s of %s is tried again in %.0f s: %s", hook, subject, seconds, reason)
