"""Speed of the commands that read a large file: each as a whole process, its output discarded.

    python benchmarks/read.py [--runs 3] [--file FILE] [--users 50000 --groups 2000 --members 500]

Without a file, the fake connector makes one with 1,000,000 grants on 52,000 resources by default. Prints medians of
wall time, processor time and peak memory for each command with its limit, and at the end how much longer than
`python -c pass` a small file takes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

Cost = tuple[float, float, float]
"""Wall seconds, processor seconds, peak memory in MB."""
LIMITS = {
    "stats": (1.0, None),
    "access u0000100": (1.5, None),
    "access u0000100@example.com": (None, None),
    "why u0000037 g000001": (None, None),
    "resources -o json": (2.0, None),
    "principals -o json": (2.0, None),
    "grants -o json": (15.0, 200),
    "grants": (None, None),
    "export csv --out -": (10.0, 200),
    "validate": (None, None),
}
"""Command -> limit in seconds, limit in MB."""


COMPILED = tempfile.TemporaryDirectory()


def run(*words: str) -> Cost:
    """Run the program once, with compiled modules as an installed program has them; exit if it fails."""
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": COMPILED.name}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.monotonic()
    with Path(os.devnull).open("wb") as nowhere:
        child = subprocess.Popen([sys.executable, *words], stdout=nowhere, env=environ)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(words)} ended with {child.returncode}")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(costs: list[Cost]) -> Cost:
    wall, processor, memory = (statistics.median(column) for column in zip(*costs, strict=True))
    return wall, processor, memory


def make(folder: Path, users: int, groups: int, members: int) -> Path:
    path = folder / "sync.c1z"
    sizes = ("--users", users, "--groups", groups, "--members", members, "--nested", 0, "--page-size", 200)
    run("-m", "connector_host", "sync", "fake", "--log-level", "error", "-f", str(path), *map(str, sizes))
    return path


def report(path: Path, runs: int) -> None:
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    for command, (seconds, megabytes) in LIMITS.items():
        words = ("-m", "connector_host", *command.split(), "-f", str(path))
        wall, processor, memory = median([run(*words) for _ in range(runs)])
        limit = f"(must: {seconds:g} s" + (f", {megabytes} MB)" if megabytes else ")") if seconds else ""
        print(f"{command:28} {wall:7.2f} s wall  {processor:7.2f} s processor  {memory:5.0f} MB  {limit}")


def report_start(folder: Path, runs: int) -> None:
    path = make(folder, 20, 5, 3)
    bare = median([run("-c", "pass") for _ in range(runs)])[0]
    for command in ("resources", "resources -o json"):
        words = ("-m", "connector_host", *command.split(), "-f", str(path))
        over = median([run(*words) for _ in range(runs)])[0] - bare
        print(f"{command:28} {over:7.2f} s more than `python -c pass`, of a small file  (must: 0.25 s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--groups", type=int, default=2_000)
    parser.add_argument("--members", type=int, default=500)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = chosen.file or make(folder, chosen.users, chosen.groups, chosen.members)
        report(path, chosen.runs)
        (folder / "small").mkdir()
        report_start(folder / "small", 3 * chosen.runs)


if __name__ == "__main__":
    main()
