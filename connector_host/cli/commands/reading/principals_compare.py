"""`connector-host principals compare`: who holds only one of two entitlements, in one file or two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from ....c1z.opening import open_store
from ....c1z.types import View
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart
from ....query.entitlement_comparison import ComparedEntitlement, Comparison
from ....query.entitlement_comparison import compare_holders as compared
from ....query.listings import ListedResource
from ....query.lookup.object_cache import SyncObjects
from ....query.sync_selection import choose_sync
from ...listing_tables import RESOURCE_COLUMNS, resource_rows
from ...output_option import OutputFormat, output_option
from ...read_command import file_of, file_option

__all__ = ["compare"]

MATCHING = "The principals of these entitlements match."


@click.command(name="compare")
@click.option("-e", "--entitlement", metavar="ID", default="", help="The entitlement to start from.")
@click.option("--compare-entitlement", metavar="ID", default="", help="The entitlement to compare with.")
@click.option("--compare-file", metavar="FILE", help="The file that has it. [default: the same file]")
@file_option
@output_option
def compare(
    *, entitlement: str, compare_entitlement: str, compare_file: str | None, file: str | None, output: OutputFormat
) -> None:
    """Show who holds one of two entitlements and not the other.

    Principals are the same if they have the same id, else if they are users with the same e-mail address, else if
    they have the same name.
    """
    with ExitStack() as stack:
        base = ComparedEntitlement(_view(stack, file_of(file)), entitlement)
        same = compare_file is None or Path(compare_file) == file_of(file)
        view = base.view if same else _view(stack, Path(compare_file or ""))
        other = ComparedEntitlement(view, compare_entitlement)
        output.show(_answer(base, other, compared(base, other)))


def _view(stack: ExitStack, path: Path) -> View:
    store = stack.enter_context(open_store(path))
    return store.view(choose_sync(store).sync)


def _answer(base: ComparedEntitlement, other: ComparedEntitlement, found: Comparison) -> Document:
    names = SyncObjects(base.view)
    other_names = names if other.view is base.view else SyncObjects(other.view)

    def missing() -> Iterator[ListedResource]:
        return base.items(names, found.missing)

    def extra() -> Iterator[ListedResource]:
        return other.items(other_names, found.extra)

    def parts() -> Iterator[DocumentPart]:
        if found.equal:
            yield TextPart((MATCHING,))
        if found.missing:
            yield TablePart(RESOURCE_COLUMNS, lambda: resource_rows(missing()), "Missing: hold the first only")
        if found.extra:
            yield TablePart(RESOURCE_COLUMNS, lambda: resource_rows(extra()), "Extra: hold the second only")

    def flat() -> Iterator[Row]:
        for word, items in (("missing", missing()), ("extra", extra())):
            yield from ((word, *row) for row in resource_rows(items))

    def document() -> Iterator[bytes]:
        lists = ((b"missing", missing()), (b"extra", extra()), (b"base", base.items(names)))
        yield from _lists((*lists, (b"compared", other.items(other_names))))

    def records() -> Iterator[bytes]:
        for word, items in ((b"missing", missing()), (b"extra", extra())):
            for item in items:
                yield b'{"compare":"%b",%b' % (word, item.json[1:])

    return Document(
        parts=parts, document=document, records=records, flat=TablePart(("Compare", *RESOURCE_COLUMNS), flat)
    )


def _lists(lists: tuple[tuple[bytes, Iterator[ListedResource]], ...]) -> Iterator[bytes]:
    """An object of lists; the empty ones are left out."""
    yield b"{"
    comma = b""
    for name, items in lists:
        opening = b'%b"%b":[' % (comma, name)
        between = opening
        for item in items:
            yield between + item.json
            between = b","
        if between is not opening:
            yield b"]"
            comma = b","
    yield b"}"
