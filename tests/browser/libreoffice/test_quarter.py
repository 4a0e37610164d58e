"""A quarter of access reviews: from the sync to the evidence, with workbooks that LibreOffice edits and saves."""

import datetime
import json
import time
import zipfile

import pytest

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra xlsx")
pytest.importorskip("xlsxwriter", reason="needs the extra xlsx")

OWNERS = {"vault": ("rita", "omar"), "ledger": ("omar", "lena"), "site": ("lena", "rita")}
PEOPLE = ("rita", "omar", "lena", "ada", "bob", "cy")


def scenario():
    """Three boxes with two owners each, whose own access the other owner reviews; a team that may open the vault."""

    def grant(box, slug, kind, name, **more):
        return {"entitlement": f"box:{box}:{slug}", "principal": {"type": kind, "id": name}, **more}

    types = [
        {"id": "user", "display_name": "User", "traits": ["user"], "skip_entitlements_and_grants": True},
        {"id": "group", "display_name": "Group", "traits": ["group"]},
        {"id": "box", "display_name": "Box", "traits": []},
    ]
    resources = [
        {"type": "user", "id": name, "display_name": name.title(), "email": f"{name}@example.com"} for name in PEOPLE
    ]
    resources.append({"type": "group", "id": "team", "display_name": "Team"})
    resources += [{"type": "box", "id": box, "display_name": box.title()} for box in OWNERS]
    entitlements = [{"resource": {"type": "group", "id": "team"}, "slug": "member", "display_name": "Team member"}]
    grants = [
        {"entitlement": "group:team:member", "principal": {"type": "user", "id": name}} for name in ("ada", "bob")
    ]
    for box, owners in OWNERS.items():
        entitlements += [{"resource": {"type": "box", "id": box}, "slug": slug} for slug in ("owner", "open", "fill")]
        grants += [grant(box, "owner", "user", name) for name in owners]
        grants += [grant(box, slug, "user", name) for name in ("ada", "cy") for slug in ("open", "fill")]
    grants.append(grant("vault", "open", "group", "team", expand={"entitlements": ["group:team:member"]}))
    return {
        "identity": {"account": "quarter", "user": "master", "limits": ["Cannot see the cellar."]},
        "resource_types": types,
        "resources": resources,
        "entitlements": entitlements,
        "grants": grants,
    }


class Quarter:
    """The commands of a quarter in one folder."""

    def __init__(self, ask, folder):
        self._ask, self.folder = ask, folder
        self.scenario = folder / "scenario.json"
        self.scenario.write_text(json.dumps(scenario()), encoding="utf-8")
        self.audit = folder / "audit.jsonl"

    def path(self, name):
        return self.folder / name

    def ask(self, *words, code=0):
        told = self._ask(*words)
        assert told.code == code, told.err
        return told

    def sync(self, name):
        self.ask("sync", "fake", "--scenario", self.scenario, "-f", self.path(name))

    def revoke(self, plan, *words):
        self.ask(
            *("revoke", "fake", "--scenario", self.scenario, "--writable", "-f", self.path("q1.c1z")),
            *("--from-file", plan, "--audit", self.audit, "--yes", *words),
        )


def rows_of(path):
    """The rows of a workbook that need a decision: (resource, principal) -> Row ID."""
    head, *rows = openpyxl.load_workbook(path)["Review"].iter_rows(values_only=True)
    titles = [title.partition(" (")[0] for title in head]
    dicts = [dict(zip(titles, row, strict=True)) for row in rows]
    return {(row["Resource"], row["Principal"]): row["Row ID"] for row in dicts if row["To decide"] == "yes"}


def answers(path, reviewer, *revoked, note=""):
    """Decisions for every row of a workbook: revoke those of (resource, principal), keep the others."""
    day = {"day": datetime.date.today().isoformat()}
    common = {"Reviewer": reviewer, "Date": day, "Note": note}
    return {
        row_id: {"Decision": "revoke" if pair in revoked else "keep", **common}
        for pair, row_id in rows_of(path).items()
    }


