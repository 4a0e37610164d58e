"""Packed grants: consecutive grants on one entitlement to principals of one type, as one row instead of many.

The grants of a page mostly differ in the ids of their principals only. A run of them is stored as those ids, and the
parts that surround an id in a message, once for each length of an id: a length is written in front of what it measures.
A query of the database makes rows of them (`c1z.v1.packed_rows`), without Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import astuple

from ...model import Entitlement, EntitlementRef, Grant, ResourceId
from ..encode import resource_id
from ..grant_encoder import GrantEncoder, Shared
from ..grant_row import GrantRow
from ..services.raw_objects import GrantPartsMemory, GrantSequence
from ..wire_format import block, length, utf8

__all__ = ["ESCAPED_NUL", "SHORTEST_RUN", "GrantPacker", "PackedGrants", "RunPacker", "single"]

SHORTEST_RUN = 4
"""Grants that are worth a run; fewer are packed one by one."""
MOST_LENGTHS = 256
"""Lengths of ids that share a row; each has its own head and tail there."""
MOST_PRINCIPALS = MOST_HEADS = 65536
DEFAULTS = Grant.__struct_defaults__
"""The defaults of the fields of a grant after entitlement and principal."""
TYPE, NAME = itemgetter(0), itemgetter(1)
ESCAPED_NUL = "\\u0000"
"""What JSON has for a NUL: SQLite ends a text there."""


class PackedGrants(NamedTuple):
    """Grants of one entitlement to `number` principals of one type, in order.

    `names` is a JSON list of the principals' ids. The id of a grant is `id_start` and that of its principal. Its
    message is the head for the length of the principal's id, this id, the tail for the length, and this id again;
    `heads` and `tails` join them for lengths from `shortest` bytes on, each of `head_size` and `tail_size` bytes. A
    `single` grant has its principal's id in `principal`, and an empty name.
    """

    resource_type: str
    resource: str
    entitlement: str
    principal_type: str
    principal: str | None
    id_start: str
    expansion: bytes | None
    needs_expansion: int
    heads: bytes
    head_size: int
    tails: bytes
    tail_size: int
    shortest: int
    names: str
    number: int
    rest: bytes = b""
    """The bytes of each message behind its id."""

    def principals(self) -> list[tuple[str, str]]:
        """Return the type and id of each principal."""
        names = [self.principal] if self.principal is not None else msgspec.json.decode(self.names, type=list[str])
        return [(self.principal_type, name) for name in names]


def single(row: GrantRow) -> PackedGrants:
    """Return one grant in the packed form, whatever it holds."""
    head, tail = row.data[:1], row.data[1:]  # neither is empty, of which SQLite's substr makes null
    return PackedGrants(*row[:7], row.needs_expansion, head, 1, tail, len(tail), 0, '[""]', 1)


class GrantPacker:
    """Packer of pages of grants; make one for a whole run. Errors are those of `GrantEncoder`."""

    def __init__(self, encoder: GrantEncoder) -> None:
        self._encoder = encoder
        self._principals: dict[ResourceId, tuple[str, str]] = {}
        self._runs = RunPacker()
        self._parts = GrantPartsMemory(encoder.note_new)

    def pack(self, grants: Sequence[Grant]) -> list[PackedGrants]:
        """Return grants in the packed form, in their order."""
        if columns := _plain_columns(grants):
            return self._pack_plain(grants, *columns)
        packed: list[PackedGrants] = []
        for plain, run in groupby(grants, _is_plain):
            members = list(run)
            columns = _plain_columns(members) if plain else None
            packed += self._pack_plain(members, *columns) if columns else map(single, self._encoder.rows(members))
        return packed

    def pack_bytes(self, grants: GrantSequence) -> list[PackedGrants] | None:
        """Return grants that came as bytes in the packed form, as they came; None if one of them needs an object."""
        runs = grants.runs(self._parts)
        if runs is None:
            rows = grants.rows(self._parts)
            return None if rows is None else list(map(single, rows))
        packed: list[PackedGrants] = []
        for shared, principal_type, names in runs:
            text = msgspec.json.encode(names).decode()
            if ESCAPED_NUL in text:
                return None
            packed += self._runs.pack(shared, principal_type, names, text)
        return packed

    def _pack_plain(
        self,
        grants: Sequence[Grant],
        entitlements: Sequence[Entitlement | EntitlementRef],
        holders: Sequence[ResourceId],
    ) -> list[PackedGrants]:
        packed: list[PackedGrants] = []
        for ref, positions in _runs(range(len(grants)), entitlements):
            if len(positions) < SHORTEST_RUN:
                packed += map(single, self._encoder.rows(grants[positions[0] : positions[-1] + 1]))
            else:
                packed += self._pack_entitlement(ref, holders[positions[0] : positions[-1] + 1])
        return packed

    def _pack_entitlement(
        self, ref: Entitlement | EntitlementRef, holders: Sequence[ResourceId]
    ) -> Iterator[PackedGrants]:
        """Yield plain grants on one entitlement, packed."""
        try:
            pairs = list(map(self._principals.get, holders))
        except TypeError:  # a part of one cannot be hashed
            pairs = [None] * len(holders)
        known = [pair or self._check(holder) for pair, holder in zip(pairs, holders, strict=True)]
        for principal_type, run in _runs(known, list(map(TYPE, known))):
            names = list(map(NAME, run))
            text = msgspec.json.encode(names).decode()
            if ESCAPED_NUL in text:
                rows = self._encoder.rows([Grant(ref, ResourceId(principal_type, name)) for name in names])
                yield from map(single, rows)
            else:
                yield from self._runs.pack(self._encoder.entitlement(ref), principal_type, names, text)

    def _check(self, holder: ResourceId) -> tuple[str, str]:
        resource_id(holder, "principal")  # which names a wrong part
        pair = holder.resource_type, holder.resource
        if len(self._principals) >= MOST_PRINCIPALS:
            self._principals.clear()
        self._principals[holder] = pair
        self._encoder.note_new(holder)
        return pair


class RunPacker:
    """Packer of runs of grants; it keeps the parts of messages for each length of an id."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, int], bytes] = {}

    def pack(
        self, shared: Shared, principal_type: str, names: Sequence[str], text: str, rest: bytes = b""
    ) -> Iterator[PackedGrants]:
        """Yield the grants to principals of one type, anew where the length of a length changes.

        `text` is the JSON of the names, without NUL; `rest` stands behind the id in each message.
        """
        resource_type, resource, entitlement, prefix = shared
        id_start = f"{entitlement}:{principal_type}:"
        id_size = len(id_start.encode())
        sizes = list(map(len, names if text.isascii() else map(str.encode, names)))

        def shape(size: int) -> tuple[int, int]:
            return len(self._head(principal_type, size)), len(length(id_size + size))

        low, high = min(sizes), max(sizes)
        if shape(low) == shape(high) and high - low < MOST_LENGTHS:
            runs: Iterable[tuple[Any, Sequence[int]]] = ((None, range(len(names))),)
        else:
            runs = _runs(range(len(names)), sizes if high - low >= MOST_LENGTHS else list(map(shape, sizes)))
        for _, positions in runs:
            whole = len(positions) == len(names)
            run = names if whole else [names[position] for position in positions]
            if not whole:
                low, high = min(sizes[p] for p in positions), max(sizes[p] for p in positions)
            head_size, tail_size = shape(low)
            lengths = range(low, high + 1)
            yield PackedGrants(
                *(resource_type, resource, entitlement, principal_type, None, id_start, None, 0),
                b"".join(prefix + self._head(principal_type, size) for size in lengths),
                len(prefix) + head_size,
                b"".join(b"\x1a" + length(id_size + size) + id_start.encode() for size in lengths),
                1 + tail_size + id_size,
                low,
                text if whole else msgspec.json.encode(run).decode(),
                len(run),
                rest,
            )

    def _head(self, principal_type: str, size: int) -> bytes:
        """Return the field of a principal of a type in front of an id of `size` bytes."""
        head = self._heads.get((principal_type, size))
        if head is None:
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            type_field = block(b"\x0a", utf8(principal_type, "principal.resource_type")) if principal_type else b""
            name = b"\x12" + length(size) if size else b""
            inner = len(type_field) + len(name) + size
            outer = b"\x0a" + length(inner)
            head = self._heads[principal_type, size] = b"\x12" + length(len(outer) + inner) + outer + type_field + name
        return head


def _plain_columns(grants: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]] | None:
    """Return the entitlements and principals of grants that differ in these only; None where one has more.

    Each field of all grants is looked at together, without a loop in Python: there are many.
    """
    number = len(grants)
    if not number or list(map(type, grants)).count(Grant) != number:
        return None
    entitlements, principals, *further = zip(*map(astuple, grants), strict=True)
    plain = all(column.count(default) == number for column, default in zip(further, DEFAULTS, strict=True))
    if not plain or list(map(type, principals)).count(ResourceId) != number:
        return None
    return entitlements, principals


def _is_plain(grant: Any) -> bool:
    return (
        type(grant) is Grant
        and grant.expandable is None
        and not (grant.id or grant.annotations or grant.sources)
        and type(grant.principal) is ResourceId
    )


def _runs(values: Sequence[Any], keys: Sequence[Any]) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Yield the runs of values that have one key; nearly always there is one."""
    if keys.count(keys[0]) == len(keys):
        yield keys[0], values
        return
    start = 0
    for key, run in groupby(keys):
        stop = start + sum(1 for _ in run)
        yield key, values[start:stop]
        start = stop
