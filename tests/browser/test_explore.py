"""The pages of `connector-host explore` in a real browser: a walk, and what must never happen on it."""

import copy
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

pytest.importorskip("uvicorn", reason="needs the extra explore")
HOSTILE = '<img src=x onerror="document.title=1"><b>Eve</b>'


@contextmanager
def _served(*paths, options=(), **environment):
    files = [word for path in paths for word in ("-f", str(path))]
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", "explore", "--port", "0", *files, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        drain = threading.Timer(20, process.kill)
        drain.start()
        process.communicate()
        drain.cancel()


@pytest.fixture
def served(make_c1z, organisation):
    """Two syncs: in the second, Eve with a hostile name is new, and there are more people than a page has rows."""
    m = organisation.m
    organisation.resources += [organisation.user(f"p{n:02}", f"Person {n:02}", f"p{n}@example.com") for n in range(60)]
    organisation.grants += [organisation.grant("group:g2:member", "user", f"p{n:02}") for n in range(60)]
    later = copy.deepcopy(organisation)
    wide = {"W" * 200: "W" * 200}
    later.resources.append(m.Resource(m.ResourceId("user", "eve"), HOSTILE, traits=(m.UserTrait(),), profile=wide))
    later.resources.append(m.Resource(m.ResourceId("app", "wide"), "W" * 200, traits=(m.AppTrait(),)))
    later.entitlements.append(later.entitlement("app", "wide", "W" * 99))
    later.grants.append(later.grant(f"app:wide:{'W' * 99}", "user", "u1"))
    later.types.append(m.ResourceType("wide", "W" * 200))
    later.grants.append(later.grant("app:a1:write", "user", "eve"))
    with _served(make_c1z(organisation, later)) as link:
        yield link


def _own(requests, link):
    return all(url.startswith(link.partition("/open")[0] + "/") for url in requests)


def test_walk_from_the_overview_to_the_reason(browser, served):
    browser.open(served)
    assert "token" not in browser.driver.current_url
    assert browser.one("h1").text == "Overview"
    browser.follow("Principals")
    browser.search("lovelace")
    browser.follow("Ada Lovelace")
    assert browser.one("h1").text == "Ada Lovelace"
    browser.follow("Payroll")
    assert "Grants on this resource" in browser.text
    browser.leave(browser.driver.back)
    row = next(row for row in browser.all("tbody tr") if "Payroll read" in row.text)
    assert "inherited" in row.text
    browser.leave(row.find_element("partial link text", "Why?").click)
    assert [step.text for step in browser.all(".path li")] == [
        "Ada Lovelace",
        "Platform member",
        "Engineering member",
        "Payroll read",
    ]
    browser.follow("Ada Lovelace")
    browser.follow("Graph")
    boxes = browser.all("svg a")
    assert len(boxes) == 8
    browser.leave(
        next(box for box in boxes if box.text.startswith("Payroll read")).find_element("css selector", "rect").click
    )
    assert browser.one("h1").text.startswith("Payroll")
    browser.follow("Matrix")
    assert "member" in browser.one(".matrix tbody").text
    browser.follow("Changes")
    assert "Eve" in browser.one("tbody").text
    assert _own(browser.requests(), served)
    assert browser.complaints() == []


def test_lists_work_without_script_on_a_phone_and_in_the_dark(browser, served):
    browser.phone()
    browser.prefer("dark")
    with browser.without_script():
        browser.open(served)
        browser.follow("Principals")
        assert "of 65" in browser.one(".pager").text
        browser.follow("Next")
        assert "Page 2 of 2" in browser.text
        browser.follow("Name")  # sorted by name, ascending: turned round
        assert browser.one("th[aria-sort=descending]").text.startswith("Name")
        assert browser.one("tbody th").text == "Platform"
        browser.search("person 07")
        assert [row.text for row in browser.all("tbody th")] == ["Person 07"]
    browser.follow("Person 07")
    assert browser.sideways <= 0
    pages = (
        "principal?type=user&id=eve",
        "resource?type=app&id=wide",
        "graph?type=user&id=u1",
        "why?type=user&id=u1&what=app:a1:read",
    )
    for page in pages:
        browser.driver.get(f"{browser.driver.current_url.rpartition('/')[0]}/{page}")
        assert browser.sideways <= 0, page
    for name in ("Overview", "Principals", "Resources", "Entitlements", "Grants", "Matrix", "Changes"):
        browser.follow(name)
        assert browser.sideways <= 0, name
    light = browser.run("return getComputedStyle(document.body).backgroundColor")
    browser.prefer("light")
    assert browser.run("return getComputedStyle(document.body).backgroundColor") != light


def test_hostile_names_are_text_and_the_pages_can_be_used_by_keyboard(browser, served):
    browser.open(served)
    browser.follow("Principals")
    browser.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))")
    browser.search("eve")
    assert browser.one("tbody th").text == HOSTILE
    assert browser.all("tbody img") == []
    browser.follow("Eve")
    assert HOSTILE in browser.one("h1").text
    browser.follow("Graph")
    assert browser.driver.title != "1"
    assert browser.all("main img, main b") == []
    assert browser.complaints() == []
    assert browser.run("return document.querySelectorAll('main, h1, header nav[aria-label]').length") == 3
    browser.one("body").send_keys("\ue004")  # tab
    assert browser.run("return document.activeElement.className") == "skip"
    assert browser.run("return [...document.querySelectorAll('th')].every(th => th.scope)")
    browser.prefer(media="print")
    assert not browser.one("header.top").is_displayed()


