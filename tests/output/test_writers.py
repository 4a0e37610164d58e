"""Each format, from the same answers."""

import csv
import io
import itertools
import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.errors import ConfigError, PluginError
from connector_host.output.csv_format import lines, safe_cell
from connector_host.output.document import Document, TablePart, TextPart, TreePart, json_list
from connector_host.output.screen import Screen, complete_stream, write_pieces
from connector_host.output.table_layout import sample
from connector_host.output.writers import GROUP, find_writer, writer_names

ROWS = [("Ada", "1"), ("Zoë 名", "1200")]
EVIL = [('<script>|`x`\\ "q", 1\n\x1b[31m', "2")]


def test_json_is_one_document_with_a_line_end(written, answer_of):
    text = written(answer_of(ROWS), "json")
    assert text.endswith("]}\n")
    assert json.loads(text) == {"rows": [{"Name": "Ada", "Count": "1"}, {"Name": "Zoë 名", "Count": "1200"}]}
    assert written(answer_of(), "json") == "{}\n"


def test_jsonl_is_a_line_for_each_record(written, answer_of):
    text = written(answer_of([*ROWS, *EVIL]), "jsonl")
    assert [json.loads(line)["Count"] for line in text.splitlines()] == ["1", "1200", "2"]
    assert written(answer_of(), "jsonl") == ""


def test_csv_has_a_header_and_quotes_only_where_needed(written, answer_of):
    assert written(answer_of(ROWS), "csv") == "Name,Count\nAda,1\nZoë 名,1200\n"
    rows = [
        ("a,b", "1"),
        ('say "x"', "2"),
        ("two\nlines", "3"),
        (" lead", "4"),
        ("x, y", "5"),
        ("\\.", "6"),
        ("a\\.", "7"),
    ]
    text = written(answer_of(rows), "csv")
    assert text.splitlines()[1] == '"a,b",1'
    assert '"\\.",6\na\\.,7' in text
    assert '" lead",4' in text
    assert list(csv.reader(io.StringIO(text)))[1:] == [list(row) for row in rows]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_csv_can_be_read_back(rows):
    text = b"".join(lines(("a", "b"), rows)).decode(errors="replace")
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    rows = [[safe_cell(cell) for cell in row] for row in rows]
    # a carriage return or line feed inside a quoted cell is kept by the reader as it is
    assert found[1:] == [list(row) for row in rows] or any(
        "\ud800" <= char <= "\udfff" for row in rows for char in "".join(row)
    )


def test_csv_takes_the_flat_table_where_there_is_one(written):
    flat, shown = TablePart(("F",), lambda: [("flat",)]), TablePart(("S",), lambda: [("shown",)])
    answer = Document(parts=lambda: [shown], document=list, records=list, flat=flat)
    assert written(answer, "csv") == "F\nflat\n"
    assert written(Document(parts=lambda: [shown], document=list, records=list), "csv") == "S\nshown\n"
    assert written(Document(parts=list, document=list, records=list), "csv") == "\n"


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|x", "'+cmd|x"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-3", "-3"),
        ("+1,200", "+1,200"),
        ("a=1", "a=1"),
        ("=", "'="),
        ("", ""),
    ],
)
def test_no_cell_of_a_csv_is_a_formula(written, answer_of, cell, wanted):
    text = written(answer_of([(cell, "1")], columns=(cell, "n")), "csv")
    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""))] == [wanted, wanted]


def test_csv_with_a_byte_order_mark_is_a_format_of_its_own(written, answer_of):
    assert written(answer_of(ROWS), "csv-bom") == "\ufeff" + written(answer_of(ROWS), "csv")


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_on_a_terminal_has_the_same_values_and_no_controls(written, answer_of, name):
    answer = answer_of([("\x9b31m\u202e\U000e0041\x7f", "1")])
    raw, shown = written(answer, name), written(answer, name, terminal=True)
    assert "\u202e" in raw
    assert shown.strip().isprintable()
    assert shown.isascii()
    assert json.loads(shown) == json.loads(raw)


def test_csv_on_a_terminal_has_no_controls(written, answer_of):
    assert written(answer_of(EVIL, columns=("\x1b[2J", "n")), "csv", terminal=True).replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["table", "md", "html"])
@pytest.mark.parametrize("terminal", [False, True])
def test_headings_and_titles_are_escaped_too(written, name, terminal):
    evil = "\x1b]0;owned\x07\u202e\nfine"
    table = TablePart((evil,), lambda: [("x",)], evil)
    answer = Document(parts=lambda: [table, TextPart((evil,)), TreePart(evil)], document=list, records=list, title=evil)
    text = written(answer, name, terminal=terminal)
    assert text.replace("\n", "").isprintable()
    assert "\nfine" not in text


