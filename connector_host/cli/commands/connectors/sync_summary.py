"""The end of a sync: a table of the objects as the result, and beside it, in the log, the gaps and the next steps."""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from collections.abc import Iterator

from msgspec import to_builtins

from ....output.document import Document, TablePart, json_bytes
from ....sync.outcome.run_summary import RunSummary
from ...output_option import OutputFormat
from ...terminal.number_text import change, count, duration, size
from .connector_run import introduce

__all__ = ["show_summary"]

OBJECTS = ("resources", "entitlements", "grants")
COLUMNS = ("resource type", *OBJECTS)
MOST_NAMED = 10
UPLOAD = (
    "To upload it: in ConductorOne choose Integrations > Connectors, open or add the connector that takes a file,"
    " and upload %s"
)

log = logging.getLogger(__name__)


def show_summary(summary: RunSummary, output: OutputFormat) -> None:
    """Show the result on standard output, and log the rest."""
    document = json_bytes(to_builtins(summary))
    numbers = frozenset(OBJECTS)
    output.show(
        Document(
            parts=lambda: (TablePart(COLUMNS, lambda: _rows_for_people(summary), numbers=numbers),),
            flat=TablePart(COLUMNS, lambda: _rows(summary), numbers=numbers),
            document=lambda: (document,),
            records=lambda: (document,),
        )
    )
    _log_gaps(summary)
    _log_run(summary)
    _log_next_steps(summary)


def _rows_for_people(summary: RunSummary) -> Iterator[tuple[str, ...]]:
    for name, row in summary.counts.items():
        yield name, *(f"{row.get(objects, 0):,}" for objects in OBJECTS)
    yield "total", *(f"{summary.totals.get(objects, 0):,}" for objects in OBJECTS)
    if summary.previous is not None:
        before = summary.previous
        yield "change", *(change(summary.totals.get(objects, 0), before.get(objects, 0)) for objects in OBJECTS)


def _rows(summary: RunSummary) -> Iterator[tuple[str, ...]]:
    """Yield the rows with plain numbers, for spreadsheets and scripts."""
    for name, row in summary.counts.items():
        yield name, *(str(row.get(objects, 0)) for objects in OBJECTS)
    yield "total", *(str(summary.totals.get(objects, 0)) for objects in OBJECTS)
    if summary.previous is not None:
        before = summary.previous
        yield "change", *(str(summary.totals.get(objects, 0) - before.get(objects, 0)) for objects in OBJECTS)


def _log_gaps(summary: RunSummary) -> None:
    """Log the identity first, then everything that this file does not say."""
    introduce(summary.account, summary.user, summary.plan, summary.mode, summary.limits)
    if summary.unread:
        more = f"; and {len(summary.unread) - MOST_NAMED:,} more" if len(summary.unread) > MOST_NAMED else ""
        log.warning("Not read (%d): %s%s", len(summary.unread), "; ".join(summary.unread[:MOST_NAMED]), more)
    for text, times in Counter(summary.warnings).items():
        log.warning("%s%s", text, f" ({times} times)" if times > 1 else "")
    for text in summary.malformed[:MOST_NAMED]:
        log.error("Skipped a malformed item: %s", text)
    for dropped in summary.dropped_syncs:
        log.warning("Removed an older sync from the file: %s", dropped)


def _log_run(summary: RunSummary) -> None:
    counters = [f"{number:,} {name.replace('_', ' ')}" for name, number in summary.counters.items() if number]
    if counters:
        log.info("Events: %s", ", ".join(counters))
    if inherited := summary.totals.get("expanded"):
        log.info("%s of %s are inherited through groups.", f"{inherited:,}", count(summary.totals["grants"], "grants"))
    log.info("Took %s", _times(summary))
    log.info("Wrote %s (%s)%s", summary.file, size(summary.bytes), ", resumed from a checkpoint" * summary.resumed)


def _log_next_steps(summary: RunSummary) -> None:
    file = shlex.quote(summary.file)
    log.info("Next: connector-host validate %s", file)
    log.info("To look at it: connector-host explore -f %s", file)
    log.info(UPLOAD, file)


def _times(summary: RunSummary) -> str:
    """Return the time of the run and its parts; calls that overlap may take longer than the run."""
    overlap = summary.application_seconds > summary.seconds
    parts = [
        ("in calls, several at a time" if overlap else "in calls", summary.application_seconds),
        ("waiting", summary.waiting_seconds),
        ("writing", summary.writing_seconds),
        ("in expansion", summary.expansion_seconds),
        ("sealing", summary.sealing_seconds),
    ]
    split = ", ".join(f"{duration(seconds)} {name}" for name, seconds in parts if seconds >= 0.05)
    return duration(summary.seconds) + (f" ({split})" if split else "")
