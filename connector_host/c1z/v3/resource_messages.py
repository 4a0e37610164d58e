"""The messages of the resources of a v3 file in memory, by their ids, where they are small enough for that."""

from __future__ import annotations

from .record_reader import RecordReader

__all__ = ["read_resource_messages"]

MOST_BYTES, RESOURCE_BYTES = 32 << 20, 200
"""Memory that the messages may take, and what each takes in addition to its id and its bytes; about."""


def read_resource_messages(reader: RecordReader) -> dict[str, bytes] | None:
    """Return the message of each resource by `type:id`, of a repeated one the first; None if they take too much memory.

    Raises FileError.
    """
    messages: dict[str, bytes] = {}
    size = 0
    for resource_id, data in reader.resource_messages():
        messages.setdefault(resource_id, data)
        size += len(resource_id) + len(data) + RESOURCE_BYTES
        if size > MOST_BYTES:
            return None
    return messages
