"""Whatever a name or an id is, it comes back from a cell."""

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector_host.review.cell_text import MOST_LETTERS, cell_text, cell_time, quote_id, unquote_id
from connector_host.review.review_columns import SheetColumn
from connector_host.review.workbooks.sheet_writer import SheetTable, open_workbook_writer
from connector_host.review.workbooks.xlsx_reader import open_workbook

ANY = st.text(st.characters(), max_size=40)
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@sum(a)",
    "\t=1",
    "\r=1",
    "_x0041_",
    "a\x00b\x1b[31m",
    "\ufffe\uffff",
    "\ud800",
    " x ",
    '"q"',
]


@given(ANY)
@example("")
@example('"')
@example("\ud800")
@example(" a")
def test_an_id_is_read_back_exactly(value):
    spelled = quote_id(value)
    assert unquote_id(spelled) == value
    assert cell_text(spelled) == spelled


@given(ANY)
def test_texts_hold_nothing_that_a_workbook_has_no_room_for(value):
    shown = cell_text(value)
    assert all(char.isprintable() or char == "\xa0" or ord(char) > 0x9F for char in shown)
    assert not any(0xD800 <= ord(char) <= 0xDFFF or ord(char) in (0xFFFE, 0xFFFF) for char in shown)
    assert cell_text(shown) == shown


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_what_is_too_long_is_cut_and_says_so(letter):
    units = len(letter.encode("utf-16-le")) // 2
    assert cell_text(letter * (MOST_LETTERS // units)) == letter * (MOST_LETTERS // units)
    cut = cell_text(letter * (MOST_LETTERS // units + 1))
    assert cut.endswith("… (cut)")
    assert len(cut.encode("utf-16-le")) // 2 <= MOST_LETTERS


def test_an_id_that_is_no_text_is_none_of_ours():
    for spelled in ('"', '"a', '"a" x'):
        with pytest.raises(ValueError):
            unquote_id(spelled)


def test_dates_are_utc_to_the_second_or_text():
    moment = datetime(2026, 1, 31, 1, 2, 3, 999, tzinfo=timezone(timedelta(hours=2)))
    assert cell_time(moment) == datetime(2026, 1, 30, 23, 2, 3)
    assert cell_time(None) == ""
    assert cell_time(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01 00:00:00"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(ANY, min_size=2, max_size=2), max_size=5))
@example([[one, one] for one in HOSTILE])
def test_a_written_table_is_read_back(tmp_path_factory, rows):
    out = io.BytesIO()
    shown = [[cell_text(cell) for cell in row] for row in rows]
    with open_workbook_writer(out) as book:
        table = SheetTable(book, "T", (SheetColumn("A", 5), SheetColumn("B", 5, filled=True)), filled=True)
        for row in shown:
            table.add(row)
        table.close()
    path = tmp_path_factory.mktemp("book") / "t.xlsx"
    path.write_bytes(out.getvalue())
    with open_workbook(path) as sheets:
        assert sheets.names == ["T"]
        found = dict(sheets.lines("T"))
    assert found.pop(1) == {0: "A", 1: "B"}
    wanted = {line: {at: cell for at, cell in enumerate(row) if cell} for line, row in enumerate(shown, 2)}
    assert found == {line: cells for line, cells in wanted.items() if cells}
