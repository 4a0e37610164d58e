"""`connector-host matrix`: principals down, resources across, and in each cell what the principal holds there."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import click
from msgspec import Struct

from ....c1z.types import View
from ....index.object_search import IndexedResource, RowWindow
from ....index.sync_index import SyncIndex
from ....output.document import Document, Row, TablePart, json_bytes, json_list
from ....query.access.access_matrix import EVERYBODY, MOST_ACROSS, MatrixPiece, read_piece, usual_principal_type
from ....query.index_loading import indexed
from ....query.lookup.filter_names import find_principal_type, find_resource_type
from ....query.lookup.object_cache import SyncObjects
from ....query.sync_json import sync_counts
from ...filter_options import text_option
from ...listing_tables import report_no_match
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]

NARROW_COLUMNS = ("Principal", "Principal ID", "Resource", "Access")
STEP = 500  # principals at a time

log = logging.getLogger(__name__)


class _Cell(Struct, frozen=True):
    """A principal, a resource, and the slugs of the entitlements that it holds there."""

    principal: IndexedResource
    resource: IndexedResource
    slugs: list[str]


class _Matrix:
    """A matrix that is read in pieces of `STEP` principals."""

    def __init__(
        self,
        index: SyncIndex,
        principal_type: str | None,
        resource_type: str | None,
        text: str,
        across: RowWindow,
    ) -> None:
        self._query = (index, principal_type, resource_type, text)
        self._across = across
        self.first = read_piece(*self._query, RowWindow("name", limit=STEP), across)

    def pieces(self) -> Iterator[MatrixPiece]:
        """Yield all pieces, from the first principal to the last."""
        yield self.first
        for offset in range(STEP, self.first.total_rows, STEP):
            yield read_piece(*self._query, RowWindow("name", offset=offset, limit=STEP), self._across)

    def cells(self) -> Iterator[_Cell]:
        """Yield the cells that are not empty, by principal and resource."""
        for piece in self.pieces():
            for principal in piece.rows:
                for resource in piece.heads:
                    if slugs := piece.cell(principal, resource):
                        yield _Cell(principal, resource, slugs)


@click.command(name="matrix")
@click.option("-t", "--resource-type", metavar="TYPE", help="Only resources of this type, by its id.")
@click.option(
    "--principal-type", metavar="TYPE", help=f"Only principals of this type; {EVERYBODY}: all. [default: accounts]"
)
@text_option("the principal's name, id or e-mail address")
@click.option("--most", type=click.IntRange(1, 2000), default=MOST_ACROSS, show_default=True, help="Resources across.")
@click.option("--skip", type=click.IntRange(0, 2**31), default=0, metavar="N", help="Leave out the first N resources.")
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
    """Show what principals hold on resources: principals down, resources across, both by name.

    A terminal that is too narrow shows a row for each principal and resource instead. With -o csv the matrix is for a
    spreadsheet; with -o jsonl it has a line for each principal.
    """
    with viewed(file, sync_id, lists_access=True) as reading:
        view = reading.view
        type_of_resources = None if resource_type is None else find_resource_type(view, resource_type)
        with indexed(view) as index:
            across = RowWindow("name", offset=skip, limit=most)
            matrix = _Matrix(index, _principal_type(view, principal_type), type_of_resources, text, across)
            output.show(_document(view, matrix))
        if not matrix.first.total_rows:
            report_no_match(view, "principals")
        hidden = matrix.first.total_heads - skip - len(matrix.first.heads)
        if hidden > 0:
            log.warning("%d more resources are not shown. --most shows more of them, --skip the later ones.", hidden)


def _principal_type(view: View, name: str | None) -> str | None:
    """Return the type of principals that a name stands for, None for any type."""
    name = name or usual_principal_type(view, sync_counts(view))
    return None if name == EVERYBODY else find_principal_type(view, name)


def _document(view: View, matrix: _Matrix) -> Document:
    objects = SyncObjects(view)
    heads = [_head(objects, resource) for resource in matrix.first.heads]
    narrow = TablePart(NARROW_COLUMNS, lambda: _narrow_rows(objects, matrix))
    table = TablePart(("Principal", "Principal ID", *heads), lambda: _rows(matrix), narrow=narrow)
    return Document(
        parts=lambda: (table,),
        document=lambda: json_list("principals", _records(matrix)),
        records=lambda: _records(matrix),
    )


def _rows(matrix: _Matrix) -> Iterator[Row]:
    for piece in matrix.pieces():
        for principal in piece.rows:
            cells = (", ".join(piece.cell(principal, resource)) for resource in piece.heads)
            yield (principal.name, principal.whole_id, *cells)


def _narrow_rows(objects: SyncObjects, matrix: _Matrix) -> Iterator[Row]:
    for cell in matrix.cells():
        yield (
            cell.principal.name,
            cell.principal.whole_id,
            _head(objects, cell.resource),
            ", ".join(cell.slugs),
        )


def _head(objects: SyncObjects, resource: IndexedResource) -> str:
    return f"{resource.name} ({objects.types[resource.type].name})"


def _records(matrix: _Matrix) -> Iterator[bytes]:
    for piece in matrix.pieces():
        for principal in piece.rows:
            cells = {resource.whole_id: piece.cell(principal, resource) for resource in piece.heads}
            held = {resource_id: slugs for resource_id, slugs in cells.items() if slugs}
            yield json_bytes({"principal": principal.name, "principalId": principal.whole_id, "held": held})
