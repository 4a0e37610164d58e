"""The check that the bytes of an annotation are a message of its type, as far as the type is known."""

from __future__ import annotations

from functools import lru_cache

from ...errors import FileError

__all__ = ["packed_problem"]

PREFIX = "type.googleapis.com/"
LONGEST_CACHED = 4096


def packed_problem(type_name: str, value: bytes) -> str:
    """Return why `value` is not a message of the type that can be shown as JSON; empty when it is or may be one."""
    return (_cached if len(value) <= LONGEST_CACHED else _problem)(type_name, value)


def _problem(type_name: str, value: bytes) -> str:
    from google.protobuf.any_pb2 import Any as PackedMessage  # noqa: PLC0415 - writing needs protobuf only here

    from ..json.message_text import any_text  # noqa: PLC0415

    url = type_name if "/" in type_name else PREFIX + type_name
    try:
        any_text(PackedMessage(type_url=url, value=value))
    except FileError as error:
        return error.message.partition("(")[2].rpartition(")")[0] or error.message
    except RecursionError:
        return "it is nested too deeply"
    return ""


_cached = lru_cache(1024)(_problem)
