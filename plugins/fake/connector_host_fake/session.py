"""The session of a run: the organisation it serves, and the planned faults of its calls."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from connector_host import (
    AuthError,
    BadResponse,
    ConfigError,
    Identity,
    NotFound,
    NotPermitted,
    Page,
    RateLimited,
    ResourceId,
    Run,
    Unavailable,
)

from .faults import Fault, FaultKind, FaultLedger, HookCall
from .page_tokens import Organisation, PagedListing, loop_token, page_of
from .scenario_changes import WritableScenario
from .scenario_format import Scenario, ScenarioTicket, load
from .scenario_organisation import ScenarioOrganisation
from .settings import FakeSettings

__all__ = ["FakeSession", "ledger_for_run"]

T = TypeVar("T")
_ledgers: WeakKeyDictionary[Run, tuple[FakeSettings, FaultLedger]] = WeakKeyDictionary()
_ledgers_lock = threading.Lock()
"""A reopened session continues the count of the previous one: the ledger belongs to the run."""

ERRORS: dict[FaultKind, Callable[[str, Fault], Exception]] = {
    FaultKind.UNAVAILABLE: lambda where, _: Unavailable(f"{where}: planned fault: unavailable"),
    FaultKind.RATE_LIMIT: lambda where, fault: RateLimited(
        f"{where}: planned fault: too many requests", retry_after=fault.retry_after
    ),
    FaultKind.NOT_FOUND: lambda where, _: NotFound(f"{where}: planned fault: not found"),
    FaultKind.NOT_PERMITTED: lambda where, _: NotPermitted(f"{where}: planned fault: not permitted"),
    FaultKind.BAD_RESPONSE: lambda where, _: BadResponse(f"{where}: planned fault: bad response"),
    FaultKind.PERMANENT: lambda where, _: RuntimeError(f"{where}: planned fault: a defect of the connector"),
}


def ledger_for_run(run: Run, settings: FakeSettings) -> FaultLedger:
    """Return the ledger of a run, which is created with its first session."""
    with _ledgers_lock:
        entry = _ledgers.get(run)
        if entry is None or entry[0] != settings:
            ledger = FaultLedger(settings.faults, settings.seed, settings.calls, settings.faults_report)
            entry = _ledgers[run] = settings, ledger
        return entry[1]


RUNS = "runs"
WRITABLE_COPY = (
    "Write the default organisation to a file with `connector-host invoke fake --action write-scenario"
    " --argument file=larkfield.json`, then run the command with --scenario larkfield.json --writable."
)


class FakeSession:
    """State of the hooks, shared by the threads of a run."""

    def __init__(
        self, run: Run, settings: FakeSettings, ledger: FaultLedger, data: Organisation, identity: Identity
    ) -> None:
        self.data, self.identity = data, identity
        self._run, self._settings, self._ledger = run, settings, ledger
        self._expired = threading.Event()
        self._closing = threading.Lock()
        self._closed = self._counted = False
        self._behaves = not (settings.faults or settings.calls or settings.latency or settings.latency_jitter)
        self._loops = any(fault.kind is FaultKind.LOOPING_TOKEN for fault in settings.faults)
        self._file = (
            WritableScenario(settings.scenario, self._replace) if settings.writable and settings.scenario else None
        )

    def file(self, subject: ResourceId | None = None) -> WritableScenario:
        """Return the scenario file for a change of `subject`.

        Raises NotPermitted if this run may not change it, NotFound if it does not serve the subject either.
        """
        if self._file is not None:
            return self._file
        if subject is not None and self.data.resource(subject) is None:
            raise NotFound(
                f"{self.identity.account} has no {subject}, so the c1z file comes from another application or account",
                hint="Use the connector that the file was synced with, or sync again with this one.",
            )
        if self._settings.scenario is not None:
            served, hint = str(self._settings.scenario), "Add --writable."
        elif self._settings.sizes is not None:
            served, hint = "a computed organisation", f"Leave out its sizes. {WRITABLE_COPY}"
        else:
            served, hint = "the default organisation", WRITABLE_COPY
        raise NotPermitted(f"nothing can be changed in this run: {served} is read-only", hint=hint)

    @property
    def has_etags(self) -> bool:
        """Return True if grants get ETags."""
        return self._settings.etags

    def tickets(self) -> tuple[ScenarioTicket, ...]:
        """Return the tickets of the scenario file as it is now."""
        if self._settings.scenario is None:
            return ()
        return load(self._settings.scenario).tickets

    def _count_run(self) -> None:
        """Count the runs of this sync in the store of the run, which an interrupted run leaves to the next one."""
        with self._closing:
            if self._counted:
                return
            self._counted = True
        earlier = int(self._run.store.get(RUNS) or 0)
        self._run.store.set(RUNS, str(earlier + 1))
        if earlier:
            self._run.logger.info("This sync was begun by %d earlier run(s).", earlier)

    def _replace(self, scenario: Scenario) -> None:
        self.data = ScenarioOrganisation(scenario, self.data.account)

    # ----------------------------------------------------------------------------------------------- answers

    def page(self, call: HookCall, listing: PagedListing[T], page_size: int | None) -> Page[T]:
        """Return one page of a listing, or raise the fault that is planned for this call."""
        if not self._counted:
            self._count_run()
        fault = self.enter(call)
        where = _where(call)
        size = page_size if page_size and page_size > 0 else self.data.page_size
        siblings = self._settings.parallel_pages
        page = page_of(listing, call.page_token, size, where, siblings=siblings, loops=self._loops)
        return page if fault is None else _apply_result_fault(page, fault)

    def enter(self, call: HookCall) -> Fault | None:
        """Apply the planned latency or fault of a call; return a fault that changes its result."""
        if self._behaves:
            return None
        where = _where(call)
        if self._expired.is_set():
            self._ledger.note(call, 0, FaultKind.AUTH_EXPIRED)
            raise AuthError(f"{where}: the sign-in has expired")
        attempt, fault = self._ledger.enter(call)
        self._wait(call, attempt, fault)
        if fault is None or fault.kind is FaultKind.LATENCY:
            return None
        if fault.kind is FaultKind.KILL:
            _kill_this_process()
        if fault.kind is FaultKind.AUTH_EXPIRED:
            self._expired.set()
            raise AuthError(f"{where}: planned fault: the sign-in has expired")
        if fault.kind in ERRORS:
            raise ERRORS[fault.kind](where, fault)
        return fault

    def _wait(self, call: HookCall, attempt: int, fault: Fault | None) -> None:
        seconds = self._settings.latency
        if self._settings.latency_jitter:
            seconds += self._settings.latency_jitter * self._ledger.jitter(call, attempt)
        if fault is not None and fault.kind is FaultKind.LATENCY:
            seconds += fault.seconds
        if seconds and not self._run.sleep(seconds):
            raise Unavailable(f"{call.hook}: the run was stopped")

    # ----------------------------------------------------------------------------------------------- the end

    def close(self) -> None:
        """Close the session; a second call does nothing.

        Raises ConfigError if a planned fault never happened, unless the run is being stopped or this session expired
        and another one continues.
        """
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if self._expired.is_set():
            return
        missing = self._ledger.report_unfired()
        if missing and not self._run.stopping.is_set():
            raise ConfigError(
                f"planned fault never fired: {'; '.join(missing)}",
                hint="No call matched it: compare it with the calls that --calls FILE lists.",
            )


def _where(call: HookCall) -> str:
    return f"{call.hook} of {call.resource or call.type or 'all'}"


def _apply_result_fault(page: Page[T], fault: Fault) -> Page[T]:
    if fault.kind is FaultKind.LOOPING_TOKEN:
        return Page(page.items, loop_token(0, fault.length))
    wrong: Any = {"kind": "wrong_type"}
    return Page([*page.items, wrong], page.next_token, page.more_tokens)


def _kill_this_process() -> None:
    """End the process as SIGKILL does, also where there is no such signal."""
    if kill := getattr(signal, "SIGKILL", None):
        os.kill(os.getpid(), kill)
    os._exit(137)
