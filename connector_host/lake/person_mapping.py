"""Reader of a mapping file: which accounts and addresses belong to which person, where addresses do not say it."""

from __future__ import annotations

import csv
from pathlib import Path

from ..errors import ConfigError
from .engines.lake_views import PersonMapping

__all__ = ["read_mapping"]

COLUMNS = ("person", "source", "account")
FORMAT = "Write a CSV file with the columns person, source, account; an empty source means every source."


def read_mapping(path: Path) -> list[PersonMapping]:
    """Return the lines of a CSV file with the columns person, source, account.

    `account` is an e-mail address or, with a source, an id or `TYPE:ID`. Raises ConfigError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"{path} lacks the column {missing[0]!r}.", hint=FORMAT)
            return [_line(path, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint=FORMAT) from error


def _line(path: Path, number: int, row: dict[str, str | None]) -> PersonMapping:
    person, source, account = ((row.get(name) or "").strip() for name in COLUMNS)
    if not person or not account:
        raise ConfigError(f"{path}, line {number}: person and account are required.", hint=FORMAT)
    if not source and "@" not in account:
        raise ConfigError(
            f"{path}, line {number}: the id {account!r} needs a source.", hint="Ids mean something in one source only."
        )
    return PersonMapping(source, account, person)
