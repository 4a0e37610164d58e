"""The state of a campaign."""

from datetime import date

import pytest

from connector_host.errors import FileError
from connector_host.review.campaign import assign_reviewers, write_campaign
from connector_host.review.campaign_status import read_status


@pytest.fixture
def folder(reviewed, sync_file, tmp_path):
    folder = tmp_path / "campaign"
    with reviewed(sync_file) as review:
        write_campaign(review, assign_reviewers(review, "type"), folder, "type", date(2026, 1, 31))
    return folder


def test_what_is_decided_is_counted(folder, workbook):
    book = workbook.book(folder / "application.xlsx")
    book.fill({"app:a1:write:user:u1": "revoke", "app:a1:read:group:g1": "ask"})
    status = read_status(folder / "campaign.json")
    application, group = status.packages
    assert (application.reviewer, application.revoke, application.undecided) == ("Application", 1, application.rows - 1)
    assert group.undecided == group.rows
    assert status.undecided == 7
    assert status.is_overdue(group, date(2026, 2, 1))
    assert not status.is_overdue(group, date(2026, 1, 31))


def test_missing_and_refused_workbooks_are_reported(folder, workbook):
    (folder / "group.xlsx").unlink()
    workbook.book(folder / "application.xlsx").fill({"app:a1:write:user:u1": "maybe"})
    application, group = read_status(folder / "campaign.json").packages
    assert group.problem == "missing"
    assert "1 row cannot be imported" in application.problem
    assert application.undecided == application.rows


@pytest.mark.parametrize("content", ["", "[]", '{"format":1}', '{"format":1,"packages":[{"file":"../x"}]}'])
def test_another_file_is_no_manifest(tmp_path, content):
    (tmp_path / "campaign.json").write_text(content)
    with pytest.raises(FileError, match="is not the manifest"):
        read_status(tmp_path / "campaign.json")
    with pytest.raises(FileError, match="cannot be read"):
        read_status(tmp_path / "none" / "campaign.json")


def test_a_manifest_never_leads_out_of_its_folder(folder):
    manifest = folder / "campaign.json"
    manifest.write_text(manifest.read_text().replace("group.xlsx", "../../etc/group.xlsx"))
    assert [package.file for package in read_status(manifest).packages] == ["application.xlsx", "group.xlsx"]
