"""The page that `connector-host review -o review.html` writes, opened from a folder as from a mail, in a real browser."""

import base64
import copy
import re
import subprocess
import sys
import time

import pytest

from connector_host.c1z.opening import open_store
from connector_host.query.access.access_paths import explain_access
from connector_host.query.access.principal_access import is_direct
from connector_host.query.lookup.object_cache import SyncObjects
from connector_host.review.pages import review_page as made
from connector_host.review.review_files import ReviewRequest, open_review
from connector_host.wire import stored_grants

HOSTILE = '</script><img src=x onerror="document.title=1">\u202e\u2028<b>Eve</b>'
SHOWN = HOSTILE.replace("\u202e", "\\u202e").replace("\u2028", "\\u2028")
DOWN, RIGHT, END, HOME, PAGE_DOWN, TAB, CONTROL = (
    *("\ue015", "\ue014", "\ue010", "\ue011", "\ue00f"),
    *("\ue004", "\ue009"),
)
IN_BRACKETS = re.compile(r" \([^()]*\)$")  # the resource, where an entitlement's name does not say it
VIEWS = ("summary", "people", "resources", "matrix", "changes", "about")


def write(path, *others):
    """The page of these files, beside the first."""
    out = path.with_suffix(".html")
    with open_review(ReviewRequest((path, *others))) as review, out.open("wb") as file:
        made.write(review, file)
    return out


@pytest.fixture
def page(make_c1z, organisation):
    """Two syncs; in the second, Eve with a hostile name is new and may administer Payroll."""
    m = organisation.m
    later = copy.deepcopy(organisation)
    later.resources.append(m.Resource(m.ResourceId("user", "eve"), HOSTILE, traits=(m.UserTrait(),)))
    later.resources.append(m.Resource(m.ResourceId("app", "wide"), "W" * 200, traits=(m.AppTrait(),)))
    later.entitlements.append(later.entitlement("app", "a1", "admin"))
    later.entitlements.append(later.entitlement("app", "wide", "W" * 99))
    later.grants.append(later.grant("app:a1:admin", "user", "eve"))
    later.grants.append(later.grant(f"app:wide:{'W' * 99}", "user", "eve"))
    later.grants.append(later.grant("app:a1:admin", "user", "u1", sources={"group:g1:member": False}))
    return write(make_c1z(organisation, later))


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The fake connector's organisation: the file, and the page of it."""
    path = tmp_path_factory.mktemp("company") / "sync.c1z"
    words = [sys.executable, "-m", "connector_host", "sync", "fake", "-f", str(path)]
    subprocess.run(words, check=True, capture_output=True, cwd=path.parent)
    return path, write(path)


def ready(browser, where, part=""):
    """Open a page, or a part of it, and wait for its script."""
    browser.open("about:blank")
    browser.forget()
    browser.driver.get(where.as_uri() + part)
    until(lambda: browser.run("return document.documentElement.dataset.ready"))


def until(found, seconds=10):
    """What `found` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def go(browser, part):
    """Go to a part of the open page."""
    browser.run("location.hash = arguments[0]", part)
    until(lambda: browser.run("return !document.querySelector(arguments[0]).closest('section').hidden", part))


# The trees of opened entries: [[who, [[resource, [[levels, how, [path, ...]], ...]], ...]], ...]
TREES = """
const texts = (within, selector) => [...within.querySelectorAll(selector)].map((one) => one.textContent);
return [...document.querySelectorAll('#people details[open]')].map((entry) => [
  entry.querySelector('p').textContent.split(' · ')[0],
  [...entry.querySelectorAll('.tree > .on')].map((on) => [
    on.querySelector(':scope > a').textContent,
    [...on.querySelectorAll(':scope > ul > li')].map((line) => [
      texts(line, ':scope > strong'), line.querySelector('.tag-how').textContent, texts(line, '.paths li')])])])
