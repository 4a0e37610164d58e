"""Make the pictures of the pages that `explore` serves and `review` writes, for docs/, at desktop and phone width.

    python tools/screenshots.py [--into docs/images]

Needs the extra `dev`, the fake connector, and Debian's `chromium` and `chromium-driver`. The organisation in them is
the fake connector's; the earlier of its two syncs lacks a few grants and has one person more.
"""

from __future__ import annotations

import argparse
import base64
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from selenium import webdriver

from connector_host.c1z.opening import open_store
from connector_host.c1z.types import GrantRow
from connector_host.model import ResourceId
from connector_host.query.principal_access import is_direct
from connector_host.wire import decode, stored_grants

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
DESKTOP, PHONE = (1280, 860, 1, False), (390, 800, 2, True)
LARGEST = 150_000  # bytes
PERSON, WHAT = "user:zoe.papadaki", "app:source:read"


def scenario(path: Path) -> dict[str, Any]:
    """What a sync of the fake connector holds, as a scenario file says it."""
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        return {
            "resource_types": [_type(decode.resource_type(row.data)) for row in view.resource_types()],
            "resources": [_resource(decode.resource(row.data)) for row in view.resources()],
            "entitlements": [_entitlement(decode.entitlement(row.data)) for row in view.entitlements()],
            "grants": [_grant(decode.grant(row.data, row.expansion)) for row in view.grants() if _given(row)],
        }


def _given(row: GrantRow) -> bool:
    return is_direct(stored_grants.sources(row.data), row.entitlement)


def _id(of: ResourceId) -> dict[str, str]:
    return {"type": of.resource_type, "id": of.resource}


def _type(one: Any) -> dict[str, Any]:
    skip = {"skip_entitlements_and_grants": True} if one.skip_entitlements_and_grants else {}
    traits = [trait.name.lower() for trait in one.traits]
    return {"id": one.id, "display_name": one.display_name, "traits": traits, **skip}


def _resource(one: Any) -> dict[str, Any]:
    found: dict[str, Any] = {**_id(one.id), "display_name": one.display_name, "description": one.description}
    for trait in one.traits:
        if mails := getattr(trait, "emails", ()):
            found["email"] = mails[0].address
        if (kind := getattr(trait, "account_type", None)) and kind.name != "UNSPECIFIED":
            found["account_type"] = kind.name.lower()
        status = one.status or getattr(trait, "status", None)
        if status is not None and status.status.name in ("ENABLED", "DISABLED"):
            found["status"] = status.status.name.lower()
    if one.profile:
        found["profile"] = dict(one.profile)
    return {key: value for key, value in found.items() if value}


def _entitlement(one: Any) -> dict[str, Any]:
    return {
        "resource": _id(one.resource.id),
        "slug": one.slug,
        "purpose": one.purpose.name.lower(),
        "display_name": one.display_name,
        "description": one.description,
        "grantable_to": [getattr(each, "id", each) for each in one.grantable_to],
    }


def _grant(one: Any) -> dict[str, Any]:
    who = one.principal if isinstance(one.principal, ResourceId) else one.principal.id
    found: dict[str, Any] = {"entitlement": one.entitlement.id, "principal": _id(who)}
    if one.expandable is not None:
        found["expand"] = {"entitlements": list(one.expandable.entitlement_ids), "shallow": one.expandable.shallow}
    return found


def organisation(folder: Path) -> Path:
    """A file with two syncs of the organisation, the earlier one a little different."""
    run("sync", "fake", "-f", folder / "now.c1z")
    now = scenario(folder / "now.c1z")
    mail = "lena.brandt@larkfield.example"
    gone = {"type": "user", "id": "lena.brandt", "display_name": "Lena Brandt", "email": mail}
    kept = [grant for number, grant in enumerate(now["grants"]) if number % 17 != 5]
    left = {"entitlement": kept[0]["entitlement"], "principal": {"type": "user", "id": "lena.brandt"}}
    before = {**now, "resources": [*now["resources"], gone], "grants": [*kept, left]}
    path = folder / "larkfield.c1z"
    for state in (before, now):
        (folder / "scenario.json").write_text(json.dumps(state), encoding="utf-8")
        run("sync", "fake", "--scenario", folder / "scenario.json", "-f", path, "--fresh", "--allow-shrink")
    return path


def run(*words: object) -> None:
    """Run connector-host."""
    subprocess.run([sys.executable, "-m", "connector_host", *map(str, words)], check=True, capture_output=True)


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The link to the pages of a file."""
    words = ["-m", "connector_host", "explore", "--port", "0", "-f", path.name]
    process = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=path.parent
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def browser(home: Path) -> webdriver.Chrome:
    """A browser that fetches nothing."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, OFFLINE, f"--user-data-dir={home}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))


def take(driver: webdriver.Chrome, where: str, path: Path, size: tuple[int, int, int, bool], scheme: str) -> None:
    """One picture."""
    width, height, scale, mobile = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(where)
    data = base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])
    path.write_bytes(data)
    print(f"{path} {len(data) // 1000} kB{'  TOO LARGE' if len(data) > LARGEST else ''}")


def review(driver: webdriver.Chrome, path: Path, into: Path) -> None:
    """The pictures of a review's page."""
    page = path.with_suffix(".html")
    run("review", "-f", path, "-o", page)
    take(driver, page.as_uri(), into / "review-summary.png", DESKTOP, "light")
    entries = driver.find_elements("css selector", "#people .entry")
    texts = ((one.get_attribute("textContent") or "", one.get_attribute("id")) for one in entries)
    person = next(name for text, name in texts if PERSON in text)
    for picture, part, size, scheme in (
        ("review-person", person, DESKTOP, "light"),
        ("review-matrix", "matrix", DESKTOP, "dark"),
        ("review-phone", "summary", PHONE, "light"),
    ):
        take(driver, f"{page.as_uri()}#{part}", into / f"{picture}.png", size, scheme)


def main() -> None:
    """Make all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=Path("docs/images"))
    into = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    who = "&".join(f"{key}={quote(value)}" for key, value in zip(("type", "id"), PERSON.split(":"), strict=True))
    pictures = {
        "explore-overview": "overview",
        "explore-person": f"principal?{who}",
        "explore-why": f"why?{who}&what={quote(WHAT)}",
        "explore-graph": f"graph?{who}",
        "explore-matrix": "matrix",
        "explore-changes": "changes",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "browser").mkdir()
        path = organisation(folder)
        with served(path) as link:
            driver = browser(folder / "browser")
            try:
                driver.get(link)
                base = driver.current_url.rpartition("/")[0]
                for picture, page in pictures.items():
                    take(driver, f"{base}/{page}", into / f"{picture}.png", DESKTOP, "light")
                take(driver, f"{base}/principal?{who}", into / "explore-phone.png", PHONE, "light")
                review(driver, path, into)
            finally:
                driver.quit()


if __name__ == "__main__":
    main()
