"""Growth of a sync with the number of grants, without an application: the fake connector's sized organisation.

    python benchmarks/sync_fake.py [--grants 1000000 10000000] [--engines sqlite pebble] [--runs 1] [--used-memory]

Prints, for each storage engine and number of grants, the wall time, the processor time and the peak memory of the whole
process, of a first sync and of a second one onto the same file, and the ratios to the first number of grants. Medians
of the runs. 10,000,000 grants take a minute or two a sync, and 15 GB of disk in TMPDIR.

A virtual machine may get memory from its host at its first use, and return it when it is free: there, writing a page
into memory that was free takes eight times as long as into memory that was used. `--used-memory` first fills the free
memory with the cache of a file, before each sync: all run as on a machine that has run for a while. It needs Linux, and
as much disk.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import measure

MEMBERS = 500
MIB, GIB = 1 << 20, 1 << 30
LEFT_FREE = 4 * GIB
"""The operating system keeps up to half of that free."""
MOST_CACHED = 24 * GIB


def free_memory() -> int:
    """Return the bytes of memory that nothing uses, also not the cache of files."""
    free = re.search(r"MemFree: +(\d+) kB", Path("/proc/meminfo").read_text())
    assert free
    return int(free[1]) * 1024


def use_memory(file: IO[bytes]) -> None:
    """Fill the free memory with the cache of a file, which is written over from its start again and again."""
    for _ in range(MOST_CACHED // GIB):
        if free_memory() < LEFT_FREE:
            return
        if file.tell() >= MOST_CACHED:
            file.seek(0)
        for _ in range(GIB // MIB):
            file.write(bytes(MIB))
        os.fsync(file.fileno())  # pages that are on the disk are given up for others at once


def sync(file: Path, grants: int, engine: str) -> measure.Cost:
    users, groups = grants // 20, grants // MEMBERS
    return measure.run(
        *("sync", "fake", "-f", str(file), "--storage-engine", engine, "--page-size", "200"),
        *("--users", str(users), "--groups", str(groups), "--members", str(MEMBERS)),
    )


def costs(folder: Path, grants: int, engine: str, runs: int, prepare: Callable[[], None]) -> dict[str, measure.Cost]:
    """Return the costs of a first and of a second sync; `prepare` is called before each."""
    file, first_file = folder / "sync.c1z", folder / "first.c1z"
    first, second = [], []
    for _ in range(runs):
        first_file.unlink(missing_ok=True)
        prepare()
        first.append(sync(first_file, grants, engine))
    for _ in range(runs):
        shutil.copyfile(first_file, file)  # a third sync would have more to unpack
        prepare()
        second.append(sync(file, grants, engine))
    return {"first sync": measure.median(first), "second sync": measure.median(second)}


def report(name: str, grants: int, cost: measure.Cost, least: measure.Cost) -> None:
    print(
        f"{name:20} {grants:>10,} grants  {cost.wall:7.1f} s wall ({cost.wall / least.wall:5.1f})"
        f"  {cost.processor:7.1f} s processor ({cost.processor / least.processor:5.1f})  {cost.memory:5.0f} MB peak",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grants", type=int, nargs="+", default=[100_000, 1_000_000], help="multiples of 500")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "pebble"], choices=["sqlite", "pebble"])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "--used-memory", action="store_true", help="fill the free memory with the cache of a file first"
    )
    chosen = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryFile() as cached:
        prepare = partial(use_memory, cached) if chosen.used_memory else lambda: None
        for engine in chosen.engines:
            least: dict[str, measure.Cost] = {}
            for grants in chosen.grants:
                with tempfile.TemporaryDirectory() as folder:
                    for name, cost in costs(Path(folder), grants, engine, chosen.runs, prepare).items():
                        report(f"{engine}, {name}", grants, cost, least.setdefault(name, cost))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
