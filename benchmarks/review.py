"""Cost of an access review: `connector-host review` and `review import` as processes, at two sizes.

    python benchmarks/review.py [--people 625] [--times 4] [--file FILE]

Files are made with the fake connector: everybody is in two of forty teams, which pass twelve permissions on ten vaults
each on, about 240 grants a person; the larger file has `times` as many people. Prints for each size the
processor seconds, grants a second and peak memory of writing the workbook and of reading it back with a decision on
every row, and how much more memory the larger one takes: it should be about 1. With --file, that file alone.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import measure


def scenario(people: int) -> dict[str, Any]:
    """Return an organisation in which teams share vaults."""
    chance = random.Random(7)
    levels = [f"permission {letter}" for letter in "abcdefghijkl"]
    users, teams, vaults = (
        [
            {"type": kind, "id": f"{kind}{number:05}", "display_name": f"{kind.capitalize()} {number}"}
            for number in numbers
        ]
        for kind, numbers in (("user", range(people)), ("group", range(40)), ("vault", range(400)))
    )

    def entitlement(on: dict[str, str], slug: str) -> dict[str, Any]:
        place, name = {"type": on["type"], "id": on["id"]}, f"{on['display_name']} {slug}"
        return {"resource": place, "slug": slug, "display_name": name, "grantable_to": ["user", "group"]}

    def grant(on: dict[str, str], slug: str, holder: dict[str, str], **more: Any) -> dict[str, Any]:
        principal = {"type": holder["type"], "id": holder["id"]}
        return {"entitlement": f"{on['type']}:{on['id']}:{slug}", "principal": principal, **more}

    grants = [grant(team, "member", user) for user in users for team in chance.sample(teams, 2)]
    for team in teams:
        passes = {"entitlements": [f"group:{team['id']}:member"]}
        shared = chance.sample(vaults, 10)
        grants += [grant(vault, level, team, expand=passes) for vault in shared for level in levels]
    types = [{"id": name, "display_name": name.capitalize(), "traits": [name]} for name in ("user", "group")]
    types[0]["skip_entitlements_and_grants"] = True
    return {
        "resource_types": [*types, {"id": "vault", "display_name": "Vault", "traits": ["app"]}],
        "resources": [*users, *teams, *vaults],
        "entitlements": [
            *(entitlement(team, "member") for team in teams),
            *(entitlement(vault, level) for vault in vaults for level in levels),
        ],
        "grants": grants,
    }


def make(path: Path, people: int) -> None:
    described = path.with_suffix(".json")
    described.write_text(json.dumps(scenario(people)), encoding="utf-8")
    words = ("-m", "connector_host", "sync", "fake", "--log-level", "error", "-f", path, "--scenario", described)
    subprocess.run([sys.executable, *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def decide(source: Path, target: Path) -> None:
    """Put a decision in every row, in the XML of the sheets: spreadsheet libraries would take longer than all else."""
    day = (datetime.date.today() - datetime.date(1899, 12, 30)).days
    filled = (
        r'<c r="R\1" t="inlineStr"><is><t>keep</t></is></c><c r="T\1" t="inlineStr"><is><t>Me</t></is></c>'
        rf'<c r="U\1"><v>{day}</v></c>'
    )
    cell = re.compile(rb'(?=<c r="W([0-9]{1,7})")(?!<c r="W1")')
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
    for name, default in (("people", 625), ("times", 4)):
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
            make(file, chosen.people * times)
            memories.append(both(folder, file))
        for label, small, large in zip(("review", "review import"), *memories, strict=True):
            print(f"{label}: {large / small:.2f} times the memory for {chosen.times} times the grants")


if __name__ == "__main__":
    main()
