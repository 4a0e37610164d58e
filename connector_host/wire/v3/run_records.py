"""Records of format v3 of packed grants: those of a run differ in the principal's id only."""

from __future__ import annotations

from ..stored_grants import split
from ..wire_format import block, length
from .record_encoding import annotation_fields, entitlement_ref, source_fields

__all__ = ["RunRecords", "record_end"]


class RunRecords:
    """Encoder of the records of grants on one entitlement to principals of one type.

    A record is the head and the middle for the length of the principal's id, each followed by the id, and an end. The
    id of a grant is `id_start` and that of its principal.
    """

    def __init__(self, type_id: str, resource_id: str, entitlement_id: str, principal_type: str, id_start: str) -> None:
        self._id_start = id_start.encode()
        self._type = block(b"\x0a", principal_type.encode())
        self._entitlement = entitlement_ref(type_id, resource_id, entitlement_id)

    def around(self, size: int) -> tuple[bytes, bytes]:
        """Return head and middle for an id of `size` bytes, at least one."""
        head = b"\x12" + length(len(self._id_start) + size) + self._id_start
        name = b"\x12" + length(size)
        holder = b"\x22" + length(len(self._type) + len(name) + size) + self._type + name
        return head, self._entitlement + holder


def record_end(discovered: bytes, message_end: bytes) -> bytes:
    """Return the end of the records of a run.

    `discovered` is the content of a Timestamp or empty, `message_end` what follows the id in the messages of the run.
    """
    _, _, _, annotations, origin = split(message_end)
    moment = block(b"\x2a", discovered) if discovered else b""
    return moment + annotation_fields(annotations) + (source_fields(origin) if origin else b"")
