"""Decisions that are made in the page of a review: kept in the browser, saved as a file, imported."""

import json
import time

import pytest

from connector_host.review.decisions import read_decisions
from connector_host.review.pages.review_page import write
from connector_host.review.review_files import ReviewRequest, open_review

TAB = "\ue004"


@pytest.fixture
def page(make_c1z, organisation, tmp_path):
    """The page of the small organisation, in which Ada holds read and write on Payroll directly."""
    organisation.grants[6] = organisation.grant("app:a1:read", "user", "u1")
    path = tmp_path / "q1.html"
    with open_review(ReviewRequest((make_c1z(organisation),))) as review, path.open("wb") as file:
        write(review, file)
    return path


@pytest.fixture
def opened(browser, page):
    """The part *Decide* of the page, in a browser that has stored nothing; downloads go beside the page."""
    browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(page.parent))
    forget(browser, page)
    return browser


def forget(browser, page):
    """Open the page as in a browser that has stored nothing."""
    visit(browser, page)

    def visit_cleared():
        browser.run("localStorage.clear()")
        visit(browser, page)
        return browser.one("#decided").text.startswith("0 of")

    until(visit_cleared)


def visit_again(browser, page, progress):
    """Open the page until it shows what the page before it stored: a process of Chromium may start without it."""

    def is_shown():
        visit(browser, page)
        return browser.one("#decided").text == progress

    until(is_shown)


def visit(browser, page):
    browser.open("about:blank")
    browser.forget()
    browser.driver.get(f"{page.as_uri()}#decide")
    until(lambda: browser.run("return document.documentElement.dataset.ready"))


