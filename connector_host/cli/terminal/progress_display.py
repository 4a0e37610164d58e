"""What a person sees while a sync runs: one live block on a terminal, else a line now and then.

`Progress` is an observer like any other: the engine tells it of pages and waits, from any thread.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...hookspecs import hookimpl
from .number_text import count, duration

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Progress", "shown"]

EVERY = 10.0
LONG_WAIT = 2.0
KINDS = {
    "list_resource_types": "resource types",
    "list_resources": "resources",
    "list_static_entitlements": "entitlements",
    "list_entitlements": "entitlements",
    "list_grants": "grants",
}
COLUMNS = ("resources", "entitlements", "grants")

log = logging.getLogger(__name__)


class Progress:
    """Counts what arrives and says so at most every ten seconds; a phase that ends is a line if it took that long."""

    def __init__(self, *, quiet: bool = False, clock: Any = time.monotonic) -> None:
        self.quiet = quiet  # a live block says it already
        self.clock = clock
        self.begun = self.said = self.phase_begun = clock()
        self.counts: dict[str, dict[str, int]] = {}
        self.step = ""  # what the host does itself, after the connector
        self.waiting_until = 0.0
        self.waiting_for = ""
        self.lock = threading.Lock()

    @hookimpl
    def sync_started(self, connector: str, sync_id: str, resumed: bool) -> None:
        """The run begins or goes on."""
        log.info("%s the sync of %s", "Going on with" if resumed else "Starting", connector, extra={"sync_id": sync_id})

    @hookimpl
    def page_synced(self, hook: str, resource_type: str, count: int) -> None:
        """A page has come."""
        kind = KINDS.get(hook, hook)
        with self.lock:
            self.step = ""
            row = self.counts.setdefault(resource_type or "-", {})
            row[kind] = row.get(kind, 0) + count
        self.tick()

    @hookimpl
    def phase_finished(self, hook: str) -> None:
        """All of a kind has come."""
        now = self.clock()
        took, self.phase_begun = now - self.phase_begun, now
        if took >= EVERY and not self.quiet:
            self.said = now
            log.info("All %s read after %s", KINDS.get(hook, hook), duration(now - self.begun), extra={"hook": hook})

    @hookimpl
    def working(self, step: str, done: int, of: int) -> None:
        """The host itself is at work."""
        with self.lock:
            self.step = f"{step} {done / of:.0%}" if of else step
        self.tick()

    @hookimpl
    def waiting(self, hook: str, resource_type: str, seconds: float, reason: str) -> None:
        """A call waits for its next try."""
        with self.lock:
            self.waiting_until = self.clock() + seconds
            where = f" ({hook} {resource_type})".replace(" )", ")")
            self.waiting_for = reason if hook in reason else reason + where
        if seconds >= LONG_WAIT and not self.quiet:
            fields = {"hook": hook, "resource_type": resource_type, "seconds": seconds}
            log.info("Waiting %s: %s", duration(seconds), self.waiting_for, extra=fields)
            self.said = self.clock()

    def totals(self) -> dict[str, int]:
        """What has come so far, by kind."""
        with self.lock:
            rows = [dict(row) for row in self.counts.values()]
        return {kind: total for kind in COLUMNS if (total := sum(row.get(kind, 0) for row in rows))}

    def tick(self) -> None:
        """Say where the run is, if nothing was said for ten seconds."""
        now = self.clock()
        if self.quiet or now - self.said < EVERY:
            return
        self.said = now
        totals = self.totals()
        text = ", ".join(count(number, kind) for kind, number in totals.items()) or "nothing yet"
        fields = {"counts": totals, "seconds": round(now - self.begun, 1)}
        log.info("%s after %s%s", text, duration(now - self.begun), self._now(now), extra=fields)

    def _now(self, now: float) -> str:
        left = self.waiting_until - now
        wait = f"; waiting {duration(left)}: {self.waiting_for}" if left > 0 else ""
        return wait + (f"; {self.step}" if self.step else "")

    def block(self) -> Table:
        """The live block: a row for each resource type, then the rate and any wait."""
        from rich.table import Table  # noqa: PLC0415 - only on a terminal

        now = self.clock()
        seconds = max(now - self.begun, 1e-9)
        total = sum(self.totals().values())
        caption = f"{duration(seconds)}, {total / seconds:,.0f}/s{self._now(now)}"
        table = Table(box=None, pad_edge=False, caption=caption, caption_justify="left", header_style="bold")
        table.add_column("RESOURCE TYPE")
        for kind in COLUMNS:
            table.add_column(kind.upper(), justify="right")
        with self.lock:
            rows = [(name, dict(row)) for name, row in self.counts.items() if any(kind in row for kind in COLUMNS)]
        for name, row in rows:
            table.add_row(name, *(f"{row.get(kind, 0):,}" for kind in COLUMNS))
        return table


@contextmanager
def shown(progress: Progress) -> Iterator[None]:
    """Show `progress` while the block runs: live on a terminal, by lines elsewhere."""
    if live_wanted():
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.live import Live  # noqa: PLC0415

        progress.quiet = True
        console = Console(stderr=True)
        with Live(console=console, get_renderable=progress.block, refresh_per_second=4, transient=True):
            yield
        return
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(progress, done), name="progress", daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()


def _tick(progress: Progress, done: threading.Event) -> None:
    while not done.wait(1.0):
        progress.tick()


def live_wanted() -> bool:
    """Whether standard error is a terminal that can be drawn on, and narration is for people."""
    from .log_setup import json_wanted  # noqa: PLC0415 - logs know what was chosen

    able = sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
    return able and log.isEnabledFor(logging.INFO) and not log.isEnabledFor(logging.DEBUG) and not json_wanted()
