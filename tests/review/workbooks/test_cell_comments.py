"""Decisions in comments: named, and never lost."""

import pytest

from connector_host.errors import ConfigError
from connector_host.review.decisions import read_decisions
from connector_host.review.workbooks.cell_comments import decision_in

openpyxl = pytest.importorskip("openpyxl")
WRITE = "app:a1:write:user:u1"


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Please REVOKE: left in May", "revoke"),
        ("keep", "keep"),
        ("keep or revoke?", ""),
        ("revoked already", ""),
        ("", ""),
    ],
)
def test_a_comment_decides_if_it_has_one_of_the_words(text, decision):
    assert decision_in(text) == decision


def test_a_comment_that_says_something_else_than_its_row_is_refused(workbook, sync_file):
    book = workbook(sync_file)
    book.fill({WRITE: "keep"})
    changed = book.book
    for sheet, cell, text in (("Review", f"E{book.line(WRITE)}", "please revoke"), ("Read me", "B3", "revoke all")):
        changed[sheet][cell].comment = openpyxl.comments.Comment(text, "Rita")
    changed.save(book.path)
    with pytest.raises(ConfigError) as caught:
        read_decisions(book.path)
    assert f"Review row {book.line(WRITE)}: a comment says 'revoke', but Decision is 'keep'." in caught.value.message
    assert "Read me row 3: has a comment with the decision 'revoke'" in caught.value.message
    changed["Read me"]["B3"].comment = None
    changed["Review"][f"E{book.line(WRITE)}"].comment = openpyxl.comments.Comment("keep: on call", "Rita")
    changed.save(book.path)
    assert read_decisions(book.path).counts["keep"] == 1
