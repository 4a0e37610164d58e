"""Planned faults: the plan, the moment each one happens, and the record of both.

A fault belongs to logical calls: a hook, its resource, the page token. The attempts of each logical call are counted
over all sessions of a run (a reopened session continues the count) and over all its threads; another process starts a
new count. A planned fault that never happened is an error at the end of the run, so that no test passes because of a
misspelt fault.

To add a fault: a member of `FaultKind`, its effect in `session.py`, a row in the README.
"""

from __future__ import annotations

import enum
import json
import os
import random
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from connector_host import ConfigError

__all__ = ["LONGEST", "RESULT_FAULTS", "Fault", "FaultKind", "FaultLedger", "HookCall", "parse_faults"]

LONGEST = 86_400
"""The longest wait that a fault may have, in seconds: a day."""
LISTS = (
    *("list_resource_types", "list_resources", "list_entitlements", "list_static_entitlements", "list_grants"),
    *("list_type_entitlements", "list_type_grants"),
)
Hook = Literal[
    "open_session",
    "check_session",
    "list_resource_types",
    "list_resources",
    "get_resource",
    "list_entitlements",
    "list_static_entitlements",
    "list_grants",
    "list_type_entitlements",
    "list_type_grants",
    "grant",
    "revoke",
    "create_account",
    "create_resource",
    "delete_resource",
    "rotate_credentials",
    "issue_credential",
    "get_account_creation",
    "account_schema",
    "credential_details",
    "set_status",
    "list_actions",
    "invoke_action",
    "get_action_status",
    "list_event_feeds",
    "list_events",
    "list_ticket_schemas",
    "get_ticket_schema",
    "create_ticket",
    "create_tickets",
    "get_ticket",
    "get_tickets",
    "get_asset",
    "any",
]


class FaultKind(enum.StrEnum):
    """Kind of fault."""

    LATENCY = "latency"
    UNAVAILABLE = "unavailable"
    RATE_LIMIT = "rate_limit"
    NOT_FOUND = "not_found"
    NOT_PERMITTED = "not_permitted"
    BAD_RESPONSE = "bad_response"
    PERMANENT = "permanent"
    AUTH_EXPIRED = "auth_expired"
    LOOPING_TOKEN = "looping_token"  # noqa: S105 - a page token
    WRONG_TYPE = "wrong_type"
    KILL = "kill"


RESULT_FAULTS = (FaultKind.LOOPING_TOKEN, FaultKind.WRONG_TYPE)
"""The kinds that change the result of a list hook instead of failing the call."""


class HookCall(Struct, frozen=True):
    """A logical call. `resource` is `type:id`: for list_resources the parent ("" at top level)."""

    hook: str
    type: str = ""
    resource: str = ""
    page_token: str = ""


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One planned fault.

    It concerns the calls of `hook` ("any": all) and, if set, of the resource `type`, the `resource` and the
    `page_token` ("" is the first page). It happens from the `attempt`-th attempt of a logical call on, `times` times in
    all (0: every time, at least once), after the first `skip` calls that it concerns. `share` limits it to this part of
    the logical calls, chosen by the seed. `seconds` is the latency, `retry_after` the wait of a rate limit, `length`
    the number of tokens in a loop.
    """

    hook: Hook
    kind: FaultKind
    type: str | None = None
    resource: str | None = None
    page_token: str | None = None
    attempt: Annotated[int, Meta(ge=1)] = 1
    times: Annotated[int, Meta(ge=0)] = 1
    skip: Annotated[int, Meta(ge=0)] = 0
    share: Annotated[float, Meta(gt=0, le=1)] = 1.0
    seconds: Annotated[float, Meta(ge=0, le=LONGEST)] = 0.0
    retry_after: Annotated[float, Meta(ge=0, le=LONGEST)] | None = None
    length: Annotated[int, Meta(ge=1, le=999_999)] = 1

    def concerns(self, call: HookCall) -> bool:
        """Return True if it may happen at this logical call."""
        if self.hook not in ("any", call.hook) or (self.kind in RESULT_FAULTS and call.hook not in LISTS):
            return False
        return (
            self.type in (None, call.type)
            and self.resource in (None, call.resource)
            and self.page_token in (None, call.page_token)
        )


DECODER = msgspec.json.Decoder(tuple[Fault, ...])


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Return the plan that a JSON list, or a file with one, describes.

    Raises ConfigError, naming the place of the error.
    """
    where, data = "--faults", text.strip().encode()
    if not data.startswith((b"[", b"{")):
        where = f"faults file {text}"
        try:
            data = Path(text).expanduser().read_bytes()
        except (OSError, ValueError) as error:
            raise ConfigError(f"{where}: {getattr(error, 'strerror', None) or error}") from error
    try:
        faults = DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{where}: {error}", hint="See the faults in the README of connector-host-fake.") from error
    for index, fault in enumerate(faults):
        if fault.kind in RESULT_FAULTS and fault.hook not in (*LISTS, "any"):
            raise ConfigError(f"{where}: [{index}]: {fault.kind} is for list hooks, not for {fault.hook}")
    return faults


