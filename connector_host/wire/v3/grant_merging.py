"""Several grants of one principal on one entitlement as the one record that format v3 has for them.

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
    """One `GrantRecord` of several; the bytes as they are when there is only one. Raises FileError."""
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
    """What is discovered at no time comes last."""
    time = grant.discovered_at
    return not grant.HasField("discovered_at"), time.seconds, time.nanos, grant.external_id.encode()


def _expansion(merged: Any, found: list[Any]) -> None:
    if len(found) > 1:
        merged.expansion.entitlement_ids[:] = _united([one.entitlement_ids for one in found])
        merged.expansion.resource_type_ids[:] = _united([one.resource_type_ids for one in found])
        merged.expansion.shallow = all(one.shallow for one in found)
    elif found:
        merged.expansion.CopyFrom(found[0])


def _united(lists: list[Sequence[str]]) -> list[str]:
    return sorted({value for values in lists for value in values if value}, key=str.encode)


def _annotations(merged: Any, found: list[Any]) -> None:
    """Of several grants each different one, ascending by type and value; of one grant all as they stand."""
    items = list(found[0]) if len(found) == 1 else []
    if len(found) > 1:
        different = {(item.type_url.encode(), item.value): item for items_of_one in found for item in items_of_one}
        items = [different[key] for key in sorted(different)]
    merged.annotations.extend(items)


def _sources(grants: Sequence[Any]) -> list[bytes]:
    """The entries of all, ascending by key. Written by hand: Python's protobuf sorts keys in another order."""
    entries = []
    for key in sorted({key for grant in grants for key in grant.sources}, key=str.encode):
        found = [grant.sources[key] for grant in grants if key in grant.sources]
        found.sort(key=lambda source: not source.is_direct)
        fields = [
            text(tag, next((getattr(one, name) for one in found if getattr(one, name)), ""), "sources")
            for tag, name in ((b"\x0a", "resource_type_id"), (b"\x12", "resource_id"), (b"\x1a", "entitlement_id"))
        ]
        direct = b"\x20\x01" if found[0].is_direct else b""
        entries.append(block(b"\x4a", text(b"\x0a", key, "sources") + block(b"\x12", b"".join(fields) + direct)))
    return entries
