"""The plan of revocations: lines for `revoke NAME --from-file`, a file for each system."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import ConfigError
from ..output.atomic_file import replacing
from .decisions import ReviewDecisions, Revocation

__all__ = ["plan_lines", "plan_paths", "write_plans"]

PLAIN = re.compile(r"[^A-Za-z0-9]+")


def plan_paths(decided: ReviewDecisions, target: Path) -> dict[int, Path]:
    """The file of each system: `target`, with the system's name in it where there are several."""
    if len(decided.systems) == 1:
        return {0: target}
    found: dict[int, Path] = {}
    for number, system in enumerate(decided.systems):
        name = PLAIN.sub("-", system.system).strip("-").lower() or "system"
        path = target.with_name(f"{target.stem}.{name}{target.suffix}")
        found[number] = path if path not in found.values() else path.with_stem(f"{path.stem}-{number + 1}")
    return found


def plan_lines(revocations: Sequence[Revocation]) -> Iterator[bytes]:
    """A JSON line for each, as `provision.batch` reads them."""
    for one in revocations:
        yield json.dumps({"grant": one.row.grant}).encode() + b"\n"


def write_plans(decided: ReviewDecisions, target: Path, taken: Sequence[Path]) -> tuple[dict[int, Path], list[Path]]:
    """Write the plan of each system that something is revoked in, each whole or not at all.

    Gives them, and plans of an earlier import that lie where there is none now. ConfigError where one would take the
    place of a file in `taken`.
    """
    revoked = {one.row.system for one in decided.revocations}
    paths = plan_paths(decided, target)
    wanted = {number: path for number, path in paths.items() if number in revoked}
    for path in wanted.values():
        if path.exists() and any(one.exists() and path.samefile(one) for one in taken):
            raise ConfigError(f"the plan would replace {path}", hint="Name another file with -o.")
    for number, path in wanted.items():
        with replacing(path) as out:
            for line in plan_lines([one for one in decided.revocations if one.row.system == number]):
                out.write(line)
    return wanted, [path for number, path in paths.items() if number not in revoked and path.exists()]