class FaultLedger:
    """The plan of a run and the record of what happened. Thread-safe.

    `calls` and `report` are files that get a JSON line for each call, and for each fault that happened or did not. A
    line is written before the call continues, so a killed process leaves it in the file.
    """

    def __init__(
        self, faults: tuple[Fault, ...] = (), seed: int = 0, calls: Path | None = None, report: Path | None = None
    ) -> None:
        self.faults = faults
        self._seed, self._calls, self._report = seed, calls, report
        self._lock = threading.Lock()
        self._attempts: dict[HookCall, int] = {}
        self._seen = [0] * len(faults)
        self._fired = [0] * len(faults)
        for path in (calls, report):
            _append(path, b"")  # fail at once if the file cannot be written

    def enter(self, call: HookCall) -> tuple[int, Fault | None]:
        """Count an attempt of `call`. Return its number (from 1) and the fault that is due, the first in the plan."""
        with self._lock:
            attempt = self._attempts[call] = self._attempts.get(call, 0) + 1
            due = [index for index, fault in enumerate(self.faults) if self._is_due(index, fault, call, attempt)]
            if due:
                self._fired[due[0]] += 1
        fault = self.faults[due[0]] if due else None
        self.note(call, attempt, fault.kind if fault else None)
        if fault:
            event = {"event": "fired", "fault": due[0], "kind": fault.kind, **msgspec.structs.asdict(call)}
            _append(self._report, _line({**event, "attempt": attempt}))
        return attempt, fault

    def note(self, call: HookCall, attempt: int, fault: str | None) -> None:
        """Write the line of a call to the calls file. Attempt 0: refused because the sign-in had expired."""
        if self._calls is not None:
            entry = {**msgspec.structs.asdict(call), "attempt": attempt, "fault": fault}
            _append(self._calls, _line({**entry, "thread": threading.current_thread().name, "process": os.getpid()}))

    def unfired(self) -> list[str]:
        """Return a description of each fault that happened less often than planned."""
        with self._lock:
            fired = list(self._fired)
        return [
            f"[{index}] {fault.kind} at {fault.hook}"
            + "".join(f" {name}={getattr(fault, name)!r}" for name in FILTERS if getattr(fault, name) is not None)
            + f" (happened {fired[index]} of {max(1, fault.times)} times)"
            for index, fault in enumerate(self.faults)
            if fired[index] < max(1, fault.times)
        ]

    def report_unfired(self) -> list[str]:
        """Return `unfired()`, and write it to the report."""
        missing = self.unfired()
        for text in missing:
            _append(self._report, _line({"event": "unfired", "fault": text}))
        return missing

    def jitter(self, call: HookCall, attempt: int) -> float:
        """Return a number from 0 to 1 that depends on the seed, the call and its attempt, not on threads or order."""
        return random.Random(f"{self._seed}|{call}|{attempt}").random()  # noqa: S311 - repeatable, not secret

    def _is_due(self, index: int, fault: Fault, call: HookCall, attempt: int) -> bool:
        if attempt < fault.attempt or not fault.concerns(call):
            return False
        if fault.share < 1 and self.jitter(call, -index - 1) >= fault.share:
            return False
        self._seen[index] += 1
        return self._seen[index] > fault.skip and (fault.times == 0 or self._fired[index] < fault.times)


FILTERS = ("type", "resource", "page_token")


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _append(path: Path | None, line: bytes) -> None:
    """Append a line in one write, so that lines of several threads and processes do not mix."""
    if path is None:
        return
    try:
        with path.open("ab", buffering=0) as file:
            file.write(line)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error
