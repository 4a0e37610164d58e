"""Loading of the changes between two syncs into the index of the newer one, in steps between requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from ..c1z.types import ObjectKind, View
from ..index.sync_index import SyncIndex
from ..query.index_loading import GRANT_STEP, add_changes
from .cooperative_work import run_in_steps

__all__ = ["load_changes"]


def load_changes(index: SyncIndex, old: View, new: View) -> Iterator[str]:
    """Store the differences of two syncs in the index of the newer one; each step yields the name of the work."""

    def work(pause: Callable[[], None]) -> None:
        before, after = (cast("View", _PausingView(view, pause)) for view in (old, new))
        add_changes(index, before, after)

    for _ in run_in_steps(work):
        yield "changes"
    index.changes_ready = True


class _PausingView:
    """A view that pauses every `GRANT_STEP` objects, because equal objects make no step of their own."""

    def __init__(self, view: View, pause: Callable[[], None]) -> None:
        self._view, self._pause = view, pause

    def by_id(self, object_kind: ObjectKind) -> Iterator[tuple[str, bytes, bytes | None]]:
        for number, row in enumerate(self._view.by_id(object_kind), 1):
            yield row
            if not number % GRANT_STEP:
                self._pause()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)
