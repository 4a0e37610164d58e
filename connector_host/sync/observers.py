"""The observers of a run. One that fails is logged once and left out; it never stops a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import pluggy

from .. import hookspecs

__all__ = ["Observers"]

log = logging.getLogger(__name__)


class Observers:
    """The observe section of the contract; each observer has a manager of its own, so that one cannot harm another."""

    def __init__(self, observers: Iterable[object]) -> None:
        self._managers: list[pluggy.PluginManager] = []
        for observer in observers:
            manager = pluggy.PluginManager(hookspecs.PROJECT)
            manager.add_hookspecs(hookspecs)
            manager.register(observer)
            self._managers.append(manager)

    def _tell(self, event: str, /, **arguments: Any) -> None:
        for manager in list(self._managers):
            try:
                getattr(manager.hook, event)(**arguments)
            except Exception:
                log.exception("an observer failed in %s and is left out from now on", event)
                self._managers.remove(manager)

    def sync_started(self, connector: str, sync_id: str, resumed: bool) -> None:
        """Report that a sync begins or resumes."""
        self._tell("sync_started", connector=connector, sync_id=sync_id, resumed=resumed)

    def page_synced(self, hook: str, resource_type: str, count: int, seconds: float) -> None:
        """Report that a page is stored."""
        self._tell("page_synced", hook=hook, resource_type=resource_type, count=count, seconds=seconds)

    def phase_finished(self, hook: str) -> None:
        """Report that all pages of a hook are stored."""
        self._tell("phase_finished", hook=hook)

    def listings_done(self, objects: str, done: int, of: int) -> None:
        """Report how many listings of a phase are done."""
        self._tell("listings_done", objects=objects, done=done, of=of)

    def working(self, step: str, done: int = 0, of: int = 0) -> None:
        """Report that the host itself works on a step."""
        self._tell("working", step=step, done=done, of=of)

    def waiting(self, hook: str, subject: str, seconds: float, reason: str) -> None:
        """Report that a call will be retried."""
        self._tell(
            "waiting", hook=hook, resource_type=subject.split(":", maxsplit=1)[0], seconds=seconds, reason=reason
        )

    def sync_finished(self, connector: str, sync_id: str, summary: Mapping[str, Any]) -> None:
        """Report that the file is in place."""
        self._tell("sync_finished", connector=connector, sync_id=sync_id, summary=summary)
