"""JSON from outside: files, options, cells of workbooks and of databases."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

__all__ = ["decode_json"]

T = TypeVar("T")


@overload
def decode_json(text: str | bytes) -> Any: ...


@overload
def decode_json(text: str | bytes, result_type: type[T]) -> T: ...


def decode_json(text: str | bytes, result_type: Any = Any) -> Any:
    """Decode a JSON text. Raises ValueError for every fault of the text, also for nesting that is too deep."""
    try:
        return msgspec.json.decode(text, type=result_type)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
