"""Details that the lists do not have, many objects with one call: `op user get -` takes ids on standard input.

`op` prints the objects one after another, in its own order, and stops at the first one it cannot give. The objects that
it printed until then count; the next one is read alone, and the reading then resumes with the remaining ones. A version
that does not take `-` is called once per object.

Details are optional. An object or a field that `op` does not give, or gives in an unexpected form, is left out, counted
and named; it never ends a run.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from connector_host import (
    AuthError,
    BadResponse,
    ConfigError,
    ConnectorHostError,
    NotFound,
    NotPermitted,
    RateLimited,
    Unavailable,
)

from .op_cli import responses
from .op_cli.op import Op
from .op_cli.op_errors import REFUSALS, OpRefused, UnexpectedAnswer, bad_answer
from .op_cli.responses import ObjectDetails

__all__ = ["DetailReader", "id_chunks"]

LARGEST = 50
"""Objects in one call: the most that a time limit or a broken answer can cost."""
SMALLEST = 25
PARALLEL = 8
SECONDS_EACH = 1.0
"""Seconds that an object adds to the time limit of a call."""
ATTEMPTS = 3
"""Times that a call for details is made before they are left out; the host makes the repetitions."""
MAX_NAMED = 3

DASH_REFUSED = re.compile(r"\"-\" isn't an?\b|accepts \d+ arg|\"-\" for \"op|expected at most")
SEPARATOR = re.compile(r"[\s,\[\]]*")


def id_chunks(ids: Sequence[str]) -> list[list[str]]:
    """Return the ids in parts that are worth one call each, made at the same time."""
    size = min(LARGEST, max(SMALLEST, -(-len(ids) // PARALLEL)))
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]


class DetailReader:
    """Reads details through `op`. Safe to use from several threads.

    `missing` counts by object type the objects without details, `left_out` by `type.field` the unusable fields.
    """

    def __init__(self, op: Op, logger: logging.Logger) -> None:
        self.missing: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self._op = op
        self._log = logger
        self._lock = threading.Lock()
        self._one_by_one = False
        self._answered: set[str] = set()
        self._refused: set[str] = set()
        self._failures: Counter[tuple[str, str, int]] = Counter()

    def read(self, object_type: str, ids: Sequence[str]) -> dict[str, ObjectDetails]:
        """Return the details of users, groups or vaults by id, without those that `op` does not give.

        Raises Unavailable, RateLimited and BadResponse the first times, so that the host repeats the call, and
        AuthError where the sign-in as a whole no longer works.
        """
        unique_ids = list(dict.fromkeys(ids))
        details: dict[str, ObjectDetails] = {}
        try:
            self._read_all(object_type, unique_ids, details)
        except (Unavailable, RateLimited, BadResponse) as error:
            key = (object_type, unique_ids[0], len(unique_ids))
            with self._lock:
                self._failures[key] += 1
                final = self._failures[key] >= ATTEMPTS
            if not final:
                raise
            self._log.warning("the details of %d %ss are left out: %s", len(unique_ids), object_type, error.message)
        self._count_missing(object_type, [name for name in unique_ids if name not in details])
        return details

    def _read_all(self, object_type: str, ids: list[str], details: dict[str, ObjectDetails]) -> None:
        pending = list(ids)
        while pending and object_type not in self._refused:
            if self._one_by_one:
                self._read_one(object_type, pending.pop(0), details)
                continue
            error = self._read_many(object_type, pending, details)
            pending = [name for name in pending if name not in details]
            if error is not None and DASH_REFUSED.search(error.message):
                self._log.info("this version of op gives one object a call: details take longer")
                self._one_by_one = True
            elif pending:
                self._read_one(object_type, pending.pop(0), details)

    def _read_many(
        self, object_type: str, ids: Sequence[str], details: dict[str, ObjectDetails]
    ) -> ConnectorHostError | None:
        """Add the objects of one call to `details`; return the refusal that ended it, if any. Raises other errors."""
        timeout = self._op.timeout + SECONDS_EACH * len(ids)
        output, error = self._op.attempt(
            object_type, "get", "-", stdin="\n".join(ids).encode() + b"\n", timeout=timeout
        )
        if isinstance(error, AuthError):
            error = self._refusal_if_signed_in(error)
        if error is not None and not isinstance(error, REFUSALS):
            raise error
        command = f"op {object_type} get -"
        documents = list(_documents(output, command, cut=error is not None))
        self._op.report_shape((object_type, "get", "-"), documents)
        before = len(details)
        for document in documents:
            self._add(object_type, document, command, set(ids), details)
        if error is None and not documents:
            raise BadResponse(f"{command}: op answered without any of the {len(ids)} requested objects")
        if error is None and len(details) == before:
            return UnexpectedAnswer(f"{command}: op answered {len(documents)} objects, none of them usable")
        return error

    def _read_one(self, object_type: str, name: str, details: dict[str, ObjectDetails]) -> None:
        command = f"op {object_type} get {name}"
        try:
            self._add(object_type, self._op.json(object_type, "get", name), command, {name}, details)
        except AuthError as error:
            self._refuse(object_type, self._refusal_if_signed_in(error))
        except NotFound as error:
            self._log.debug("no details: %s", error.message)
        except (NotPermitted, ConfigError) as error:
            self._refuse(object_type, error)
        except REFUSALS as error:
            self._log.debug("no details: %s", error.message)

    def _add(
        self, object_type: str, document: Any, command: str, ids: set[str], details: dict[str, ObjectDetails]
    ) -> None:
        try:
            row = responses.object_details(document, command)
        except UnexpectedAnswer as error:
            self._log.debug("no details: %s", error.message)
            return
        if row.id not in ids:
            return
        details[row.id] = row.details
        with self._lock:
            self._answered.add(object_type)
            for field in row.left_out:
                if self.left_out[f"{object_type}.{field}"] < MAX_NAMED:
                    self._log.warning("%s: %r of %s %s has an unexpected form and is left out", command, field,
                                      object_type, row.id)  # fmt: skip
                self.left_out[f"{object_type}.{field}"] += 1

    def _refusal_if_signed_in(self, error: AuthError) -> ConnectorHostError:
        """Return "not signed in" as a refusal if other calls work all the same. Raises the error if they do not."""
        try:
            self._op.json("account", "get")
        except AuthError:
            raise error from None
        return OpRefused(error.message)

    def _refuse(self, object_type: str, error: ConnectorHostError) -> None:
        """Ask for no more details of this type, unless some have been given before."""
        with self._lock:
            is_new = object_type not in self._refused and object_type not in self._answered
            if is_new:
                self._refused.add(object_type)
        if is_new:
            self._log.warning("the details of %ss are left out: %s", object_type, error.message)
        else:
            self._log.debug("no details: %s", error.message)

    def _count_missing(self, object_type: str, names: Sequence[str]) -> None:
        with self._lock:
            before = self.missing[object_type]
            self.missing[object_type] += len(names)
        for name in names[: max(0, MAX_NAMED - before)]:
            self._log.info("%s %s is listed without its details", object_type, name)


def _documents(output: bytes, command: str, *, cut: bool) -> Iterator[Any]:
    """Yield the JSON values that stand one after another, or in a list; `cut`: the last one may be incomplete."""
    try:
        text = responses.decode_text(output)
    except UnicodeDecodeError:
        raise bad_answer(command, len(output), "", "is not UTF-8") from None
    decoder = json.JSONDecoder()
    position = _after_separators(text, 0)
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            if cut:
                return
            raise bad_answer(command, len(output), text[:60], "is not JSON, or only part of it") from None
        yield value
        position = _after_separators(text, position)


def _after_separators(text: str, position: int) -> int:
    """Return the position after blanks, and after the brackets and commas of a list around the values."""
    match = SEPARATOR.match(text, position)
    return match.end() if match else position
