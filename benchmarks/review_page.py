"""Size of a review's page, the time to write it, and the time until it is usable in Chromium.

    python benchmarks/review_page.py [--people 2000 --vaults 500 --groups 40] [--rounds 3] [--keep FILE]
    python benchmarks/review_page.py --each 500 [--people 2000 --vaults 500]

The file is made with the fake connector: everybody is in some groups, which pass access to vaults on, and holds a
little directly; in an earlier sync a few people were missing. With `--each` there is no file: the page is made of
so many grants for each of the people, which is quick for a million. Needs Debian's `chromium` and `chromium-driver`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from selenium import webdriver

from connector_host.review import review_model
from connector_host.review.pages.review_page import write

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync")
LEVELS = ("view_items", "edit_items", "manage_vault")
FRAMES = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))"


def scenario(people: int, groups: int, vaults: int, reach: int) -> dict[str, Any]:
    """Return an organisation. `reach`: the number of vaults to which a group passes access on."""
    chance = random.Random(7)
    users = [{"type": "user", "id": f"u{n:05}", "display_name": f"Person {n:05}"} for n in range(people)]
    teams = [{"type": "group", "id": f"g{n:03}", "display_name": f"Team {n:03}"} for n in range(groups)]
    stores = [{"type": "vault", "id": f"v{n:04}", "display_name": f"Vault {n:04}"} for n in range(vaults)]
    for user in users:
        user["email"] = f"{user['id']}@example.com"
    entitlements = [_entitlement(team, "member", "assignment") for team in teams]
    entitlements += [_entitlement(vault, level, "permission") for vault in stores for level in LEVELS]
    grants = []
    for team in teams:
        passes = {"entitlements": [f"group:{team['id']}:member"]}
        for vault in chance.sample(stores, reach):
            grants += [_grant(vault, level, team, expand=passes) for level in LEVELS[:2]]
    for user in users:
        grants += [_grant(team, "member", user) for team in chance.sample(teams, 5)]
        grants += [_grant(vault, chance.choice(LEVELS), user) for vault in chance.sample(stores, 5)]
    types = [{"id": name, "display_name": name.capitalize(), "traits": [name]} for name in ("user", "group")]
    types.append({"id": "vault", "display_name": "Vault", "traits": ["app"]})
    types[0]["skip_entitlements_and_grants"] = True
    resources = [*users, *teams, *stores]
    return {"resource_types": types, "resources": resources, "entitlements": entitlements, "grants": grants}


def _entitlement(on: dict[str, str], slug: str, purpose: str) -> dict[str, Any]:
    place = {"type": on["type"], "id": on["id"]}
    name = f"{on['display_name']} {slug}"
    return {
        "resource": place,
        "slug": slug,
        "purpose": purpose,
        "display_name": name,
        "grantable_to": ["user", "group"],
    }


def _grant(on: dict[str, str], slug: str, holder: dict[str, str], **more: Any) -> dict[str, Any]:
    principal = {"type": holder["type"], "id": holder["id"]}
    return {"entitlement": f"{on['type']}:{on['id']}:{slug}", "principal": principal, **more}


def make_file(folder: Path, chosen: argparse.Namespace) -> Path:
    """Write a file with two syncs, the earlier one without a hundredth of the people."""
    path = folder / "sync.c1z"
    latest = scenario(chosen.people, chosen.groups, chosen.vaults, chosen.reach)
    late = {user["id"] for user in latest["resources"][: chosen.people // 100]}
    before = {
        **latest,
        "resources": [item for item in latest["resources"] if item["id"] not in late],
        "grants": [item for item in latest["grants"] if item["principal"]["id"] not in late],
    }
    for state in (before, latest):
        (folder / "scenario.json").write_text(json.dumps(state), encoding="utf-8")
        words = ("sync", "fake", "--log-level", "error", "--scenario", folder / "scenario.json", "-f", path)
        run(*words, "--fresh", "--allow-shrink")
    return path


class SampleReview:
    """Review whose rows are generated on demand. `each`: grants of a person."""

    version, unit, package = "0", review_model.ReviewUnit.RESOURCE, None

    def __init__(self, people: int, vaults: int, each: int) -> None:
        self.people, self.vaults, self.each = people, vaults, each
        self.created = datetime.now(UTC)
        facts = {"system": "sample", "file": "", "sha256": "", "size": 0, "sync_id": "", "sync_type": "full"}
        self.facts = (review_model.SystemFacts(**facts, started=None, ended=None),)

    def summaries(self) -> Iterator[review_model.SystemSummary]:
        """Yield its counts."""
        every = self.people * self.each
        yield review_model.SystemSummary(
            0, principals=self.people, grants=every, direct=0, inherited=every, privileged=0, new=0
        )

    def links(self) -> Iterator[review_model.InheritanceLink]:
        """Yield nothing."""
        return iter(())

    def changes(self) -> Iterator[review_model.ReviewChange]:
        """Yield nothing."""
        return iter(())

    def rows(self, _order: review_model.ReviewOrder) -> Iterator[review_model.ReviewRow]:
        """Yield each grant, inherited through one of five groups."""
        chance = random.Random(7)
        held = [self.held(vault, level) for vault in range(self.vaults) for level in LEVELS]
        teams = [
            review_model.SourceEntitlement(f"group:g{n}:member", f"Team {n:03} member", f"Team {n:03}")
            for n in range(40)
        ]
        for n in range(self.people):
            mail = f"u{n:05}@example.com"
            principal = review_model.ReviewPrincipal(
                n, "user", f"u{n:05}", "User", "user", f"Person {n:05}", mail, "enabled"
            )
            own = chance.sample(teams, 5)
            for place in sorted(chance.sample(range(len(held)), self.each)):
                yield review_model.ReviewRow(0, "", principal, held[place], direct=False, via=(chance.choice(own),))

    def held(self, vault: int, level: str) -> review_model.HeldEntitlement:
        """Return an entitlement on a vault."""
        on, name = f"v{vault:04}", f"Vault {vault:04}"
        return review_model.HeldEntitlement(
            0, f"vault:{on}:{level}", f"{name} {level}", level, "", "vault", on, name, "Vault"
        )


def run(*words: object) -> tuple[float, float, float]:
    """Run connector-host; return seconds, processor seconds, peak MB."""
    begun = time.monotonic()
    argv = [sys.executable, "-m", "connector_host", *map(str, words)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(argv)}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def browse(page: Path, rounds: int, folder: Path) -> None:
    """Print the median of each time that a reader waits."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={folder}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    driver.set_window_size(1280, 900)
    try:
        durations: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, seconds in one_visit(driver, page):
                durations.setdefault(name, []).append(seconds)
        for name, times in durations.items():
            print(f"{name:50} {statistics.median(times):7.2f} s")
    finally:
        driver.quit()


