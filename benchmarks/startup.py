"""Time of `connector-host --help` beyond an empty Python program, with the packages installed here.

    python benchmarks/startup.py [--runs 40]

Prints the quickest and the median run of both, in milliseconds, and the differences. Runs alternate, so that a busy
machine slows both alike.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "connector-host --help": [sys.executable, "-m", "connector_host", "--help"],
    "connector-host sync --help": [sys.executable, "-m", "connector_host", "sync", "--help"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, words in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            times[name].append((time.perf_counter() - begun) * 1000)
    quickest = {name: min(milliseconds) for name, milliseconds in times.items()}
    median = {name: statistics.median(milliseconds) for name, milliseconds in times.items()}
    empty = next(iter(COMMANDS))
    for name in COMMANDS:
        print(
            f"{name:27} quickest {quickest[name]:4.0f} ms ({quickest[name] - quickest[empty]:+4.0f})"
            f"   median {median[name]:4.0f} ms ({median[name] - median[empty]:+4.0f})"
        )


if __name__ == "__main__":
    main()
