"""Whole syncs of a connector under test, written to files by the real engine."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..c1z.opening import open_store
from ..c1z.types import ObjectKind
from ..errors import PluginError, PreconditionError, Stopped
from ..hookspecs import hookimpl
from ..run import Run
from ..sync.engine import SyncSettings, run_sync
from .harness import Harness, Problem, short_trace

__all__ = ["everything_stored", "rows_after_a_cut", "rows_and_pages"]

__tracebackhide__ = short_trace

Rows = Counter[tuple[str, str, bytes]]
"""(kind of object, id, message) of each row."""


class _PageCounter:
    """Counts pages; stops the run after the page number `last`."""

    def __init__(self, run: Run, last: int = -1) -> None:
        self.run, self.last, self.pages, self.resumed = run, last, 0, False

    @hookimpl
    def sync_started(self, resumed: bool) -> None:
        self.resumed = resumed

    @hookimpl
    def page_synced(self, hook: str) -> None:  # noqa: ARG002 - the contract's names
        self.pages += 1
        if self.pages == self.last:
            self.run.stop()


def rows_and_pages(harness: Harness, file: Path) -> tuple[Rows, int]:
    """Return the rows of an uninterrupted sync, and the number of its pages."""
    run = _run(harness)
    counter = _PageCounter(run)
    _sync(harness, file, run, [counter])
    return _rows(file), counter.pages


def rows_after_a_cut(harness: Harness, file: Path, page: int) -> Rows:
    """Return the rows of a sync that was stopped after `page` pages and resumed by another run."""
    run = _run(harness)
    try:
        _sync(harness, file, run, [_PageCounter(run, page)])
    except Stopped:
        run = _run(harness)
        observer = _PageCounter(run)
        try:
            _sync(harness, file, run, [observer])
        except PreconditionError as error:
            raise Problem(f"a sync that was interrupted after page {page} cannot be resumed: {error}.") from error
        if not observer.resumed:
            raise Problem(
                f"a sync that was interrupted after page {page} started again: its options differed."
            ) from None
    return _rows(file)


def everything_stored(harness: Harness, file: Path) -> bytes:
    """Return all messages of a sync, joined."""
    _sync(harness, file, _run(harness), [])
    return b"\n".join(data for _, _, data in _rows(file))


def _run(harness: Harness) -> Run:
    return Run(logging.getLogger(f"connector_host.plugins.facade.{harness.connector.name}"))


def _sync(harness: Harness, file: Path, run: Run, observers: Sequence[object]) -> None:
    settings = SyncSettings(file=file, workers=1, max_attempts=1)
    try:
        run_sync(harness.connector, harness.options, settings, run, observers)
    except PluginError as error:
        raise Problem.of(error) from None


def _rows(file: Path) -> Rows:
    rows: Rows = Counter()
    with open_store(file) as store:
        view = store.view(store.syncs()[-1])
        listings: tuple[tuple[ObjectKind, Any], ...] = (
            (ObjectKind.RESOURCE_TYPE, view.resource_types()),
            (ObjectKind.RESOURCE, view.resources()),
            (ObjectKind.ENTITLEMENT, view.entitlements()),
            (ObjectKind.GRANT, view.grants()),
        )
        for object_kind, listed in listings:
            rows.update((str(object_kind), row.id, row.data) for row in listed)
    return rows
