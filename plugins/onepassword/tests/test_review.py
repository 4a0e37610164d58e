"""An access review of 1Password, from the sync to the proof: the commands of docs/reviewing.md against the stand-in."""

from __future__ import annotations

import datetime
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra xlsx of connector-host")
pytest.importorskip("xlsxwriter", reason="needs the extra xlsx of connector-host")
TEXT = (Path(__file__).parents[3] / "docs" / "reviewing.md").read_text(encoding="utf-8")


def rows(path, sheet):
    head, *found = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    titles = [title.partition(" (")[0] for title in head]
    return [dict(zip(titles, row, strict=True)) for row in found]


def decide(path, words):
    """Fill in the decisions: row id -> (word, permissions to revoke)."""
    book = openpyxl.load_workbook(path)
    page = book["Review"]
    at = {cell.value.partition(" (")[0]: cell.column for cell in page[1]}
    for line in range(2, page.max_row + 1):
        if decision := words.get(page.cell(line, at["Row ID"]).value):
            page.cell(line, at["Decision"]).value, page.cell(line, at["Revoke only"]).value = decision
            page.cell(line, at["Reviewer"]).value = "Rita Reviewer"
            page.cell(line, at["Date"]).value = datetime.date.today()
    book.save(path)


def documented():
    """The commands of the page in their order, up to the comparison; later sections have tests of their own."""
    lines = [line.strip() for line in TEXT.splitlines() if line.startswith("    connector-host ")]
    last = next(number for number, line in enumerate(lines) if line.split()[1] == "diff")
    return lines[: last + 1]


def told(name):
    """A line that the page shows, as a pattern: numbers, ids and what is left out may be others."""
    line = next(line.strip() for line in TEXT.splitlines() if line.startswith(f"    {name}"))
    pattern = re.sub(r"[0-9.]+ kB", r"[0-9.]+ kB", re.escape(line).replace(r"\ ", " "))
    return re.sub(r"(?<![0-9q-])[0-9]+(?= )", "[0-9]+", pattern).replace("…", ".*")


@pytest.fixture
def call(standin, tmp_path):
    """Run a command line of the page in a folder of its own."""

    def run(line):
        words = shlex.split(line)
        if words[1] == "revoke" and "--dry-run" not in words:
            words.append("--yes")  # a person confirms on the terminal, which is not there
        done = subprocess.run(
            [sys.executable, "-m", "connector_host", *words[1:]],
            cwd=tmp_path,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done

    return run


def test_the_page_from_its_first_command_to_its_last(standin, call, tmp_path):
    lines = documented()
    assert [line.split()[1] for line in lines] == [
        *("sync", "review", "review", "revoke", "revoke", "sync", "review", "review", "diff")
    ]
    done = [call(line) for line in lines[:2]]
    assert re.search(told("Wrote 2026-q1.xlsx"), done[1].stderr)
    assert "guest" in done[1].stderr  # what this identity does not see is said again

    before = [row for row in rows(tmp_path / "2026-q1.xlsx", "Review") if row["To decide"] == "yes"]
    membership = next(row for row in before if row["Resource type"] == "Group")
    shared = next(
        row
        for row in before
        if row["Principal type"] == "Group" and "edit items" in row["Direct permissions"].split(", ")
    )
    decide(
        tmp_path / "2026-q1.xlsx", {membership["Row ID"]: ("revoke", None), shared["Row ID"]: ("revoke", "edit items")}
    )
    revoked = {
        f"{membership['Resource ID']}:member:{membership['Principal ID']}",
        f"{shared['Resource ID']}:edit items:{shared['Principal ID']}",
    }

    done += [call(line) for line in lines[2:5]]
    assert re.search(told("Decided: 0 keep"), done[2].stderr)
    assert re.search(told("Wrote 2026-q1.revoke.jsonl"), done[2].stderr)
    assert done[3].stdout.endswith("2 changes: 2 planned\n")
    assert done[4].stdout.endswith(told("2 changes: 2 done").replace("[0-9]+", "2") + "\n")
    record = [json.loads(line) for line in (tmp_path / "connector-host-audit.jsonl").read_text().splitlines()]
    assert {one["grant"] for one in record if not one["dry_run"]} == revoked

    done += [call(line) for line in lines[5:]]
    removed = {row["ID"] for row in rows(tmp_path / "after.xlsx", "Changes") if row["Change"] == "removed"}
    assert revoked <= removed
    grants = [sum(row["Grants"] for row in rows(tmp_path / f"{name}.xlsx", "Review")) for name in ("2026-q1", "after")]
    assert len(removed) == grants[0] - grants[1]
    assert all(grant in done[-1].stdout for grant in removed)


def test_every_page_it_links_is_there():
    folder = Path(__file__).parents[3] / "docs"
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, heading = target.partition("#")
        assert not path or (folder / path).is_file(), target
        text = (folder / path).read_text(encoding="utf-8") if path.endswith(".md") else TEXT
        heads = [line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("#")]
        assert not heading or heading in heads, target
