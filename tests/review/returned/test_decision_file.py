"""Decision files of the page: read, or refused by file and by row."""

import json

import msgspec
import pytest

from connector_host.errors import ConfigError, FileError
from connector_host.review.decisions import read_decisions
from connector_host.review.returned.decision_file import FORMAT
from connector_host.review.review_state import describe_review, review_id


@pytest.fixture
def content(reviewed, sync_file):
    """What the page saves for two decisions."""
    with reviewed(sync_file, unit="resource") as review:
        systems = describe_review(review)
    name = systems[0].system
    bob = {"system": name, "row": "r3", "principal": "user:u2", "resource": "group:g1"}
    ada = {"system": name, "row": "r7-8", "principal": "user:u1", "resource": "app:a1"}
    return {
        "format": FORMAT,
        "review": review_id(systems),
        "saved": "2026-02-01T10:00:00Z",
        "reviewer": "Rita",
        "systems": msgspec.to_builtins(systems),
        "decisions": [
            bob | {"decision": "keep", "date": "2026-02-01"},
            ada | {"decision": "revoke", "date": "2026-02-01", "only": ["app:a1:write"], "note": "moved"},
        ],
    }


@pytest.fixture
def save(content, tmp_path):
    """`save(change)`: write the content, changed, and return the file."""

    def write(change=lambda content: None, name="q1.decisions.json"):
        change(content)
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return path

    return write


def test_the_decisions_are_taken(save):
    decided = read_decisions(save())
    assert [(one.row.grant, one.sheet, one.line, one.note) for one in decided.revocations] == [
        ("app:a1:write:user:u1", "q1.decisions.json", 2, "moved")
    ]
    assert +decided.counts == {"keep": 1, "revoke": 1, "undecided": 3}
    assert decided.lacking == 0


def test_workbooks_and_decision_files_of_a_review_are_merged(save, workbook, sync_file):
    book = workbook(sync_file, unit="resource")
    book.fill({"r1": "keep", "r3": "keep"})
    decided = read_decisions([book.path, save()])
    assert +decided.counts == {"keep": 2, "revoke": 1, "undecided": 2}
    book.fill({"r3": "revoke"})
    with pytest.raises(ConfigError) as error:
        read_decisions([book.path, save()])
    assert (
        f"q1.decisions.json row 1: decides keep, but row {book.line('r3')} of review.xlsx Review decides revoke."
        in error.value.message
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"row": "r99"}, "names a row 'r99' that the reviewed file does not hold"),
        ({"row": "nonsense"}, "names a row 'nonsense'"),
        ({"row": "r1"}, "its principal was edited: the file has 'user:u2', the reviewed file 'user:u1'"),
        ({"principal": "user:u1"}, "its principal was edited"),
        ({"resource": "app:a1"}, "its resource was edited"),
        ({"system": "other"}, "names a system 'other' that is not in the review"),
        ({"decision": "maybe"}, "'maybe' is not a decision. Choose keep, revoke, ask, reassign"),
        ({"decision": "reassign"}, "is reassigned to nobody. Enter who decides instead."),
        ({"date": ""}, "keep has no date"),
        ({"date": "soon"}, "'soon' is not a date"),
        ({"date": "2999-01-01"}, "is in the future"),
        ({"date": "1999-01-01"}, "is before the sync"),
        ({"decision": "revoke", "only": ["app:a1:read"]}, "has no direct permission 'app:a1:read'"),
        ({"only": ["group:g1:member"]}, "has permissions to revoke, but keep"),
    ],
)
def test_a_decision_that_cannot_be_taken_is_named(save, change, problem):
    with pytest.raises(ConfigError) as error:
        read_decisions(save(lambda content: content["decisions"][0].update(change)))
    assert "row 1: " in error.value.message
    assert problem in error.value.message


def test_a_row_that_is_decided_twice_is_refused(save):
    with pytest.raises(ConfigError, match=r"row 3: is the same row as row 1 of q1\.decisions\.json"):
        read_decisions(save(lambda content: content["decisions"].append(content["decisions"][0])))


def test_a_file_without_a_reviewer_is_refused_by_row(save):
    with pytest.raises(ConfigError, match="keep has no reviewer"):
        read_decisions(save(lambda content: content.update(reviewer=" ")))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda content: content.update(format="connector-host decisions 9"), "of another version"),
        (lambda content: content.update(review="x"), "the description of its review was edited"),
        (lambda content: content["systems"][0].update(sha256="0" * 64), "the description of its review was edited"),
        (lambda content: content.update(systems=[]), "the description of its review was edited"),
        (lambda content: content.update(decisions=3), "is not a decision file"),
        (lambda content: content["decisions"][0].pop("row"), "is not a decision file"),
    ],
)
def test_other_files_are_refused_by_name(save, change, problem):
    path = save(change)
    with pytest.raises(FileError, match=problem) as error:
        read_decisions(path)
    assert str(path) in error.value.message


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"format": ' + b"[" * 5000, b"\xef\xbb\xbf{\xff"])
def test_damaged_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(FileError, match="is not a decision file"):
        read_decisions(path)


def test_a_page_is_no_decision_file(tmp_path):
    page = tmp_path / "q1.html"
    page.write_text("<!doctype html>")
    with pytest.raises(FileError, match="decisions are not stored in it") as error:
        read_decisions(page)
    assert "Save decisions" in error.value.hint


def test_decisions_of_another_review_are_refused(save, workbook, make_c1z, organisation):
    other = workbook(make_c1z(organisation, name="other.c1z"), unit="resource", name="other.xlsx")
    with pytest.raises(ConfigError, match="belong to different reviews"):
        read_decisions([other.path, save()])
