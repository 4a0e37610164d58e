"""The plan of revocations: lines for `revoke NAME --from-file`, a file for each system."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import ConfigError
from ..output.files import replacing
from .decisions import Decided, Revocation

__all__ = ["plan_lines", "plan_paths", "write_plans"]

PLAIN = re.compile(r"[^A-Za-z0-9]+")


def plan_paths(decided: Decided, target: Path) -> dict[int, Path]:
    """The file of each system that something is to be revoked in: `target`, with its name where there are several."""
    systems = list(dict.fromkeys(one.row.system for one in decided.revocations))
    if len(decided.systems) == 1:
        return dict.fromkeys(systems, target)
    found: dict[int, Path] = {}
    for number in sorted(systems):
        name = PLAIN.sub("-", decided.systems[number].system).strip("-").lower() or "system"
        path = target.with_name(f"{target.stem}.{name}{target.suffix}")
        found[number] = path if path not in found.values() else path.with_stem(f"{path.stem}-{number + 1}")
    return found


def plan_lines(revocations: Sequence[Revocation]) -> Iterator[bytes]:
    """A JSON line for each, as `provision.batch` reads them."""
    for one in revocations:
        yield json.dumps({"grant": one.row.grant}).encode() + b"\n"


def write_plans(decided: Decided, target: Path, taken: Sequence[Path]) -> dict[int, Path]:
    """Write them, each whole or not at all. ConfigError where one would take the place of a file in `taken`."""
    paths = plan_paths(decided, target)
    for path in paths.values():
        if path.exists() and any(one.exists() and path.samefile(one) for one in taken):
            raise ConfigError(f"the plan would replace {path}", hint="Name another file with -o.")
    for number, path in paths.items():
        with replacing(path) as out:
            for line in plan_lines([one for one in decided.revocations if one.row.system == number]):
                out.write(line)
    return paths
