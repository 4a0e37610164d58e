"""Progress of a sync: one live block on a terminal, elsewhere a line now and then.

`SyncProgress` is an observer like any other: the engine reports pages and waits to it, from any thread.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...hookspecs import hookimpl
from ...output.terminal_text import printable
from .log_setup import is_json
from .number_text import count, duration

if TYPE_CHECKING:
    from rich.table import Table as RichTable

__all__ = ["SyncProgress", "display"]

EVERY = 10.0
LONG_WAIT = 2.0
OBJECTS = {
    "list_resource_types": "resource types",
    "list_resources": "resources",
    "list_static_entitlements": "entitlements",
    "list_entitlements": "entitlements",
    "list_type_entitlements": "entitlements",
    "list_type_grants": "grants",
    "list_grants": "grants",
}
COLUMNS = ("resources", "entitlements", "grants")

log = logging.getLogger(__name__)


class SyncProgress:
    """Counts what arrives and logs it at most every ten seconds; a phase that took that long is logged when it ends.

    `mask` hides secrets in the texts of connectors; `quiet` is True while a live block shows the same.
    """

    def __init__(
        self, *, quiet: bool = False, clock: Any = time.monotonic, mask: Callable[[str], str] = lambda text: text
    ) -> None:
        self.quiet = quiet
        self.clock = clock
        self.mask = mask
        self.begun = self.last_report = self.phase_begun = clock()
        self.counts: dict[str, dict[str, int]] = {}
        self.listings = ""  # the share of the listings that are done
        self.step = ""  # the work of the host itself, after the connector
        self.waiting_until = 0.0
        self.waiting_for = ""
        self.lock = threading.Lock()

    @hookimpl
    def sync_started(self, connector: str, sync_id: str, resumed: bool) -> None:
        """Log that a run begins or resumes."""
        verb = "Resuming" if resumed else "Starting"
        log.info("%s the sync of %s", verb, connector, extra={"sync_id": sync_id})

    @hookimpl
    def page_synced(self, hook: str, resource_type: str, count: int) -> None:
        """Count a page that has arrived."""
        objects = OBJECTS.get(hook, hook)
        with self.lock:
            self.step = ""
            row = self.counts.setdefault(resource_type or "-", {})
            row[objects] = row.get(objects, 0) + count
        self.tick()

    @hookimpl
    def phase_finished(self, hook: str) -> None:
        """Log the end of a long phase."""
        now = self.clock()
        took, self.phase_begun = now - self.phase_begun, now
        if took >= EVERY and not self.quiet:
            self.last_report = now
            objects, total = OBJECTS.get(hook, hook), duration(now - self.begun)
            log.info("All %s read after %s", objects, total, extra={"hook": hook})

    @hookimpl
    def listings_done(self, objects: str, done: int, of: int) -> None:
        """Remember the share of the listings that are done."""
        with self.lock:
            self.listings = f"{objects} {done / of:.0%} ({done:,} of {of:,} listings)"
        self.tick()

    @hookimpl
    def working(self, step: str, done: int, of: int) -> None:
        """Remember the step that the host itself is working on."""
        with self.lock:
            self.listings = ""
            self.step = f"{step} {done / of:.0%}" if of else step
        self.tick()

    @hookimpl
    def waiting(self, hook: str, resource_type: str, seconds: float, reason: str) -> None:
        """Log that a call waits for its next attempt."""
        with self.lock:
            self.waiting_until = self.clock() + seconds
            place = " ".join(filter(None, (hook, resource_type)))
            self.waiting_for = self.mask(reason if hook in reason else f"{reason} ({place})")
        if seconds >= LONG_WAIT and not self.quiet:
            fields = {"hook": hook, "resource_type": resource_type, "seconds": seconds}
            log.info("Waiting %s: %s", duration(seconds), self.waiting_for, extra=fields)
            self.last_report = self.clock()

    def totals(self) -> dict[str, int]:
        """Return how many objects of each kind have arrived."""
        with self.lock:
            rows = [dict(row) for row in self.counts.values()]
        return {objects: total for objects in COLUMNS if (total := sum(row.get(objects, 0) for row in rows))}

    def tick(self) -> None:
        """Log the state of the run, if nothing was logged for ten seconds."""
        now = self.clock()
        if self.quiet or now - self.last_report < EVERY:
            return
        self.last_report = now
        totals = self.totals()
        text = ", ".join(count(number, objects) for objects, number in totals.items()) or "nothing yet"
        fields = {"counts": totals, "seconds": round(now - self.begun, 1)}
        log.info("%s after %s%s", text, duration(now - self.begun), self._current(now), extra=fields)

    def _current(self, now: float) -> str:
        remaining = self.waiting_until - now
        wait = f"; waiting {duration(remaining)}: {self.waiting_for}" if remaining > 0 else ""
        return wait + "".join(f"; {text}" for text in (self.listings, self.step) if text)

    def block(self) -> RichTable:
        """Draw the live block: a row for each resource type, then the rate and any wait."""
        from rich.table import Table as RichTable  # noqa: PLC0415 - only on a terminal
        from rich.text import Text as RichText  # noqa: PLC0415

        now = self.clock()
        seconds = max(now - self.begun, 1e-9)
        total = sum(self.totals().values())
        caption = RichText(printable(f"{duration(seconds)}, {total / seconds:,.0f}/s{self._current(now)}"))
        table = RichTable(box=None, pad_edge=False, caption=caption, caption_justify="left", header_style="bold")
        table.add_column("RESOURCE TYPE")
        for objects in COLUMNS:
            table.add_column(objects.upper(), justify="right")
        with self.lock:
            rows = [(name, dict(row)) for name, row in self.counts.items() if any(column in row for column in COLUMNS)]
        for name, row in rows:
            numbers = (f"{row.get(objects, 0):,}" for objects in COLUMNS)
            table.add_row(RichText(printable(self.mask(name))), *numbers)
        return table


@contextmanager
def display(progress: SyncProgress) -> Iterator[None]:
    """Show `progress` while the block runs: live on a terminal, as lines elsewhere."""
    if is_live():
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.live import Live  # noqa: PLC0415

        progress.quiet = True
        console = Console(stderr=True)
        with Live(console=console, get_renderable=progress.block, refresh_per_second=4, transient=True):
            yield
        return
    ended = threading.Event()
    ticker = threading.Thread(target=_tick, args=(progress, ended), name="progress", daemon=True)
    ticker.start()
    try:
        yield
    finally:
        ended.set()
        ticker.join()


def _tick(progress: SyncProgress, ended: threading.Event) -> None:
    while not ended.wait(1.0):
        progress.tick()


def is_live() -> bool:
    """Return whether standard error is a terminal that can be drawn on, and logs are for people."""
    can_draw = sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
    return can_draw and log.isEnabledFor(logging.INFO) and not log.isEnabledFor(logging.DEBUG) and not is_json()
