"""Shared parts of the commands that change an application: their options, the run, the result."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ....c1z.types import View
from ....credentials import NamedSecret
from ....errors import AuthError, ConnectorHostError, FileError, PluginError, Stopped
from ....model import Identity
from ....options import Option, Options, OptionType
from ....plugins.facade import Connector
from ....provision.account_check import check_account
from ....provision.audit_record import Audit
from ....provision.capability_checks import check_able
from ....provision.change_effects import ChangeEffects, effects_of
from ....provision.change_requests import Step
from ....provision.changer import Changer, Result, open_changer
from ....query.sync_origin import SyncOrigin, read_origin
from ....run import Run
from ...app import App, current_app
from ...host_options import SYNC_OPTIONS, click_option
from ...option_values import connector_options, host_options
from ...output_option import OutputFormat
from ...read_command import viewed
from ...terminal.masked_streams import masked
from ..connectors.connector_group import flags_of, output_option_for
from ..connectors.connector_run import introduce, new_run, running
from .change_results import line, results_document
from .confirmation import check_confirmable, check_number, confirm

__all__ = [
    "HOST_OPTIONS",
    "Job",
    "Lookup",
    "asking",
    "begin",
    "check_origin",
    "common_options",
    "looking_up",
    "lookup_of",
    "mass_options",
    "perform",
    "question_options",
    "spelled",
]

AUDIT_NAME = "connector-host-audit.jsonl"
HOST_OPTIONS = (
    Option(
        name="file",
        type=OptionType.PATH,
        default="sync.c1z",
        help="Look up principals, entitlements and resources in this c1z file.",
    ),
    Option(
        name="audit",
        type=OptionType.PATH,
        help=f"Append a record of every change to this file. By default {AUDIT_NAME} beside the c1z file.",
    ),
    next(option for option in SYNC_OPTIONS if option.name == "max-attempts"),
)
INCOMPLETE = 6
CHANGE_GRACE = 30.0
"""Seconds that a change in flight has after a signal: cut off, it is not known whether it was made."""

log = logging.getLogger(__name__)


class Job(Struct, frozen=True):
    """One invocation of a command: its connector, its arguments, and the options of the host."""

    app: App
    connector: Connector
    arguments: Mapping[str, Any]
    host: Options
    dry_run: bool
    output: OutputFormat

    @property
    def audit(self) -> Path:
        """The file in which changes are recorded."""
        path: Path | None = self.host["audit"]
        return path or self.host["file"].parent / AUDIT_NAME

    def asks(self, effects: ChangeEffects, *, many: bool) -> bool:
        """Return whether a person must confirm the changes of this command."""
        if self.dry_run or self.arguments.get("yes", False) or "max_changes" not in self.arguments:
            return False
        return many or bool(effects.reasons)


class Lookup(Struct, frozen=True):
    """The origin of the file that the steps were found in, and their effects as the file shows them."""

    origin: SyncOrigin
    effects: ChangeEffects


@contextmanager
def looking_up(job: Job) -> Iterator[View]:
    """Open the sync that the steps are looked up in."""
    with viewed(str(job.host["file"]), job.arguments["sync_id"]) as reading:
        yield reading.view


def lookup_of(view: View, steps: Sequence[Step]) -> Lookup:
    """Return the origin of the sync and the effects of the steps."""
    return Lookup(read_origin(view.sync), effects_of(view, steps))


def common_options(connector: Connector, *, file: bool = True) -> list[click.Option]:
    """Return the options of every such command; with `file`, of one that looks something up in a c1z."""
    declared = [option for option in HOST_OPTIONS if file or option.name != "file"]
    hosts = [click_option(option, short="-f" if option.name == "file" else "") for option in declared]
    dry_run = click.Option(["--dry-run"], is_flag=True, help="Show the calls that would be made, and change nothing.")
    if not file:
        return [*hosts, dry_run, output_option_for(connector)]
    text = "Use the file although it comes from another account or connector than the sign-in."
    other = spelled(connector, "other_account", ["--other-account"], is_flag=True, help=text)
    return [*hosts, dry_run, other, output_option_for(connector)]


def question_options(connector: Connector) -> list[click.Option]:
    """Return the options of a command that asks the application and changes nothing."""
    declared = [option for option in HOST_OPTIONS if option.name == "max-attempts"]
    return [*map(click_option, declared), output_option_for(connector)]


def mass_options(connector: Connector) -> list[click.Option]:
    """Return the options of commands that may make many changes."""
    text = "Make the changes without asking for a confirmation."
    yes = spelled(connector, "yes", ["--yes"], is_flag=True, help=text)
    text = "Make no changes if there are more than N. [default: no limit]"
    most = spelled(connector, "max_changes", ["--max-changes"], metavar="N", type=click.IntRange(1), help=text)
    return [yes, most]


def spelled(connector: Connector, parameter: str, flags: Sequence[str], **settings: Any) -> click.Option:
    """Return an option of the command, less those of its spellings that are options of the connector."""
    own_flags = {flag for option in connector.options for flag in (option.flag, option.opposite)}
    if not (free := [flag for flag in flags if flag not in own_flags]):
        raise PluginError(
            f"connector {connector.name}: its option {flags[0]} is one of the host's",
            hint="Its author must choose another name.",
        )
    return click.Option([parameter, *free], **settings)


def begin(connector: Connector, hook: str, arguments: Mapping[str, Any]) -> Job:
    """Return the job; raises at once if the connector lacks the hook, or cannot make a dry run of it."""
    check_able(connector, hook, dry_run=arguments["dry_run"])
    app = current_app()
    host = host_options(app, HOST_OPTIONS, flags_of(HOST_OPTIONS, arguments))
    return Job(app, connector, arguments, host, arguments["dry_run"], arguments["output"])


def perform(
    job: Job,
    steps: Sequence[tuple[int, Step]] | Callable[[Changer], Sequence[tuple[int, Step]]],
    *,
    lookup: Lookup | None = None,
    many: bool = False,
    stop_on_error: bool = False,
    keep: Callable[[Sequence[NamedSecret]], None] = lambda _secrets: None,
    finish: Callable[[Changer, Result], Result] = lambda _changer, result: result,
) -> list[Result]:
    """Make the changes one at a time, each with the number of its line (0: none), and show their results.

    `steps` may be a function that makes them once the sign-in succeeded. `lookup` is the file that they were found in:
    another account's is refused, and effects on many are confirmed. Of `many`, a failed one is shown and the next one
    made; otherwise the first error ends the command. `keep` takes the secrets that a change returns; `finish` may wait
    until a change is at its end.
    """
    app = job.app
    if not callable(steps):
        check_number(len(steps), job.arguments.get("max_changes"))
    asks = lookup is not None and job.asks(lookup.effects, many=many)
    if lookup is not None and asks:
        check_confirmable(lookup.effects)
    results: list[Result] = []
    planned: Sequence[tuple[int, Step]] = ()
    with masked(app.redactor):
        try:
            with _changing(job) as (changer, run):
                _check_session(job, changer, lookup)
                planned = steps(changer) if callable(steps) else steps
                changer.check(planned)
                if lookup is not None and asks:
                    confirm(lookup.effects, run)
                if many:
                    _make_many(changer, run, planned, results, stop_on_error=stop_on_error)
                for _, step in () if many else planned:
                    results.append(changer.make(step, keep))
                    results[-1] = finish(changer, results[-1])
        finally:
            if results:
                job.output.show(results_document(results, len(planned), many=many, dry_run=job.dry_run))
        log.info("Recorded in %s", job.audit)
    if any(result.error is not None for result in results):
        click.get_current_context().exit(INCOMPLETE)
    return results


@contextmanager
def asking(job: Job) -> Iterator[Changer]:
    """Sign in for questions about the connector; nothing is changed or recorded."""
    with masked(job.app.redactor), _changing(job, is_recorded=False) as (changer, _):
        yield changer


@contextmanager
def _changing(job: Job, *, is_recorded: bool = True) -> Iterator[tuple[Changer, Run]]:
    """Sign in; give the maker of changes and its run. Without a record nothing can be changed."""
    connector, app = job.connector, job.app
    options = connector_options(app, connector.name, connector.options, flags_of(connector.options, job.arguments))
    run, attempts = new_run(app, connector), job.host["max-attempts"]
    with ExitStack() as stack:
        stack.enter_context(running(app, run, connector, signal_grace=CHANGE_GRACE))
        audit = stack.enter_context(Audit(job.audit, app.redactor, connector=connector.name)) if is_recorded else None
        opened = open_changer(
            connector, options, run, audit, dry_run=job.dry_run, max_attempts=attempts, on_wait=_log_wait
        )
        yield stack.enter_context(opened), run


def _check_session(job: Job, changer: Changer, lookup: Lookup | None) -> None:
    """Show the identity of the sign-in, and check the account of the file."""
    identity = changer.identity
    introduce(identity.account, identity.user, identity.plan, identity.mode, identity.limits)
    if lookup is not None:
        check_origin(job, lookup.origin, identity)


def check_origin(job: Job, origin: SyncOrigin, identity: Identity) -> None:
    """Refuse a file of another account or connector than the sign-in, unless --other-account is specified."""
    if not job.arguments.get("other_account"):
        note = check_account(origin, job.host["file"], job.connector.name, identity)
        if note:
            log.warning("%s", note)


def _make_many(
    changer: Changer, run: Run, steps: Sequence[tuple[int, Step]], results: list[Result], *, stop_on_error: bool
) -> None:
    for number, step in steps:
        if run.stopping.is_set():
            raise Stopped("the run was stopped", hint=f"{len(results)} of {len(steps)} changes were tried.")
        try:
            result = changer.make(step)
            results.append(Result(result.step, result.change, note=result.note, line=number))
        except ConnectorHostError as error:
            results.append(Result(step, error=error, line=number))
            if isinstance(error, (AuthError, FileError, Stopped)):  # the next one would not fare better
                raise
            if stop_on_error:
                log.warning("Stopped at the first failure.")
                return
        log.info("%d of %d: %s", len(results), len(steps), line(results[-1]))


def _log_wait(hook: str, subject: str, seconds: float, reason: str) -> None:
    log.warning("Waiting %.0f s before %s of %s is tried again: %s", seconds, hook, subject, reason)
