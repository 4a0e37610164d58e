"""`connector-host diff [A [B]]`: the differences of two syncs, for people and for programs."""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import click
from msgspec import Struct

from ....c1z.types import View
from ....errors import ConfigError
from ....index.text_search import matches_words, search_words
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....query.changes.change_report import ChangeSection, ReportedChange, SyncPair, reported_changes
from ....query.changes.comparability import comparison_notes
from ....query.changes.object_changes import diff_json
from ....query.sync_origin import read_origin
from ...filter_options import text_option
from ...output_option import OutputFormat, output_option
from ...read_command import file_option
from .diff_sides import DiffSides

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

log = logging.getLogger(__name__)


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
    """Show the differences of two syncs, from A to B.

    A and B are each a c1z file, for the newest finished sync in it, or FILE@SYNC_ID for another sync of it, or the id
    of a sync in the file of --file. Without B, A is compared with the newest sync of --file; without both, its two
    newest full syncs are compared.
    """
    with ExitStack() as stack:
        sides = DiffSides(stack, file)
        old, new = sides.newest_two() if a is None else sides.compared(a, b)
        for note in comparison_notes(old, new):
            log.warning("%s", note)
        pair = _SelectedPair(old, new, _Selection(section, change, search_words(text)))
        output.show(_diff_document(pair))
        if exit_code and pair.differ():
            ctx.exit(1)


class _Selection(Struct, frozen=True):
    """The changes to show; None and empty stand for any."""

    section: str | None = None
    change: str | None = None
    words: tuple[str, ...] = ()

    def includes(self, entry: ReportedChange) -> bool:
        """Return True for a change to show."""
        return (self.change is None or entry.mark == self.change) and matches_words(entry.folded, self.words)


class _SelectedPair(SyncPair):
    """The two syncs, and the selection of their changes to show."""

    def __init__(self, old: View, new: View, selection: _Selection) -> None:
        super().__init__(old, new)
        self.selection = selection
        self._counts: dict[ChangeSection, Counter[str]] = {}

    def entries(self, section: ChangeSection) -> Iterator[ReportedChange]:
        """Yield the selected changes of a section, and remember how many there are of each mark."""
        counter: Counter[str] = Counter()
        if self.selection.section in (None, section.value):
            for entry in filter(self.selection.includes, reported_changes(self, section)):
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
    """The rows of a section. The first reader continues where the search for the first row ended."""

    def __init__(self, pair: _SelectedPair, section: ChangeSection) -> None:
        self._pair, self._section = pair, section
        self._begun: Iterator[ReportedChange] | None = pair.entries(section)
        self.first = next(self._begun, None)

    def __call__(self) -> Iterator[Row]:
        """Read the rows, any number of times."""
        begun, self._begun = self._begun, None
        if begun is None or self.first is None:
            return map(_row, self._pair.entries(self._section))
        return map(_row, itertools.chain([self.first], begun))


def _diff_document(pair: _SelectedPair) -> Document:
    return Document(
        title=f"From sync {pair.old.sync.id} to {pair.new.sync.id}",
        parts=lambda: _parts(pair),
        flat=TablePart(FLAT_COLUMNS, lambda: map(_flat_row, pair.all_entries())),
        document=lambda: _document(pair),
        records=lambda: map(_record, pair.all_entries()),
    )


def _document(pair: _SelectedPair) -> Iterable[bytes]:
    """Return the JSON of baton's `diff`. It has no place for a selection. Raises ConfigError if there is one."""
    if pair.selection != _Selection():
        raise ConfigError(
            "The JSON document of `diff` cannot hold a selection of the changes: its shape is that of baton.",
            hint="Use -o jsonl or -o csv, or leave out --section, --change and --text.",
        )
    return diff_json(pair.old, pair.new)


# ----------------------------------------------------------------------------------------------- forms of the result


def _parts(pair: _SelectedPair) -> Iterator[DocumentPart]:
    for section in ChangeSection:
        rows = _SectionRows(pair, section)
        if rows.first is not None:
            yield TablePart(COLUMNS[section], rows, section.value)
    yield TextPart(tuple(_summary(pair)))


def _summary(pair: _SelectedPair) -> Iterator[str]:
    counts = {section: counter for section in ChangeSection if (counter := pair.counts(section))}
    for section, counter in counts.items():
        yield f"{section.value}: {', '.join(f'{number:,} {mark}' for mark, number in sorted(counter.items()))}"
    if not counts:
        yield "No differences." if pair.selection == _Selection() else "No changes match this selection."
    if unread := read_origin(pair.new.sync).unread:
        yield (
            f"The newer sync is incomplete: {len(unread)} listings were not fully read. An object that is missing there"
            " is unknown, and is no difference."
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
