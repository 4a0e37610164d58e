"""Cost of files of format v3: a sync that writes one, and commands that read it, each as a whole process.

    python benchmarks/v3.py [--runs 3] [--users 50000 --groups 2000 --members 500] [--compare]

1,000,000 grants by default. Prints medians of wall time, processor time and peak memory with their limits. `--compare`
measures format v1, too: on a busy machine the ratio says more than the seconds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measure import Cost, median, run

READING = {
    "stats": (None, None),
    "resources -o json": (3.0, None),
    "grants -o json": (25.0, 300),
    "access u0000100": (None, None),
    "validate": (None, None),
}
"""Command -> limit in seconds, limit in MB."""
SYNC = (20.0, 400)


def show(label: str, cost: Cost, limit: tuple[float | None, int | None] = (None, None)) -> None:
    seconds, megabytes = limit
    must = f"(must: {seconds:g} s" + (f", {megabytes} MB)" if megabytes else ")") if seconds else ""
    print(f"{label:32} {cost.wall:7.2f} s wall  {cost.processor:7.2f} s processor  {cost.memory:5.0f} MB  {must}")


def synced(path: Path, engine: str, sizes: list[str], runs: int) -> Cost:
    """Return the median cost of syncs into a new file, which stays."""
    costs = []
    for _ in range(runs):
        path.unlink(missing_ok=True)
        costs.append(run("sync", "fake", "--storage-engine", engine, "-o", "json", "-f", str(path), *sizes))
    return median(costs)


def report(folder: Path, engine: str, sizes: list[str], runs: int) -> Path:
    """Sync with an engine, read the file with each command, and return its path."""
    path = folder / f"{engine}.c1z"
    must = engine == "pebble"
    show(f"sync --storage-engine {engine}", synced(path, engine, sizes, runs), SYNC if must else (None, None))
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    for command, limit in READING.items():
        costs = [run(*command.split(), "-f", str(path), discard=True) for _ in range(runs)]
        show(f"{engine}: {command}", median(costs), limit if must else (None, None))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--users", default="50000")
    parser.add_argument("--groups", default="2000")
    parser.add_argument("--members", default="500")
    parser.add_argument("--compare", action="store_true")
    chosen = parser.parse_args()
    sizes = ["--users", chosen.users, "--groups", chosen.groups, "--members", chosen.members, "--nested", "0"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = report(folder, "pebble", [*sizes, "--page-size", "200"], chosen.runs)
        cost = run("convert", str(path), str(folder / "v1.c1z"), "--to", "v1")
        show("convert --to v1", cost)
        show("convert --to v3", run("convert", str(folder / "v1.c1z"), str(folder / "v3.c1z"), "--to", "v3"))
        if chosen.compare:
            report(folder, "sqlite", [*sizes, "--page-size", "200"], chosen.runs)


if __name__ == "__main__":
    main()
