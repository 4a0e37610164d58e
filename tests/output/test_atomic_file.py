"""Files that are written whole or not at all."""

import io
import sys

import pytest

from connector_host.errors import ConfigError, FileError
from connector_host.output.atomic_file import replacing
from connector_host.output.xlsx_table import write_workbook


def test_a_file_takes_the_place_of_another_when_it_is_complete(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("before")
    with replacing(path) as out:
        out.write(b"after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_leaves_the_other_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "out.csv"
    path.write_text("before")

    def fail():
        with replacing(path) as out:
            out.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]
    assert path.read_text() == "before"


def test_a_folder_that_is_not_there_is_a_file_error(tmp_path):
    with pytest.raises(FileError, match="cannot be written"), replacing(tmp_path / "none" / "out.csv"):
        pass


def test_a_workbook_holds_text_only(tmp_path):
    import zipfile

    out = io.BytesIO()
    write_workbook(("A", "B"), [("1", "=1+1"), ("", "http://x"), ("é<&", "2")], out)
    with zipfile.ZipFile(out) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "Sheet1" in book.read("xl/workbook.xml").decode()
    assert sheet.count("<row ") == 4
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "é&lt;&amp;" in sheet


def test_more_rows_than_a_sheet_takes_go_on_in_the_next(monkeypatch, caplog):
    import zipfile

    from connector_host.output import xlsx_table

    monkeypatch.setattr(xlsx_table, "MOST_ROWS", 3)
    monkeypatch.setattr(xlsx_table, "MOST_LETTERS", 5)
    out = io.BytesIO()
    write_workbook(("A",), [("1",), ("2",), ("3",), ("too long",)], out)
    with zipfile.ZipFile(out) as book:
        second = book.read("xl/worksheets/sheet2.xml").decode()
    assert second.count("<row ") == 3
    assert "Sheet2" in caplog.text
    assert "1 cells were cut" in caplog.text


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ConfigError, match="XlsxWriter") as caught:
        write_workbook(("A",), [], io.BytesIO())
    assert "connector-host[xlsx]" in caught.value.hint
