"""The workbook, read back with a reader that is not ours, says what the review says."""

import zipfile

import pytest

from connector_host.output.terminal_text import printable
from connector_host.review.workbooks import sheet_writer

SHEETS = ["Read me", "Summary", "Review", "By resource", "Changes", "connector-host"]


def test_it_has_the_rows_of_the_review(workbook, reviewed, sync_file):
    book = workbook(sync_file)
    assert book.book.sheetnames == SHEETS
    with reviewed(sync_file) as review:
        rows, (summary,), reaches = list(review.rows()), review.summaries(), list(review.reaches())
    written = book.rows("Review")
    assert [one["Grant ID"] for one in written] == [row.grant for row in rows]
    for cells, row in zip(written, rows, strict=True):
        assert (cells["Principal"], cells["Principal ID"], cells["E-mail"]) == (
            row.principal.name,
            row.principal.id,
            row.principal.mail,
        )
        assert (cells["Status"], cells["Entitlement ID"]) == (row.principal.status, row.entitlement.id)
        assert (cells["Resource"], cells["Resource ID"]) == (row.entitlement.resource_name, row.entitlement.resource_id)
        assert cells["Held"] == ("direct" if row.direct else "inherited")
        assert cells["Via"] == "; ".join(via.name for via in row.via)
    totals = {one["Item"]: one["Count"] for one in book.rows("Summary")}
    assert (totals["Grants"], totals["Direct grants"], totals["Inherited grants"]) == (8, 5, 3)
    assert totals["Disabled accounts with grants"] == 1
    assert [one["Grants"] for one in book.rows("By resource")] == [one.grants for one in reaches]
    assert sum(one.grants for one in reaches) == summary.grants
    assert book.rows("Changes")[0]["Name"] == "There is no earlier sync to compare with."


def test_it_can_be_worked_with(workbook, sync_file):
    import openpyxl

    book = openpyxl.load_workbook(workbook(sync_file).path)
    review = book["Review"]
    assert review.protection.sheet
    assert review.freeze_panes == "C2"
    assert review.auto_filter.ref == "A1:X9"
    columns = {cell.value.partition(" (")[0]: cell.column_letter for cell in review[1]}
    rules = {str(rule.sqref): rule for rule in review.data_validations.dataValidation}
    decision, day = columns["Decision"], columns["Date"]
    assert rules[f"{decision}2:{decision}1048576"].formula1 == '"keep,revoke,ask"'
    assert rules[f"{day}2:{day}1048576"].type == "date"
    for title, letter in columns.items():
        locked = review.column_dimensions[letter].protection.locked
        assert locked == (title not in {"Decision", "Reviewer", "Date", "Note"}), title
        assert review.column_dimensions[letter].width > 5
    assert book["connector-host"].sheet_state == "veryHidden"
    for name in ("Summary", "By resource", "Changes"):
        assert book[name].freeze_panes == "C2"
        assert book[name].auto_filter.ref


def test_what_the_connector_does_not_give_is_in_the_heading(workbook, sync_file):
    heads = [cell.value for cell in workbook(sync_file).book["Review"][1]]
    assert "Last signed in (not reported by the connector)" in heads
    assert "Changed since last (no earlier sync to compare with)" in heads
    assert "E-mail" in heads


def test_the_facts_are_on_the_first_sheet(workbook, reviewed, sync_file):
    import hashlib

    page = workbook(sync_file).book["Read me"]
    told = {row[0]: row[1] for row in page.iter_rows(values_only=True) if row[0]}
    assert told["SHA-256 of the file"] == hashlib.sha256(sync_file.read_bytes()).hexdigest()
    assert told["Sync ended (UTC)"].isoformat() == "2026-01-01T10:00:01"
    assert (told["Grants"], told["Resources"]) == (8, 6)
    assert told["Account"] == "not recorded in the file"


NAMES = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "a\x00\x1b[31m",
    "\ufffe",
    "x" * 40_000,
    "_x0041_",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_texts_whatever_they_are(workbook, make_c1z, organisation, name):
    import openpyxl

    m = organisation.m
    organisation.resources[0] = organisation.user("u1", name, name[:2000])
    organisation.resources[5] = m.Resource(m.ResourceId("app", "a1"), name, traits=(m.AppTrait(),))
    book = workbook(make_c1z(organisation))
    with zipfile.ZipFile(book.path) as archive:
        for part in archive.namelist():
            assert b"<f>" not in archive.read(part)
    cells = [cell for row in openpyxl.load_workbook(book.path)["Review"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "inlineStr", "d"}
    seen = {row["Principal"] for row in book.rows("Review") if row["Principal ID"] == "user:u1"}
    assert len(seen) == 1
    if len(name) < 1000:
        assert seen <= {printable(name), name.replace("_x", "_x005F_x"), "\\ufffe"}


def test_more_rows_than_a_sheet_takes_go_on_in_another(workbook, sync_file, monkeypatch):
    monkeypatch.setattr(sheet_writer, "MOST_ROWS", 4)
    book = workbook(sync_file)
    names = [name for name in book.book.sheetnames if name.startswith("Review")]
    assert names == ["Review", "Review 2", "Review 3"]
    rows = [row["Grant ID"] for name in names for row in book.rows(name)]
    assert len(rows) == len(set(rows)) == 8
    assert book.book["Review 2"].protection.sheet
    assert book.book["Review 3"].auto_filter.ref == "A1:X3"


def test_several_systems_stand_in_one_workbook(workbook, make_c1z, organisation):
    one = make_c1z(organisation, name="one.c1z")
    organisation.grants.pop()
    book = workbook(one, make_c1z(organisation, name="two.c1z"))
    assert [row["System"] for row in book.rows("Review")] == ["one"] * 8 + ["two"] * 7
    line = next(row for row in book.book["Read me"].iter_rows(values_only=True) if row[0] == "System")
    assert line[1:] == ("one", "two")


def test_a_review_of_nothing_is_a_workbook_all_the_same(workbook, make_c1z, organisation):
    organisation.grants, organisation.entitlements = [], []
    book = workbook(make_c1z(organisation))
    assert book.rows("Review") == book.rows("By resource") == []
