"""Documents of the listing commands, and the options by which they select grants."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import click
from msgspec import Struct

from ..c1z.types import View
from ..errors import ConfigError
from ..output.document import Document, TablePart, listing
from ..query.listing.listing_columns import ListColumn, cell_texts
from ..query.sync_json import sync_counts
from .output_option import OutputFormat
from .terminal.number_text import count

__all__ = [
    "GrantScope",
    "check_resource_option",
    "listing_document",
    "listing_table",
    "report_no_match",
    "scope_options",
    "show_listing",
]

log = logging.getLogger(__name__)


class Listed(Protocol):
    """Row of a listing with its JSON."""

    @property
    def json(self) -> bytes:
        """The row in the shape of `baton -o json`."""


T = TypeVar("T", bound=Listed)
C = TypeVar("C")


class GrantScope(Struct, frozen=True):
    """The values of `--resource-type`, `--resource`, `--entitlement` and `--principal`, as typed."""

    resource_type: str | None = None
    resource: str | None = None
    entitlement: str | None = None
    principal: str | None = None

    def check(self) -> None:
        """Raise ConfigError for options that exclude each other or are empty, as `baton` does."""
        if self.resource is not None and self.entitlement is not None:
            raise ConfigError(
                "--resource and --entitlement exclude each other.", hint="An entitlement is on one resource."
            )
        check_resource_option(self.resource)
        for flag, value in (("--resource-type", self.resource_type), ("--entitlement", self.entitlement)):
            if value is not None and not value:
                raise ConfigError(f"{flag} is empty.", hint="Leave it out for all grants.")

    def names(self) -> dict[str, str | None]:
        """Return the options as arguments of `find_grant_filter`."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--resource-type`, `--resource` and `--entitlement`, which select grants, to a command."""
    for option in (
        click.option("-e", "--entitlement", metavar="ID", help="Only grants of this entitlement, by its id or name."),
        click.option(
            *("-r", "--resource"),
            metavar="ID",
            help="Only grants on this resource: TYPE:ID, or its id or name.",
        ),
        click.option("-t", "--resource-type", metavar="TYPE", help="Only grants on resources of this type, by its id."),
    ):
        command = option(command)
    return command


def check_resource_option(resource: str | None) -> None:
    """Raise ConfigError for an empty `--resource`, which is often an unset variable of a script."""
    if resource is not None and not resource:
        raise ConfigError("--resource is empty.", hint="Write TYPE:ID, an id or a name, or leave the option out.")


def listing_table(columns: Iterable[ListColumn[T]], rows: Callable[[], Iterable[T]], title: str = "") -> TablePart:
    """Return rows as a table with these columns; `rows` is called anew whenever the table is written."""
    columns = tuple(columns)
    return TablePart(
        tuple(column.title for column in columns),
        lambda: cell_texts(columns, rows()),
        title,
        numbers=frozenset(column.title for column in columns if column.number),
        droppable=_left_out(columns),
    )


def _left_out(columns: Sequence[ListColumn[Any]]) -> tuple[str, ...]:
    """Return the titles of the columns that a narrow terminal leaves out, in this order."""
    secondary = [column for column in reversed(columns) if column.secondary]
    return tuple(column.title for column in sorted(secondary, key=lambda column: column.secondary))


def listing_document(
    columns: Iterable[ListColumn[T]],
    key: str,
    rows: Callable[[], Iterable[T]],
    pieces: Callable[[], Iterable[bytes]] | None = None,
) -> Document:
    """Return rows as a document: a table for people, `{"key": [...]}` as JSON, of `pieces` if they are given."""
    return listing(listing_table(columns, rows), key, lambda: (row.json for row in rows()), pieces)


def show_listing(
    output: OutputFormat,
    columns: Iterable[ListColumn[T]],
    key: str,
    rows: Callable[[], Iterable[T]],
    *,
    view: View,
    noun: str,
    pieces: Callable[[], Iterable[bytes]] | None = None,
) -> None:
    """Write a listing. If it has no rows, report that none of the sync's objects match.

    `noun` names the rows: `resources`, `principals`, `entitlements` or `grants`. `pieces` are their JSON, many at once.
    """
    written = 0

    def counted(items: Iterable[C]) -> Iterator[C]:
        nonlocal written
        for item in items:
            written += 1
            yield item

    json_pieces = None if pieces is None else lambda: counted(pieces())
    output.show(listing_document(columns, key, lambda: counted(rows()), json_pieces))
    if not written:
        report_no_match(view, noun)


def report_no_match(view: View, noun: str) -> None:
    """Log that none of the sync's objects match the filters, with their number."""
    stats = sync_counts(view)
    totals = {"resources": stats.resources, "entitlements": stats.entitlements, "grants": stats.grants}
    if noun in totals:
        log.info("0 of %s match.", count(totals[noun], noun))
    else:
        log.info("0 %s match: none of %s.", noun, count(stats.grants, "grants"))
