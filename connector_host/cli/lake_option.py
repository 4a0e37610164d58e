"""Shared parts of the commands of the group `lake`: the option `--lake`, and the documents of their results."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..lake.engines.engine_choice import LakeReading, open_reading
from ..lake.lake_catalog import Lake, parse_date
from ..lake.person_mapping import read_mapping
from ..lake.result_table import LakeTable
from ..options import Option, OptionType
from ..output.document import Document, DocumentPart, TablePart, TextPart, json_bytes
from .app import current_app
from .option_values import host_options
from .output_option import OutputFormat, output_option

__all__ = [
    "engine_option",
    "lake_option",
    "lake_place",
    "opened_lake",
    "question_options",
    "reading_of",
    "show_lake_table",
]

LAKE = Option(
    name="lake", type=OptionType.STR, default="lake", help="The folder or URL (s3://, gs://, az://) of the lake."
)

log = logging.getLogger(__name__)

lake_option = click.option(
    "--lake",
    "lake",
    metavar="DIR",
    help="The folder or URL (s3://, gs://, az://) of the lake. [BATON_LAKE; default: lake]",
)


engine_option = click.option(
    "--engine",
    metavar="ENGINE",
    help="Ask this engine: duckdb, spark, or Spark by its URL (sc://HOST, local[4]). [default: duckdb]",
)


def lake_place(value: str | None) -> str:
    """Return the place of the lake: flag, `BATON_LAKE`, `[host] lake` of the config file, `lake`."""
    place: str = host_options(current_app(), (LAKE,), {"lake": value})["lake"]
    return place


def opened_lake(value: str | None) -> Lake:
    """Open the lake that the option names."""
    return Lake.open(lake_place(value))


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a question to a command: the lake, the day, the mapping file, the engine, the format."""
    for option in (
        output_option,
        engine_option,
        click.option("--people", "people_file", metavar="FILE", help="Read this mapping of accounts to people (CSV)."),
        click.option("--at", metavar="DATE", help="Ask about this day or time (UTC) instead of now."),
        lake_option,
    ):
        command = option(command)
    return command


@contextmanager
def reading_of(options: Mapping[str, str | None]) -> Iterator[tuple[Lake, LakeReading]]:
    """Open the lake that the options of a question name."""
    lake = opened_lake(options["lake"])
    day, people_file = options["at"], options["people_file"]
    mappings = read_mapping(Path(people_file)) if people_file is not None else []
    moment = parse_date(day, "--at") if day is not None else None
    with open_reading(lake, engine=options["engine"] or "duckdb", moment=moment, mappings=mappings) as reading:
        yield lake, reading


def show_lake_table(output: OutputFormat, table: LakeTable) -> None:
    """Write a result in the chosen format; log it when there are no rows."""
    output.show(lake_document(table))
    if not table.rows and output.for_people:
        log.info("No rows.")


def lake_document(table: LakeTable) -> Document:
    """Return the document of a result: notes, then the rows; as JSON `{"KEY": [...], "notes": [...]}`."""
    part = _table_part(table)
    record: Callable[[tuple[Any, ...]], bytes] = functools.partial(_record, table)
    return Document(
        parts=lambda: _parts(table, part),
        flat=part,
        document=lambda: _json(table, map(record, table.rows)),
        records=lambda: map(record, table.rows),
        title=table.title,
    )


def _parts(table: LakeTable, part: TablePart) -> Iterator[DocumentPart]:
    if table.notes:
        yield TextPart(table.notes)
    yield part


def _table_part(table: LakeTable, *, narrow: bool = False) -> TablePart:
    places = [number for number, column in enumerate(table.columns) if not (narrow and column.secondary)]
    columns = [table.columns[number] for number in places]
    has_narrow = not narrow and any(column.secondary for column in columns)
    return TablePart(
        tuple(column.title for column in columns),
        lambda: ([_text(row[number]) for number in places] for row in table.rows),
        table.title,
        numbers=frozenset(column.title for column in columns if column.number),
        narrow=_table_part(table, narrow=True) if has_narrow else None,
    )


def _json(table: LakeTable, records: Iterable[bytes]) -> Iterator[bytes]:
    yield b'{"notes":%b,%b:[' % (json_bytes(table.notes), json_bytes(table.key))
    separator = b""
    for record in records:
        yield separator
        yield record
        separator = b","
    yield b"]}"


def _record(table: LakeTable, row: tuple[Any, ...]) -> bytes:
    return json_bytes({column.key: value for column, value in zip(table.columns, row, strict=True)})


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dict):
        return json_bytes(value).decode()
    return "" if value is None else str(value)
