"""Workbooks that anybody made: their cells, or one clear error."""

import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.review.workbooks import xlsx_reader
from connector_host.review.workbooks.xlsx_reader import open_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet(rows, before=""):
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.fixture
def made(tmp_path):
    """`made(rows, strings=, ...)`: a workbook with one sheet of this XML."""

    def make(rows="", *, strings=None, part=None, more=(), workbook=None, compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / "made.xlsx"
        with zipfile.ZipFile(path, "w", compression) as archive:
            text = workbook or (
                f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
                '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>'
            )
            archive.writestr("xl/workbook.xml", text)
            archive.writestr(
                "xl/_rels/workbook.xml.rels",
                '<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>',
            )
            archive.writestr("xl/worksheets/s.xml", sheet(rows) if part is None else part)
            if strings is not None:
                archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{strings}</sst>')
            for name, content in more:
                archive.writestr(name, content)
        return path

    return make


def lines(path, name="One"):
    with open_workbook(path) as sheets:
        return list(sheets.lines(name))


def test_every_kind_of_cell(made):
    rows = (
        '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="C2"><v>46000.5</v></c><c t="inlineStr"><is><t>in</t></is></c></row>'
        '<row><c r="B3" t="str"><f>1+1</f><v>made</v></c><c r="D3" t="b"><v>1</v></c><c r="E3" t="e"><v>#N/A</v></c></row>'
        '<row r="9"><c r="A9" t="inlineStr"><is><r><t>two </t></r><r><t>parts</t></r></is></c><c r="B9"/></row>'
        '<row r="10"></row>'
    )
    strings = "<si><t>none</t></si><si><r><t>a</t></r><r><t xml:space='preserve'> b_x005F_x0041_</t></r><rPh><t>no</t></rPh></si>"
    assert lines(made(rows, strings=strings)) == [
        (2, {0: "a b_x0041_", 2: 46000.5, 3: "in"}),
        (3, {1: "made", 3: "1", 4: "#N/A"}),
        (9, {0: "two parts"}),
    ]


def test_columns_far_to_the_right_are_passed_over(made):
    assert lines(made('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')) == [(1, {0: 1.0})]


DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ('<row r="0"/>', "comes after row"),
        ('<row r="x"/>', "comes after row"),
        ('<row r="2"/><row r="2"/>', "row 2 comes after row 2"),
        ('<row r="1048577"/>', "comes after row"),
        ('<row r="1"><c r="1" t="n"><v>1</v></c></row>', "names no cell"),
        ('<row r="1"><c r="A1" t="n"><v>one</v></c></row>', "no value of its kind"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "no value of its kind"),
        (f'<row r="1"><c r="A1" t="str"><v>{"x" * 50_000}</v></c></row>', "longer than a cell"),
        ('<row r="1"><c></row>', "not sound XML"),
    ],
)
def test_cells_that_cannot_be(made, rows, problem):
    with pytest.raises(FileError, match=problem) as refused:
        lines(made(rows))
    assert "Save it again" in refused.value.hint


def test_a_document_type_is_refused_wherever_it_is(made):
    for path in (
        made(part=sheet("<row/>", DTD)),
        made(workbook=f"{DTD}<workbook/>"),
    ):
        with pytest.raises(FileError, match="document type"):
            lines(path)


def test_a_bomb_is_not_unpacked(made, monkeypatch):
    monkeypatch.setattr(xlsx_reader, "FREE_BYTES", 1 << 20)
    assert lines(made(more=[("xl/media/x", b"\0" * (1 << 19))])) == []
    with pytest.raises(FileError, match="unpacks to"):
        lines(made(more=[("xl/media/x", b"\0" * (4 << 20))]))
    monkeypatch.setattr(xlsx_reader, "MOST_BYTES", 1000)
    with pytest.raises(FileError, match="unpacks to"):
        lines(made("<row/>" * 1000))


def test_a_part_that_says_less_than_it_holds_gives_no_more_than_it_says(made):
    path = made('<row r="1"><c r="A1"><v>1</v></c></row>' + "<row/>" * 50_000)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/s.xml").file_size
    raw = raw.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))
    path.write_bytes(raw)
    with pytest.raises(FileError):
        lines(path)


