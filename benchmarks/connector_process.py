"""Ratio of a sync through a connector process to the same sync in one process, with 100,000 grants of the fake.

    python benchmarks/connector_process.py [--runs 5]

Needs connector-host-fake and connector-host-baton. Prints wall time and processor time of both, the quickest of runs in
alternation, and the ratios. Pages have 200 grants.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOST = (sys.executable, "-m", "connector_host")
ORGANISATION = ("--users=2000", "--groups=100", "--members=1000")
SERVED = " ".join((*HOST, "serve", "fake", *ORGANISATION))
COMMANDS = {
    "one process": (*HOST, "sync", "fake", *ORGANISATION),
    "connector process": (*HOST, "sync", "baton", "--command", SERVED),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    wall: dict[str, list[float]] = {name: [] for name in COMMANDS}
    used: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            for name, words in COMMANDS.items():
                output = Path(folder) / "sync.c1z"
                output.unlink(missing_ok=True)
                before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                options = ("--page-size", "200", "--skip-grant-expansion", "-f", str(output))
                subprocess.run((*words, *options), check=True, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                wall[name].append(time.perf_counter() - begun)
                used[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    first, second = COMMANDS
    for name in COMMANDS:
        print(f"{name:18} {min(wall[name]):5.2f} s   processor time {min(used[name]):5.2f} s")
    print(f"ratio {min(wall[second]) / min(wall[first]):.2f}, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
