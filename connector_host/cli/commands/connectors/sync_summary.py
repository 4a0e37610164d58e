"""The end of a sync: a table of what was synced as the result, and what a person should know beside it."""

from __future__ import annotations

import logging
import shlex
from collections import Counter

from msgspec import to_builtins

from ....output.document import Document, TablePart, json_bytes
from ....sync.run_summary import RunSummary
from ...output_option import OutputFormat
from ...terminal.number_text import change, count, duration, size

__all__ = ["show_summary"]

KINDS = ("resources", "entitlements", "grants")
MOST = 10

log = logging.getLogger(__name__)


def show_summary(summary: RunSummary, output: OutputFormat) -> None:
    """The result on standard output, the rest as narration."""
    numbers = frozenset(KINDS)
    table = TablePart(("resource type", *KINDS), lambda: _rows(summary), numbers=numbers)
    whole = json_bytes(to_builtins(summary))
    output.show(Document(parts=lambda: (table,), document=lambda: (whole,), records=lambda: (whole,)))
    _narrate(summary)


def _rows(summary: RunSummary) -> list[tuple[str, ...]]:
    rows = [(name, *(f"{row.get(kind, 0):,}" for kind in KINDS)) for name, row in summary.counts.items()]
    rows.append(("total", *(f"{summary.totals.get(kind, 0):,}" for kind in KINDS)))
    if summary.previous is not None:
        before = summary.previous
        rows.append(("change", *(change(summary.totals.get(kind, 0), before.get(kind, 0)) for kind in KINDS)))
    return rows


def _narrate(summary: RunSummary) -> None:
    if who := " as ".join(part for part in (summary.account, summary.user) if part):
        log.info("Account: %s", ", ".join(part for part in (who, summary.plan, summary.mode) if part))
    for limit in summary.limits:
        log.warning("%s", limit)
    for text, times in Counter(summary.warnings).items():
        log.warning("%s%s", text, f" ({times} times)" if times > 1 else "")
    for dropped in summary.dropped_syncs:
        log.warning("an earlier sync left the file: %s", dropped)
    _list("Not read", summary.unread)
    if counted := ", ".join(
        f"{name.replace('_', ' ')} {number:,}" for name, number in summary.counters.items() if number
    ):
        log.info("Counted: %s", counted)
    if expanded := summary.totals.get("expanded"):
        log.info("%s derived from groups are among them", count(expanded, "grants"))
    log.info("Took %s", _times(summary))
    log.info("Wrote %s (%s)%s", summary.file, size(summary.bytes), ", resumed from a checkpoint" * summary.resumed)
    log.info("Next: connector-host resources -f %s", shlex.quote(summary.file))


def _list(title: str, items: list[str]) -> None:
    if items:
        rest = f"; and {len(items) - MOST:,} more" if len(items) > MOST else ""
        log.warning("%s (%d): %s%s", title, len(items), "; ".join(items[:MOST]), rest)


def _times(summary: RunSummary) -> str:
    calls = "application" if summary.application_seconds <= summary.seconds else "application, calls side by side"
    parts = [
        (calls, summary.application_seconds),
        ("waiting", summary.waiting_seconds),
        ("writing", summary.writing_seconds),
        ("expansion", summary.expansion_seconds),
        ("sealing", summary.sealing_seconds),
    ]
    split = ", ".join(f"{name} {duration(seconds)}" for name, seconds in parts if seconds >= 0.05)
    return duration(summary.seconds) + (f" ({split})" if split else "")