KINDS = (
    "overview",
    "types",
    "principals",
    "resources",
    "entitlements",
    "grants?q=zz",
    "grants",
    "matrix",
    "changes",
    "principal?type=user&id=u1",
    "resource?type=app&id=a1",
    "entitlement?id=app:a1:read",
    "why?type=user&id=u1&what=app:a1:read",
    "graph?type=user&id=u1",
)
HEARD = """
const said = [], all = (selector) => [...document.querySelectorAll(selector)];
const name = (one) => (one.ariaLabel || one.innerText || "").trim();
if (document.documentElement.lang !== "en") said.push("no language");
if (all("main").length !== 1 || all("h1").length !== 1) said.push("main, h1");
let level = 0;
for (const head of all("h1, h2, h3, h4")) {
  const now = Number(head.tagName[1]);
  if (now > level + 1) said.push("heading skips to " + now + ": " + name(head));
  level = now;
}
const marks = all("nav, [role=region], [role=search]").map((one) => one.tagName + one.getAttribute("role") + one.ariaLabel);
if (new Set(marks).size !== marks.length) said.push("landmarks of one name: " + marks);
for (const one of all("nav, [role=region]")) if (!one.ariaLabel) said.push("no label: " + one.className);
for (const one of all("a[href], button")) if (!name(one) && !one.textContent.trim()) said.push("no name: " + one.outerHTML);
for (const one of all("input:not([type=hidden]), select")) if (!one.labels.length) said.push("no label: " + one.name);
for (const one of all("table")) if (!one.caption || !one.caption.textContent) said.push("no caption");
for (const one of all("th")) if (!one.scope) said.push("no scope: " + name(one));
const ids = all("[id]").map((one) => one.id);
if (new Set(ids).size !== ids.length) said.push("ids twice");
return said;
"""


def test_every_kind_of_page_can_be_heard(browser, served):
    browser.open(served)
    base = browser.driver.current_url.rpartition("/")[0]
    titles = []
    for kind in KINDS:
        browser.driver.get(f"{base}/{kind}")
        assert browser.run(HEARD) == [], kind
        titles.append(browser.driver.title)
    assert len(set(titles)) == len(KINDS) - 1  # the grants, twice
    assert browser.complaints() == []


def test_the_keyboard_gets_everywhere_and_is_seen_where_it_is(browser, served):
    tab, enter, down, space = "\ue004", "\ue007", "\ue015", " "
    browser.open(served)
    browser.follow("Principals")

    def at():
        return browser.driver.switch_to.active_element

    browser.one("body").send_keys(tab)
    assert at().text == "Skip to the content"
    at().send_keys(enter)
    assert at().get_attribute("id") == "main"
    met = []
    for _ in range(14):
        at().send_keys(tab)
        seen = browser.run(
            "const style = getComputedStyle(document.activeElement);"
            "return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2"
        )
        assert seen, at().tag_name
        met.append(at().get_attribute("name") or at().tag_name)
    assert [name for name in met if name in ("q", "type", "state")] == ["q", "type", "state"]
    assert "button" in met
    choice = browser.one("select[name=type]")
    here = browser.driver.current_url
    choice.send_keys(down)
    assert choice.get_attribute("value") != ""
    assert browser.driver.current_url == here  # not before the button is pressed
    browser.leave(lambda: browser.one("form.filters button").send_keys(space))
    assert "type=" in browser.driver.current_url
    base = here.rpartition("/")[0]
    browser.driver.get(f"{base}/graph?type=user&id=u1")
    for _ in range(40):
        at().send_keys(tab)
        if at().tag_name == "a" and "Platform" in at().text:
            break
    browser.leave(lambda: at().send_keys(enter))
    assert browser.one("h1").text.startswith("Platform")


def test_wrong_token_wrong_host_and_no_cookie_show_nothing(browser, served):
    base = served.partition("/open")[0]
    port = base.rpartition(":")[2]
    for where in (
        f"{base}/open?token=wrong",
        base,
        f"{base}/s/x/overview",
        served.replace("127.0.0.1", browser.rebound),
    ):
        browser.open(where)
        assert "Overview" not in browser.text, where
        assert "Ada" not in browser.text, where
    browser.open(served)
    assert browser.one("h1").text == "Overview"
    browser.open(f"http://{browser.rebound}:{port}/")
    assert "not the address of this server" in browser.text


def test_the_page_of_a_started_browser_signs_in_once(browser, make_c1z, organisation, tmp_path):
    opened, program = tmp_path / "opened", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > "{opened}"\n')
    program.chmod(0o755)
    with _served(make_c1z(organisation), options=["--open"], BROWSER=f"{program} %s"):
        for _ in range(100):
            if opened.exists() and opened.read_text().endswith("\n"):
                break
            time.sleep(0.1)
        address = opened.read_text().strip()
        for title in ("Overview", "not valid"):
            browser.driver.get(address)
            for _ in range(100):
                if browser.driver.current_url.startswith("http") and title in browser.text:
                    break
                time.sleep(0.1)
            assert title in browser.text
        assert address.startswith("file:")


def test_the_cookie_is_not_sent_to_another_port(browser, served):
    received = []

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            received.append(self.headers.get("cookie"))
            self.send_response(200)
            self.send_header("set-cookie", "theme={dark}; Path=/")
            self.end_headers()

        def log_message(self, *_):
            pass

    browser.open(served)
    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        overview = browser.driver.current_url
        for path in ("", "s/x/overview", "open"):
            browser.driver.get(f"http://127.0.0.1:{other.server_port}/{path}")
        other.shutdown()
    assert received
    assert all("connector_host" not in (cookie or "") for cookie in received)
    browser.driver.get(overview)
    assert browser.one("h1").text == "Overview", "the cookie of the other server does no harm"
