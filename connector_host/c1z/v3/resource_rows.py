"""The resources of a v3 file in memory, where they are small enough for that: quicker than a table with its index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..types import ResourceRow
from .record_reader import RecordReader

__all__ = ["ResourceRows", "read_resource_rows"]

MOST_BYTES, ROW_BYTES = 32 << 20, 300
"""Memory that the rows may take, and what each takes in addition to its id and its message; about."""


class ResourceRows(NamedTuple):
    """Resources in file order, and the first of each id."""

    rows: list[ResourceRow]
    by_id: dict[tuple[str, str], ResourceRow]
    """By type and whole id."""

    def of_type(self, resource_type: str | None) -> Iterator[ResourceRow]:
        """Yield the resources of a type; None for all."""
        return (row for row in self.rows if resource_type is None or row.resource_type == resource_type)


def read_resource_rows(reader: RecordReader) -> ResourceRows | None:
    """Read the resources; None if they take too much memory. Raises FileError."""
    rows: list[ResourceRow] = []
    by_id: dict[tuple[str, str], ResourceRow] = {}
    size = 0
    for row in reader.resources():
        rows.append(row)
        by_id.setdefault((row.resource_type, row.id), row)
        size += len(row.id) + len(row.data) + ROW_BYTES
        if size > MOST_BYTES:
            return None
    return ResourceRows(rows, by_id)
