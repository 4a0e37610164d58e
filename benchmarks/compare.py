"""The whole table: syncs, expansion, reading and both formats, compared with another version of connector-host.

    python benchmarks/compare.py [--previous PYTHON] [--runs 5] [--only TEXT] [--users N --groups N --members N]

`--previous` is the interpreter of an environment with the version to compare with. Both versions run in turns, so a
busy machine slows both alike. Prints medians of wall time, processor time and peak memory, and their ratios to the
previous version: below 1 is less. Each version reads the files that it wrote. At the end stand ratios within the
current version, whose two lines run in turns for it once more: default workers to one worker, and format v3 to v1. A
line that the previous version fails has no ratio. `--only` measures the lines whose name has a text, and what these
need.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import measure

EXPANSION = ("--users", "20000", "--groups", "1000", "--members", "100", "--nested", "2")
READING = (
    "stats",
    "access u0000100",
    "resources -o json",
    "principals -o json",
    "grants -o json",
    "export csv --out -",
    "validate",
)


Step = Callable[["Installation"], measure.Cost]


@dataclass(frozen=True)
class Installation:
    """An installed connector-host: its interpreter, and the folder for its files."""

    python: str
    folder: Path

    def run(self, *words: str) -> measure.Cost:
        """Run one command. Files are unpacked in a folder of the version, where no other one removes them."""
        environ = {"BATON_TMPDIR": str(self.folder), "PYTHONDONTWRITEBYTECODE": ""}
        return measure.run(*words, python=self.python, cwd=str(self.folder), discard=True, environ=environ)

    def try_run(self, step: Step) -> measure.Cost | None:
        """Run a step; None if it fails, because an older version may lack an option."""
        try:
            return step(self)
        except SystemExit as error:
            print(f"previous version: {error}", file=sys.stderr)
            return None


def sync(file: str, *words: str, onto: str = "") -> Step:
    """Return a sync of the fake connector into a new file, or onto a copy of another one."""

    def step(version: Installation) -> measure.Cost:
        path = version.folder / file
        path.unlink(missing_ok=True)
        if onto:
            shutil.copyfile(version.folder / onto, path)
        return version.run("sync", "fake", "-f", file, "--page-size", "200", *words)

    return step


def read(command: str, file: str) -> Step:
    """Return a command that reads a file."""
    return lambda version: version.run(*command.split(), "-f", file)


def steps(sizes: tuple[str, ...]) -> Iterator[tuple[str, Step]]:
    """Yield each line of the table with its step; later steps read the files of earlier ones."""
    yield "sync, one worker", sync("v1.c1z", "--workers", "1", *sizes)
    yield "sync, default workers", sync("workers.c1z", *sizes)
    yield "sync onto that file", sync("again.c1z", "--workers", "1", *sizes, onto="v1.c1z")
    yield "sync, format v3", sync("v3.c1z", "--workers", "1", "--storage-engine", "pebble", *sizes)
    yield "sync onto that file, format v3", sync("again3.c1z", "--workers", "1", *sizes, onto="v3.c1z")
    yield "sync with expansion", sync("expanded.c1z", "--workers", "1", *EXPANSION)
    for command in READING:
        yield f"{command}", read(command, "v1.c1z")
    for command in READING:
        yield f"{command}, format v3", read(command, "v3.c1z")


WITHIN = (
    ("sync, default workers", "sync, one worker"),
    ("sync, format v3", "sync, one worker"),
    *((f"{command}, format v3", command) for command in READING),
)
"""Lines of the table whose ratio is printed at the end."""
MADE_FIRST = ("sync, one worker", "sync, format v3")
"""Lines whose files the others need."""


def report(label: str, current: measure.Cost, previous: measure.Cost | None) -> None:
    """Print one line."""
    text = f"{label:32} {current.wall:7.2f} s wall  {current.processor:7.2f} s processor  {current.memory:5.0f} MB"
    if previous is not None:
        ratios = (
            current.wall / previous.wall,
            current.processor / previous.processor,
            current.memory / previous.memory,
        )
        text += "   {:.2f} wall  {:.2f} processor  {:.2f} memory".format(*ratios)
    print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--previous", help="the interpreter of the version to compare with")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="measure the lines that have this text, and those they need")
    for name, default in (("users", 50_000), ("groups", 2_000), ("members", 500)):
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args()
    sizes = (
        "--users",
        str(chosen.users),
        "--groups",
        str(chosen.groups),
        "--members",
        str(chosen.members),
        "--nested",
        "0",
    )
    with tempfile.TemporaryDirectory() as name:
        versions = [Installation(sys.executable, Path(name, "current"))]
        if chosen.previous:
            versions.append(Installation(str(Path(chosen.previous).absolute()), Path(name, "previous")))
        for version in versions:
            version.folder.mkdir()
        all_steps = dict(steps(sizes))
        for label, step in all_steps.items():
            if chosen.only not in label and label not in MADE_FIRST:
                continue
            costs, earlier = [], []
            for _ in range(chosen.runs):
                costs.append(step(versions[0]))
                earlier += [version.try_run(step) for version in versions[1:]]
            sound = [cost for cost in earlier if cost is not None]
            report(label, measure.median(costs), measure.median(sound) if sound else None)
        for label, other in WITHIN:
            if chosen.only in label:
                turns = [(all_steps[label](versions[0]), all_steps[other](versions[0])) for _ in range(chosen.runs)]
                cost, other_cost = (measure.median(list(costs)) for costs in zip(*turns, strict=True))
                wall, processor = cost.wall / other_cost.wall, cost.processor / other_cost.processor
                print(f"{label} / {other}: {wall:.2f} wall  {processor:.2f} processor", flush=True)


if __name__ == "__main__":
    main()