def test_markdown_escapes_entities_links_and_line_starts(written):
    lines = ("&lt;b&gt;", "1. one", "- two", "see https://evil.example and WWW.evil.example", "==", "a. b")
    answer = Document(parts=lambda: [TextPart(lines)], document=list, records=list)
    assert written(answer, "md").splitlines() == [
        r"\&lt;b\&gt;  ",
        r"1\. one  ",
        r"\- two  ",
        r"see https\://evil.example and WWW\.evil.example  ",
        r"\==  ",
        "a. b",
    ]


def test_markdown_escapes_what_would_be_markup(written, answer_of, tree):
    text = written(answer_of([*ROWS, *EVIL], lines=("first", "second *bold*"), tree=tree, title="A_b"), "md")
    assert text.startswith(
        "# A\\_b\n\nfirst  \nsecond \\*bold\\*\n\n- root\n  - one\n    - deep\n  - two\n\n## Rows\n\n"
    )
    assert "| Name | Count |\n| --- | --: |\n| Ada | 1 |\n" in text
    assert text.splitlines()[-1] == r'| \<script\>\|\`x\`\\ "q", 1\\n\\x1b\[31m | 2 |'
    assert len(text.splitlines()[-1].replace(r"\|", "").split("|")) == 4


def test_html_escapes_everything_and_loads_nothing(written, answer_of, tree):
    text = written(
        answer_of([*ROWS, *EVIL, ("x", "added")], lines=("a & b",), tree=tree, title="<t>", numbers=()), "html"
    )
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "<h1>&lt;t&gt;</h1>" in text
    assert "<p>a &amp; b</p>" in text
    assert "<td class=added>added</td>" in text
    assert "http" not in text
    assert text.count("<li>") == text.count("</li>") == 4


def test_plain_tables_are_aligned_and_never_cut(written, answer_of, tree):
    text = written(answer_of([*ROWS, ("x" * 200, "3")], lines=("a\x1bb",), tree=tree), "table")
    assert text.splitlines()[:8] == ["a\\x1bb", "", "root", "├── one", "│   └── deep", "└── two", "", "Rows"]
    assert written(answer_of(ROWS), "table") == "NAME    COUNT\nAda         1\nZoë 名   1200\n"
    assert "x" * 200 in text


def test_a_wider_cell_after_the_first_rows_stays_whole(written, answer_of):
    rows = [("a", "1")] * 1000 + [("wider than before", "2")]
    found = written(answer_of(rows), "table").splitlines()
    assert found[1000] == "a         1"
    assert found[1001] == "wider than before      2"


def test_one_long_cell_does_not_make_every_row_long(written, answer_of):
    rows = [("x" * 1_000_000, "1"), *[("n", "2")] * 2000]
    text = written(answer_of(rows), "table")
    assert len(text) < 2_000_000
    assert "x" * 1_000_000 in text


def test_the_sample_that_decides_the_widths_is_bounded(answer_of):
    read = []

    def rows():
        for number in range(1000):
            read.append(number)
            yield ("x" * 400_000, str(number))

    sampled = sample(TablePart(("Name", "Count"), rows))
    assert len(read) == len(sampled.first_rows) == 3
    assert sum(1 for _ in sampled.rows()) == 1000


def test_console_is_another_word_for_table(written, answer_of):
    assert written(answer_of(ROWS), "console") == written(answer_of(ROWS), "table")


# ----------------------------------------------------------------------------------------------- terminals


def test_on_a_terminal_lines_fit_and_everything_is_there(written, answer_of):
    rows = [("Ada Lovelace", "user:" + "x" * 100, "1")]
    for width in (40, 80, 120):
        text = written(answer_of(rows, columns=("Name", "ID", "Count")), "table", terminal=True, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert text.count("x") == 100
        assert "Ada" in text


def test_colours_are_for_terminals_that_take_them(written, answer_of):
    assert "\x1b[" in written(answer_of(ROWS), "table", terminal=True, width=80, colour=True)
    assert "\x1b" not in written(answer_of(ROWS), "table", terminal=True, width=80)
    assert "\x1b" not in written(answer_of(ROWS), "table", width=80)


def test_control_characters_never_reach_a_terminal(written, answer_of, tree):
    text = written(answer_of(EVIL, lines=("\x1b]0;title\x07",), tree=tree), "table", terminal=True, width=80)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\\x1b]0;title" in text


