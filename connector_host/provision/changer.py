"""The making of changes through a connector: sign in, introduce, record, call, check, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct, structs

from ..credentials import AccountSchema, CredentialDetails, NamedSecret
from ..errors import ConfigError, ConnectorHostError, NotFound, NotPermitted, PluginError, PreconditionError, Stopped
from ..model import Change, Grant, Identity, Outcome, ResourceType
from ..options import Options
from ..plugins.facade import Connector, every_type
from ..run import Run
from ..secret import Secret
from ..sync.hook_calls import TRANSIENT, Caller, Sessions
from ..sync.limits import Pace
from .audit_record import Audit, AuditEntry, valid_text
from .capability_checks import check_declared, check_steps
from .change_requests import AskAccount, Create, Step, Take

__all__ = ["Changer", "Result", "corrected", "open_changer"]

POLL_SECONDS, LONGEST_POLL = 1.0, 60.0
RETRY_HINT = "Give the same command again later: what is there already stays as it is."


class Result(Struct, frozen=True):
    """The result of a step: a change, or the error that prevented it. `note` is what a person should know."""

    step: Step
    change: Change | None = None
    error: ConnectorHostError | None = None
    note: str = ""
    line: int = 0

    @property
    def outcome(self) -> str:
        """The outcome: `done`, `already`, `planned`, `replaced` or `failed`."""
        return str(self.change.outcome) if self.change is not None else "failed"


class Changer:
    """Maker of changes with one session. `identity` is the account and user of the session."""

    def __init__(
        self, connector: Connector, caller: Caller, audit: Audit | None, run: Run, identity: Identity, *, dry_run: bool
    ) -> None:
        self._connector, self._caller, self._audit, self._run = connector, caller, audit, run
        self.identity, self._dry_run = identity, dry_run
        self._types: Mapping[str, ResourceType] | None = None
        self._tries = 0

    def check(self, steps: Sequence[tuple[int, Step]]) -> None:
        """Raise ConfigError for steps, each with the number of its line, that the connector declares it cannot make."""
        check_steps(self._connector, self._declared(), steps)

    def make(self, step: Step, keep: Callable[[Sequence[NamedSecret]], None] = lambda _secrets: None) -> Result:
        """Make one change. Raises what the hook raised (transient errors after their attempts), recorded.

        Secrets that the hook returns are masked from then on, and handed to `keep` before anything else can fail. What
        the connector says it cannot do is a ConfigError; it is not asked then, and nothing is recorded.
        """
        return self._make(step, keep, self._once)

    def _make(
        self, step: Step, keep: Callable[[Sequence[NamedSecret]], None], perform: Callable[[Step], Change]
    ) -> Result:
        check_declared(self._connector, self._declared(), step)
        if self._audit is None:
            raise PreconditionError("this session was opened for questions only: no change can be recorded")
        entry = self._audit.begin(step.hook, step.record(), dry_run=self._dry_run)
        self._tries = 0
        take_back = self._run.on_abandon(entry.abandoned)
        try:
            change = perform(step)
        except ConnectorHostError as error:
            error.message, error.hint = valid_text(error.message), valid_text(error.hint)
            if isinstance(error, Stopped) and self._tries and not error.hint:
                error.hint = f"Whether the last change was made is not known; {self._audit.path} names it."
            self._record_failure(entry, error)
            take_back()
            raise
        for named_secret in change.every_secret:
            self._run.redact(named_secret.value.reveal())
        if change.every_secret:
            keep(change.every_secret)
        self._record(entry, change)
        take_back()
        return Result(step, change, note=_note(step, change, self._tries))

    def _once(self, step: Step) -> Change:
        """Call the hook of a step, again after transient errors; count the attempts."""

        def attempt(session: object) -> Change:
            self._tries += 1
            try:
                return self._checked(step, step.call(self._connector, session, self._dry_run))
            except TRANSIENT as error:
                error.hint = error.hint or RETRY_HINT
                raise

        return self._caller.call(step.hook, step.subject, attempt)[0]

    def account_schema(self) -> AccountSchema | None:
        """Return the fields of a new account; None: the connector declares none."""
        return self._caller.call("account_schema", "everything", self._connector.account_schema)[0]

    def credential_details(self) -> CredentialDetails:
        """Return the credentials that the connector can make."""
        return self._caller.call("credential_details", "everything", self._connector.credential_details)[0]

    def await_account(self, result: Result, keep: Callable[[Sequence[NamedSecret]], None]) -> Result:
        """Ask for an account in progress until it is at its end, and return the result with that change.

        The wait is one change of the record. Raises Stopped when the run stops, and ConfigError for a connector that
        cannot be asked.
        """
        change = result.change
        if change is None or change.outcome is not Outcome.IN_PROGRESS:
            return result
        if not change.creation_id or "get_account_creation" not in self._connector.hooks:
            raise ConfigError(
                f"the connector {self._connector.name} cannot be asked for an account in progress",
                hint="Give the same command again later: an account that exists is success.",
            )
        return structs.replace(result, change=self._make(AskAccount(change.creation_id), keep, self._until_end).change)

    def _until_end(self, step: Step) -> Change:
        """Call the hook of an account in progress until it is at its end."""
        seconds = POLL_SECONDS
        while self._run.sleep(seconds):
            change = self._once(step)
            if change.outcome is not Outcome.IN_PROGRESS:
                return change
            step = AskAccount(change.creation_id or step.subject)
            seconds = min(seconds * 1.5, LONGEST_POLL)
        raise Stopped("the run was stopped", hint=f"To ask again: --status {step.subject}.")

    def _declared(self) -> Mapping[str, ResourceType]:
        """Return the connector's resource types, by id; none when this identity may not see them."""
        if self._types is None:
            connector, call = self._connector, self._caller.call
            try:
                types = every_type(
                    lambda token: call(
                        "list_resource_types", "everything", lambda s: connector.list_resource_types(s, token)
                    )[0]
                )
            except (NotFound, NotPermitted) as error:
                self._run.logger.warning("what can be done to each resource type is not known: %s", error)
                types = []
            self._types = {resource_type.id: resource_type for resource_type in types}
        return self._types

    def _checked(self, step: Step, change: Change) -> Change:
        """Return the change with its parts as the declared types; PluginError when it contradicts the request."""
        hook = f"connector {self._connector.name}: {step.hook}"
        if self._dry_run and change.outcome not in (Outcome.PLANNED, Outcome.ALREADY):
            raise PluginError(
                f"{hook} returned {change.outcome} in a dry run",
                hint="The change may have been made: check the application.",
            )
        if not self._dry_run and change.outcome is Outcome.PLANNED:
            raise PluginError(f"{hook} only planned the change", hint="Nothing was done.")
        return corrected(change)

    def _record(self, entry: AuditEntry, change: Change) -> None:
        fields = {"resource": valid_text(str(change.resource.id))} if change.resource is not None else {}
        if change.creation_id:
            fields["creation_id"] = valid_text(change.creation_id)
        try:
            entry.done(str(change.outcome), change.calls, **fields)
        except ConnectorHostError as error:
            error.message = f"the change was made ({change.outcome}), but {error.message}"
            raise

    def _record_failure(self, entry: AuditEntry, error: ConnectorHostError) -> None:
        try:
            entry.failed(error)
        except ConnectorHostError as second:
            error.message = f"{error.message}; and {second.message}"


