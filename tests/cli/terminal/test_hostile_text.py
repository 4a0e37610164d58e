"""The same hostile strings through every command and format: names from files and applications obey nothing."""

import csv
import html.parser
import io
import json
import unicodedata

import pytest

from connector_host.cli.main import main
from connector_host.output.screen import Screen

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "\x9b31m\x90q\x9c",
    "first\nWarning: FORGED line",
    "first\r\nError: FORGED line",
    "name\u202egnp.exe\u2066x\u2069",
    "in\u200bvisible\u2060\ufeff\u00ad\u3164",
    "line\u2028break\u2029paragraph\x85next",
    "tag\U000e0041\U000e007f",
    "=cmd|'/c calc'!A1",
    "@SUM(A1)",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</td></svg>]]>&lt;b&gt;&#x3c;",
    '"];evil[label="x"] --> y',
    "**bold** [link](javascript:alert(1)) | cell",
    'back\\slash\' "quote"',
)
FORMATS = ("table", "json", "jsonl", "csv", "csv-bom", "md", "html")
SCREENS = {"pipe": None, "terminal": 70}


GROUPS = [HOSTILE[start::3] for start in range(3)]
"""One file for several strings: every command runs once for each group."""


def everything(texts):
    """A scenario in which each text stands wherever text can stand."""
    joined = " ".join(texts)
    ada = {"type": "user", "id": "ada"}
    types = [{"id": "user", "display_name": joined, "traits": ["user"], "skip_entitlements_and_grants": True}]
    resources = [{**ada, "display_name": joined, "email": "ada@example.com", "description": joined}]
    entitlements, grants = [], []
    for number, text in enumerate(texts):
        kind = f"group{number}"
        types.append({"id": kind, "display_name": f"g {text}", "traits": ["group"]})
        bob, gone = ({"type": "user", "id": f"{name} {text}"} for name in ("b", "gone"))
        resources += [
            {**bob, "display_name": text, "email": f"{text}@example.com", "description": text},
            {"type": kind, "id": "g1", "display_name": text},
            {"type": kind, "id": "g2", "display_name": f"other {text}"},
        ]
        entitlements += [
            {"resource": {"type": kind, "id": "g1"}, "slug": "member", "display_name": text, "description": text},
            {"resource": {"type": kind, "id": "g2"}, "slug": f"s {text}", "display_name": text},
        ]
        grants += [{"entitlement": f"{kind}:g1:member", "principal": principal} for principal in (ada, bob, gone)]
    return {
        "identity": {"account": f"a {joined}", "user": f"u {joined}", "plan": joined, "limits": [f"limit {joined}"]},
        "resource_types": types,
        "resources": resources,
        "entitlements": entitlements,
        "grants": grants,
    }


READING = {
    "resource-types": (),
    "resources": (),
    "entitlements": (),
    "grants": (),
    "principals": (),
    "access": ("ada@example.com",),
    "why": ("ada@example.com", "group0:g1:member"),
    "matrix": (),
    "stats": (),
    "syncs": (),
    "diff": (),
    "validate": (),
}
GRAPHS = ("svg", "mermaid", "dot", "graphml", "opengraph")


def is_harmless(text):
    """No control, no mark that hides or reorders, no separator: judged here without the function that escapes."""
    return not [
        char
        for char in text
        if char != "\n" and (unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or char == "\u3164")
    ]


def check_lines(text):
    assert is_harmless(text), [char for char in text if not is_harmless(char)]
    assert not [line for line in text.splitlines() if line.startswith(("Warning: FORGED", "Error: FORGED"))]


class Tags(html.parser.HTMLParser):
    """The elements of a page."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.seen |= {name for name, _ in attrs if name.startswith("on")}


@pytest.fixture(scope="module", params=range(len(GROUPS)))
def file(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    scenario = everything(GROUPS[request.param])
    path = folder / "scenario.json"
    path.write_text(json.dumps(scenario))
    assert main(["sync", "fake", "--scenario", str(path), "-f", str(folder / "a.c1z"), "-o", "csv"]) == 0
    del scenario["grants"][2]
    path.write_text(json.dumps(scenario))
    assert main(["sync", "fake", "--scenario", str(path), "-f", str(folder / "a.c1z"), "-o", "csv"]) == 0
    return folder / "a.c1z"


@pytest.fixture
def run(capsysbinary, monkeypatch):
    def run_command(*words, width=None):
        if width is not None:
            monkeypatch.setattr(Screen, "of", classmethod(lambda _cls, _stream: Screen(terminal=True, width=width)))
        capsysbinary.readouterr()
        code = main([str(word) for word in words])
        out, err = capsysbinary.readouterr()
        check_lines(err.decode())
        assert code in (0, 1, 5), err.decode()
        return out.decode()

    return run_command


@pytest.mark.parametrize("screen", SCREENS)
def test_every_reading_command_in_every_format(run, file, screen):
    for name, words in READING.items():
        for form in FORMATS:
            text = run(name, *words, "-f", file, "-o", form, width=SCREENS[screen])
            if form in ("table", "md", "html") or (screen == "terminal" and form.startswith(("json", "csv"))):
                check_lines(text.removeprefix("\ufeff"))
            if form == "html":
                tags = Tags()
                tags.feed(text)
                assert not tags.seen & {"script", "img", "onerror", "b"}, (name, tags.seen)
            if form == "md":
                assert "](javascript" not in text.replace(r"\](", "")
                assert "&lt;b" not in text.replace("\\&lt;b", "")
            if form == "json":
                json.loads(text)
            if form == "csv":
                for row in csv.reader(io.StringIO(text, newline="")):
                    assert not [cell for cell in row if cell[:1] in "=@\t\r\n" and cell]


def test_graphs(run, file):
    for form in GRAPHS:
        text = run("graph", "ada@example.com", "-f", file, "-o", form)
        if form != "opengraph":  # JSON for a program
            check_lines(text)
        if form == "svg":
            tags = Tags()
            tags.feed(text)
            assert not tags.seen & {"script", "img", "onerror", "b"}
        if form == "dot":
            assert 'evil[label="x"]' not in text.replace('\\"', "")
        if form == "opengraph":
            json.loads(text)


def test_exports_and_reviews(run, file, tmp_path):
    from openpyxl import load_workbook

    run("export", "csv", "-f", file, "--out", tmp_path / "a.csv")
    for row in csv.reader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8"), newline="")):
        assert not [cell for cell in row if cell[:1] in "=@\t\r\n" and cell]
    run("export", "xlsx", "-f", file, "--out", tmp_path / "a.xlsx")
    run("review", "-f", file, "--out", tmp_path / "r.xlsx")
    for name in ("a.xlsx", "r.xlsx"):
        for sheet in load_workbook(tmp_path / name):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", cell.value
                    assert not isinstance(cell.value, str) or is_harmless(cell.value), cell.value
    run("review", "-f", file, "--out", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    check_lines(text)


def test_connector_commands(run, file, tmp_path):
    scenario = file.parent / "scenario.json"
    for form in ("table", "md", "html"):
        text = run("check", "fake", "--scenario", scenario, "-o", form)
        check_lines(text)
        check_lines(run("sync", "fake", "--scenario", scenario, "-f", tmp_path / "b.c1z", "-o", form))
        words = ("--scenario", scenario, "--writable", "--dry-run", "-f", file, "--resource", "ada", "-o", form)
        check_lines(run("delete", "fake", *words))
