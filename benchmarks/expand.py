"""How fast grant expansion is: whole syncs of nested groups in four sizes.

    python benchmarks/expand.py [--runs 3]

The last size is the one the Go SDK was measured with (users 20,000, groups 1,000, members 100, nested 2). Prints the
median wall time, the generated grants, generated grants per second of the whole process, and the peak memory: the
rate should stay about the same from size to size.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    for users, groups in ((2_500, 125), (5_000, 250), (10_000, 500), (20_000, 1_000)):
        costs = []
        for _ in range(chosen.runs):
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "sync.c1z"
                costs.append(
                    measure.run(
                        *("sync", "fake", "-f", str(file), "-o", "json", "--users", str(users)),
                        *("--groups", str(groups), "--members", "100", "--nested", "2"),
                    )
                )
        cost = measure.median(costs)
        totals = json.loads(cost.output[cost.output.index("{") :])["totals"]
        print(
            f"{groups:>5} groups  {totals['grants'] - totals['expanded']:>9,} emitted  {totals['expanded']:>9,} generated"
            f"  {cost.wall:6.2f} s wall  {totals['expanded'] / cost.wall:>9,.0f} generated/s  {cost.memory:5.0f} MB peak"
        )


if __name__ == "__main__":
    main()
