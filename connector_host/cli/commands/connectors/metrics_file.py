"""`--metrics FILE`: the summary of a sync as one JSON object, also of one that failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ....c1z.private_folder import private_folder
from ....errors import ConnectorHostError, FileError
from ....output.atomic_file import replacing
from ....secret import Redactor
from ....sync.outcome.run_summary import RunSummary

__all__ = ["check_metrics", "recorded"]

INTERRUPTED, DEFECT = 130, 70

log = logging.getLogger(__name__)


def check_metrics(path: Path | None) -> None:
    """Refuse a path that cannot be written, before an hour of work and not after it. Raises FileError."""
    if path is None:
        return
    if path.is_dir() or not path.parent.is_dir():
        raise FileError(f"{path} cannot be written: it is not a file in a folder", hint="Choose another --metrics.")
    try:
        with private_folder(path.parent):
            pass
    except FileError as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error
        raise FileError(f"{path} cannot be written ({reason})", hint="Choose another --metrics.") from error


@contextmanager
def recorded(path: Path | None, summary: RunSummary, redactor: Redactor) -> Iterator[None]:
    """Write `summary` when the block ends, with its `exit_code` and `error` (None, or its message and hint)."""
    if path is None:
        yield
        return
    try:
        yield
    except BaseException as error:
        try:
            _write(path, summary, redactor, error)
        except FileError as failure:  # the first error is the one to report
            log.warning("%s", failure)
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
        out.write(msgspec.json.format(msgspec.json.encode(redactor.values(document)), indent=2) + b"\n")
