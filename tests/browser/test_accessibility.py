"""Every page against the rules of axe: the explorer, and the page of a review. `tox -e axe` installs axe."""

import importlib.util
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.test_explore import served
from tests.browser.test_review_decisions import choose, until, visit
from tests.browser.test_review_page import VIEWS, company, go

PACKAGE = importlib.util.find_spec("axe_playwright_python")
pytestmark = [
    pytest.mark.skipif(PACKAGE is None, reason="axe is not installed: tox -e axe"),
    pytest.mark.usefixtures("browser"),
]
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document).then(({violations}) => done(violations.map(({id, nodes}) => [id, nodes.slice(0, 3).map((one) => one.html.slice(0, 200))])));
"""
NUMBER = re.compile(r"/[^/?]*[:.%0-9][^/?]*")
SCREENS = ("desktop", "dark", "phone")
__all__ = ["company", "served"]


@pytest.fixture
def violations(browser):
    """`violations(where)`: what axe finds wrong with the open page, at each size and in both colours."""
    script = next(Path(PACKAGE.origin).parent.glob("axe.min.js")).read_text(encoding="utf-8")

    def check(where):
        wrong = []
        for screen in SCREENS:
            browser.desktop()
            if screen == "phone":
                browser.phone()
            elif screen == "dark":
                browser.prefer("dark")
            browser.run(f"if (!window.axe) {{ {script} }}")
            wrong += [(where, screen, *violation) for violation in browser.driver.execute_async_script(RUN)]
        browser.desktop()
        return wrong

    return check


def _kind(url):
    """What sort of page an address leads to: its path without ids, and the names of its parameters."""
    parts = urlsplit(url)
    names = sorted({word.partition("=")[0] for word in parts.query.split("&") if word})
    return NUMBER.sub("/*", parts.path), tuple(names)


def _pages(browser, link, most):
    """Yield one page of each sort that links lead to, the nearest first."""
    browser.open(link)
    home = browser.driver.current_url
    root = home.partition("/open")[0].rstrip("/")
    waiting, seen = [home], {_kind(home)}
    while waiting and most:
        url = waiting.pop(0)
        browser.driver.get(url)
        yield url
        most -= 1
        links = browser.run("return [...document.querySelectorAll('main a[href], nav a[href]')].map((one) => one.href)")
        for other in links:
            name = other.partition("#")[0]
            if (
                name.startswith(urlsplit(root)._replace(path="", query="", fragment="").geturl())
                and _kind(name) not in seen
            ):
                if re.search(r"\.(csv|json|svg|dot|mmd|graphml|xlsx|txt)\b|format=", name):
                    continue
                seen.add(_kind(name))
                waiting.append(name)


def test_no_page_of_the_explorer_breaks_a_rule(browser, served, violations):
    wrong, count = [], 0
    for url in _pages(browser, served, 40):
        wrong += violations(url)
        count += 1
    assert wrong == []
    assert count > 12


def test_no_part_of_a_review_breaks_a_rule(browser, company, violations):
    _, page = company
    visit(browser, page)
    browser.run("localStorage.clear()")
    visit(browser, page)
    names = [one.get_attribute("aria-label").removeprefix("Decision: ") for one in browser.all("#decide-table select")]
    for name, word in zip(names, ("keep", "revoke", "ask", "reassign"), strict=False):
        choose(browser, name, word)
    browser.one(".grants summary").click()
    until(lambda: browser.all(".grants label"))
    wrong = violations("decide")
    for part in VIEWS:
        go(browser, f"#{part}")
        browser.run(
            "for (const one of [...document.querySelectorAll(`#${arguments[0]} .entry`)].slice(0, 5)) one.open = true",
            part,
        )
        wrong += violations(part)
    assert wrong == []


def test_the_rules_would_find_a_fault(browser, tmp_path, violations):
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1><img src="data:,"></main>')
    browser.open(page)
    assert {violation[2] for violation in violations("page")} == {"image-alt"}
