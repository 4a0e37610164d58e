"""One connector with one session, whose hooks several threads call by the rules of the contract."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct

from ...errors import ConfigError, ConnectorHostError, PluginError
from ...model import Change, Outcome, Resource, ResourceId, ResourceType
from ...options import Option, Options
from ...plugins.facade import Connector, every_type
from ...run import Run
from ...sync.hook_calls import Caller, Sessions
from ...sync.limits import Pace

if TYPE_CHECKING:
    from ...provision.change_requests import Step

__all__ = ["ChangeEnding", "ChangeRecord", "Descriptions", "HookSource"]

T = TypeVar("T")


class ChangeEntry(Protocol):
    """The record of one change that was begun."""

    def done(self, outcome: str, calls: Any, **more: Any) -> None:
        """Record how it ended."""

    def failed(self, error: ConnectorHostError) -> None:
        """Record that it failed."""

    def abandoned(self) -> None:
        """Record that the process ends during the call."""


class ChangeRecord(Protocol):
    """The record of changes; `connector_host.provision.audit_record.Audit` is one."""

    def begin(self, action: str, about: Mapping[str, Any], *, dry_run: bool) -> ChangeEntry:
        """Record that a change is about to be made."""


class ChangeEnding(Struct, frozen=True):
    """The end of a change for the record: its outcome with the calls that were made, or the error."""

    outcome: str = ""
    calls: Sequence[str] = ()
    more: Mapping[str, Any] = {}
    error: ConnectorHostError | None = None


class Descriptions(Struct, frozen=True):
    """Functions that describe a connector as JSON values: its capabilities, and an argument of an action."""

    capabilities: Callable[[Connector, Iterable[ResourceType], Any], dict[str, Any]]
    field: Callable[[Option], dict[str, Any]]


class HookSource:
    """The hooks of a connector. The session is opened for the first call; `close` closes it.

    `record` gets every change before it is made, and its end. `decrypt` reads a password that the requester encrypted
    for this host.
    """

    def __init__(
        self,
        connector: Connector,
        options: Options,
        run: Run,
        descriptions: Descriptions,
        *,
        max_attempts: int = 8,
        record: ChangeRecord | None = None,
        decrypt: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self.connector, self.descriptions, self.decrypt = connector, descriptions, decrypt
        self._options, self._run, self._max_attempts, self._record = options, run, max_attempts, record
        self._lock = threading.Lock()
        self._sessions: Sessions | None = None
        self._caller: Caller | None = None
        self._types: Mapping[str, ResourceType] | None = None
        self.on_sync: Callable[[str], None] = lambda _sync_id: None

    def begin_sync(self, sync_id: str) -> None:
        """Note the sync that a request belongs to; `on_sync` is called for each new one."""
        if sync_id != self._run.sync_id:
            self.on_sync(sync_id)
            self._run.sync_id = sync_id

    def open(self) -> None:
        """Open the session now, instead of for the first call."""
        self._open()

    def close(self) -> None:
        """Close the session, if one is open."""
        with self._lock:
            sessions, self._sessions, self._caller = self._sessions, None, None
        if sessions is not None:
            sessions.close()

    def call(self, hook: str, subject: str, function: Callable[[Any], T]) -> T:
        """Return the result of `function(session)`. Raises what the hook raised, after its attempts."""
        return self._open().call(hook, subject, function)[0]

    def change(self, step: Step) -> Change:
        """Make a change, and record it. Its secrets are masked from then on.

        Raises ConfigError for what the connector declares it cannot do.
        """
        from ...provision.capability_checks import check_declared  # noqa: PLC0415 - a process that syncs needs neither
        from ...provision.changer import corrected  # noqa: PLC0415

        check_declared(self.connector, self.types(), step)

        def make(session: Any) -> Change:
            change = corrected(step.call(self.connector, session, False))
            for secret in change.every_secret:
                self._run.redact(secret.value.reveal())
            if change.outcome is Outcome.PLANNED:
                raise PluginError(f"{step.hook} of {step.subject} only planned the change", hint="Nothing was done.")
            return change

        return self.recorded(step.hook, step.subject, step.record(), make, _change_ending)

    def recorded(
        self,
        hook: str,
        subject: str,
        about: Mapping[str, Any],
        function: Callable[[Any], T],
        ending: Callable[[T], ChangeEnding],
    ) -> T:
        """Call a hook that changes something: recorded before with `about`, and after with what `ending` returns."""
        if self._record is None:
            return self.call(hook, subject, function)
        entry = self._record.begin(hook, about, dry_run=False)
        take_back = self._run.on_abandon(entry.abandoned)
        try:
            result = self.call(hook, subject, function)
        except ConnectorHostError as error:
            entry.failed(error)
            raise
        finally:
            take_back()
        end = ending(result)
        if end.error is not None:
            entry.failed(end.error)
        else:
            entry.done(end.outcome, end.calls, **end.more)
        return result

    def types(self) -> Mapping[str, ResourceType]:
        """Return the resource types of the connector, by id."""
        if self._types is None:
            types = every_type(
                lambda token: self.call(
                    "list_resource_types", "everything", lambda s: self.connector.list_resource_types(s, token)
                )
            )
            self._types = {resource_type.id: resource_type for resource_type in types}
        return self._types

    def resource(self, resource_id: ResourceId, parent: ResourceId | None = None) -> Resource:
        """Return a resource: as the connector has it now if it can be asked, else with its id only."""
        if not resource_id.resource_type or not resource_id.resource:
            raise ConfigError("the request names no resource")
        if "get_resource" not in self.connector.hooks:
            return Resource(resource_id, "", parent)
        resource = self.call(
            "get_resource", str(resource_id), lambda s: self.connector.get_resource(s, resource_id, parent)
        )
        return resource or Resource(resource_id, "", parent)

    def _open(self) -> Caller:
        """Return the caller, with a session; sign in if there is none."""
        with self._lock:
            if self._caller is None:
                self._sessions = Sessions(self.connector, self._options, self._run, max_attempts=self._max_attempts)
                self._caller = Caller(
                    self._sessions,
                    self._run,
                    connector=self.connector.name,
                    max_attempts=self._max_attempts,
                    pace=Pace(self.connector.info.rate_limits, self._run),
                )
            return self._caller


def _change_ending(change: Change) -> ChangeEnding:
    resource = change.resource
    return ChangeEnding(
        str(change.outcome), change.calls, {"resource": str(resource.id)} if resource is not None else {}
    )
