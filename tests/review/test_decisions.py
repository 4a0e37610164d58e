"""Decisions that come back in a workbook: taken, or refused by row with what to do."""

import copy
import datetime
import json

import pytest

from connector_host.errors import ConfigError, FileError, NotFoundInFile, PreconditionError
from connector_host.model import Annotation
from connector_host.review.decisions import read_decisions

MEMBER, READ, WRITE = "group:g1:member:user:u2", "app:a1:read:user:u2", "app:a1:write:user:u1"
NESTED, PASSED, NESTING = "app:a1:read:user:u1", "app:a1:read:group:g1", "group:g1:member:group:g2"
IN_PLATFORM = "group:g2:member:user:u1"


@pytest.fixture
def decide(workbook, sync_file):
    """`decide({grant: word}, ...)`: fill a new review of the small file and read it back."""

    def make(decisions, **how):
        book = workbook(sync_file)
        book.fill(decisions, **how)
        return read_decisions(book.path)

    return make


def refused(book, *files):
    """What is said of a workbook that is refused: the lines of its rows."""
    with pytest.raises(ConfigError) as found:
        read_decisions(book.path, files)
    assert found.value.hint == "Nothing was written."
    return [line.strip() for line in found.value.message.splitlines()[1:]]


def test_decisions_are_counted_and_revocations_listed(decide):
    decided = decide({MEMBER: "revoke", WRITE: " Keep ", NESTED: "KEEP", PASSED: "ask"}, note="left in May")
    assert dict(decided.counts) == {"keep": 2, "revoke": 1, "ask": 1, "undecided": 4}
    (one,) = decided.revocations
    assert (one.row.grant, one.reviewer, one.note) == (MEMBER, "Rita", "left in May")
    assert one.date == datetime.datetime.now(datetime.UTC).date()
    assert decided.lacking == 0