def test_markup_of_the_drawing_library_is_only_text(written, answer_of):
    assert "[red]x[/red] :smile:" in written(
        answer_of([("[red]x[/red] :smile:", "1")]), "table", terminal=True, width=80
    )


def test_many_rows_are_drawn_in_chunks_with_one_header(written, answer_of):
    text = written(
        answer_of([(f"row {number}", str(number)) for number in range(450)]), "table", terminal=True, width=80
    )
    assert text.count("Name") == 1
    assert "row 449" in text
    assert text.count("row ") == 450


@pytest.mark.parametrize(
    ("environ", "wanted"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)]
)
def test_the_screen_is_asked_what_it_is(monkeypatch, environ, wanted):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    screen = Screen.of(Terminal())
    assert (screen.terminal, screen.width, screen.colour) == (True, 80, wanted)
    assert Screen.of(io.StringIO()) == Screen()


# ----------------------------------------------------------------------------------------------- finding formats

SHOUT = """
def write(answer, out, screen):
    for record in answer.records():
        out.write(record.upper() + b"!")
"""


def test_another_package_can_offer_a_format(site, written, answer_of):
    site.add("shouting", SHOUT, group=GROUP, points=["shout = shouting:write"])
    assert writer_names()[-1] == "shout"
    assert written(answer_of([("ada", "1")]), "shout") == '{"NAME":"ADA","COUNT":"1"}!'


def test_a_format_that_does_not_exist_names_those_that_do():
    with pytest.raises(ConfigError, match="no output format is called 'yaml'") as caught:
        find_writer("yaml")
    assert "table, json, jsonl, csv, csv-bom, md, html" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "point", "message"),
    [
        ("1/0", "bad:write", "cannot be loaded"),
        ("write = 1", "bad:write", "not callable"),
        ("", "bad:write", "cannot be loaded"),
    ],
)
def test_a_format_that_is_broken_is_an_error_of_its_own(site, code, point, message):
    site.add("bad", code, group=GROUP, points=[f"odd = {point}"])
    with pytest.raises(PluginError, match=message):
        find_writer("odd")


def test_a_format_offered_twice_is_refused(site):
    for name in ("one", "two"):
        site.add(name, SHOUT, group=GROUP, points=[f"shout = {name}:write"])
    with pytest.raises(PluginError, match="more than one package"):
        find_writer("shout")


# ----------------------------------------------------------------------------------------------- streaming


def test_pieces_are_written_soon_and_then_in_large_batches():
    class Out(io.BytesIO):
        sizes: typing.ClassVar[list[int]] = []

        def write(self, data):
            self.sizes.append(len(data))
            return super().write(data)

    out = Out()
    seen = []

    def pieces():
        for number in range(20_000):
            if number == 50:
                seen.append(list(out.sizes))
            yield b"x" * 100

    write_pieces(pieces(), out)
    assert seen[0]  # written before the fiftieth piece was made
    assert len(out.getvalue()) == 2_000_000
    assert len(out.sizes) < 12


def test_a_stream_that_takes_less_than_it_is_given_gets_the_rest():
    class Slow(io.RawIOBase):
        def __init__(self):
            self.got = b""

        def writable(self):
            return True

        def write(self, data):
            self.got += bytes(data[:7])
            return min(7, len(data))

    slow = Slow()
    complete_stream(slow).write(b"0123456789" * 5)
    assert slow.got == b"0123456789" * 5


@given(st.lists(st.binary(min_size=1, max_size=5)))
def test_a_json_list_is_read_once_piece_by_piece(items):
    pieces = list(json_list("k", iter(items)))
    assert b"".join(pieces) == (b'{"k":[' + b",".join(items) + b"]}" if items else b"{}")


@pytest.mark.parametrize("length", [1, 2, 3])
def test_csv_lines_are_those_of_their_cells(length):
    cells = ("", "a", "a b", " a", "=1", "-", "-3", "+x", "@x", "a@b", "a-b", "a=b", "é", "\uff1dx", "a\uff1d", 'q"')
    cells += ("c,d", ", ", "\\.", "\t", "a\nb", "\ud800", "\u00a0x")
    for row in itertools.product(cells, repeat=length):
        text = ",".join(csv_cell(safe_cell(cell)) for cell in row)
        assert list(lines((), [row]))[1] == f"{text}\n".encode(errors="backslashreplace")


def csv_cell(text):
    quoted = text == "\\." or text[:1].isspace() or any(sign in text for sign in ',"\r\n')
    return '"' + text.replace('"', '""') + '"' if quoted else text
