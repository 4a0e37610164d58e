"""`connector-host stats`: how much is in a sync."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ..c1z.stats import Stats
from ..c1z.store import SyncRun
from ..output.answer import Answer, Part, Row, Table, json_bytes
from ..query.runs import counts, duration, stats_json
from .reading import reads, show, viewed
from .words import duration as in_words

__all__ = ["command"]

NUMBERS = frozenset({"Count", "Resources", "Entitlements", "Grants"})


@click.command(name="stats")
@reads
def command(file: str | None, form: str, sync_id: str | None) -> None:
    """Count what is in a c1z file, by kind and by resource type."""
    with viewed(file, sync_id) as reading:
        sync, engine = reading.view.sync, reading.store.engine
        stats = counts(reading.view)
    whole = json_bytes(stats_json(sync, stats))
    answer = Answer(
        parts=lambda: _parts(sync, engine, stats),
        document=lambda: (whole,),
        records=lambda: (whole,),
        flat=_by_type(stats),
    )
    show(answer, form)


def _parts(sync: SyncRun, engine: str, stats: Stats) -> Iterator[Part]:
    yield Table(("Field", "Value"), lambda: _about(sync, engine))
    kinds = (
        ("Resource types", stats.resource_types),
        ("Resources", stats.resources),
        ("Entitlements", stats.entitlements),
        ("Grants", stats.grants),
    )
    yield Table(("Kind", "Count"), lambda: ((name, str(number)) for name, number in kinds), numbers=NUMBERS)
    yield _by_type(stats)


def _about(sync: SyncRun, engine: str) -> Iterator[Row]:
    yield "Engine", engine
    yield "Sync", sync.id
    yield "Type", sync.type
    if sync.parent_id:
        yield "Parent sync", sync.parent_id
    yield "Started", sync.started_at
    yield "Ended", sync.ended_at or "unfinished"
    took = duration(sync)
    if took is not None:
        yield "Took", in_words(took)


def _by_type(stats: Stats) -> Table:
    groups = (stats.resources_by_resource_type, stats.entitlements_by_resource_type, stats.grants_by_resource_type)
    names = sorted(set().union(*groups))
    rows = [(name, *(str(group.get(name, 0)) for group in groups)) for name in names]
    return Table(("Resource type", "Resources", "Entitlements", "Grants"), lambda: rows, numbers=NUMBERS)
