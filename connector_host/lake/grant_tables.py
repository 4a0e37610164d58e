"""Grants of a sync as Arrow tables: sorted runs of bounded size, so that memory does not grow with the sync.

Within a run the grants are sorted by principal and entitlement: the grants of one principal then stand in few row
groups, which an engine finds by their statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..c1z.types import GrantColumns, View
from ..query.access.holdings import is_direct
from ..wire import decode
from ..wire.stored_grants import SourcesReader

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["GrantReader", "run_table"]

RUN = 260_000  # grants that are sorted together
COLUMNS = ("resource_type", "resource", "entitlement", "principal_type", "principal", "grant_id")
HELD_COLUMNS = ("direct", "inherited", "through", "expands", "expands_shallow", "expands_types")
MOST_OWNERS = 20  # of one resource; more are an entitlement that everybody holds


class GrantReader:
    """Reader of the grants of a view in runs. Afterwards `owners` has the direct holders of ownership entitlements.

    `ownership` maps entitlement ids to levels; `owners` maps (type, id) of resources to whole ids of principals.
    """

    def __init__(self, view: View, ownership: dict[str, int]) -> None:
        self._view = view
        self._ownership = ownership
        self._holders: dict[tuple[str, str], dict[int, list[str]]] = {}

    def runs(self) -> Iterator[list[pa.RecordBatch]]:
        """Yield the grants, some batches a run, in file order."""
        reader = SourcesReader()
        run: list[pa.RecordBatch] = []
        rows = 0
        for columns in self._view.grant_columns():
            run.append(self._batch(columns, reader))
            rows += len(run[-1])
            if rows >= RUN:
                yield run
                run, rows = [], 0
        if run:
            yield run

    @property
    def owners(self) -> dict[tuple[str, str], list[str]]:
        """The owners of each resource, or its managers where nobody owns it."""
        return {resource: levels[min(levels)] for resource, levels in self._holders.items()}

    def _batch(self, columns: GrantColumns, reader: SourcesReader) -> pa.RecordBatch:
        import pyarrow as pa  # noqa: PLC0415 - an extra

        keys = [pa.array(values, pa.string()) for values in columns[:5]]
        size = len(columns.principals)
        ids = pa.array(columns.ids, pa.string()) if any(columns.ids) else pa.nulls(size, pa.string())
        has_sources = any(columns.messages) and any(sources := reader.read(columns.messages))
        held = _sourced(columns.entitlements, sources) if has_sources else _direct(size)
        if self._ownership:
            self._note_owners(columns, held[0])
        expansions = _expansions(columns.expansions)
        return pa.RecordBatch.from_arrays([*keys, ids, *held, *expansions], [*COLUMNS, *HELD_COLUMNS])

    def _note_owners(self, columns: GrantColumns, direct: pa.Array) -> None:
        ownership = self._ownership
        if ownership.keys().isdisjoint(columns.entitlements):
            return
        for number, entitlement in enumerate(columns.entitlements):
            level = ownership.get(entitlement)
            if level is not None and direct[number].as_py():
                resource = columns.resource_types[number], columns.resources[number]
                holders = self._holders.setdefault(resource, {}).setdefault(level, [])
                if len(holders) < MOST_OWNERS:
                    holders.append(f"{columns.principal_types[number]}:{columns.principals[number]}")


def _direct(size: int) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the columns `direct`, `inherited` and `through` of grants without sources."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    return pa.repeat(True, size), pa.repeat(False, size), pa.nulls(size, pa.list_(pa.string()))


def _sourced(entitlements: Sequence[str], sources: Sequence[Mapping[str, bool]]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return the columns `direct`, `inherited` and `through` of grants with sources."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    pairs = list(zip(sources, entitlements, strict=True))
    direct = [not origin or is_direct(origin, entitlement) for origin, entitlement in pairs]
    through = [sorted(origin.keys() - {entitlement}) or None if origin else None for origin, entitlement in pairs]
    inherited = [names is not None for names in through]
    return pa.array(direct, pa.bool_()), pa.array(inherited, pa.bool_()), pa.array(through, pa.list_(pa.string()))


def _expansions(stored: Sequence[bytes | None]) -> list[pa.Array]:
    """Return the columns of the grants that pass access on, nearly all null."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    texts = pa.list_(pa.string())
    if not any(stored):
        return [pa.nulls(len(stored), column_type) for column_type in (texts, pa.bool_(), texts)]
    expansions = [decode.expandable(data) if data else None for data in stored]
    return [
        pa.array([None if item is None else item.entitlement_ids for item in expansions], texts),
        pa.array([None if item is None else item.shallow for item in expansions], pa.bool_()),
        pa.array([None if item is None else item.resource_type_ids for item in expansions], texts),
    ]


def run_table(batches: list[pa.RecordBatch], source: str, sync_id: str) -> pa.Table:
    """Return the sorted table of a run."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    from .lake_schema import arrow_schema  # noqa: PLC0415

    table = pa.Table.from_batches(batches)
    column = {name: table.column(name) for name in table.column_names}
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