def one_visit(driver: Any, page: Path) -> Any:
    """Yield the name and the seconds of opening the page anew and of each step on it."""
    driver.get("about:blank")
    begun = time.monotonic()
    driver.get(page.absolute().as_uri())
    driver.execute_async_script(FRAMES)
    yield "open, until usable (must: 3 s)", time.monotonic() - begun
    paint = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    yield "  of it until the first text is seen", driver.execute_script(paint) / 1000
    yield (
        "  of it until the script is done",
        float(driver.execute_script("return document.documentElement.dataset.ready")) / 1000,
    )
    actions = {
        "the matrix": "location.hash = '#matrix'",
        "the matrix, at its other end": "document.querySelector('.grid').scrollTo(1e6, 1e6)",
        "a principal's tree": "location.hash = document.querySelectorAll('.entry')[99].id",
        "the list of resources": "location.hash = '#resources'",
        "the changes": "location.hash = '#changes'",
    }
    for name, script in actions.items():
        begun = time.monotonic()
        driver.execute_script(script)
        driver.execute_async_script(FRAMES)
        yield name, time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, help="grants of each person, without a file")
    for name, default in (("people", 2_000), ("vaults", 500), ("groups", 40), ("reach", 10), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--keep", type=Path, help="write the page here, too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "review.html"
        if chosen.each:
            with page.open("wb") as out:
                write(SampleReview(chosen.people, chosen.vaults, chosen.each), out)
        else:
            path = make_file(folder, chosen)
            seconds, processor, peak = run("review", "-f", path, "-o", page)
            print(
                f"{'make the page':50} {seconds:7.2f} s, {processor:.2f} s of processor time, {peak:.0f} MB at its peak"
            )
        print(f"{'its size':50} {page.stat().st_size / 1e6:7.2f} MB")
        if chosen.keep:
            chosen.keep.write_bytes(page.read_bytes())
        (folder / "browser").mkdir()
        browse(page, chosen.rounds, folder / "browser")


if __name__ == "__main__":
    main()
