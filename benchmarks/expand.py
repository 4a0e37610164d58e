"""Speed of grant expansion: whole syncs of nested groups in four sizes.

    python benchmarks/expand.py [--runs 3] [--large]

The last size is the one the Go SDK was measured with (users 20,000, groups 1,000, members 100, nested 2). Prints the
median wall time, the generated grants, generated grants per second of the whole process, and the peak memory: the
rate should stay about the same from size to size. With --large also one entitlement with 1,000,000 members that flow
into another with as many: memory should stay where it was.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import measure


def measured(runs: int, users: int, groups: int, members: int, nested: int) -> None:
    costs = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sync.c1z"
            costs.append(
                measure.run(
                    *("sync", "fake", "-f", str(file), "-o", "json", "--workers", "1", "--users", str(users)),
                    *("--groups", str(groups), "--members", str(members), "--nested", str(nested)),
                )
            )
    cost = measure.median(costs)
    totals = json.loads(cost.output)["totals"]
    print(
        f"{groups:>5} groups  {totals['grants'] - totals['expanded']:>9,} emitted  {totals['expanded']:>9,} generated"
        f"  {cost.wall:6.2f} s wall  {cost.processor:6.2f} s processor"
        f"  {totals['expanded'] / cost.wall:>9,.0f} generated/s"
        f"  {cost.memory:5.0f} MB peak"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    chosen = parser.parse_args()
    for users, groups in ((2_500, 125), (5_000, 250), (10_000, 500), (20_000, 1_000)):
        measured(chosen.runs, users, groups, 100, 2)
    if chosen.large:
        measured(1, 1_000_000, 2, 1_000_000, 1)


if __name__ == "__main__":
    main()
