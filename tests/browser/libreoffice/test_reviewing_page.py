"""docs/reviewing.md: its quarter is played with the sample organisation, and prints what the page shows."""

import datetime
import re
import shlex
from pathlib import Path

import pytest

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra xlsx")
pytest.importorskip("xlsxwriter", reason="needs the extra xlsx")

TEXT = (Path(__file__).parents[3] / "docs" / "reviewing.md").read_text(encoding="utf-8")
QUARTER = TEXT[: TEXT.index("\n## The unit of a decision")]
REVOKED = {("花 小林", "Production Secrets"), ("Ngozi Adeyemi (guest)", "Auditor"), ("Selin Çelik", "Social Media")}
CHANGING = re.compile(r"\d{4}-\d\d-\d\d|[0-9a-f]{12,}|\(\d+ kB\)")


def blocks():
    """The indented blocks of the quarter, as lists of lines."""
    found = re.findall(r"(?:^ {4}\S.*\n|^ {6}\S.*\n|^\n(?= {4}))+", QUARTER, re.MULTILINE)
    return [[line[4:] for line in block.splitlines() if line.strip()] for block in found]


def plain(text):
    return " ".join(CHANGING.sub(" ", text).split())


def decide(office, folder):
    """Every reviewer decides in LibreOffice: revoke what the page revokes, keep all else."""
    names = {"amara": "Amara Okafor", "bjorn": "Björn Lindqvist", "nomvu": "Nomvula Dlamini", "selin": "Selin Çelik"}
    day = {"day": datetime.date.today().isoformat()}
    for path in folder.glob("*.xlsx"):
        head, *rows = openpyxl.load_workbook(path)["Review"].iter_rows(values_only=True)
        titles = [title.partition(" (")[0] for title in head]
        cells = {}
        for values in rows:
            row = dict(zip(titles, values, strict=True))
            if row["To decide"] == "yes":
                word = "revoke" if (row["Principal"], row["Resource"]) in REVOKED else "keep"
                cells[row["Row ID"]] = {"Decision": word, "Reviewer": names[path.name[:5]], "Date": day}
        office(path, path, cells)


def test_the_quarter_of_the_page(ask, office, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviewers.csv").write_text(
        "\n".join(next(block for block in blocks() if block[0] == "resource type,reviewer")) + "\n", encoding="utf-8"
    )
    (tmp_path / "rules.toml").write_text(QUARTER.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    printed, ran = "", 0
    for line in (line for block in blocks() for line in block):
        if line.startswith("export "):
            for setting in shlex.split(line)[1:]:
                monkeypatch.setenv(*setting.partition("=")[::2])
        elif line.startswith("connector-host "):
            words = shlex.split(line)[1:]
            if words[:2] == ["review", "status"]:
                decide(office, tmp_path / "2026-q4")
            if words[0] == "diff" or "--expect" in words or (words[0] == "review" and "2026-q4.xlsx" in words):
                continue
            told = ask(*words, *(["--yes"] if words[0] == "revoke" else []))
            assert told.code == 0, f"{line}: {told.err}"
            printed, ran = plain(told.out + told.err), ran + 1
        elif not line.startswith(("pip ", "resource type", "group,", "role,", "vault,", "application,", ",")):
            expected = plain(line.partition(" --sync-id")[0].rstrip("…").replace("RESULT", "RESOURCE RESULT"))
            parts = [expected] if not line.startswith(("PRINCIPAL", "Ngozi", "Selin", "花")) else line.split("  ")[:1]
            assert all(plain(part) in printed for part in parts), f"{line}\n{printed}"
    assert ran == 12