def until(check, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := check():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def line(browser, name):
    """The row of `Ada Lovelace on Payroll` and the like."""
    return browser.one(f"select[aria-label='Decision: {name}']").find_element("xpath", "ancestor::tr")


def choose(browser, name, word):
    from selenium.webdriver.support.select import Select

    Select(browser.one(f"select[aria-label='Decision: {name}']")).select_by_value(word)


def saved(browser, page):
    """Press *Save decisions* and return the file."""
    file = page.with_name("q1.decisions.json")
    file.unlink(missing_ok=True)
    browser.one("#save").click()
    until(file.exists)
    return file


def test_decisions_are_kept_saved_and_imported(opened, page):
    browser = opened
    assert browser.one("#decided").text == "0 of 5 rows decided"
    choose(browser, "Ada Lovelace on Payroll", "revoke")
    ada = line(browser, "Ada Lovelace on Payroll")
    ada.find_element("css selector", ".grants summary").click()
    until(lambda: ada.find_elements("css selector", ".grants label"))
    next(label for label in ada.find_elements("css selector", ".grants label") if "write" in label.text).click()
    ada.find_element("css selector", ".note-text").send_keys("only reads <now>")
    choose(browser, "Bob on Engineering", "keep")
    choose(browser, "Engineering on Payroll", "reassign")
    browser.driver.switch_to.active_element.send_keys("Zoë")  # the field for the person has the focus
    assert browser.one("#decided").text == "2 of 5 rows decided, 1 reassign"
    browser.one("#save").click()
    assert browser.one("#told").text == "Enter your name under Reviewer first."
    browser.driver.switch_to.active_element.send_keys("Rita")
    until(lambda: "Rita" in browser.run("return Object.values(localStorage).join()"))

    visit_again(browser, page, "2 of 5 rows decided, 1 reassign")
    assert browser.one("#reviewer").get_attribute("value") == "Rita"
    assert browser.one("[aria-label='Reassign to: Engineering on Payroll']").get_attribute("value") == "Zoë"
    file = saved(browser, page)
    assert browser.one("#told").text == "Saved as q1.decisions.json: hand in this file."
    decided = read_decisions(file)
    assert [(one.row.grant, one.reviewer, one.note) for one in decided.revocations] == [
        ("app:a1:write:user:u1", "Rita", "only reads <now>")
    ]
    assert +decided.counts == {"keep": 1, "revoke": 1, "reassign": 1, "undecided": 2}
    assert (decided.reassigned, decided.undecided, decided.lacking) == ({"Zoë": 1}, 3, 0)
    assert browser.complaints() == []
    assert {url.partition("#")[0] for url in browser.requests()} == {page.as_uri()}


def test_a_page_that_is_left_at_once_keeps_the_last_decision(opened, page):
    browser = opened
    browser.run("""
        const field = document.querySelector("select[aria-label='Decision: Bob on Engineering']");
        field.value = "keep";
        field.dispatchEvent(new Event("change", { bubbles: true }));
        location.href = "about:blank";""")
    visit_again(browser, page, "1 of 5 rows decided")


def test_a_saved_file_is_loaded_again(opened, page):
    browser = opened
    browser.one("#reviewer").send_keys("Rita")
    choose(browser, "Bob on Engineering", "keep")
    choose(browser, "Ada Lovelace on Platform", "ask")
    file = saved(browser, page)
    forget(browser, page)
    browser.one("#load").send_keys(str(file))
    until(lambda: browser.one("#told").text == "2 decisions loaded.")
    assert browser.one("#decided").text == "1 of 5 rows decided, 1 ask"
    assert browser.one("#reviewer").get_attribute("value") == "Rita"

    other = page.with_name("other.json")
    for change, told in (
        ({"review": "x"}, "These decisions belong to another review: nothing was loaded."),
        ({"format": "notes"}, "This is not a decision file: nothing was loaded."),
        (
            {"decisions": [{"system": "sync", "row": "r99", "decision": "keep", "date": "2026-01-02"}]},
            "0 decisions loaded. 1 row of the file cannot be matched with this page and was left out.",
        ),
    ):
        other.write_text(json.dumps(json.loads(file.read_text()) | change))
        browser.one("#load").send_keys(str(other))
        until(lambda told=told: browser.one("#told").text == told)
    assert browser.one("#decided").text == "1 of 5 rows decided, 1 ask"


def pairs(ranges):
    """(first, last) of each range of rows that the page stored."""
    return [
        (first, last) for numbers in ranges.values() for first, last in zip(numbers[::2], numbers[1::2], strict=True)
    ]


def test_it_can_be_decided_with_the_keyboard(opened, page):
    browser = opened
    browser.one("#reviewer").send_keys(f"Rita{TAB}")
    browser.run("document.querySelector('#decide-table select').focus()")
    browser.driver.switch_to.active_element.send_keys(f"k{TAB}fine")
    assert browser.one("#decided").text == "1 of 5 rows decided"
    assert browser.one("#decide-table .note-text").get_attribute("value") == "fine"
    browser.one(".keep-shown").click()
    assert browser.one("#decided").text == "5 of 5 rows decided"
    assert browser.one("#progress").get_attribute("value") == "5"
    kept = "return JSON.parse(Object.values(localStorage)[0] || '{}').ranges || {}"
    until(lambda: sum(last - first + 1 for first, last in pairs(browser.run(kept))) == 4)
    visit_again(browser, page, "5 of 5 rows decided")


def test_rows_are_narrowed_and_inherited_ones_lead_to_the_group(opened):
    from selenium.webdriver.support.select import Select

    browser = opened
    shown = "return [...document.querySelectorAll('#decide-table tbody th a')].map((name) => name.textContent)"
    choose(browser, "Bob on Engineering", "keep")
    Select(browser.one("#decide [name=show]")).select_by_value("open")
    until(lambda: len(browser.run(shown)) == 4)
    Select(browser.one("#decide [name=show]")).select_by_value("follows")
    until(lambda: browser.run(shown) == ["Ada Lovelace", "Bob"])
    bob = browser.all("#decide-table tbody tr")[1]
    assert "inherited: read through Engineering member" in bob.text
    assert "follows from Engineering member" in bob.text
    bob.find_element("partial link text", "Engineering").click()
    until(lambda: "Bob" in browser.one("#resource-list details[open]").text)
    browser.run("location.hash = '#people'")
    until(lambda: browser.one("#people").is_displayed())
    entry = next(one for one in browser.all("#people .entry") if "Ada" in one.text)
    entry.find_element("css selector", "summary").click()
    until(lambda: browser.all("#people details[open] .choose button"))[-1].click()
    until(lambda: browser.one("#decide").is_displayed())
    assert set(browser.run(shown)) == {"Ada Lovelace"}
    browser.one("#decide .chosen button").click()
    assert len(browser.run(shown)) == 7


def test_without_storage_it_says_so(opened, page):
    browser = opened
    page.write_text(page.read_text().replace("localStorage", "missingStorage"))
    # the policy names the hash of the script, so the changed page needs another one
    import base64
    import hashlib
    import re

    text = page.read_text()
    script = re.findall(r"<script>(.*?)</script>", text, re.S)[-1]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page.write_text(re.sub(r"(script-src 'sha256-[^']+') 'sha256-[^']+'", rf"\1 'sha256-{hashed}'", text))
    visit(browser, page)
    assert "This browser does not keep your decisions" in browser.one("#kept").text
    browser.one("#reviewer").send_keys("Rita")
    choose(browser, "Bob on Engineering", "keep")
    assert read_decisions(saved(browser, page)).counts["keep"] == 1


def test_paper_has_the_rows_with_repeated_heads_and_ids_at_the_end(opened):
    import base64

    browser = opened
    choose(browser, "Bob on Engineering", "revoke")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    browser.prefer(media="print")
    heads = [cell.text for cell in browser.all("#paper thead th")]
    assert heads == ["Principal", "Resource", "Permissions", "Decision", "Note", "IDs"]
    assert (
        browser.run("return getComputedStyle(document.querySelector('#paper thead')).display") == "table-header-group"
    )
    rows = [row.text for row in browser.all("#paper tbody tr")]
    assert len(rows) == 5
    assert any("Bob" in row and "revoke" in row for row in rows)
    assert not browser.one("#people").is_displayed()
    assert not browser.one("#decide form").is_displayed()
    browser.prefer()
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.all("#paper table") == []
    sheet = base64.b64decode(browser.command("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert b"/MediaBox [0 0 841" in sheet  # A4, landscape