"""


def test_search_leads_to_a_person_and_the_tree_says_why(browser, page):
    ready(browser, page)
    browser.run("document.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))")
    browser.driver.switch_to.active_element.send_keys("LOVELÁCE")
    link = until(lambda: browser.all("#found a"))[0]
    assert browser.one("#found p").text == "1 principal, 0 resources"
    link.click()
    entry = until(lambda: browser.all("#people details[open]"))[0]
    assert "Ada Lovelace" in entry.text
    assert not browser.one("#found").is_displayed()
    until(lambda: browser.all("details[open] .tree"))
    [[who, lines]] = browser.run(TREES)
    tree = dict(lines)
    assert who == "user:u1"
    assert tree["Payroll"] == [
        [["admin"], "inherited", ["Ada Lovelace → Platform member → Engineering member → Payroll admin"]],
        [["read"], "inherited", ["Ada Lovelace → Platform member → Engineering member → Payroll read"]],
        [["write"], "direct", []],
    ]
    assert tree["Platform"] == [[["member"], "direct", []]]
    assert "privileged" in entry.text
    assert "new" in entry.text
    browser.one("details[open] .choose button:nth-child(2)").click()
    assert "Through Platform member" in browser.one("details[open] .plain").text
    assert not browser.one("details[open] .tree").is_displayed()


def paths_seen(browser, page):
    """(principal, resource, level) -> (how, [names on the way, ...]), as the trees of all principals have them."""
    ready(browser, page, "#people")
    browser.run("for (const entry of document.querySelectorAll('#people .entry')) entry.open = true")
    until(lambda: len(browser.all(".tree")) == len(browser.all("#people .entry")))
    seen = {}
    for who, tree in browser.run(TREES):
        for on, lines in tree:
            for levels, how, paths in lines:
                steps = [[IN_BRACKETS.sub("", step) for step in text.split(" → ")[1:-1]] for text in paths]
                seen.update({(who, on, level): (how, steps) for level in levels})
    return seen


def paths_of(path):
    """The same as `why` has them."""
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        objects = SyncObjects(view)
        expected = {}
        for row in view.grants():
            key = str(row.principal_id), objects.resources[row.resource_type, row.resource].name
            found = explain_access(view, row.principal_id, row.entitlement, 5)
            ways = [reason for reason in found.reasons if reason.edges]
            steps = [[objects.entitlements[edge.source].name for edge in reason.edges] for reason in ways]
            sources = stored_grants.sources(row.data)
            inherited = "inherited" if set(sources) - {row.entitlement} else ""
            direct = "direct" if is_direct(sources, row.entitlement) else ""
            how = ", ".join(word for word in (direct, inherited) if word)
            expected[*key, objects.entitlements[row.entitlement].slug] = (how, steps)
        return expected


def test_every_path_is_the_one_that_why_gives(browser, company):
    path, page = company
    assert paths_seen(browser, page) == paths_of(path)
    assert browser.complaints() == []


@pytest.mark.golden
@pytest.mark.parametrize("name", ["onepassword-team", "scenario-nested", "scenario-cycles"])
def test_so_it_is_for_the_files_of_the_go_tools(browser, golden_folder, tmp_path, name):
    path = tmp_path / "sync.c1z"
    path.write_bytes((golden_folder / name / "sync.c1z").read_bytes())
    seen = paths_seen(browser, write(path))
    assert seen == paths_of(path)
    assert any(steps for _, steps in seen.values())


def test_the_matrix_says_what_the_grants_do(browser, company):
    path, page = company
    ready(browser, page, "#matrix")
    browser.run(
        "const select = document.querySelector('#matrix [name=type]'); select.value = ''; "
        "select.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    until(lambda: browser.one("#matrix .count").text.startswith("42 "))
    cells = {}
    for top in (0, 700):
        for left in range(0, 3200, 800):
            browser.run("document.querySelector('.grid').scrollTo(arguments[0], arguments[1])", left, top)
            cells.update(
                (tuple(key), text)
                for *key, text in browser.driver.execute_async_script(
                    """const done = arguments[0];
                    requestAnimationFrame(() => requestAnimationFrame(() => {
                      const name = (at) => document.querySelector(`.grid [data-at="${at}"]`)?.textContent;
                      done([...document.querySelectorAll('.grid td')].filter((cell) => cell.title).map((cell) => {
                        const [row, column] = cell.dataset.at.split(' ');
                        return [name(`${row} -1`), name(`-1 ${column}`), cell.title];
                      }));
                    }))"""
                )
            )
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        objects = SyncObjects(view)
        expected = {}
        for row in view.grants():
            ends = (
                objects.resources[row.principal_type, row.principal],
                objects.resources[row.resource_type, row.resource],
            )
            key = tuple(one.name for one in ends)
            expected.setdefault(key, set()).add(objects.entitlements[row.entitlement].slug)
    assert {key: set(text.split(", ")) for key, text in cells.items()} == expected


def test_the_matrix_is_a_table_for_keys_and_screen_readers(browser, company):
    _, page = company
    ready(browser, page, "#matrix")
    grid = browser.one(".grid table")
    assert grid.get_attribute("role") == "grid"
    rows, columns = (int(grid.get_attribute(f"aria-{name}count")) for name in ("row", "col"))
    assert (rows, columns) == (28, 25)
    assert browser.run("return [...document.querySelectorAll('.grid th')].every((cell) => cell.scope && cell.role)")
    assert browser.run("return document.querySelectorAll('.grid [tabindex=\"0\"]').length") == 1
    browser.one(".grid [tabindex='0']").click()
    active = browser.driver.switch_to.active_element
    active.send_keys(DOWN + RIGHT)
    assert browser.run("return document.activeElement.dataset.at") == "1 1"
    browser.driver.switch_to.active_element.send_keys(CONTROL + END)
    assert browser.run("return document.activeElement.dataset.at") == f"{rows - 2} {columns - 2}"
    assert browser.run("return document.activeElement.getAttribute('aria-colindex')") == str(columns)
    box = "const box = document.querySelector('.grid').getBoundingClientRect();"
    inside = "const at = document.activeElement.getBoundingClientRect(); return at.right <= box.right + 1 && at.bottom <= box.bottom + 1"
    assert browser.run(box + inside)
    browser.driver.switch_to.active_element.send_keys(HOME)
    assert browser.run("return document.activeElement.dataset.at") == f"{rows - 2} 0"
    name = browser.run("return document.querySelector(`.grid [data-at='${arguments[0]} -1']`).textContent", rows - 2)
    assert browser.one(".cell-text").text.startswith(f"{name} on ")
    browser.run("document.querySelector('.grid').scrollTo(9999, 9999)")
    until(lambda: browser.run("return document.activeElement.dataset.at === '-1 -1'"))  # out of sight, but not lost
    browser.driver.switch_to.active_element.send_keys(DOWN)
    assert browser.run("return document.activeElement.dataset.at") == f"{rows - 2} 0"
    browser.driver.switch_to.active_element.send_keys("\n")
    assert name in until(lambda: browser.all("#people details[open] summary"))[0].text


def test_a_cell_says_in_words_what_its_signs_mean(browser, page):
    ready(browser, page, "#matrix")
    cells = browser.run("return [...document.querySelectorAll('.grid td.held')].map((cell) => cell.textContent)")
    assert "◆ adminadmin (privileged)" in cells
    assert any("through groups" in text for text in cells)


def test_lists_can_be_narrowed(browser, company):
    _, page = company
    ready(browser, page, "#people")
    shown = "return [...document.querySelectorAll('#people .entry')].filter((one) => one.checkVisibility()).map((one) => one.querySelector('.name').textContent)"
    assert len(browser.run(shown)) == 42
    browser.one("#people input").send_keys("bjorn")
    until(lambda: browser.run(shown) == ["Björn Lindqvist"])
    assert browser.one("#people .count").text == "1 of 42"
    browser.run(
        "const field = document.querySelector('#people input'); field.value = ''; field.dispatchEvent(new Event('input'))"
    )
    browser.one("#people select option[value=service]").click()
    until(lambda: browser.run(shown) == ["Build Robot"])
    go(browser, "#resources")
    browser.one("#resources input").send_keys("vault")
    until(lambda: browser.one("#resources .count").text.endswith(" of 24"))


def test_a_resource_says_who_holds_it_and_how(browser, page):
    ready(browser, page, "#resources")
    entry = next(one for one in browser.all("#resource-list .entry") if "Payroll" in one.text)
    entry.find_element("css selector", "summary").click()
    rows = until(lambda: [row.text for row in entry.find_elements("css selector", "tbody tr")])
    assert any("Bob" in row and "through Engineering member" in row for row in rows)
    assert any("Engineering" in row and row.endswith("direct") for row in rows)
    entry.find_element("partial link text", "Ada").click()
    assert "Ada Lovelace" in until(lambda: browser.all("#people details[open]"))[0].text


def test_nothing_leaves_the_page_and_names_are_text(browser, page):
    ready(browser, page)
    for name in VIEWS:
        go(browser, f"#{name}")
    go(browser, "#people")
    entry = next(one for one in browser.all("#people .entry") if "Eve" in one.text)
    entry.find_element("css selector", "summary").click()
    until(lambda: browser.all("details[open] .tree"))
    assert SHOWN in entry.text
    assert browser.all("main img, main b, main script") == []
    assert browser.driver.title != "1"
    assert browser.complaints() == []
    assert {url.partition("#")[0] for url in browser.requests()} == {page.as_uri()}
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    browser.run("""
        const script = document.createElement('script'); script.textContent = 'document.title = "run"';
        document.body.append(script);
        new Image().src = 'http://elsewhere.example/pixel.png';
        fetch('http://elsewhere.example/data').catch(() => {});
    """)
    said = []
    until(lambda: said.extend(browser.complaints()) or len(said) >= 3)
    assert all("Content Security Policy" in line for line in said)
    assert {
        word for word in ("pixel.png", "elsewhere.example/data", "inline script") if any(word in one for one in said)
    }
    assert browser.driver.title != "run"


def test_it_reads_well_without_script(browser, page):
    with browser.without_script():
        browser.open(page)
        assert "Findings" in browser.text
        assert not browser.one("#search").is_displayed()
        assert browser.one("#matrix table").is_displayed()  # a small one
        assert "Ada Lovelace" in browser.one("#people").text
        next(one for one in browser.all("#people summary") if "Ada" in one.text).click()
        assert "Through Platform member" in browser.one("#people details[open]").text
        assert "Payroll admin on Payroll" in browser.one("#changes").text
        assert "SHA-256" in browser.one("#about").text
        assert "This list needs script" in browser.one("#resources").text
        browser.phone()
    assert browser.sideways <= 0
    assert browser.complaints() == []


def test_it_reads_well_when_its_script_fails(browser, page):
    text = page.read_text()
    page.write_text(text.replace('id="data">{', 'id="data">{{'))
    browser.open(page)
    until(lambda: not browser.one("#search").is_displayed())
    assert "Ada Lovelace" in browser.one("#people").text
    assert "SHA-256" in browser.one("#about").text


def test_it_can_be_printed(browser, page):
    ready(browser, page)
    browser.prefer(media="print")
    assert not browser.one("nav.views").is_displayed()
    assert not browser.one(".grid").is_displayed()
    assert browser.one("#matrix .in-print").is_displayed()
    seen = "return [...document.querySelectorAll('#people .plain, #changes li')].every((one) => one.checkVisibility())"
    assert browser.run(seen)
    browser.prefer()
    paper = base64.b64decode(browser.command("Page.printToPDF")["data"])
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") >= 1


def test_it_fits_a_telephone_light_and_dark(browser, page):
    browser.phone()
    ready(browser, page)
    light = browser.run("return getComputedStyle(document.body).backgroundColor")
    for name in VIEWS:
        go(browser, f"#{name}")
        assert browser.sideways <= 0, name
    go(browser, "#people")
    browser.run("for (const entry of document.querySelectorAll('#people .entry')) entry.open = true")
    until(lambda: len(browser.all(".tree")) == len(browser.all("#people .entry")))
    assert browser.sideways <= 0
    browser.prefer("dark")
    assert browser.run("return getComputedStyle(document.body).backgroundColor") != light


def test_two_files_are_on_one_page(browser, make_c1z, organisation):
    first = make_c1z(organisation, name="first.c1z")
    organisation.resources[0] = organisation.user("u1", "Grace Hopper", "grace@example.com")
    page = write(first, make_c1z(organisation, name="second.c1z"))
    ready(browser, page)
    assert [head.text for head in browser.all("#summary > h2")] == ["first", "second"]
    go(browser, "#matrix")
    options = [option.text for option in browser.all("#matrix [name=type] option")]
    assert options[0] == "All types"
    assert len(set(options)) == len(options), "types of two systems cannot be told apart"


def test_enter_goes_to_the_first_that_is_found(browser, page):
    ready(browser, page)
    browser.one("#search").send_keys("lovelace\n")
    entry = until(lambda: browser.all("#people details[open]"))[0]
    assert "Ada Lovelace" in entry.text
    entry.find_element("css selector", "summary").click()
    browser.one("#search").send_keys("lovelace\n")  # the same address again opens it again
    until(lambda: browser.all("#people details[open]"))
    browser.one("#people input").send_keys("bob\n")
    until(lambda: browser.one("#people .count").text.startswith("1 of"))
    assert {url.partition("#")[0] for url in browser.requests()} == {page.as_uri()}
    assert browser.complaints() == []


def test_an_address_leads_past_a_filter(browser, page):
    ready(browser, page, "#people")
    name = browser.run(
        "return [...document.querySelectorAll('#people .entry')].find((one) => one.textContent.includes('Ada')).id"
    )
    browser.one("#people input").send_keys("bob")
    until(
        lambda: (
            browser.one("#people .count").text.startswith("2 of")
            or browser.one("#people .count").text.startswith("1 of")
        )
    )
    go(browser, f"#{name}")
    assert until(lambda: browser.one(f"#{name}").is_displayed())
    assert "user:u1" in browser.one(f"#{name}").text
