"""Make the pictures in docs/images: pages of `explore` and `review`, at desktop and phone width.

    python tools/screenshots.py [--into docs/images]

Needs the extra `dev`, the fake connector, and Debian's `chromium` and `chromium-driver`. They show the
fake connector's organisation; the earlier of its two syncs lacks a few grants and has one person more.
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
from connector_host.query.access.principal_access import is_direct
from connector_host.wire import decode, stored_grants

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
DESKTOP, PHONE = (1280, 860, 1, False), (390, 800, 2, True)
LARGEST = 150_000  # bytes
PERSON, WHAT = "user:zoe.papadaki", "app:source:read"


def scenario(path: Path) -> dict[str, Any]:
    """Return the newest sync in a file as a scenario of the fake connector."""
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


def _type(resource_type: Any) -> dict[str, Any]:
    skip = {"skip_entitlements_and_grants": True} if resource_type.skip_entitlements_and_grants else {}
    traits = [trait.name.lower() for trait in resource_type.traits]
    return {"id": resource_type.id, "display_name": resource_type.display_name, "traits": traits, **skip}


def _resource(resource: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        **_id(resource.id),
        "display_name": resource.display_name,
        "description": resource.description,
    }
    for trait in resource.traits:
        if mails := getattr(trait, "emails", ()):
            fields["email"] = mails[0].address
        if (account_type := getattr(trait, "account_type", None)) and account_type.name != "UNSPECIFIED":
            fields["account_type"] = account_type.name.lower()
        status = resource.status or getattr(trait, "status", None)
        if status is not None and status.status.name in ("ENABLED", "DISABLED"):
            fields["status"] = status.status.name.lower()
    if resource.profile:
        fields["profile"] = dict(resource.profile)
    return {key: value for key, value in fields.items() if value}


def _entitlement(entitlement: Any) -> dict[str, Any]:
    return {
        "resource": _id(entitlement.resource.id),
        "slug": entitlement.slug,
        "purpose": entitlement.purpose.name.lower(),
        "display_name": entitlement.display_name,
        "description": entitlement.description,
        "grantable_to": [getattr(each, "id", each) for each in entitlement.grantable_to],
    }


def _grant(grant: Any) -> dict[str, Any]:
    principal = grant.principal if isinstance(grant.principal, ResourceId) else grant.principal.id
    fields: dict[str, Any] = {"entitlement": grant.entitlement.id, "principal": _id(principal)}
    if grant.expandable is not None:
        fields["expand"] = {"entitlements": list(grant.expandable.entitlement_ids), "shallow": grant.expandable.shallow}
    return fields


def organisation(folder: Path) -> Path:
    """Write a file with two syncs of the organisation, the earlier one a little different."""
    run("sync", "fake", "-f", folder / "now.c1z")
    now = scenario(folder / "now.c1z")
    mail = "lena.brandt@larkfield.example"
    former_user = {"type": "user", "id": "lena.brandt", "display_name": "Lena Brandt", "email": mail}
    grants = [grant for number, grant in enumerate(now["grants"]) if number % 17 != 5]
    former_grant = {"entitlement": grants[0]["entitlement"], "principal": {"type": "user", "id": "lena.brandt"}}
    before = {**now, "resources": [*now["resources"], former_user], "grants": [*grants, former_grant]}
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
    """Serve the pages of a file, and yield the link to them."""
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
    """Start a browser that fetches nothing from the network."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, OFFLINE, f"--user-data-dir={home}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))


def take(
    driver: webdriver.Chrome, where: str, path: Path, size: tuple[int, int, int, bool], scheme: str, script: str = ""
) -> None:
    """Take one picture, after a script has run in the page."""
    width, height, scale, mobile = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.get(where)
    if script:
        driver.execute_script(script)
    data = base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])
    path.write_bytes(data)
    print(f"{path} {len(data) // 1000} kB{'  TOO LARGE' if len(data) > LARGEST else ''}")


DECIDED = """
const rows = [...document.querySelectorAll('#decide-table tbody tr')];
document.querySelector('#reviewer').value = 'Rita Reviewer';
for (const [row, word] of [[0, 'keep'], [1, 'revoke'], [2, 'keep'], [3, 'reassign']]) {
  const select = rows[row].querySelector('select');
  select.value = word;
  select.dispatchEvent(new Event('change'));
}
document.activeElement.value = 'Kiran Rao';
document.activeElement.blur();
"""
"""Decisions on the first rows of the page of a review."""


def review(driver: webdriver.Chrome, path: Path, into: Path) -> None:
    """Take the pictures of a review's page."""
    page = path.with_suffix(".html")
    run("review", "-f", path, "-o", page)
    take(driver, page.as_uri(), into / "review-summary.png", DESKTOP, "light")
    entries = driver.find_elements("css selector", "#people .entry")
    texts = ((entry.get_attribute("textContent") or "", entry.get_attribute("id")) for entry in entries)
    person = next(name for text, name in texts if PERSON in text)
    take(driver, f"{page.as_uri()}#decide", into / "review-decide.png", DESKTOP, "light", DECIDED)
    for picture, part, size, scheme in (
        ("review-person", person, DESKTOP, "light"),
        ("review-matrix", "matrix", DESKTOP, "dark"),
        ("review-phone", "summary", PHONE, "light"),
    ):
        take(driver, f"{page.as_uri()}#{part}", into / f"{picture}.png", size, scheme)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=Path("docs/images"))
    into = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    query = "&".join(f"{key}={quote(value)}" for key, value in zip(("type", "id"), PERSON.split(":"), strict=True))
    pictures = {
        "explore-overview": "overview",
        "explore-person": f"principal?{query}",
        "explore-why": f"why?{query}&what={quote(WHAT)}",
        "explore-graph": f"graph?{query}",
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
                take(driver, f"{base}/principal?{query}", into / "explore-phone.png", PHONE, "light")
                review(driver, path, into)
            finally:
                driver.quit()


if __name__ == "__main__":
    main()
