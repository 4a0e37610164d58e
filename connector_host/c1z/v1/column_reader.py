"""Reader of many grants as one row of the database: a tenth of the time that a row for each grant takes.

The database joins the values of a column, as JSON or, for messages, end to end. Where it cannot, or where a value is
no text, the caller reads row by row, which reports the fault.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence
from operator import lt

from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ..grant_batches import BATCH_GROWTH, LARGEST_BATCH, BatchColumns
from .guarded_database import GuardedDatabase, Row
from .schema import GRANTS

__all__ = ["FIRST_ROW", "LAST_ROW", "ColumnReader"]

FIRST_ROW, LAST_ROW = -(1 << 63), (1 << 63) - 1
"""The least and the greatest row number."""
LONGEST = 256 << 10
"""Bytes of a column of a batch, and of a row: a batch is cut to half of it, and longer rows are read one by one."""
TEXTS = ("entitlement_id", "principal_resource_type_id", "principal_resource_id", "external_id")


class ColumnReader:
    """Reader of the grants of a condition in row order, the first one alone, to be seen at once."""

    columns: BatchColumns | None
    """The grants of the batch that was read last, None if they can be read row by row only."""

    def __init__(self, database: GuardedDatabase, clause: str, values: Sequence[object]) -> None:
        self._database, self._values = database, tuple(values)
        self._next, self._limit = FIRST_ROW, 1
        named = zip((*TEXTS, "data", "expansion", "id"), "etpxdfi", strict=True)
        columns = ", ".join(f"{database.expression(GRANTS, column)} as {name}" for column, name in named)
        rows = f"from {GRANTS} not indexed where {clause} and id >= ? order by id limit ?"
        self._numbers_sql = f"select min(id), max(id) from (select id {rows})"
        texts = ", ".join(f"cast(json_group_array({name}) as blob)" for name in "etpx")
        self._sql = (
            "select json_group_array(i), json_group_array(i) filter (where f is not null),"
            f" group_concat(octet_length(d), 's'), cast(group_concat(d, '') as blob), {texts}"
            f" from (select {columns} {rows})"
        )

    def advance(self) -> Sequence[int] | None:
        """Read the next batch, and return its row numbers, none at the end; None if they can no longer be read."""
        if self._next > LAST_ROW:
            return ()
        numbers: Sequence[int] | None
        try:
            numbers = self._read()
        except (FileError, ValueError, struct.error):
            self.columns = None
            numbers = self._extent()
        if not numbers:
            return numbers
        self._limit = min(self._limit * BATCH_GROWTH, LARGEST_BATCH)
        if self.columns is not None:
            size = sum(map(len, self.columns.messages)) // len(numbers)
            self._limit = max(1, min(self._limit, LONGEST // 2 // max(size, 1)))
        self._next = numbers[-1] + 1
        return numbers

    def _read(self) -> Sequence[int]:
        row = self._database.first_within(LONGEST, self._sql, (*self._values, self._next, self._limit))
        numbers: list[int] = decode_json(row[0], list[int]) if row is not None else []
        if not numbers or row is None:
            return []
        if numbers[0] < self._next or not all(map(lt, numbers, numbers[1:])):
            raise ValueError("row numbers that do not ascend")
        self.columns = _columns(numbers, row)
        return numbers

    def _extent(self) -> Sequence[int] | None:
        """Return the first and the last number of the rows that were to be read; None if it cannot be read."""
        try:
            row = self._database.first(self._numbers_sql, (*self._values, self._next, self._limit))
        except FileError:
            return None
        ends = tuple(int(number) for number in row or () if number is not None)
        return None if ends and not self._next <= ends[0] <= ends[-1] else ends


def _columns(numbers: list[int], row: Row) -> BatchColumns:
    """Return the columns of a row. Raises ValueError or struct.error for values that are not as they should be."""
    _, expandable, sizes, messages, *joined = row
    entitlements, types, names, ids = map(_texts, joined)
    return BatchColumns(
        entitlements,
        list(zip(types, names, strict=True)),
        ids,
        list(struct.Struct(f"{sizes}s").unpack(messages)),
        [bisect_left(numbers, number) for number in decode_json(expandable, list[int])],
        all(b"\\" not in column for column in joined),
    )


def _texts(joined: bytes) -> list[bytes]:
    """Return the texts of a JSON list. Without escapes they stand between quotation marks as they are."""
    if b"\\" in joined:
        return [text.encode() for text in decode_json(joined, list[str])]
    joined.decode()
    return joined[2:-2].split(b'","')
