"""Merging of the grants of one principal on one entitlement into the one record that format v3 has for them.

The rules are those by which the Go SDK brings older files to that layout; none of them depends on the order of the
grants. The earliest discovered gives the id (of equal ones, the least id); what one is derived from or passes on, all
are; annotations are united.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..parsing import parse
from ..pb.c1.storage.v3 import records_pb2
from ..wire_format import block, text

__all__ = ["merge_grants"]


def merge_grants(records: Sequence[bytes]) -> bytes:
    """Merge several `GrantRecord`s into one; a single one is returned unchanged. Raises FileError."""
    if len(records) == 1:
        return records[0]
    grants = [parse(records_pb2.GrantRecord, record, "grant") for record in records]
    merged = records_pb2.GrantRecord()
    first = min(grants, key=_rank)
    merged.CopyFrom(first)
    merged.ClearField("sources")
    merged.ClearField("annotations")
    merged.needs_expansion = any(grant.needs_expansion for grant in grants)
    _expansion(merged, [grant.expansion for grant in grants if grant.HasField("expansion")])
    _annotations(merged, [grant.annotations for grant in grants if grant.annotations])
    data: bytes = merged.SerializeToString(deterministic=True)
    return data + b"".join(_sources(grants))


def _rank(grant: Any) -> tuple[bool, int, int, bytes]:
    """Return the sort key of a grant: one without a discovery time comes last."""
    time = grant.discovered_at
    return not grant.HasField("discovered_at"), time.seconds, time.nanos, grant.external_id.encode()


def _expansion(merged: Any, expansions: list[Any]) -> None:
    if len(expansions) > 1:
        merged.expansion.entitlement_ids[:] = _united([expansion.entitlement_ids for expansion in expansions])
        merged.expansion.resource_type_ids[:] = _united([expansion.resource_type_ids for expansion in expansions])
        merged.expansion.shallow = all(expansion.shallow for expansion in expansions)
    elif expansions:
        merged.expansion.CopyFrom(expansions[0])


def _united(lists: list[Sequence[str]]) -> list[str]:
    return sorted({value for values in lists for value in values if value}, key=str.encode)


def _annotations(merged: Any, lists: list[Any]) -> None:
    """Add each different annotation of several grants, ascending by type and value; of one grant all in order."""
    items = list(lists[0]) if len(lists) == 1 else []
    if len(lists) > 1:
        different = {(item.type_url.encode(), item.value): item for items_of_one in lists for item in items_of_one}
        items = [different[key] for key in sorted(different)]
    merged.annotations.extend(items)


def _sources(grants: Sequence[Any]) -> list[bytes]:
    """Return the entries of all, ascending by key. Written by hand: Python's protobuf sorts keys in another order."""
    entries = []
    for key in sorted({key for grant in grants for key in grant.sources}, key=str.encode):
        sources = [grant.sources[key] for grant in grants if key in grant.sources]
        sources.sort(key=lambda source: not source.is_direct)
        fields = [
            text(tag, next((getattr(item, name) for item in sources if getattr(item, name)), ""), "sources")
            for tag, name in ((b"\x0a", "resource_type_id"), (b"\x12", "resource_id"), (b"\x1a", "entitlement_id"))
        ]
        direct = b"\x20\x01" if sources[0].is_direct else b""
        entries.append(block(b"\x4a", text(b"\x0a", key, "sources") + block(b"\x12", b"".join(fields) + direct)))
    return entries