def corrected(change: Change) -> Change:
    """Return a change with its parts as the declared types: it is made, so odd parts are corrected, not refused."""
    return structs.replace(
        change,
        calls=tuple(valid_text(str(call)) for call in change.calls or ()),
        grants=tuple(grant for grant in change.grants or () if isinstance(grant, Grant)),
        secret=_secret(change.secret),
        secrets=tuple(
            structs.replace(entry, name=valid_text(str(entry.name)), value=_secret(entry.value) or Secret(""))
            for entry in change.secrets or ()
            if isinstance(entry, NamedSecret)
        ),
        message=valid_text(str(change.message or "")),
        creation_id=str(change.creation_id or ""),
        expires_at=change.expires_at if isinstance(change.expires_at, datetime) else None,
    )


def _secret(value: object) -> Secret | None:
    return value if value is None or isinstance(value, Secret) else Secret(str(value))


@contextmanager
def open_changer(
    connector: Connector,
    options: Options,
    run: Run,
    audit: Audit | None,
    *,
    dry_run: bool,
    max_attempts: int,
    on_wait: Callable[[str, str, float, str], None] = lambda *_: None,
) -> Iterator[Changer]:
    """Sign in, and close the session at the end. Nothing is changed by this alone; without `audit` nothing can be."""
    sessions = Sessions(connector, options, run, max_attempts=max_attempts)
    pace = Pace(connector.info.rate_limits, run)
    caller = Caller(sessions, run, connector=connector.name, max_attempts=max_attempts, on_wait=on_wait, pace=pace)
    try:
        identity = caller.call("check_session", "the session", connector.check_session)[0]
        if audit is not None:
            audit.identify(identity)
        yield Changer(connector, caller, audit, run, identity, dry_run=dry_run)
    except BaseException:
        try:
            sessions.close()
        except ConnectorHostError as error:
            run.logger.warning("closing the session failed: %s", error)
        raise
    sessions.close()


def _note(step: Step, change: Change, tries: int) -> str:
    if isinstance(step, Create) and change.outcome is Outcome.ALREADY and tries > 1:
        return "An earlier attempt may have made it; then its first secret is lost, and has to be reset."
    if isinstance(step, Take) and step.remaining:
        return f"It is still held through {', '.join(step.remaining)}."
    if isinstance(step, Take) and not step.stored:
        return "The file does not have this grant: it is newer than the file, or was never there."
    return ""