@pytest.mark.parametrize(
    "day", ["2026-01-02", " 2026-01-02 ", datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 23, 59), 46024]
)
def test_dates_may_be_dates_or_text(decide, day):
    decided = decide({WRITE: "revoke"}, day=day)
    assert decided.revocations[0].date == datetime.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"Decision": "maybe"}, "'maybe' is not a decision. Choose keep, revoke, ask"),
        ({"Decision": 1}, "is not a decision"),
        ({"Reviewer": " "}, "keep has no reviewer"),
        ({"Date": None}, "keep has no date"),
        ({"Date": "soon"}, "'soon' is not a date"),
        ({"Date": 1e12}, "is not a date"),
        ({"Date": -5}, "is not a date"),
        ({"Date": "2025-12-30"}, "before the sync of 2026-01-01"),
        ({"Date": "2999-01-01"}, "in the future"),
        ({"Principal": "Bob"}, "Principal was edited: the workbook has 'Bob', the reviewed file 'Ada Lovelace'. Undo"),
        ({"E-mail": None}, "E-mail was edited: the workbook has ''"),
        ({"Entitlement": 5}, "Entitlement was edited"),
        ({"Held": "inherited"}, "Held was edited"),
        ({"Grant ID": "x"}, "names a grant 'x' that the reviewed file does not hold"),
        ({"Grant ID": '"broken'}, "that the reviewed file does not hold"),
        ({"Grant ID": None}, "names no grant"),
        ({"System": "other"}, "names a system 'other'"),
        ({"Grant ID": MEMBER}, "Principal was edited"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(workbook, sync_file, cells, problem):
    book = workbook(sync_file)
    line = book.line(WRITE)
    book.fill({WRITE: "keep"})
    book.edit({WRITE: cells})
    (said,) = refused(book)
    assert said.startswith(f"Review row {line}: ")
    assert problem in said


def test_an_edited_identity_is_found_without_a_decision(workbook, sync_file):
    book = workbook(sync_file)
    book.edit({WRITE: {"Resource": "Playroom"}})
    assert "Resource was edited" in refused(book)[0]


def test_all_rows_are_named_up_to_a_number(workbook, make_c1z, organisation):
    organisation.resources += [organisation.user(f"n{number}", f"N {number}", "n@x") for number in range(30)]
    organisation.grants += [organisation.grant("app:a1:write", "user", f"n{number}") for number in range(30)]
    book = workbook(make_c1z(organisation))
    book.fill({f"app:a1:write:user:n{number}": "no" for number in range(30)})
    said = refused(book)
    assert len(said) == 21
    assert said[-1] == "and 10 more"


# ----------------------------------------------------------------------------------------------- what is inherited


def test_an_inherited_grant_says_what_to_revoke_instead(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({NESTED: "revoke", MEMBER: "keep"})
    (said,) = refused(book)
    assert said.startswith(f"Review row {book.line(NESTED)}: Ada Lovelace inherits Payroll read through")
    assert "through Platform member → Engineering member → Payroll read: " in said
    assert f"Revoke instead: Platform member of Ada Lovelace (row {book.line(IN_PLATFORM)} of Review)" in said


@pytest.mark.parametrize(
    ("revoked", "kept"),
    [
        (MEMBER, READ),  # Bob is taken out of the group he reads through
        (PASSED, READ),  # the group is taken its access
        (PASSED, NESTED),
        (NESTING, NESTED),  # two steps away
        (IN_PLATFORM, NESTED),
    ],
)
def test_what_is_kept_must_not_end_with_what_is_revoked(workbook, sync_file, revoked, kept):
    book = workbook(sync_file)
    book.fill({revoked: "revoke", kept: "keep"})
    (said,) = refused(book)
    assert said.startswith(f"Review row {book.line(kept)}: keeps access that ")
    assert f"row {book.line(revoked)} of Review" in said
    assert said.endswith("Change one of the two decisions.")


def test_what_is_kept_by_another_way_is_no_contradiction(workbook, make_c1z, organisation):
    organisation.grants[4] = organisation.grant("app:a1:read", "group", "g1", expand=("group:g1:member",))
    organisation.grants.append(organisation.grant("app:a1:read", "group", "g2", expand=("group:g2:member",)))
    both = {"group:g1:member": False, "group:g2:member": True}
    organisation.grants[6] = organisation.grant("app:a1:read", "user", "u1", sources=both)
    book = workbook(make_c1z(organisation))
    book.fill({PASSED: "revoke", NESTED: "keep"})
    assert read_decisions(book.path).counts["keep"] == 1
    book.fill({PASSED: "revoke", "app:a1:read:group:g2": "revoke", NESTED: "keep"})
    (said,) = refused(book)
    assert f"row {book.line(PASSED)} of Review" in said
    assert f"row {book.line('app:a1:read:group:g2')} of Review" in said


def test_a_direct_grant_that_is_inherited_too_is_revoked_and_that_is_told(workbook, make_c1z, organisation):
    organisation.grants[6] = organisation.grant(
        "app:a1:read", "user", "u1", sources={"app:a1:read": True, "group:g1:member": False}
    )
    book = workbook(make_c1z(organisation))
    book.fill({NESTED: "revoke"})
    (one,) = read_decisions(book.path).revocations
    assert [via.name for via in one.row.via] == ["Engineering member"]


def test_what_the_connector_marks_as_fixed_is_refused_here_already(workbook, make_c1z, organisation):
    grant = organisation.grants[7]
    organisation.grants[7] = type(grant)(
        grant.entitlement, grant.principal, id=grant.id, annotations=(Annotation("c1.connector.v2.GrantImmutable"),)
    )
    book = workbook(make_c1z(organisation))
    book.fill({WRITE: "revoke"})
    assert "cannot be changed" in refused(book)[0]


# ----------------------------------------------------------------------------------------------- the workbook


def test_a_copied_row_is_a_second_decision_on_one_grant(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({WRITE: "keep"})
    changed = book.book
    page = changed["Review"]
    for column in range(1, page.max_column + 1):
        page.cell(20, column).value = page.cell(book.line(WRITE), column).value
    changed.save(book.path)
    assert refused(book) == [
        f"Review row 20: is the same grant as row {book.line(WRITE)} of Review. A grant may occur once: delete one of the two."
    ]


def test_decisions_are_read_from_every_sheet(workbook, sync_file, monkeypatch):
    from connector_host.review.workbooks import sheet_writer

    monkeypatch.setattr(sheet_writer, "MOST_ROWS", 4)
    book = workbook(sync_file)
    name = next(name for name in ("Review 2", "Review 3") if any(row["Grant ID"] == MEMBER for row in book.rows(name)))
    book.edit({MEMBER: {"Decision": "revoke", "Reviewer": "Rita", "Date": "2026-02-01"}}, name)
    decided = read_decisions(book.path)
    assert [(one.sheet, one.row.grant) for one in decided.revocations] == [(name, MEMBER)]
    assert (decided.counts["undecided"], decided.lacking) == (7, 0)


def test_rows_that_are_gone_count_as_undecided(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({WRITE: "revoke"})
    changed = book.book
    changed["Review"].delete_rows(book.line(READ))
    changed.save(book.path)
    decided = read_decisions(book.path)
    assert (decided.lacking, decided.counts["undecided"]) == (1, 7)


def test_a_decision_on_no_grant_is_refused_and_a_stray_note_is_not(workbook, sync_file):
    book = workbook(sync_file)
    changed = book.book
    changed["Review"]["T30"] = "see you"
    changed.save(book.path)
    assert read_decisions(book.path).counts["undecided"] == 8
    changed = book.book
    changed["Review"]["Q30"] = "revoke"
    changed.save(book.path)
    assert "names no grant" in refused(book)[0]


def test_workbooks_that_are_no_reviews(workbook, sync_file, tmp_path):
    import openpyxl

    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    with pytest.raises(FileError, match="not a review that connector-host wrote"):
        read_decisions(tmp_path / "other.xlsx")
    for change, problem in (
        (lambda book: book.remove(book["Review"]), "no sheet 'Review'"),
        (lambda book: book["Review"].delete_cols(3), "column 3 of sheet 'Review' is"),
        (lambda book: book["connector-host"].cell(1, 1, "connector-host review 9"), "another version"),
        (lambda book: book["connector-host"].cell(2, 1, "{"), "cannot be read"),
    ):
        book = workbook(sync_file)
        changed = book.book
        change(changed)
        changed.save(book.path)
        with pytest.raises(FileError, match=problem):
            read_decisions(book.path)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("ended", "yesterday", None),
        ("grants", 10**9, None),
        ("system", "=evil", ConfigError),
        ("file", "a\u0000b", PreconditionError),
        ("file", "x" * 5000, PreconditionError),
        ("sha256", "", PreconditionError),
        ("sync", "other", NotFoundInFile),
        ("connector", "$(reboot)", None),
    ],
)
def test_what_the_workbook_says_of_itself_is_not_believed(workbook, sync_file, key, value, error):
    book = workbook(sync_file)
    changed = book.book
    cell = changed["connector-host"].cell(2, 1)
    cell.value = json.dumps({**json.loads(cell.value), key: value})
    changed.save(book.path)
    if error is None:
        decided = read_decisions(book.path)
        assert (decided.counts["undecided"], decided.lacking) == (8, 0)
    else:
        with pytest.raises(error):
            read_decisions(book.path)


# ----------------------------------------------------------------------------------------------- the files


def test_another_sync_since_is_refused(workbook, make_c1z, organisation, sync_file):
    book = workbook(sync_file)
    book.fill({WRITE: "revoke"})
    kept = sync_file.with_name("kept.c1z")
    kept.write_bytes(sync_file.read_bytes())
    make_c1z(copy.deepcopy(organisation), organisation)  # in the place of the file
    with pytest.raises(PreconditionError, match=r"is a different file") as found:
        read_decisions(book.path)
    assert "copy of the reviewed file" in found.value.hint
    assert read_decisions(book.path, (kept,)).counts["revoke"] == 1
    sync_file.unlink()
    with pytest.raises(PreconditionError, match="does not exist"):
        read_decisions(book.path)


def test_the_file_is_found_beside_the_workbook(workbook, sync_file, tmp_path):
    book = workbook(sync_file)
    away = tmp_path / "away"
    away.mkdir()
    sync_file.rename(away / sync_file.name)
    book.path.rename(away / "review.xlsx")
    assert read_decisions(away / "review.xlsx").counts["undecided"] == 8


def test_every_system_has_its_own(workbook, make_c1z, organisation):
    from connector_host.review.revocation_plan import plan_paths

    one = make_c1z(organisation, name="one.c1z")
    two = make_c1z(organisation, name="two.c1z", tweak=lambda db: db.execute("create table x (y)"))
    book = workbook(one, two)
    changed = book.book
    page = changed["Review"]
    for line in range(2, page.max_row + 1):
        if page.cell(line, 24).value == WRITE:
            page.cell(line, 17).value = "revoke"
            page.cell(line, 18).value = "Rita"
            page.cell(line, 19).value = datetime.date(2026, 2, 1)
    changed.save(book.path)
    decided = read_decisions(book.path, (two, one))
    assert decided.files == (one, two)
    assert [found.row.system for found in decided.revocations] == [0, 1]
    paths = plan_paths(decided, book.path.with_suffix(".jsonl"))
    assert [path.name for path in paths.values()] == ["review.one.jsonl", "review.two.jsonl"]


# ----------------------------------------------------------------------------------------------- decisions in other places


def copy_of(book, name="Review (2)"):
    """Copy the sheet Review as a spreadsheet program does, and return it."""
    changed = book.book
    sheet = changed.copy_worksheet(changed["Review"])
    sheet.title = name
    changed.save(book.path)
    return name


@pytest.mark.parametrize("name", ["Review (2)", "Rita's part", "Review"])
def test_decisions_on_a_copied_or_renamed_sheet_are_read(workbook, sync_file, name):
    book = workbook(sync_file)
    if name == "Review":
        changed = book.book
        changed["Review"].title = name = "Decided"
        changed.save(book.path)
    else:
        copy_of(book, name)
    book.edit({MEMBER: {"Decision": "revoke", "Reviewer": "Rita", "Date": "2026-02-01"}}, name)
    decided = read_decisions(book.path)
    assert [(one.sheet, one.row.grant) for one in decided.revocations] == [(name, MEMBER)]
    assert (decided.counts["undecided"], decided.lacking) == (7, 0)


def test_equal_decisions_on_two_sheets_are_one_and_different_ones_are_refused(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({MEMBER: "revoke", WRITE: "keep"})
    name = copy_of(book)
    assert len(read_decisions(book.path).revocations) == 1
    book.edit({WRITE: {"Decision": "revoke"}}, name)
    (told,) = refused(book)
    assert told == (
        f"{name} row {book.line(WRITE)}: decides revoke, but row {book.line(WRITE)} of Review decides keep."
        " Make the two decisions equal."
    )


@pytest.mark.parametrize(("sheet", "column"), [("Notes", 1), ("By resource", 14), ("Changes", 9), ("Read me", 5)])
def test_a_decision_on_another_sheet_is_refused_by_name(workbook, sync_file, sheet, column):
    book = workbook(sync_file)
    changed = book.book
    page = changed[sheet] if sheet in changed.sheetnames else changed.create_sheet(sheet)
    page.cell(3, column).value = "Revoke "
    changed.save(book.path)
    assert refused(book) == [
        (
            f"{sheet} row 3: holds the decision 'Revoke ', but is not a sheet of rows to decide on."
            " Move the decision to the sheet Review, or delete it here."
        )
    ]


def test_notes_on_a_sheet_of_ones_own_are_no_decisions(workbook, sync_file):
    book = workbook(sync_file)
    changed = book.book
    changed.create_sheet("Notes").cell(1, 1).value = "ask Bob whether to keep or revoke"
    changed.save(book.path)
    assert read_decisions(book.path).counts["undecided"] == 8


def test_a_decision_beside_the_table_is_refused(workbook, sync_file):
    book = workbook(sync_file)
    changed = book.book
    changed["Review"].cell(book.line(WRITE), 30).value = "revoke"
    changed.save(book.path)
    assert refused(book) == [
        (
            f"Review row {book.line(WRITE)}: has 'revoke' beside the table."
            " Enter the decision in the column Decision, or delete it."
        )
    ]


def test_merged_cells_are_refused_by_name(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({WRITE: "revoke"})
    changed = book.book
    changed["Review"].merge_cells("Q4:Q6")
    changed["Review"].merge_cells("A4:B4")  # no cells to fill in
    changed.save(book.path)
    assert "Review row 4: the cells Q4:Q6 are merged. Unmerge them and fill in each row." in refused(book)


@pytest.mark.parametrize(
    ("title", "formula"),
    [
        *((title, r"\1<f>A1</f>\2") for title in ("Decision", "Reviewer", "Date", "Note")),
        ("Decision", r'\1<f>"revoke"</f><v></v></c>'),  # which no program has computed
    ],
)
def test_a_formula_is_refused(workbook, sync_file, title, formula):
    import re
    import zipfile

    book = workbook(sync_file)
    book.fill({WRITE: "keep"}, note="seen")
    letter = {"Decision": "Q", "Reviewer": "R", "Date": "S", "Note": "T"}[title]
    cell = f'<c r="{letter}{book.line(WRITE)}"'
    with zipfile.ZipFile(book.path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name, part in parts.items() if name.startswith("xl/worksheets/") and cell.encode() in part)
    text = parts[name].decode()
    assert re.search(cell + "[^>]*>", text)
    start = re.search(f"{re.escape(cell)}[^>]*>", text)[0]
    opened = cell + ">" if "<v></v>" in formula else start
    parts[name] = re.sub(
        f"{re.escape(start)}(.*?</c>)", formula.replace(r"\1", opened).replace(r"\2", r"\1"), text
    ).encode()
    with zipfile.ZipFile(book.path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    assert refused(book) == [f"Review row {book.line(WRITE)}: {title} is a formula. Enter the value itself."]


def test_hidden_and_filtered_rows_are_read(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({MEMBER: "revoke"})
    changed = book.book
    changed["Review"].row_dimensions[book.line(MEMBER)].hidden = True
    changed["Review"].sheet_state = "hidden"
    changed.save(book.path)
    assert len(read_decisions(book.path).revocations) == 1


def test_rows_with_a_note_and_no_decision_are_counted(workbook, sync_file):
    book = workbook(sync_file)
    book.edit({WRITE: {"Note": "please revoke"}, MEMBER: {"Reviewer": "Rita"}})
    decided = read_decisions(book.path)
    assert (decided.annotated, decided.counts["undecided"]) == (2, 8)


# ----------------------------------------------------------------------------------------------- several workbooks


def test_workbooks_of_several_reviewers_are_merged(workbook, sync_file):
    rita, ben = workbook(sync_file, name="rita.xlsx"), workbook(sync_file, name="ben.xlsx")
    rita.fill({MEMBER: "revoke", WRITE: "keep"})
    ben.fill({WRITE: "keep", PASSED: "ask"}, reviewer="Ben")
    decided = read_decisions([rita.path, ben.path])
    assert dict(decided.counts) == {"keep": 1, "revoke": 1, "ask": 1, "undecided": 5}
    assert [(one.sheet, one.reviewer) for one in decided.revocations] == [("rita.xlsx Review", "Rita")]
    ben.fill({MEMBER: "keep"}, reviewer="Ben")
    with pytest.raises(ConfigError) as found:
        read_decisions([rita.path, ben.path])
    assert f"ben.xlsx Review row {ben.line(MEMBER)}: decides keep, but row" in found.value.message
    assert "of rita.xlsx Review decides revoke" in found.value.message


def test_workbooks_of_different_reviews_are_refused(workbook, sync_file, make_c1z, organisation):
    first = workbook(sync_file, name="first.xlsx")
    second = workbook(make_c1z(organisation, name="other.c1z"), name="second.xlsx")
    with pytest.raises(ConfigError, match="different reviews"):
        read_decisions([first.path, second.path])


def test_a_workbook_of_an_earlier_version_is_read(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({MEMBER: "revoke"})
    changed = book.book
    page = changed["Review"]
    page.delete_cols(next(cell.column for cell in page[1] if cell.value == "Risks"))
    changed.save(book.path)
    assert [one.row.grant for one in read_decisions(book.path).revocations] == [MEMBER]


def test_a_workbook_as_google_sheets_saves_it_is_read(workbook, sync_file):
    """Without protection and validation, days as numbers, the sheet of facts hidden only, a thousand empty rows."""
    book = workbook(sync_file)
    book.fill({WRITE: "keep"})
    changed = book.book
    changed["connector-host"].sheet_state = "hidden"
    page = changed["Review"]
    page.data_validations.dataValidation = []
    page.protection.sheet = False
    page.auto_filter.ref = None
    at = {cell.value.partition(" (")[0]: cell.column for cell in page[1]}
    day = page.cell(book.line(WRITE), at["Date"])
    day.value = float((datetime.date.today() - datetime.date(1899, 12, 30)).days)
    day.number_format = "General"
    page.cell(book.line(WRITE), at["Decision"]).value = "Keep "
    for line in range(page.max_row + 1, page.max_row + 1000):
        page.cell(line, 1).number_format = "General"
    changed.save(book.path)
    decided = read_decisions(book.path)
    assert (decided.counts["keep"], decided.lacking) == (1, 0)
