"""Revocation plans: lines for `revoke NAME --from-file`, one file for each system."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import ConfigError
from ..operating_system import portable_file_name
from ..output.atomic_file import replacing
from .decisions import ReviewDecisions, Revocation

__all__ = ["plan_lines", "plan_paths", "write_plans"]

PLAIN = re.compile(r"[^A-Za-z0-9]+")


def plan_paths(decided: ReviewDecisions, target: Path) -> dict[int, Path]:
    """Return the path for each system: `target`, with the name of the system added if there are several."""
    if len(decided.systems) == 1:
        return {0: target}
    paths: dict[int, Path] = {}
    for number, system in enumerate(decided.systems):
        name = portable_file_name(PLAIN.sub("-", system.system).lower(), "system")
        path = target.with_name(f"{target.stem}.{name}{target.suffix}")
        paths[number] = path if path not in paths.values() else path.with_stem(f"{path.stem}-{number + 1}")
    return paths


def plan_lines(decided: ReviewDecisions, revocations: Sequence[Revocation]) -> Iterator[bytes]:
    """Yield a JSON line for each revocation, as `revoke --from-file` reads it, with the decision for its record."""
    for revocation in revocations:
        system = decided.systems[revocation.row.system]
        line = {
            "grant": revocation.row.grant,
            "review": system.campaign or system.sync,
            "reviewer": revocation.reviewer,
            "decided": revocation.date.isoformat(),
            **({"note": revocation.note} if revocation.note else {}),
        }
        yield json.dumps(line).encode() + b"\n"


def write_plans(decided: ReviewDecisions, target: Path, inputs: Sequence[Path]) -> tuple[dict[int, Path], list[Path]]:
    """Write the plan of each system with revocations; each file is written completely or not at all.

    Returns the plans, and the paths of outdated plans of an earlier import. Raises ConfigError if a plan would replace
    one of the `inputs`.
    """
    revoked = {revocation.row.system for revocation in decided.revocations}
    paths = plan_paths(decided, target)
    written = {number: path for number, path in paths.items() if number in revoked}
    for path in written.values():
        if path.exists() and any(revocation.exists() and path.samefile(revocation) for revocation in inputs):
            raise ConfigError(f"The plan would replace {path}.", hint="Choose another file with -o.")
    for number, path in written.items():
        with replacing(path) as out:
            own = [revocation for revocation in decided.revocations if revocation.row.system == number]
            out.writelines(plan_lines(decided, own))
    return written, [path for number, path in paths.items() if number not in revoked and path.exists()]
