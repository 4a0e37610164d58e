"""Reads what the lists do not say, many objects with one call: `op user get -` takes ids on standard input.

`op` prints the objects one after another, in its own order, and stops at the first one it cannot give. What it printed
until then counts; the next one is asked for alone, then it goes on with the rest. A version that does not take `-` is
asked once per object.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from connector_host import BadResponse, ConfigError, NotFound, NotPermitted

from . import parse
from .errors import REFUSALS, bad_answer
from .op import Op
from .parse import Details

__all__ = ["DetailReader", "chunks"]

LARGEST = 50
"""Objects in one call: what a time limit or a broken answer can cost."""
SMALLEST = 25
PARALLEL = 8
SECONDS_EACH = 1.0
"""What an object adds to the time limit of a call."""

NOT_TAKEN = re.compile(r"\"-\" isn't an?\b|accepts \d+ arg|\"-\" for \"op|expected at most")
BLANK = re.compile(r"[\s,\[\]]*")


def chunks(ids: Sequence[str]) -> list[list[str]]:
    """The ids in calls that are worth making at the same time."""
    size = min(LARGEST, max(SMALLEST, -(-len(ids) // PARALLEL)))
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]


class DetailReader:
    """Reads details through `op`. Safe to use from several threads.

    `missing` counts by kind the objects that `op` would not give.
    """

    def __init__(self, op: Op, logger: logging.Logger) -> None:
        self.missing: Counter[str] = Counter()
        self._op = op
        self._log = logger
        self._lock = threading.Lock()
        self._one_by_one = False
        self._found_some: set[str] = set()
        self._refused: set[str] = set()

    def read(self, kind: str, ids: Sequence[str]) -> dict[str, Details]:
        """The details of users, groups or vaults by id; those that `op` refuses are left out and counted."""
        found: dict[str, Details] = {}
        left = list(dict.fromkeys(ids))
        while left and kind not in self._refused:
            if self._one_by_one:
                self._alone(kind, left.pop(0), found)
                continue
            error = self._many(kind, left, found)
            left = [one for one in left if one not in found]
            if error is not None and NOT_TAKEN.search(error.message):
                self._log.info("this version of op gives one object a call: details take longer")
                self._one_by_one = True
            elif left:
                self._alone(kind, left.pop(0), found)
        with self._lock:
            self.missing[kind] += sum(one not in found for one in dict.fromkeys(ids))
        return found

    def _many(self, kind: str, ids: Sequence[str], found: dict[str, Details]) -> Any:
        """Add to `found` what one call gives; give the refusal that ended it, if any. Other errors are raised."""
        timeout = self._op.timeout + SECONDS_EACH * len(ids)
        output, error = self._op.attempt(kind, "get", "-", stdin="\n".join(ids).encode() + b"\n", timeout=timeout)
        if error is not None and not isinstance(error, REFUSALS):
            raise error
        wanted = set(ids)
        for value in _documents(output, f"op {kind} get -", cut=error is not None):
            name, details = parse.details(value, f"op {kind} get -")
            if name in wanted:
                found[name] = details
                self._found_some.add(kind)
        if error is None and not any(one in found for one in ids):
            raise BadResponse(f"op {kind} get -: op answered without any of the {len(ids)} objects asked for")
        return error

    def _alone(self, kind: str, name: str, found: dict[str, Details]) -> None:
        try:
            found[name] = parse.details(self._op.json(kind, "get", name), f"op {kind} get {name}")[1]
            self._found_some.add(kind)
        except NotFound as error:
            self._log.debug("no details: %s", error.message)
        except (NotPermitted, ConfigError) as error:
            if kind in self._found_some:
                self._log.debug("no details: %s", error.message)
                return
            with self._lock:
                new = kind not in self._refused
                self._refused.add(kind)
            if new:
                self._log.warning("the details of %ss are left out: %s", kind, error.message)
        except REFUSALS as error:
            self._log.debug("no details: %s", error.message)


def _documents(output: bytes, command: str, *, cut: bool) -> Iterator[Any]:
    """The JSON values that stand one after another, or in a list; `cut`: the last one may be incomplete."""
    try:
        text = output.decode()
    except UnicodeDecodeError:
        raise bad_answer(command, len(output), "", "is not UTF-8") from None
    decoder = json.JSONDecoder()
    at = _next(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if cut:
                return
            raise bad_answer(command, len(output), text[:60], "is not JSON, or only part of it") from None
        yield value
        at = _next(text, at)


def _next(text: str, at: int) -> int:
    """Past blanks, and past the brackets and commas of a list around the values."""
    match = BLANK.match(text, at)
    return match.end() if match else at
