"""Changes from a file: JSON lines or CSV, a change a line.

A line has `principal` and `entitlement`, or (to revoke) `grant`: the words of the options of these names. It may also
have `review`, `reviewer`, `decided` and `note`, for the audit record. All lines are looked up before the first change
is made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from ..c1z.types import View
from ..decoding.json_decoding import decode_json
from ..errors import ConfigError, ConnectorHostError, FileError
from .capability_checks import refusal
from .change_requests import Give, Take
from .change_targets import give, take, take_by_id

__all__ = ["Line", "check_lines", "give_line", "read_lines", "take_line"]

DECISION_KEYS = ("review", "reviewer", "decided", "note")
KEYS = ("principal", "entitlement", "grant", *DECISION_KEYS)


class Line(Struct, frozen=True):
    """One line of the file: its number, from 1, and its values."""

    number: int
    principal: str = ""
    entitlement: str = ""
    grant: str = ""
    review: str = ""
    reviewer: str = ""
    decided: str = ""
    note: str = ""

    @property
    def decision(self) -> tuple[tuple[str, str], ...]:
        """The decision behind the change: review, reviewer, day and note."""
        values = ((key, getattr(self, key)) for key in DECISION_KEYS)
        return tuple((key, value) for key, value in values if value)


Find = Callable[[View, Line], Give | Take]


def read_lines(path: Path) -> list[Line]:
    """Return every line that is not empty. FileError for an unreadable file, ConfigError naming the first bad line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is not UTF-8 text") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error
    rows = _json_rows if text.lstrip().startswith("{") else _csv_rows
    lines = [_line(path, number, row) for number, row in rows(path, text)]
    if not lines:
        raise ConfigError(f"{path} holds no changes", hint=f"A line has {', '.join(KEYS[:2])}, or grant.")
    return lines


def give_line(view: View, line: Line) -> Give:
    """Return the grant that a line asks for."""
    if line.grant or not (line.principal and line.entitlement):
        raise ConfigError("a grant needs principal and entitlement")
    return give(view, line.principal, line.entitlement)


def take_line(view: View, line: Line) -> Take:
    """Return the revocation that a line asks for."""
    if line.grant and not (line.principal or line.entitlement):
        return take_by_id(view, line.grant)
    if line.grant or not (line.principal and line.entitlement):
        raise ConfigError("a revocation needs principal and entitlement, or grant alone")
    return take(view, line.principal, line.entitlement)


def check_lines(path: Path, lines: list[Line], view: View, find: Find) -> list[tuple[int, Give | Take]]:
    """Look up each line's step, with its number. ConfigError that names every line that cannot be done."""
    steps: list[tuple[int, Give | Take]] = []
    problems: list[str] = []
    for line in lines:
        try:
            steps.append((line.number, structs.replace(find(view, line), decision=line.decision)))
        except ConnectorHostError as error:
            problems.append(f"line {line.number}: {error.message}" + (f" ({error.hint})" if error.hint else ""))
    if problems:
        raise refusal(f"{path}: {len(problems)} of {len(lines)} lines cannot be done", problems)
    return steps


def _line(path: Path, number: int, row: Mapping[str, Any]) -> Line:
    where = f"{path}, line {number}"
    for key, value in row.items():
        if key not in KEYS:
            raise ConfigError(f"{where}: unknown key {key!r}", hint=f"There are: {', '.join(KEYS)}.")
        if not isinstance(value, str):
            raise ConfigError(f"{where}: {key} is not a text")
    return Line(number, **{key: value.strip() for key, value in row.items()})


def _json_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = decode_json(line)
        except ValueError as error:
            raise ConfigError(f"{path}, line {number}: not valid JSON: {error}") from error
        if not isinstance(row, dict):
            raise ConfigError(f"{path}, line {number}: not a JSON object")
        yield number, row


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if header is None:
                header = cells
                _check_header(path, rows.line_num, header)
            elif len(cells) != len(header):
                raise ConfigError(f"{path}, line {rows.line_num}: {len(cells)} cells under {len(header)} columns")
            else:
                yield rows.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ConfigError(f"{path}, line {rows.line_num}: not valid CSV: {error}") from error


def _check_header(path: Path, number: int, header: list[str]) -> None:
    if unknown := [name for name in header if name not in KEYS]:
        raise ConfigError(
            f"{path}, line {number}: unknown column {unknown[0]!r}", hint=f"The first line names: {', '.join(KEYS)}."
        )
    if len(set(header)) != len(header):
        raise ConfigError(f"{path}, line {number}: a column is named twice")
