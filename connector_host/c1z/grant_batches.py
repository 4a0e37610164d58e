"""Batches of grants: what is done for a million of them is done for some hundred at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ..errors import FileError
from ..wire.grant_row import GrantRow
from ..wire.v3.run_decoding import RecordRun

__all__ = ["BATCH_GROWTH", "ESCAPED", "LARGEST_BATCH", "BatchColumns", "GrantBatch", "row_batches"]

BATCH_GROWTH, LARGEST_BATCH = 8, 512
"""The first batch is one grant, to be seen at once; each next one is so many times larger, up to the largest."""
ESCAPED = re.compile(rb'["\\\x00-\x1f]')
"""The characters that JSON escapes."""


class BatchColumns(NamedTuple):
    """Consecutive grants in file order, by column: each column has a value for each grant. Texts are in UTF-8.

    `principals` are the type and id of each, `messages` the serialised grants. `expandable` are the positions of those
    that have an expansion. `plain` is True if no id has a character that JSON escapes.
    """

    entitlements: list[bytes]
    principals: list[tuple[bytes, bytes]]
    ids: list[bytes]
    messages: list[bytes]
    expandable: Sequence[int]
    plain: bool


class GrantBatch(NamedTuple):
    """Some grants in file order: by column, as a run, or neither where they can be read one by one only.

    `rows` yields the grants at the positions that it is called with, in their order; all of them for None.
    """

    rows: Callable[[Sequence[int] | None], Iterator[GrantRow]]
    columns: BatchColumns | None
    run: RecordRun | None = None


def row_batches(rows: Iterator[GrantRow]) -> Iterator[GrantBatch]:
    """Yield batches of grants that are read one by one. Those in front of a damage come before the error."""
    size = 1
    error: FileError | None = None
    while error is None:
        batch: list[GrantRow] = []
        try:
            batch.extend(islice(rows, size))
        except FileError as damage:
            error = damage
        if not batch:
            break
        yield _row_batch(batch)
        size = min(size * BATCH_GROWTH, LARGEST_BATCH)
    if error is not None:
        raise error


def _row_batch(batch: list[GrantRow]) -> GrantBatch:
    _, _, entitlements, types, names, ids, expansions, _, messages, _ = zip(*batch, strict=True)
    entitlement_ids, type_ids, principal_ids, grant_ids = (
        list(map(str.encode, texts)) for texts in (entitlements, types, names, ids)
    )

    def rows(positions: Sequence[int] | None) -> Iterator[GrantRow]:
        return iter(batch if positions is None else [batch[position] for position in positions])

    columns = BatchColumns(
        entitlement_ids,
        list(zip(type_ids, principal_ids, strict=True)),
        grant_ids,
        list(messages),
        [position for position, expansion in enumerate(expansions) if expansion is not None],
        ESCAPED.search(b" ".join(grant_ids)) is None,
    )
    return GrantBatch(rows, columns)