def test_too_many_parts_and_too_much_text(made, monkeypatch):
    with pytest.raises(FileError, match="parts"):
        lines(made(more=[(f"x{number}", "") for number in range(2_001)]))
    monkeypatch.setattr(xlsx_reader, "MOST_STRINGS", 1000)
    with pytest.raises(FileError, match="too much text"):
        lines(made("<row/>", strings="<si><t>abc</t></si>" * 1000))


def test_files_that_are_no_workbooks(tmp_path, made):
    path = tmp_path / "x.xlsx"
    with pytest.raises(FileError, match="no file"):
        lines(path)
    for content in (b"", b"C1ZF\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, b"PK\3\4 half"):
        path.write_bytes(content)
        with pytest.raises(FileError, match=r"cannot be read as an \.xlsx"):
            lines(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(FileError, match="no part 'xl/workbook.xml'"):
        lines(path)
    whole = made("<row/>").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError):
        lines(path)
    with pytest.raises(FileError):
        lines(tmp_path)
    with pytest.raises(FileError, match="no part"):
        lines(made(workbook=f'<workbook xmlns="{MAIN}"><sheets><sheet name="One"/></sheets></workbook>'))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_workbook_with_bytes_changed_is_read_or_refused(made, edits):
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row>'
    path = made(rows, strings="<si><t>abc</t></si>")
    raw = bytearray(path.read_bytes())
    for at, value in edits:
        raw[at % len(raw)] = value
    path.write_bytes(raw)
    with suppress(FileError), open_workbook(path) as sheets:
        for name in sheets.names:
            for _, cells in sheets.lines(name):
                assert all(isinstance(cell, str | float) for cell in cells.values())


def test_a_name_that_is_not_utf_8_is_refused(made):
    path = made("<row/>")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("ä", "")
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\x80\x80"))
    with pytest.raises(FileError, match="cannot be read as an .xlsx workbook"):
        lines(path)


def test_a_row_number_of_thousands_of_digits_is_refused(made):
    with pytest.raises(FileError, match=r"row 9{20} comes after row 0\."):
        lines(made(f'<row r="{"9" * 5000}"><c r="A1"><v>1</v></c></row>'))


def test_the_same_cell_twice_is_refused(made):
    with pytest.raises(FileError, match="occurs twice"):
        lines(made('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'))


def test_two_sheets_of_one_name_are_refused(made):
    sheets = "".join(f'<sheet name="One" sheetId="{n}" r:id="r1"/>' for n in (1, 2))
    text = f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>'
    with pytest.raises(FileError, match="two sheets of the same name"):
        lines(made(workbook=text))


def test_formulas_and_merged_cells_are_known(made):
    part = sheet('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><v>2</v></c></row>').replace(
        "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="A1:A3"/></mergeCells>'
    )
    with open_workbook(made(part=part)) as workbook:
        ((_, cells),) = workbook.lines("One")
        assert isinstance(cells[0], xlsx_reader.FormulaResult)
        assert not isinstance(cells[1], xlsx_reader.FormulaResult)
        assert workbook.merged["One"] == ["A1:A3"]


def ole(text):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(70_000) + text.encode("utf-16-le") + bytes(9)


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        (ole("EncryptedPackage"), "protected with a password", "Remove the password"),
        (ole("Workbook"), "in the old format .xls", "Save it as .xlsx"),
        (b"%PDF-1.7", "a PDF document", "workbook itself"),
        (b"Principal,Decision\n", "not a workbook", "Save it again"),
        (b"", "not a workbook", "Save it again"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path, content, problem, remedy):
    path = tmp_path / "review.xlsx"
    path.write_bytes(content)
    with pytest.raises(FileError, match=problem) as found:
        lines(path)
    assert remedy in found.value.hint


@pytest.mark.parametrize(("part", "name"), [("content.xml", "OpenDocument"), ("xl/workbook.bin", "xlsb")])
def test_other_archives_are_refused_by_name(tmp_path, part, name):
    path = tmp_path / "review.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(FileError, match=name):
        lines(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match="it is not a file"):
        lines(tmp_path)
