"""Speed of a sync without an application: the fake connector's sized organisation.

    python benchmarks/sync_fake.py [--runs 3] [--full]

Prints, for 100,000 grants (and 1,000,000 with --full, which also syncs a second time into the same file), the median
wall time of the whole process, grants per second, and its peak memory. One worker: this connector computes its answers,
so several would only take turns.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import measure


def sync(file: Path, users: int, groups: int, members: int) -> measure.Cost:
    return measure.run(
        *("sync", "fake", "-f", str(file), "--page-size", "200", "--workers", "1"),
        *("--users", str(users), "--groups", str(groups), "--members", str(members), "--nested", "0"),
    )


def report(name: str, grants: int, costs: list[measure.Cost], file: Path) -> None:
    cost = measure.median(costs)
    size = file.stat().st_size / 1e6
    print(
        f"{name:28} {grants:>10,} grants  {cost.wall:7.2f} s wall  {cost.processor:7.2f} s processor"
        f"  {grants / cost.wall:>10,.0f} grants/s  {cost.memory:5.0f} MB peak  {size:6.1f} MB file"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="also 1,000,000 grants, and a second sync into that file")
    chosen = parser.parse_args()
    sizes = [(5_000, 200, 500)] + ([(50_000, 2_000, 500)] if chosen.full else [])
    for users, groups, members in sizes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sync.c1z"
            costs = []
            for _ in range(chosen.runs):
                file.unlink(missing_ok=True)
                costs.append(sync(file, users, groups, members))
            report("first sync", groups * members, costs, file)
            if chosen.full and users == 50_000:
                first = Path(folder) / "first.c1z"
                file.rename(first)
                again = []
                for _ in range(chosen.runs):
                    shutil.copyfile(first, file)  # a third sync would have more to unpack
                    again.append(sync(file, users, groups, members))
                report("on top of an earlier one", groups * members, again, file)


if __name__ == "__main__":
    main()
