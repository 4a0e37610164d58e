"""A review that is too large for one page, and pages for several reviewers."""

import json
import re

import pytest

from connector_host.review.campaign import PackageLimit, assign_reviewers, write_campaign
from connector_host.review.decisions import read_decisions
from connector_host.review.pages import split_pages
from connector_host.review.pages.review_page import write
from connector_host.review.pages.split_pages import write_pages


def data_of(path):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.S)[1])


def rows_to_decide(data):
    """(principal, resource, id) of each row with direct entitlements."""
    for who, flat in enumerate(data["rows"]):
        at = 0
        while at < len(flat):
            on, row, count = flat[at : at + 3]
            at += 3 + count
            at += 1 + flat[at]
            if count:
                yield who, on, row


def row_ids(data):
    return [row for _, _, row in rows_to_decide(data)]


def decide(page, name):
    """The decision file of a page on which every row is kept."""
    data = data_of(page)
    review = data["review"]
    people = [f"{data['types'][who[0]][0]}:{who[1]}" for who in data["who"]]
    resources = [f"{data['types'][kind][0]}:{key}" for kind, key, _ in data["res"]]
    kept = {"system": review["systems"][0]["system"], "decision": "keep", "date": "2026-02-01"}
    decisions = [
        kept | {"row": row, "principal": people[who], "resource": resources[on]}
        for who, on, row in rows_to_decide(data)
    ]
    file = {"format": "connector-host decisions 1", "review": review["id"], "systems": review["systems"]}
    path = page.with_name(f"{name}.decisions.json")
    path.write_text(json.dumps(file | {"reviewer": "Rita", "decisions": decisions}))
    return path


@pytest.mark.parametrize("limit", [PackageLimit(2, 1000), PackageLimit(1000, 4)])
def test_a_large_review_is_split_and_its_decisions_are_merged(reviewed, sync_file, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(split_pages, "PAGE_LIMIT", limit)
    with reviewed(sync_file, unit="resource") as review:
        pages = write_pages(review, tmp_path / "q1.html")
        expected = [row.row_id for row in review.access_rows() if row.direct]
    assert [page.name for page in pages] == ["q1.html", "q1-2.html"]
    assert sorted(row for page in pages for row in row_ids(data_of(page))) == sorted(expected)
    people = [{tuple(who[:2]) for who in data_of(page)["who"]} for page in pages]
    assert people[0].isdisjoint(people[1])
    first, second = (page.read_text() for page in pages)
    assert "Part 1 of 2: " in first
    assert 'href="q1-2.html"' in first
    assert "Findings" in first
    assert "Findings" not in second
    files = [decide(page, page.stem) for page in pages]
    decided = read_decisions(files)
    assert (decided.undecided, decided.missing_packages, decided.counts["keep"]) == (0, 0, 5)
    assert read_decisions(files[:1]).missing_packages == 1
    with reviewed(sync_file, unit="resource") as review:
        again = write_pages(review, tmp_path / "q1.html")
    assert [data_of(page)["review"]["id"] for page in again] == [
        json.loads(file.read_text())["review"] for file in files
    ]


def test_a_small_review_is_one_page(reviewed, sync_file, tmp_path):
    with reviewed(sync_file, unit="resource") as review:
        assert write_pages(review, tmp_path / "q1.html") == [tmp_path / "q1.html"]
    assert data_of(tmp_path / "q1.html")["review"]["part"] is False


def test_a_reviewer_gets_a_page_of_their_own_rows(reviewed, sync_file, tmp_path):
    folder = tmp_path / "campaign"
    with reviewed(sync_file, unit="resource") as review:
        assignment = assign_reviewers(review, "type", PackageLimit(20_000, 1_000_000))
        files = write_campaign(review, assignment, folder, "type", None, ending=".html", write=write)
    assert [(file.reviewer, file.file, file.rows) for file in files] == [
        ("Application", "application.html", 2),
        ("Group", "group.html", 3),
    ]
    data = data_of(folder / "application.html")
    assert {kind for kind, *_ in data["res"]} == {
        next(at for at, (name, _) in enumerate(data["types"]) if name == "app")
    }
    text = (folder / "group.html").read_text()
    assert "Part 2 of 2 for Group: 3 rows to decide on" in text
    assert "Payroll" not in text, "a part has nothing of the others"
    decided = read_decisions([decide(folder / file.file, file.file.removesuffix(".html")) for file in files])
    assert (decided.undecided, decided.missing_packages) == (0, 0)


def test_the_package_of_a_reviewer_is_split_at_a_limit(reviewed, sync_file):
    with reviewed(sync_file, unit="resource") as review:
        assignment = assign_reviewers(review, "type", PackageLimit(1, 1000))
    assert sorted(assignment.reviewers) == ["Application"] * 3 + ["Group"] * 3
