"""Speed of a sync through the 1Password CLI, with a stand-in for `op` whose every call takes 0.25 s.

    python benchmarks/onepassword.py [--runs 3] [--size small|large|huge|all] [--delay 0.25] [--workers 8]

`get -` takes another 0.05 s an object. For each account, with and without details: wall seconds of the whole process,
processor seconds of it and of all stand-ins, and calls of `op`. The stand-in costs about as much as starting
an empty Python.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

import measure

STANDIN = Path(__file__).parents[1] / "plugins" / "onepassword" / "tests" / "standin"
SIZES = {"small": (12, 6, 8), "large": (300, 50, 200), "huge": (1_000, 100, 400)}
PERMISSIONS = ("view_items", "create_items", "edit_items", "view_and_copy_passwords", "manage_vault")


def tenant(users: int, groups: int, vaults: int) -> dict[str, object]:
    """Return a sample account: ten members a group, six users and three groups a vault."""
    chance = random.Random(7)
    people = [f"U{n:025}" for n in range(users)]
    teams = [f"g{n:025}" for n in range(groups)]
    safes = [f"v{n:025}" for n in range(vaults)]
    dates = {"created_at": "2024-03-01T12:00:00Z"}

    def access(names: list[str], count: int) -> dict[str, list[str]]:
        return {
            name: list(PERMISSIONS[: chance.randint(1, 5)]) for name in chance.sample(names, min(count, len(names)))
        }

    return {
        "account": {"id": "A" * 26, "name": "Bench", "domain": "bench", "type": "BUSINESS", "state": "ACTIVE"},
        "signin": {"url": "https://bench.1password.com", "email": "u0@example.com", "password": "x", "secret_key": "x"},
        "users": [
            {"id": name, "name": f"Person {n}", "email": f"u{n}@example.com", "type": "MEMBER", "state": "ACTIVE"}
            for n, name in enumerate(people)
        ],
        "groups": [{"id": name, "name": f"Group {n}", "state": "ACTIVE", **dates} for n, name in enumerate(teams)],
        "vaults": [{"id": name, "name": f"Vault {n}", "items": n, **dates} for n, name in enumerate(safes)],
        "members": {name: [[user, "MEMBER"] for user in chance.sample(people, min(10, users))] for name in teams},
        "vault_users": {name: access(people, 6) for name in safes},
        "vault_groups": {name: access(teams, 3) for name in safes},
    }


def prepare(folder: Path, size: str, delay: float) -> None:
    """Put `op` into PATH, with the account it serves."""
    lines = (STANDIN / "op").read_text().splitlines()[1:]
    body = "\n".join(lines).replace('__file__.rpartition("/")[0] or "."', repr(str(STANDIN)))
    program = folder / "op"
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    program.write_text(f"#!{base} -SEI\n{body}\n")
    program.chmod(0o755)
    (folder / "tenant.json").write_text(json.dumps(tenant(*SIZES[size])))
    (folder / "plan.json").write_text(json.dumps({"delay": delay, "delay_per_object": delay / 5}))
    for name in [name for name in os.environ if name.startswith(("OP_", "BATON_", "STANDIN_"))]:
        del os.environ[name]
    os.environ["STANDIN_TENANT"] = str(folder / "tenant.json")
    os.environ["STANDIN_PLAN"] = str(folder / "plan.json")
    if not os.environ["PATH"].startswith(f"{folder}{os.pathsep}"):
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def sync(folder: Path, workers: int, *flags: str) -> tuple[measure.Cost, int]:
    """One sync into an empty folder: its cost, and the calls of `op`."""
    with tempfile.TemporaryDirectory(dir=folder) as state:
        os.environ["STANDIN_STATE"] = state
        cost = measure.run("sync", "onepassword", "-f", f"{state}/sync.c1z", "--workers", str(workers), *flags)
        calls = (Path(state) / "calls.jsonl").read_text().count('"event": "start"')
    return cost, calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", choices=[*SIZES, "all"], default="all")
    parser.add_argument("--delay", type=float, default=0.25, help="seconds that each call takes")
    parser.add_argument("--workers", type=int, default=8)
    chosen = parser.parse_args()
    for size in ("small", "large") if chosen.size == "all" else (chosen.size,):
        users, groups, vaults = SIZES[size]
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), size, chosen.delay)
            for flags in (("--no-details",), ()):
                runs = [sync(Path(folder), chosen.workers, *flags) for _ in range(chosen.runs)]
                cost = measure.median([run[0] for run in runs])
                print(
                    f"{vaults:4} vaults {groups:4} groups {users:5} users  {' '.join(flags) or '(details)':12}"
                    f"  {cost.wall:6.2f} s wall  {runs[-1][1]:5} calls"
                    f"  {cost.processor:5.2f} s processor, stand-ins included",
                    flush=True,
                )


if __name__ == "__main__":
    main()
