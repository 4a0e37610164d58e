"""Cost of an access review: `connector-host review` and `review import` as processes, at two sizes.

    python benchmarks/review.py [--users 2500 --groups 50 --members 500] [--times 4] [--file FILE]

Files are made with the fake connector, users x groups x members and `times` as many groups. Prints for each size the
processor seconds, grants a second and peak memory of writing the workbook and of reading it back with a decision on
every direct grant, and how much more memory the larger one takes: it should be about 1. With --file, that file alone.
"""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import measure


def make(path: Path, users: int, groups: int, members: int) -> None:
    sizes = ("--users", users, "--groups", groups, "--members", members, "--nested", 0)
    words = ("-m", "connector_host", "sync", "fake", "--log-level", "error", "-f", path, *sizes)
    subprocess.run([sys.executable, *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def decide(source: Path, target: Path) -> None:
    """Put a decision in every row, in the XML of the sheets: spreadsheet libraries would take longer than all else."""
    day = (datetime.date.today() - datetime.date(1899, 12, 30)).days
    filled = (
        r'<c r="P\1" t="inlineStr"><is><t>keep</t></is></c><c r="Q\1" t="inlineStr"><is><t>Me</t></is></c>'
        rf'<c r="R\1"><v>{day}</v></c>'
    )
    cell = re.compile(rb'(?=<c r="T([0-9]{1,7})")(?!<c r="T1")')
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet3.xml":
                content = cell.sub(filled.encode(), content)
            new.writestr(part, content)


def grants(file: Path) -> int:
    listed = measure.run("stats", "-f", str(file)).output
    return int(re.search(r"Grants +([0-9]+)", listed)[1])  # type: ignore[index]


def report(label: str, cost: measure.Cost, count: int) -> float:
    rate = count / cost.processor
    print(f"{label:30} {cost.processor:7.1f} s  {rate:9,.0f} grants/s  {cost.memory:6.0f} MB")
    return cost.memory


def both(folder: Path, file: Path) -> tuple[float, float]:
    count = grants(file)
    print(f"{file}: {count:,} grants, {file.stat().st_size / 1e6:.1f} MB")
    out, decided = folder / "review.xlsx", folder / "decided.xlsx"
    written = report("review", measure.run("review", "-f", str(file), "-o", str(out), "--force"), count)
    # in a process of its own: a child's peak begins with what its parent holds
    subprocess.run([sys.executable, __file__, "--decide", str(out), str(decided)], check=True)
    read = report("review import", measure.run("review", "import", str(decided), "-f", str(file)), count)
    return written, read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("users", 2_500), ("groups", 50), ("members", 500), ("times", 4)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--decide", type=Path, nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.decide:
        decide(*chosen.decide)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.file:
            both(folder, chosen.file)
            return
        memories = []
        for times in (1, chosen.times):
            file = folder / f"times-{times}.c1z"
            make(file, chosen.users, chosen.groups * times, chosen.members)
            memories.append(both(folder, file))
        for label, small, large in zip(("review", "review import"), *memories, strict=True):
            print(f"{label}: {large / small:.2f} times the memory for {chosen.times} times the grants")


if __name__ == "__main__":
    main()