@pytest.fixture
def quarter(ask, tmp_path):
    return Quarter(ask, tmp_path)


def decide_in_page(browser, page, reviewer, *revoked):
    """Decide every row of a page in Chromium, save the decisions, and return the saved file."""
    from selenium.webdriver.support.select import Select

    browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(page.parent))
    browser.driver.get(f"{page.as_uri()}#decide")
    until(lambda: browser.run("return document.documentElement.dataset.ready"))
    browser.run("localStorage.clear()")
    for field in browser.all("select[aria-label^='Decision: ']"):
        name = field.get_attribute("aria-label").removeprefix("Decision: ")
        Select(field).select_by_value("revoke" if name in revoked else "keep")
    assert browser.one("#reviewer").get_attribute("value") == reviewer
    browser.one("#save").click()
    saved = page.with_suffix(".decisions.json")
    until(saved.exists)
    return saved


def until(check, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := check():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_a_quarter(quarter, office, browser):
    quarter.sync("q1.c1z")
    folder = quarter.path("q1")
    told = quarter.ask(
        "review",
        "-f",
        quarter.path("q1.c1z"),
        "--split-by",
        "owner",
        "--due",
        "2100-01-31",
        "--with-pages",
        "-o",
        folder,
    )
    assert "4 workbooks" in told.err
    books = {name: folder / f"{name}.xlsx" for name in ("rita", "omar", "lena")}

    # Lena decides in the page, the others in LibreOffice; somebody decides one row in a copy of Omar's workbook
    rest = [folder / "unassigned.xlsx"]
    office(books["omar"], books["omar"], answers(books["omar"], "Omar", ("Vault", "Ada"), note="left: \u00e9t\u00e9"))
    returned = [decide_in_page(browser, folder / "lena.html", "Lena", "Cy on Ledger"), *books.values(), *rest]
    for path, name in ((books["rita"], "Rita"), (rest[0], "Grace")):
        office(path, path, answers(path, name))
    copy = quarter.path("omar-copy.xlsx")
    office(books["omar"], copy, {rows_of(books["omar"])["Vault", "Cy"]: {"Decision": "revoke"}})

    # a conflict is refused by row; then the copy is set aside
    told = quarter.ask("review", "import", *returned, copy, "-o", quarter.path("plan.jsonl"), code=2)
    assert "decides revoke, but" in told.err
    assert not quarter.path("plan.jsonl").exists()
    status = quarter.ask("review", "status", folder, "-o", "json").json
    assert {package["state"] for package in status["packages"]} == {"complete"}
    told = quarter.ask("review", "import", folder, "-o", quarter.path("plan.jsonl"), "--require-complete")
    assert "The review is complete" in told.err

    quarter.revoke(quarter.path("plan.jsonl"), "--dry-run")
    quarter.revoke(quarter.path("plan.jsonl"))
    records = [json.loads(line) for line in quarter.audit.read_text(encoding="utf-8").splitlines()]
    assert {record["decision"]["reviewer"] for record in records} == {"Lena", "Omar"}
    assert {record["decision"].get("note") for record in records} == {"left: \u00e9t\u00e9", None}

    quarter.sync("later.c1z")
    told = quarter.ask("review", "verify", folder, "-f", quarter.path("later.c1z"), "-o", "json", code=1)
    results = {item["grant"]: (item["result"], item["through"]) for item in told.json["revocations"]}
    assert results["box:vault:open:user:ada"] == ("still inherited", "Team member")
    assert {result for result, _ in results.values()} == {"gone", "still inherited"}

    # the evidence is not complete until the other path is gone, too
    evidence = quarter.path("evidence.zip")
    words = ("review", "evidence", folder, "--audit", quarter.audit, "-o", evidence)
    told = quarter.ask(*words, "-f", quarter.path("later.c1z"), code=9)
    assert "1 of 4 revoked grants are still inherited: Ada, open on Vault." in told.err
    quarter.ask(
        *("revoke", "fake", "--scenario", quarter.scenario, "--writable", "-f", quarter.path("later.c1z")),
        *("--grant", "group:team:member:user:ada", "--audit", quarter.audit, "--yes"),
    )
    quarter.sync("last.c1z")
    quarter.ask("review", "verify", folder, "-f", quarter.path("later.c1z"), "-f", quarter.path("last.c1z"))
    quarter.ask(*words, "-f", quarter.path("later.c1z"), "-f", quarter.path("last.c1z"))
    quarter.ask("review", "evidence", "--check", evidence)
    with zipfile.ZipFile(evidence) as archive:
        assert json.loads(archive.read("evidence.json"))["complete"] is True
        (population,) = json.loads(archive.read("population.json"))
        assert "returned/lena.decisions.json" in archive.namelist()
    assert any("Cannot see the cellar." in gap for gap in population["gaps"])

    # the next quarter has only what changed
    changed = json.loads(quarter.scenario.read_text(encoding="utf-8"))
    changed["grants"].append({"entitlement": "box:site:open", "principal": {"type": "user", "id": "bob"}})
    quarter.scenario.write_text(json.dumps(changed), encoding="utf-8")
    quarter.sync("q2.c1z")
    book = quarter.path("q2.xlsx")
    quarter.ask("review", "-f", quarter.path("q2.c1z"), "--changed-since", quarter.path("last.c1z"), "-o", book)
    assert list(rows_of(book)) == [("Site", "Bob")]


@pytest.fixture
def reviewed(quarter):
    """A workbook of the first quarter, with its decisions to keep everything."""
    quarter.sync("q1.c1z")
    book = quarter.path("q1.xlsx")
    quarter.ask("review", "-f", quarter.path("q1.c1z"), "-o", book)
    return book, answers(book, "Rita")


def test_renamed_copied_and_sorted_sheets_are_read(quarter, office, reviewed):
    book, rows = reviewed
    pair, row_id = next(iter(rows_of(book).items()))
    steps = [
        {"name": "copy", "sheet": "Review", "to": "Review_2"},
        {"name": "sort", "sheet": "Review_2", "column": 1},
        {"name": "rename", "sheet": "Review", "to": "Pr\u00fcfung"},
    ]
    saved = quarter.path("saved.xlsx")
    office(book, saved, {**rows, row_id: {**rows[row_id], "Decision": " Revoke "}}, steps=steps)
    told = quarter.ask("review", "import", saved, "-o", quarter.path("plan.jsonl"), "--format", "json")
    assert {item["principal"] for item in told.json["revocations"]} == {f"user:{pair[1].lower()}"}
    assert "The review is complete" in told.err


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"Decision": {"formula": '=CONCATENATE("re";"voke")'}},
            "row 4: Decision is a formula. Enter the value itself.",
        ),
        ({"Date": {"day": "2099-01-01"}}, "row 4: the decision date 2099-01-01 is in the future."),
    ],
)
def test_a_cell_that_cannot_be_taken_is_named(quarter, office, reviewed, cells, message):
    book, rows = reviewed
    head, *lines = openpyxl.load_workbook(book)["Review"].iter_rows(values_only=True)
    row_id = lines[2][[title.partition(" (")[0] for title in head].index("Row ID")]
    office(book, quarter.path("saved.xlsx"), {**rows, row_id: {**rows.get(row_id, {}), "Decision": "keep", **cells}})
    told = quarter.ask("review", "import", quarter.path("saved.xlsx"), "-o", quarter.path("plan.jsonl"), code=2)
    assert message in told.err
    assert not quarter.path("plan.jsonl").exists()


@pytest.mark.parametrize(
    ("form", "message"),
    [("MS Excel 97", "it is in the old format .xls"), ("calc8", "it is an OpenDocument file (.ods)")],
)
def test_other_formats_are_refused_with_the_remedy(quarter, office, reviewed, form, message):
    book, rows = reviewed
    office(book, quarter.path("saved.xlsx"), rows, form=form)
    told = quarter.ask("review", "import", quarter.path("saved.xlsx"), code=2)
    assert message in told.err
    assert "Save it as .xlsx in Excel or LibreOffice." in told.err
