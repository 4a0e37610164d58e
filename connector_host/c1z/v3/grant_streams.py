"""Questions about all grants of a v3 file that are answered while its records are read, without tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, groupby, islice, repeat

from ...model import ResourceId
from ...wire.grant_row import GrantRow
from ...wire.v3.record_decoding import GrantRecordDecoder, with_expansion
from ...wire.v3.run_decoding import RecordRun
from ..grant_batches import GrantBatch, row_batches
from ..types import DanglingReference, GrantKey, ObjectKind, grant_key
from ..v1.checks import EXTERNAL_ANNOTATION, TABLE_OF
from ..v1.guarded_database import GuardedDatabase
from .record_reader import RecordReader

__all__ = [
    "dangling_grants",
    "expandable_grants",
    "grant_batches",
    "grant_keys",
    "grant_rows",
    "key_of",
    "part_rows",
    "principals",
    "run_keys",
]

MOST_KNOWN = 1_000_000
"""Ids that are kept in memory."""


def grant_rows(reader: RecordReader) -> Iterator[GrantRow]:
    """Yield every grant, numbered from 1 on, with its expansion among the annotations."""
    numbers = count(1)
    decoder = GrantRecordDecoder()
    for part in reader.grant_runs(decoder):
        yield from part_rows(part, decoder, numbers)


def grant_batches(reader: RecordReader) -> Iterator[GrantBatch]:
    """Yield the grants of `grant_rows` in batches."""
    numbers = count(1)
    decoder = GrantRecordDecoder()
    for is_run, parts in groupby(reader.grant_runs(decoder), key=lambda part: isinstance(part, RecordRun)):
        if is_run:
            for run in parts:
                assert isinstance(run, RecordRun)
                yield _run_batch(run, list(islice(numbers, len(run.names))))
        else:
            yield from row_batches(chain.from_iterable(part_rows(part, decoder, numbers) for part in parts))


def grant_keys(reader: RecordReader) -> Iterator[GrantKey]:
    """Yield the ids of the grants of `grant_rows`."""
    numbers = count(1)
    decoder = GrantRecordDecoder()
    for part in reader.grant_runs(decoder):
        if isinstance(part, RecordRun):
            yield from run_keys(part, islice(numbers, len(part.names)))
        else:
            yield from map(key_of, part_rows(part, decoder, numbers))


def expandable_grants(reader: RecordReader) -> Iterator[GrantRow]:
    """Yield those of `grant_rows` whose principal passes the entitlement on; they are in no run."""
    number = 1
    decoder = GrantRecordDecoder()
    for part in reader.grant_runs(decoder):
        if isinstance(part, RecordRun):
            number += len(part.names)
            continue
        for row in part_rows(part, decoder, count(number)):
            number += 1
            if row.expansion is not None:
                yield row


def key_of(grant: GrantRow) -> GrantKey:
    """Return the ids of a grant."""
    return GrantKey(grant.entitlement, grant.principal_type, grant.principal, grant.row)


def run_keys(run: RecordRun, numbers: Iterable[int]) -> Iterator[GrantKey]:
    """Return the ids of the grants of a run with these row numbers."""
    shared = repeat(run.entitlement), repeat(run.principal_type)
    return map(grant_key, zip(*shared, run.principals(), numbers, strict=False))


def part_rows(
    part: RecordRun | Sequence[bytes], decoder: GrantRecordDecoder, numbers: Iterator[int]
) -> Iterator[GrantRow]:
    """Return the rows of a part of `RecordReader.grant_runs`, with the next row numbers."""
    if isinstance(part, RecordRun):
        return part.rows(list(islice(numbers, len(part.names))))
    return (with_expansion(decoder.row(record)[0])._replace(row=next(numbers)) for record in part)


def _run_batch(run: RecordRun, numbers: Sequence[int]) -> GrantBatch:
    def rows(positions: Sequence[int] | None) -> Iterator[GrantRow]:
        if positions is None:
            return run.rows(numbers)
        return run.at(positions).rows([numbers[position] for position in positions])

    return GrantBatch(rows, None, run)


def principals(reader: RecordReader, most: int = MOST_KNOWN) -> Iterator[ResourceId]:
    """Yield the first `most` principals, each once, in the order of their first grants."""
    seen: dict[str, set[bytes]] = {}
    number = 0
    for principal_type, names in _holders(reader):
        seen_names = seen.setdefault(principal_type, set())
        if seen_names.issuperset(names):
            continue
        new_names = dict.fromkeys(name for name in names if name not in seen_names)
        for name in new_names:
            if number == most:
                return
            number += 1
            yield ResourceId(principal_type, name.decode())
        seen_names.update(new_names)


def _holders(reader: RecordReader) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the principals of all grants: a type, and ids in UTF-8."""
    decoder = GrantRecordDecoder()
    for part in reader.grant_runs(decoder):
        if isinstance(part, RecordRun):
            yield part.principal_type, part.names
        else:
            for record in part:
                grant, _ = decoder.row(record)
                yield grant.principal_type, [grant.principal.encode()]


def dangling_grants(reader: RecordReader, tables: GuardedDatabase, sync_id: str) -> Iterator[DanglingReference]:
    """Yield the references of grants to objects that are not in the filled tables of resources and entitlements."""
    entitlements = _MissingObjects(ObjectKind.ENTITLEMENT, "entitlement", tables, sync_id)
    resources = _MissingObjects(ObjectKind.RESOURCE, "principal", tables, sync_id)
    decoder = GrantRecordDecoder()
    for part in reader.grant_runs(decoder):
        if isinstance(part, RecordRun):
            start = f"{part.principal_type}:"
            ids = [start + name for name in part.principals()]
            if not entitlements.find([part.entitlement]) and not resources.find(ids):
                continue
        for grant in part_rows(part, decoder, count()):
            entitlements.check(grant, grant.entitlement)
            if EXTERNAL_ANNOTATION not in grant.data:
                resources.check(grant, f"{grant.principal_type}:{grant.principal}")
    for missing in (entitlements, resources):
        if missing.count:
            yield missing.reference()


class _MissingObjects:
    """The objects of a kind that grants refer to, and that the sync lacks."""

    def __init__(self, kind: ObjectKind, role: str, tables: GuardedDatabase, sync_id: str) -> None:
        self._kind, self._role = kind, role
        self._tables, self._sync_id = tables, sync_id
        self._table = TABLE_OF[kind]
        self._known: set[str] = set()
        self.count = 0
        self._example = self._missing = ""
        tables.index(self._table, "external_id", "sync_id")

    def find(self, ids: Iterable[str]) -> set[str]:
        """Return those of the ids that are missing."""
        new_ids = set(ids) - self._known
        sql = f"select 1 from {self._table} where external_id = ? and sync_id = ?"
        missing = {new_id for new_id in new_ids if self._tables.first(sql, (new_id, self._sync_id)) is None}
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known |= new_ids - missing
        return missing

    def check(self, grant: GrantRow, target: str) -> None:
        """Count a grant if its target is missing; the example is the grant with the least id."""
        if target not in self._known and self.find([target]):
            if not self.count or grant.id < self._example:
                self._example, self._missing = grant.id, target
            self.count += 1

    def reference(self) -> DanglingReference:
        """Return the missing ones."""
        return DanglingReference(
            kind=ObjectKind.GRANT,
            missing_kind=self._kind,
            role=self._role,
            count=self.count,
            example=self._example,
            missing=self._missing,
        )
