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
    assert "group:g2:member → group:g1:member → app:a1:read" in said
    assert f"Revoke instead: {IN_PLATFORM} (row {book.line(IN_PLATFORM)} of Review)" in said


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
        f"Review row 20: is the same grant as row {book.line(WRITE)} of Review. Each grant has one row: delete one of the two."
    ]


def test_decisions_are_read_from_every_sheet(workbook, sync_file, monkeypatch):
    from connector_host.review import sheet_writer

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
    changed["Review"]["S30"] = "see you"
    changed.save(book.path)
    assert read_decisions(book.path).counts["undecided"] == 8
    changed = book.book
    changed["Review"]["P30"] = "revoke"
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
        if page.cell(line, 23).value == WRITE:
            page.cell(line, 16).value = "revoke"
            page.cell(line, 17).value = "Rita"
            page.cell(line, 18).value = datetime.date(2026, 2, 1)
    changed.save(book.path)
    decided = read_decisions(book.path, (two, one))
    assert decided.files == (one, two)
    assert [found.row.system for found in decided.revocations] == [0, 1]
    paths = plan_paths(decided, book.path.with_suffix(".jsonl"))
    assert [path.name for path in paths.values()] == ["review.one.jsonl", "review.two.jsonl"]
