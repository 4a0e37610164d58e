"""The changes between two syncs, put into the catalogue of the newer one in steps: it is done between answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from ..c1z.types import ObjectKind, View
from ..index.sync_index import SyncIndex
from ..query.index_loading import GRANT_STEP, add_changes
from .cooperative_work import run_in_steps

__all__ = ["load_changes"]


def load_changes(catalogue: SyncIndex, old: View, new: View) -> Iterator[str]:
    """Put the difference of two syncs into the catalogue of the new one."""

    def work(pause: Callable[[], None]) -> None:
        before, after = (cast("View", _Paused(view, pause)) for view in (old, new))
        add_changes(catalogue, before, after)

    for _ in run_in_steps(work):
        yield "changes"
    catalogue.changes_ready = True


class _Paused:
    """A view that pauses now and then while objects are compared: equal ones give no step of their own."""

    def __init__(self, view: View, pause: Callable[[], None]) -> None:
        self._view, self._pause = view, pause

    def by_id(self, kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        for number, found in enumerate(self._view.by_id(kind), 1):
            yield found
            if not number % GRANT_STEP:
                self._pause()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)
