"""`connector-host diff [A [B]]`: what is different between two syncs, for people and for programs."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click
from msgspec import Struct

from ....c1z.opening import open_store
from ....c1z.types import Store, SyncRun, View
from ....errors import ConfigError, PreconditionError
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....query.changes.change_report import ChangeSection, ReportedChange, SyncPair, reported_changes
from ....query.changes.object_changes import diff_json
from ....query.sync_origin import read_origin
from ....query.sync_selection import choose_sync, finished_syncs, newest_full, sync_by_id
from ...filter_options import text_option
from ...output_option import OutputFormat, output_option
from ...read_command import file_of, file_option

__all__ = ["command"]

COLUMNS = {
    ChangeSection.TYPES: ("Change", "Name", "Type", "What", "ID"),
    ChangeSection.PRINCIPALS: ("Change", "Name", "Type", "What", "ID"),
    ChangeSection.RESOURCES: ("Change", "Name", "Type", "What", "ID"),
    ChangeSection.ENTITLEMENTS: ("Change", "Name", "Resource", "What", "ID"),
    ChangeSection.MEMBERSHIPS: ("Change", "Who", "Membership", "What", "ID"),
    ChangeSection.GRANTS: ("Change", "Who", "Grant", "What", "ID"),
}
FLAT_COLUMNS = ("Section", "Change", "Name", "Where", "What", "ID")
MARKS = ("added", "removed", "changed")
NO_OTHER = "Keep more syncs in the file, or name two files: `diff OLD.c1z NEW.c1z`."


@click.command(name="diff")
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--section", type=click.Choice([section.value for section in ChangeSection]), help="Only these changes.")
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
    output: OutputFormat,
) -> None:
    """Show what is different from A to B.

    A and B are each a c1z file, for the newest finished sync in it, or FILE@SYNC_ID for that one, or else the id of a
    sync in the file of --file. Without B: to the newest sync there. Without both: between its two newest full syncs.
    """
    wanted = _Wanted(section, change, text.casefold())
    with ExitStack() as stack:
        old, new = _sides(stack, a, b, file)
        pair = _Pair(old, new, wanted)
        output.show(_answer(pair))
        if exit_code and pair.differ():
            ctx.exit(1)


class _Wanted(Struct, frozen=True):
    """Which changes are shown; None and empty: any."""

    section: str | None = None
    change: str | None = None
    text: str = ""

    def fits(self, entry: ReportedChange) -> bool:
        """Whether it is one of them."""
        return (self.change is None or entry.mark == self.change) and self.text in entry.folded


class _Pair(SyncPair):
    """The two syncs, and which of their changes are looked at."""

    def __init__(self, old: View, new: View, wanted: _Wanted) -> None:
        super().__init__(old, new)
        self.wanted = wanted
        self._counts: dict[ChangeSection, Counter[str]] = {}

    def entries(self, section: ChangeSection) -> Iterator[ReportedChange]:
        """Yield the selected changes of a section, and remember how many there are of each mark."""
        counter: Counter[str] = Counter()
        if self.wanted.section in (None, section.value):
            for entry in filter(self.wanted.fits, reported_changes(self, section)):
                counter[entry.mark] += 1
                yield entry
        self._counts[section] = counter

    def all_entries(self) -> Iterator[ReportedChange]:
        """Yield the selected changes of all sections."""
        for section in ChangeSection:
            yield from self.entries(section)

    def counts(self, section: ChangeSection) -> Counter[str]:
        """Return how many changes of each mark a section has; it is read for that unless it was read to its end."""
        if section not in self._counts:
            for _entry in self.entries(section):
                pass
        return self._counts[section]

    def differ(self) -> bool:
        """Return whether any change is selected."""
        return any(self._counts.values()) or next(self.all_entries(), None) is not None


class _SectionRows:
    """The rows of a section. The first reader goes on where the search for the first row ended."""

    def __init__(self, pair: _Pair, section: ChangeSection) -> None:
        self._pair, self._section = pair, section
        self._begun: Iterator[ReportedChange] | None = pair.entries(section)
        self.first = next(self._begun, None)

    def __call__(self) -> Iterator[Row]:
        """Read the rows, any number of times."""
        begun, self._begun = self._begun, None
        if begun is None or self.first is None:
            return map(_row, self._pair.entries(self._section))
        return map(_row, itertools.chain([self.first], begun))


def _answer(pair: _Pair) -> Document:
    return Document(
        title=f"From sync {pair.old.sync.id} to {pair.new.sync.id}",
        parts=lambda: _parts(pair),
        flat=TablePart(FLAT_COLUMNS, lambda: map(_flat_row, pair.all_entries())),
        document=lambda: _document(pair),
        records=lambda: map(_record, pair.all_entries()),
    )


def _document(pair: _Pair) -> Iterable[bytes]:
    """Return the JSON of baton's `diff`. It has no place for a selection. Raises ConfigError if there is one."""
    if pair.wanted != _Wanted():
        raise ConfigError(
            "the JSON document of `diff` cannot hold a selection of the changes: its shape is that of baton",
            hint="Use -o jsonl or -o csv, or leave out --section, --change and --text.",
        )
    return diff_json(pair.old, pair.new)


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
            return store.view(choose_sync(store).sync)
        path, at, sync_id = name.rpartition("@")
        if at and Path(path).exists():
            store = opened(Path(path))
            return store.view(sync_by_id(store, store.syncs(), sync_id))
        store = opened(file_of(file))
        return store.view(sync_by_id(store, store.syncs(), name))

    if a is None:
        store = opened(file_of(file))
        old, new = _newest_two(store)
        return store.view(old), store.view(new)
    first = side(a)
    if b is not None:
        second = side(b)
    else:
        store = opened(file_of(file))
        second = store.view(choose_sync(store).sync)
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
    before = newest_full(sync for sync in finished_syncs(syncs) if sync.id != newest.id)
    if before is None:
        raise PreconditionError(f"{store.path} holds one finished full sync only", hint=NO_OTHER)
    return before, newest


# ----------------------------------------------------------------------------------------------- the forms


def _parts(pair: _Pair) -> Iterator[DocumentPart]:
    for section in ChangeSection:
        rows = _SectionRows(pair, section)
        if rows.first is not None:
            yield TablePart(COLUMNS[section], rows, section.value)
    yield TextPart(tuple(_summary(pair)))


def _summary(pair: _Pair) -> Iterator[str]:
    counts = {section: counter for section in ChangeSection if (counter := pair.counts(section))}
    for section, counter in counts.items():
        yield f"{section.value}: {', '.join(f'{number:,} {mark}' for mark, number in sorted(counter.items()))}"
    if not counts:
        yield "No differences."
    if unread := read_origin(pair.new.sync).unread:
        yield (
            f"The newer sync is incomplete: {len(unread)} listings were not fully read. Objects missing there are not"
            " known, and are not counted as removed."
        )


def _row(entry: ReportedChange) -> Row:
    return entry.mark, entry.name, entry.where, entry.description, entry.id


def _flat_row(entry: ReportedChange) -> Row:
    return entry.section.value, *_row(entry)


def _record(entry: ReportedChange) -> bytes:
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
