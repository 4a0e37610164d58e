"""Cost of a command as a whole process: wall seconds, processor seconds, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass
class Cost:
    """One run. `memory` is the peak resident size of the process in MB; `output` its standard output."""

    wall: float
    processor: float
    memory: float
    output: str


def run(
    *arguments: str,
    cwd: str | None = None,
    discard: bool = False,
    python: str = sys.executable,
    environ: dict[str, str] | None = None,
) -> Cost:
    """Run `python -m connector_host ARGUMENTS` and measure it; exit if it fails.

    `discard`: drop its output. `environ`: further variables of its environment.
    """
    started = time.monotonic()
    child = subprocess.Popen(
        [python, "-m", "connector_host", "--log-level", "error", *arguments],
        stdout=subprocess.DEVNULL if discard else subprocess.PIPE,
        cwd=cwd,
        env=None if environ is None else {**os.environ, **environ},
        text=True,
    )
    output = "" if child.stdout is None else child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    if child.returncode:
        sys.exit(f"connector-host {' '.join(arguments)} ended with {child.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def median(costs: list[Cost]) -> Cost:
    """Return the medians of several runs."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
        statistics.median(cost.memory for cost in costs),
        costs[-1].output,
    )
