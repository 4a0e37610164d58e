"""`connector-host diff [A [B]]`: what is different between two syncs, for people and for programs."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
from msgspec import Struct

from ....c1z.opening import open_store
from ....c1z.types import Store, SyncRun, View
from ....errors import ConfigError, PreconditionError
from ....output.document import Answer, Part, Row, Table, Text, json_bytes
from ....query.changes.objects import diff_json
from ....query.changes.report import Entry, Pair, Section, entries
from ....query.sync_selection import choose, finished, named, newest_full
from ...filter_options import text_option
from ...read_command import file_of, file_option, output_option, show

__all__ = ["command"]

COLUMNS = {
    Section.TYPES: ("Change", "Name", "Type", "What", "ID"),
    Section.PRINCIPALS: ("Change", "Name", "Type", "What", "ID"),
    Section.RESOURCES: ("Change", "Name", "Type", "What", "ID"),
    Section.ENTITLEMENTS: ("Change", "Name", "Resource", "What", "ID"),
    Section.MEMBERSHIPS: ("Change", "Who", "Membership", "What", "ID"),
    Section.GRANTS: ("Change", "Who", "Grant", "What", "ID"),
}
FLAT_COLUMNS = ("Section", "Change", "Name", "Where", "What", "ID")
MARKS = ("added", "removed", "changed")
NO_OTHER = "Keep more syncs in the file, or name two files: `diff OLD.c1z NEW.c1z`."


@click.command(name="diff")
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--section", type=click.Choice([section.value for section in Section]), help="Only these changes.")
@click.option("--change", type=click.Choice(MARKS), help="Only what was added, removed or changed.")
@text_option("name, place or id")
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything is different, 0 if nothing is.")
@file_option
@output_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    a: str | None,
    b: str | None,
    section: str | None,
    change: str | None,
    text: str,
    exit_code: bool,
    file: str | None,
    form: str,
) -> None:
    """Show what is different from A to B.

    A and B are each a c1z file, for the newest finished sync in it, or FILE@SYNC_ID for that one, or else the id of a
    sync in the file of --file. Without B: to the newest sync there. Without both: between its two newest full syncs.
    """
    wanted = _Wanted(section, change, text.casefold())
    if form == "json" and wanted != _Wanted():
        raise ConfigError("the json of `diff` has the shape of baton's, which is whole", hint="Use -o jsonl, or csv.")
    with ExitStack() as stack:
        old, new = _sides(stack, a, b, file)
        seen: Counter[tuple[Section, str]] = Counter()
        show(_answer(_Pair(old, new, wanted), seen), form)
        if exit_code and _differ(_Pair(old, new, wanted), seen):
            ctx.exit(1)


class _Wanted(Struct, frozen=True):
    """Which changes are shown; None and empty: any."""

    section: str | None = None
    change: str | None = None
    text: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether it is one of them."""
        return (self.change is None or entry.mark == self.change) and self.text in entry.folded


class _Pair(Pair):
    """The two syncs, and which of their changes are looked at."""

    def __init__(self, old: View, new: View, wanted: _Wanted) -> None:
        super().__init__(old, new)
        self.wanted = wanted

    def entries(self, section: Section) -> Iterator[Entry]:
        """Those of a section."""
        if self.wanted.section in (None, section.value):
            yield from filter(self.wanted.fits, entries(self, section))


def _answer(pair: _Pair, seen: Counter[tuple[Section, str]]) -> Answer:
    old, new = pair.old, pair.new
    return Answer(
        title=f"From sync {old.sync.id} to {new.sync.id}",
        parts=lambda: _parts(pair, seen),
        flat=Table(FLAT_COLUMNS, lambda: map(_flat_row, _all(pair, seen))),
        document=lambda: diff_json(old, new),
        records=lambda: map(_record, _all(pair, seen)),
    )


def _differ(pair: _Pair, seen: Counter[tuple[Section, str]]) -> bool:
    """Whether anything is different for people, whatever the format has looked at so far."""
    return bool(seen) or next(_all(pair, seen), None) is not None


# ----------------------------------------------------------------------------------------------- which two


def _sides(stack: ExitStack, a: str | None, b: str | None, file: str | None) -> tuple[View, View]:
    stores: dict[Path, Store] = {}

    def opened(path: Path) -> Store:
        if path not in stores:
            stores[path] = stack.enter_context(open_store(path))
        return stores[path]

    def side(name: str) -> View:
        if Path(name).exists():
            store = opened(Path(name))
            return store.view(choose(store).sync)
        path, at, sync_id = name.rpartition("@")
        if at and Path(path).exists():
            store = opened(Path(path))
            return store.view(named(store, store.syncs(), sync_id))
        store = opened(file_of(file))
        return store.view(named(store, store.syncs(), name))

    if a is None:
        store = opened(file_of(file))
        old, new = _newest_two(store)
        return store.view(old), store.view(new)
    first = side(a)
    if b is not None:
        second = side(b)
    else:
        store = opened(file_of(file))
        second = store.view(choose(store).sync)
    if first.sync.id == second.sync.id and len(stores) < 2 and not _two_files(a, b):
        raise ConfigError(f"both sides are the sync {first.sync.id}", hint=NO_OTHER)
    return first, second


def _two_files(a: str, b: str | None) -> bool:
    return Path(a).exists() or (b is not None and Path(b).exists())


def _newest_two(store: Store) -> tuple[SyncRun, SyncRun]:
    syncs = store.syncs()
    newest = newest_full(syncs)
    if newest is None:
        raise PreconditionError(f"{store.path} holds no finished full sync", hint=NO_OTHER)
    before = newest_full(sync for sync in finished(syncs) if sync.id != newest.id)
    if before is None:
        raise PreconditionError(f"{store.path} holds one finished full sync only", hint=NO_OTHER)
    return before, newest


# ----------------------------------------------------------------------------------------------- the forms


def _all(pair: _Pair, seen: Counter[tuple[Section, str]]) -> Iterator[Entry]:
    for section in Section:
        yield from _counted(pair.entries(section), seen)


def _counted(found: Iterator[Entry], seen: Counter[tuple[Section, str]]) -> Iterator[Entry]:
    for entry in found:
        seen[entry.section, entry.mark] += 1
        yield entry


def _parts(pair: _Pair, seen: Counter[tuple[Section, str]]) -> Iterator[Part]:
    for section in Section:
        found = _counted(pair.entries(section), seen)
        first = next(found, None)
        if first is not None:
            rows = map(_row, itertools.chain([first], found))
            yield Table(COLUMNS[section], lambda rows=rows: rows, section.value)  # type: ignore[misc]
    yield Text(tuple(_summary(seen)))


def _summary(seen: Counter[tuple[Section, str]]) -> Iterator[str]:
    if not seen:
        yield "No differences."
    for section in Section:
        marks = [f"{number:,} {mark}" for (of, mark), number in sorted(seen.items()) if of == section]
        if marks:
            yield f"{section.value}: {', '.join(marks)}"


def _row(entry: Entry) -> Row:
    return entry.mark, entry.name, entry.where, entry.told, entry.id


def _flat_row(entry: Entry) -> Row:
    return entry.section.value, *_row(entry)


def _record(entry: Entry) -> bytes:
    return json_bytes(
        {
            "section": entry.section.value,
            "change": entry.mark,
            "id": entry.id,
            "name": entry.name,
            "where": entry.where,
            "details": [
                {"field": detail.field, "before": detail.before, "after": detail.after} for detail in entry.details
            ],
            **({"note": entry.note} if entry.note else {}),
        }
    )
