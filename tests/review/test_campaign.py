"""A review that is split among reviewers."""

import json
from datetime import date

import pytest

from connector_host.errors import ConfigError
from connector_host.review.campaign import UNASSIGNED, assign_reviewers, write_campaign
from connector_host.review.decisions import read_decisions

WRITE, READ = "app:a1:write:user:u1", "app:a1:read:user:u2"


@pytest.fixture
def split(reviewed, tmp_path):
    """`split(path, by)`: the packages as (reviewer, ids of grants), and the folder."""

    def make(path, by, *, due=None, **wanted):
        folder = tmp_path / "campaign"
        with reviewed(path, **wanted) as review:
            assignment = assign_reviewers(review, str(by))
            ids = [row.grant for row in review.rows()]
            files = write_campaign(review, assignment, folder, str(by), due)
        packages = {
            assignment.reviewers[number]: {
                one for one, assigned in zip(ids, assignment.numbers, strict=True) if assigned == number
            }
            for number in range(len(assignment.reviewers))
        }
        assert {file.reviewer: file.rows for file in files} == {name: len(rows) for name, rows in packages.items()}
        return packages, folder, assignment

    return make


def grants(folder, name):
    openpyxl = pytest.importorskip("openpyxl")
    head, *rows = openpyxl.load_workbook(folder / name)["Review"].iter_rows(values_only=True)
    at = [str(title) for title in head].index("Grant ID")
    return {row[at] for row in rows}


def test_every_row_is_in_one_package(split, sync_file):
    packages, folder, _ = split(sync_file, "type")
    assert sorted(packages) == ["Application", "Group"]
    assert sum(map(len, packages.values())) == 8
    assert grants(folder, "application.xlsx") == packages["Application"]
    assert all(one.startswith("app:") for one in packages["Application"])


def test_one_package_for_each_resource(split, sync_file):
    packages, _, _ = split(sync_file, "resource")
    assert "Payroll" in packages


def owned(organisation, owner):
    organisation.entitlements.append(organisation.entitlement("app", "a1", "owner"))
    organisation.grants.append(organisation.grant("app:a1:owner", "user", owner))
    return organisation


def test_nobody_reviews_their_own_access(split, make_c1z, organisation):
    packages, _, assignment = split(make_c1z(owned(organisation, "u1")), "owner")
    assert WRITE not in packages["Ada Lovelace"]
    assert WRITE in packages[UNASSIGNED]
    assert READ in packages["Ada Lovelace"]
    assert assignment.reassigned > 0


def test_another_owner_reviews_an_owners_access(split, make_c1z, organisation):
    organisation = owned(organisation, "u1")
    organisation.grants.append(organisation.grant("app:a1:owner", "user", "u2"))
    packages, _, _ = split(make_c1z(organisation), "owner")
    assert WRITE in packages["Bob"]
    assert "app:a1:owner:user:u2" in packages["Ada Lovelace"]


def test_the_manager_comes_from_the_profile(split, make_c1z, organisation):
    m = organisation.m
    organisation.resources.append(
        m.Resource(m.ResourceId("user", "new"), "New", traits=(m.UserTrait(),), profile={"manager": "Rita"})
    )
    organisation.grants.append(organisation.grant("app:a1:write", "user", "new"))
    packages, _, _ = split(make_c1z(organisation), "manager")
    assert packages["Rita"] == {"app:a1:write:user:new"}


def test_a_file_names_the_reviewers(split, sync_file, tmp_path):
    rules = tmp_path / "rules.csv"
    rules.write_text(
        "\ufeffPrincipal,Resource,reviewer\nada lovelace,Payroll,Ada Lovelace\nADA LOVELACE,Payroll,Ben\n,Payroll,Rita\n",
        encoding="utf-8",
    )
    packages, folder, _ = split(sync_file, rules, due=date(2026, 12, 31))
    assert packages["Ben"] == {"app:a1:read:user:u1", WRITE}, "nobody reviews their own access"
    assert READ in packages["Rita"]
    manifest = json.loads((folder / "campaign.json").read_text())
    assert manifest["due"] == "2026-12-31"
    assert manifest["splitBy"] == "rules.csv"
    assert {one["reviewer"]: one["rows"] for one in manifest["packages"]} == {
        name: len(rows) for name, rows in packages.items()
    }
    assert manifest["packages"][-1]["reviewer"] == UNASSIGNED
    assert manifest["systems"][0]["reviewed"] == 8


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "wrong columns"),
        ("principal\nAda\n", "wrong columns"),
        ("reviewer,colour\nRita,red\n", "wrong columns"),
        ("reviewer,resource\n,Payroll\n", "line 2 of .* names no reviewer"),
    ],
)
def test_a_wrong_file_is_refused(reviewed, sync_file, tmp_path, text, problem):
    (tmp_path / "rules.csv").write_text(text)
    with reviewed(sync_file) as review, pytest.raises(ConfigError, match=problem):
        assign_reviewers(review, str(tmp_path / "rules.csv"))


def test_a_folder_that_is_not_empty_is_refused(split, sync_file, tmp_path):
    split(sync_file, "type")
    with pytest.raises(ConfigError, match="is not empty"):
        split(sync_file, "type")


def test_the_workbooks_of_a_campaign_are_merged(split, sync_file):
    _, folder, _ = split(sync_file, "type")
    paths = sorted(folder.glob("*.xlsx"))
    decided = read_decisions(paths, (sync_file,))
    assert (decided.counts["undecided"], decided.lacking, decided.missing_packages) == (8, 0, 0)
    part = read_decisions(paths[:1], (sync_file,))
    assert (part.counts["undecided"], part.missing_packages) == (len(grants(folder, paths[0].name)), 1)


def test_workbooks_of_two_campaigns_are_refused(split, sync_file, tmp_path):
    _, folder, _ = split(sync_file, "type")
    folder.rename(tmp_path / "first")
    _, folder, _ = split(sync_file, "type")
    with pytest.raises(ConfigError, match="different reviews"):
        read_decisions([tmp_path / "first" / "application.xlsx", folder / "group.xlsx"], (sync_file,))
