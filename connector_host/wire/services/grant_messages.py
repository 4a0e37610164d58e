"""A page of grants as a connector process answers it: rows straight from the bytes, objects only where needed.

The answer is parsed to its first level: what the grants of an entitlement share is read once, a principal once. That
holds as long as all grants of the page have nothing but an entitlement, a principal and an id, which the size of the
answer shows; else each becomes an object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from ...errors import ConnectorHostError
from ...model import Grant, ResourceId
from .. import decode
from ..grant_row import GrantRow, grant_row
from ..pb.c1.connector.v2 import objects_pb2
from ..pb.c1.host.v1 import parts_pb2
from ..stored_grants import id_principal
from ..wire_format import LENGTHS, block, length, scan
from .map_order import sort_entitlement, sort_resource
from .raw_objects import GrantPartsMemory, GrantRun, GrantSequence, RawGrant

__all__ = ["GrantMessages"]

EXPANDABLE = b"/c1.connector.v2.GrantExpandable"


class GrantMessages(GrantSequence):
    """The grants of one answer. `extra` is the number of its bytes that belong to none of them."""

    def __init__(self, message: parts_pb2.GrantList, size: int) -> None:
        self._parts = message.list
        token = message.next_page_token.encode()
        self._extra = len(block(b"\x12", token)) if token else 0
        self._extra += sum(len(block(b"\x1a", item.SerializeToString())) for item in message.annotations)
        self._size = size

    def __eq__(self, value: object) -> bool:
        return isinstance(value, GrantMessages) and bool(self._parts == value._parts)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, position: int) -> Grant: ...

    @overload
    def __getitem__(self, position: slice) -> Sequence[Grant]: ...

    def __getitem__(self, position: int | slice) -> Grant | Sequence[Grant]:
        """Return a grant as an object; an UnreadableGrant if its bytes are no grant."""
        if isinstance(position, slice):
            return [_grant(parts) for parts in self._parts[position]]
        grant: Grant = _grant(self._parts[position])
        return grant

    def __iter__(self) -> Iterator[Grant]:
        return map(_grant, self._parts)

    def runs(self, memory: GrantPartsMemory) -> list[GrantRun] | None:
        """Return all grants as runs; None if one has a part or an id that is not made in the usual way."""
        memory.make_room()
        try:
            return self._usual_runs(memory)
        except ValueError:
            return None

    def _usual_runs(self, memory: GrantPartsMemory) -> list[GrantRun] | None:
        runs: list[GrantRun] = []
        entitlements, principals = memory.entitlements, memory.principals
        last: bytes | None = None
        last_type: str | None = None
        total = self._extra
        for item in self._parts:
            if (part := item.entitlement) != last:
                shared = entitlements.get(part) or _entitlement(part, memory)
                last, last_type = part, None
                shared_size = len(shared[3])
            part = item.principal
            principal_type, name, field, raw_name = principals.get(part) or _principal(part, memory)
            if principal_type != last_type:
                last_type, names = principal_type, list[str]()
                runs.append((shared, principal_type, names))
                start = f"{shared[2]}:{principal_type}:".encode()
            raw = item.id
            if raw_name is None or raw != start + raw_name:
                return None
            names.append(name)
            size = len(raw)
            size += shared_size + len(field) + (2 if size < 128 else 1 + len(length(size)))
            total += size + (2 if size < 128 else 3 if size < 16384 else 1 + len(length(size)))
        return runs if total == self._size else None

    def rows(self, memory: GrantPartsMemory) -> list[GrantRow] | None:
        """Return the rows of all grants; None if one of them has more than an entitlement, a principal and an id."""
        try:
            return self._plain_rows(memory)
        except ValueError:
            return None  # the object of the grant in question says what is wrong

    def _plain_rows(self, memory: GrantPartsMemory) -> list[GrantRow] | None:
        out: list[GrantRow] = []
        entitlements, principals = memory.entitlements, memory.principals
        last: bytes | None = None
        total = self._extra
        for item in self._parts:
            if (part := item.entitlement) != last:
                shared = entitlements.get(part) or _entitlement(part, memory)
                resource_type, resource, entitlement_id, prefix = shared
                last = part
            part = item.principal
            principal_type, principal, field, _ = principals.get(part) or _principal(part, memory)
            raw = item.id
            size = len(raw)
            data = b"".join((prefix, field, b"\x1a", LENGTHS[size] if size < 2048 else length(size), raw))
            size = len(data)
            total += size + (2 if size < 128 else 3 if size < 16384 else 1 + len(length(size)))
            values = (
                *(resource_type, resource, entitlement_id, principal_type, principal),
                *(raw.decode(), None, 0, data, 0),
            )
            out.append(grant_row(values))
        return out if total == self._size else None


def _entitlement(part: bytes, memory: GrantPartsMemory) -> tuple[str, str, str, bytes]:
    message = _parsed(objects_pb2.Entitlement, part)
    on = message.resource.id
    shared = on.resource_type, on.resource, message.id, block(b"\x0a", sort_entitlement(part))
    memory.entitlements[part] = shared
    return shared


def _principal(part: bytes, memory: GrantPartsMemory) -> tuple[str, str, bytes, bytes | None]:
    """Return type and id of a principal, its field in a grant, and its id as bytes if the field holds nothing else."""
    holder = _parsed(objects_pb2.Resource, part).id
    names = holder.resource_type, holder.resource
    usual = id_principal(*names) == part
    principal = (*names, block(b"\x12", sort_resource(part)), holder.resource.encode() if usual else None)
    memory.principals[part] = principal
    memory.note(ResourceId(holder.resource_type, holder.resource))
    return principal


def _parsed(message_class: Any, part: bytes) -> Any:
    try:
        return message_class.FromString(part)
    except Exception as error:
        raise ValueError(f"its bytes are no {message_class.DESCRIPTOR.name}") from error


class UnreadableGrant:
    """Bytes that are no grant: the host skips and names it as a malformed item."""

    def __init__(self, reason: str) -> None:
        self.id = reason


def _grant(parts: Any) -> Any:
    """Return one grant as an object."""
    data = parts.SerializeToString()
    try:
        return _raw_grant(parts, data, decode.grant(data))
    except (ConnectorHostError, ValueError) as error:
        return UnreadableGrant(str(error))


def _raw_grant(parts: Any, data: bytes, grant: Grant) -> RawGrant:
    carried, behind = [], []
    for tag, start, value, end in scan(data):
        if tag == 0x22:
            if EXPANDABLE not in data[value : value + 80]:
                carried.append(data[start:end])
        elif tag not in (0x0A, 0x12, 0x1A):
            behind.append(data[start:end])
    return RawGrant(
        grant.entitlement,
        grant.principal,
        grant.expandable,
        grant.id,
        entitlement_part=sort_entitlement(parts.entitlement),
        principal_part=sort_resource(parts.principal),
        carried=b"".join(carried),
        behind=b"".join(behind),
    )
