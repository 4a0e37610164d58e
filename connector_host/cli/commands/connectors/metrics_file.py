"""`--metrics FILE`: what a sync did, as one JSON object, whether it ended well or not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ....errors import ConnectorHostError, FileError
from ....output.atomic_file import replacing
from ....secret import Redactor
from ....sync.run_summary import RunSummary

__all__ = ["check_metrics", "recorded"]

INTERRUPTED, DEFECT = 130, 70

log = logging.getLogger(__name__)


def check_metrics(path: Path | None) -> None:
    """Refuse a place that could not be written to: before an hour of work, not after it. Raises FileError."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise FileError(f"{path} cannot be written: it is not a file in a folder", hint="Choose another --metrics.")


@contextmanager
def recorded(path: Path | None, summary: RunSummary, redactor: Redactor) -> Iterator[None]:
    """Write `summary` when the block ends, with `exit_code` and `error` (None, or its message and hint) beside it."""
    if path is None:
        yield
        return
    try:
        yield
    except BaseException as error:
        try:
            _write(path, summary, redactor, error)
        except FileError as failed:  # the first error is the one to report
            log.warning("%s", failed)
        raise
    _write(path, summary, redactor, None)


def _write(path: Path, summary: RunSummary, redactor: Redactor, error: BaseException | None) -> None:
    document = msgspec.to_builtins(summary) | {"exit_code": 0, "error": None}
    if error is not None:
        code, hint = (INTERRUPTED if isinstance(error, KeyboardInterrupt) else DEFECT), ""
        if isinstance(error, ConnectorHostError):
            code, hint = error.exit_code, error.hint
        document["exit_code"] = code
        document["error"] = {"kind": type(error).__name__, "message": str(error), "hint": hint}
    with replacing(path) as out:
        out.write(msgspec.json.format(msgspec.json.encode(_masked(document, redactor)), indent=2) + b"\n")


def _masked(value: Any, redactor: Redactor) -> Any:
    """The value with known secrets masked in every text."""
    match value:
        case str():
            return redactor(value)
        case dict():
            return {redactor(str(key)): _masked(item, redactor) for key, item in value.items()}
        case list() | tuple():
            return [_masked(item, redactor) for item in value]
    return value
