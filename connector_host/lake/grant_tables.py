"""Grants of a sync as Arrow tables: sorted runs of bounded size, so that memory does not grow with the sync.

Within a run the grants are sorted by principal and entitlement: the grants of one principal then stand in few row
groups, which an engine finds by their statistics.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..c1z.types import GrantRow, View
from ..query.access.holdings import is_direct
from ..wire import decode
from ..wire.stored_grants import SourcesReader

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["GrantReader", "run_table"]

BATCH, RUN = 10_000, 260_000  # grants that are read at once, and that are sorted together
COLUMNS = ("resource_type", "resource", "entitlement", "principal_type", "principal", "grant_id")
HELD_COLUMNS = ("direct", "inherited", "through", "expands", "expands_shallow", "expands_types")
MOST_OWNERS = 20  # of one resource; more are an entitlement that everybody holds


class GrantReader:
    """Reader of the grants of a view in runs. Afterwards `owners` has the direct holders of ownership entitlements.

    `ownership` maps entitlement ids to levels; `owners` maps (type, id) of resources to whole ids of principals.
    """

    def __init__(self, view: View, ownership: dict[str, int]) -> None:
        self.count = 0
        self._view = view
        self._ownership = ownership
        self._holders: dict[tuple[str, str], dict[int, list[str]]] = {}

    def runs(self) -> Iterator[list[pa.RecordBatch]]:
        """Yield the grants, some batches a run, in file order."""
        sources = SourcesReader()
        rows = self._view.stored_grants()
        run: list[pa.RecordBatch] = []
        while batch := list(itertools.islice(rows, BATCH)):
            run.append(self._batch(batch, sources))
            self.count += len(batch)
            if len(run) * BATCH >= RUN:
                yield run
                run = []
        if run:
            yield run

    @property
    def owners(self) -> dict[tuple[str, str], list[str]]:
        """The owners of each resource, or its managers where nobody owns it."""
        return {resource: levels[min(levels)] for resource, levels in self._holders.items()}

    def _batch(self, rows: list[GrantRow], reader: SourcesReader) -> pa.RecordBatch:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        columns = [pa.array(values, pa.string()) for values in itertools.islice(zip(*rows, strict=True), 6)]
        sources = reader.read(rows)
        if not any(sources):
            direct = inherited = None
            through: pa.Array = pa.nulls(len(rows), pa.list_(pa.string()))
        else:
            pairs = list(zip(sources, rows, strict=True))
            direct = [not origin or is_direct(origin, row[2]) for origin, row in pairs]
            names = [sorted(name for name in origin if name != row[2]) if origin else None for origin, row in pairs]
            inherited = [bool(entry) for entry in names]
            through = pa.array([entry or None for entry in names], pa.list_(pa.string()))
        if self._ownership:
            self._note_owners(rows, direct)
        flags = [
            pa.repeat(default, len(rows)) if values is None else pa.array(values, pa.bool_())
            for values, default in ((direct, True), (inherited, False))
        ]
        expansions = _expansions(rows)
        return pa.RecordBatch.from_arrays([*columns, *flags, through, *expansions], [*COLUMNS, *HELD_COLUMNS])

    def _note_owners(self, rows: list[GrantRow], direct: list[bool] | None) -> None:
        for number, row in enumerate(rows):
            level = self._ownership.get(row[2])
            if level is not None and (direct is None or direct[number]):
                holders = self._holders.setdefault((row[0], row[1]), {}).setdefault(level, [])
                if len(holders) < MOST_OWNERS:
                    holders.append(f"{row[3]}:{row[4]}")


def _expansions(rows: list[GrantRow]) -> list[pa.Array]:
    """Return the columns of the grants that pass access on, nearly all null."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    texts = pa.list_(pa.string())
    if not any(row[6] for row in rows):
        return [pa.nulls(len(rows), kind) for kind in (texts, pa.bool_(), texts)]
    expansions = [decode.expandable(row[6]) if row[6] else None for row in rows]
    return [
        pa.array([None if item is None else item.entitlement_ids for item in expansions], texts),
        pa.array([None if item is None else item.shallow for item in expansions], pa.bool_()),
        pa.array([None if item is None else item.resource_type_ids for item in expansions], texts),
    ]


def run_table(batches: list[pa.RecordBatch], source: str, sync_id: str) -> pa.Table:
    """Return the sorted table of a run. The id of a grant is null where it is `ENTITLEMENT:TYPE:ID`, its usual form."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.compute as pc  # noqa: PLC0415

    from .lake_schema import arrow_schema  # noqa: PLC0415

    table = pa.Table.from_batches(batches)
    column = {name: table.column(name) for name in table.column_names}
    usual = pc.binary_join_element_wise(column["entitlement"], column["principal_type"], column["principal"], ":")
    column["grant_id"] = pc.if_else(
        pc.equal(usual, column["grant_id"]), pa.scalar(None, pa.string()), column["grant_id"]
    )
    encoded = {name: column[name].combine_chunks().dictionary_encode() for name in COLUMNS[:5]}
    order = _sort_indices(*(encoded[name] for name in ("principal_type", "principal", "entitlement")))
    rows = len(table)
    constants = {"source": pa.repeat(source, rows), "sync_id": pa.repeat(sync_id, rows)}
    schema = arrow_schema("grants")
    arrays = [
        constants[name] if name in constants else encoded.get(name, column[name]).take(order) for name in schema.names
    ]
    types = [arrays[number].type for number in range(len(schema.names))]
    return pa.table(arrays, pa.schema(list(zip(schema.names, types, strict=True))))


def _sort_indices(*columns: pa.DictionaryArray) -> pa.Array:
    """Return the order of rows by several dictionary columns: their ranks, joined into one number."""
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.compute as pc  # noqa: PLC0415

    joined = None
    for encoded in columns:
        ranks = pc.rank(encoded.dictionary, "ascending", tiebreaker="first").cast(pa.int64()).take(encoded.indices)
        size = len(encoded.dictionary) + 1
        joined = ranks if joined is None else pc.add(pc.multiply(joined, size), ranks)
    return pc.sort_indices(joined)
