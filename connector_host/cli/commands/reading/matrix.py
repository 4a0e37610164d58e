"""`connector-host matrix`: principals down, resources across, what is held where they meet."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import click

from ....c1z.types import View
from ....index.object_search import PageRequest
from ....index.sync_index import SyncIndex
from ....output.document import Document, Row, TablePart, json_bytes, json_list
from ....query.access_matrix import EVERYBODY, MOST_ACROSS, MatrixPiece, read_piece, usual_principal_type
from ....query.index_loading import indexed
from ....query.lookup.object_cache import SyncObjects
from ....query.sync_json import sync_counts
from ...filter_options import text_option
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]

STEP = 500  # principals at a time

log = logging.getLogger(__name__)


class _Matrix:
    """The matrix that was asked for, read in pieces."""

    def __init__(
        self, catalogue: SyncIndex, people: str | None, things: str | None, text: str, across: PageRequest
    ) -> None:
        self._asked = (catalogue, people, things, text)
        self._across = across
        self.first = read_piece(*self._asked, PageRequest("name", limit=STEP), across)

    def pieces(self) -> Iterator[MatrixPiece]:
        """All of it."""
        yield self.first
        for offset in range(STEP, self.first.total_rows, STEP):
            yield read_piece(*self._asked, PageRequest("name", offset=offset, limit=STEP), self._across)


@click.command(name="matrix")
@click.option("-t", "--resource-type", metavar="TYPE", help="Only resources of this type, by its id.")
@click.option(
    "--principal-type", metavar="TYPE", help=f"Only principals of this type; {EVERYBODY}: all. [default: accounts]"
)
@text_option("the principal's name, id or e-mail address")
@click.option("--most", type=click.IntRange(1, 2000), default=MOST_ACROSS, show_default=True, help="Resources across.")
@click.option("--skip", type=click.IntRange(0), default=0, metavar="N", help="Leave out the first N resources.")
@reads
def command(
    *,
    resource_type: str | None,
    principal_type: str | None,
    text: str,
    most: int,
    skip: int,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """Show principals and resources with what is held where they meet, both by name.

    As csv it is for a spreadsheet; as jsonl a line for each principal, of the resources it holds something on.
    """
    with viewed(file, sync_id) as reading:
        view = reading.view
        people = principal_type or usual_principal_type(view, sync_counts(view))
        with indexed(view) as catalogue:
            across = PageRequest("name", offset=skip, limit=most)
            found = _Matrix(catalogue, None if people == EVERYBODY else people, resource_type, text, across)
            output.show(_answer(view, found))
        left = found.first.total_heads - skip - len(found.first.heads)
        if left > 0:
            log.warning("%d more resources are not across; --most and --skip show others", left)


def _answer(view: View, found: _Matrix) -> Document:
    objects = SyncObjects(view)
    heads = [f"{what.name} ({objects.types[what.type].name})" for what in found.first.heads]
    table = TablePart(("Principal", "Principal ID", *heads), lambda: _rows(found))
    return Document(
        parts=lambda: (table,),
        document=lambda: json_list("principals", _records(found)),
        records=lambda: _records(found),
    )


def _rows(found: _Matrix) -> Iterator[Row]:
    for part in found.pieces():
        for who in part.rows:
            yield (who.name, f"{who.type}:{who.id}", *(", ".join(part.cell(who, what)) for what in part.heads))


def _records(found: _Matrix) -> Iterator[bytes]:
    for part in found.pieces():
        for who in part.rows:
            cells = {f"{what.type}:{what.id}": part.cell(who, what) for what in part.heads}
            held = {key: slugs for key, slugs in cells.items() if slugs}
            yield json_bytes({"principal": who.name, "principalId": f"{who.type}:{who.id}", "held": held})
