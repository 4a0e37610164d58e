"""`connector-host principals compare`: the principals that hold only one of two entitlements, in one file or two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from ....c1z.opening import open_store
from ....c1z.types import View
from ....errors import ConfigError
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart
from ....query.entitlement_comparison import ComparedEntitlement, Comparison, compare_holders
from ....query.listing.listed_rows import ListedResource
from ....query.listing.listing_columns import PRINCIPAL_COLUMNS, cell_texts, shown_columns
from ....query.lookup.entitlement_names import find_entitlement
from ....query.lookup.object_cache import SyncObjects
from ....query.sync_selection import choose_sync
from ...listing_tables import listing_table
from ...output_option import OutputFormat, output_option
from ...read_command import file_of, file_option

__all__ = ["compare"]

MATCHING = "The principals of these entitlements match."
COLUMNS = shown_columns(PRINCIPAL_COLUMNS, counted=False)


@click.command(name="compare")
@click.option("-e", "--entitlement", metavar="ID", default="", help="The entitlement to start from, by its id or name.")
@click.option(
    "--compare-entitlement",
    metavar="ID",
    default="",
    help="The entitlement to compare with. [default: the same, with --compare-file]",
)
@click.option("--compare-file", metavar="FILE", help="The file that has it. [default: the same file]")
@file_option
@output_option
def compare(
    *, entitlement: str, compare_entitlement: str, compare_file: str | None, file: str | None, output: OutputFormat
) -> None:
    """Show the principals that hold one of two entitlements and not the other.

    Principals are the same if they have the same id, else if they are users with the same e-mail address, else if
    they have the same name.
    """
    if compare_file is not None:
        compare_entitlement = compare_entitlement or entitlement
    if not (entitlement and compare_entitlement):
        raise ConfigError(
            "Two entitlements are required.",
            hint="Specify --entitlement and --compare-entitlement; with --compare-file the first is enough.",
        )
    with ExitStack() as stack:
        base = _compared(_view(stack, file_of(file)), entitlement)
        same = compare_file is None or Path(compare_file) == file_of(file)
        view = base.view if same else _view(stack, Path(compare_file or ""))
        other = _compared(view, compare_entitlement)
        output.show(_document(base, other, compare_holders(base, other)))


def _compared(view: View, entitlement: str) -> ComparedEntitlement:
    return ComparedEntitlement(view, find_entitlement(view, entitlement))


def _view(stack: ExitStack, path: Path) -> View:
    store = stack.enter_context(open_store(path))
    return store.view(choose_sync(store).sync)


def _document(base: ComparedEntitlement, other: ComparedEntitlement, comparison: Comparison) -> Document:
    names = SyncObjects(base.view)
    other_names = names if other.view is base.view else SyncObjects(other.view)

    def missing() -> Iterator[ListedResource]:
        return base.items(names, comparison.missing)

    def extra() -> Iterator[ListedResource]:
        return other.items(other_names, comparison.extra)

    def parts() -> Iterator[DocumentPart]:
        if comparison.equal:
            yield TextPart((MATCHING,))
        if comparison.missing:
            yield listing_table(COLUMNS, missing, "Missing: hold the first only")
        if comparison.extra:
            yield listing_table(COLUMNS, extra, "Extra: hold the second only")

    def flat() -> Iterator[Row]:
        for word, items in (("missing", missing()), ("extra", extra())):
            yield from ((word, *row) for row in cell_texts(COLUMNS, items))

    def document() -> Iterator[bytes]:
        lists = ((b"missing", missing()), (b"extra", extra()), (b"base", base.items(names)))
        yield from _json_of_lists((*lists, (b"compared", other.items(other_names))))

    def records() -> Iterator[bytes]:
        for word, items in ((b"missing", missing()), (b"extra", extra())):
            for item in items:
                yield b'{"compare":"%b",%b' % (word, item.json[1:])

    titles = ("Compare", *(column.title for column in COLUMNS))
    return Document(parts=parts, document=document, records=records, flat=TablePart(titles, flat))


def _json_of_lists(lists: tuple[tuple[bytes, Iterator[ListedResource]], ...]) -> Iterator[bytes]:
    """Yield an object of lists without the empty ones, in pieces."""
    yield b"{"
    comma = b""
    for name, items in lists:
        opening = b'%b"%b":[' % (comma, name)
        separator = opening
        for item in items:
            yield separator + item.json
            separator = b","
        if separator is not opening:
            yield b"]"
            comma = b","
    yield b"}"
