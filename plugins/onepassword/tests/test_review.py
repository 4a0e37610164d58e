"""An access review of 1Password, from the sync to the proof, against the stand-in."""

from __future__ import annotations

import datetime
import json
import os
import re
import shlex

import pytest
from forked_commands import run_forked

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra xlsx of connector-host")
pytest.importorskip("xlsxwriter", reason="needs the extra xlsx of connector-host")
COMMANDS = (
    "connector-host sync onepassword -f 2026-q1.c1z",
    "connector-host review -f 2026-q1.c1z -o 2026-q1.xlsx",
    "connector-host review import 2026-q1.xlsx",
    "connector-host revoke onepassword -f 2026-q1.c1z --from-file 2026-q1.revoke.jsonl --dry-run",
    "connector-host revoke onepassword -f 2026-q1.c1z --from-file 2026-q1.revoke.jsonl",
    "connector-host sync onepassword -f after.c1z",
    "connector-host review -f after.c1z --since 2026-q1.c1z -o after.xlsx",
    "connector-host review verify 2026-q1.xlsx -f after.c1z",
    "connector-host diff 2026-q1.c1z after.c1z",
)


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


@pytest.fixture
def call(standin, tmp_path):
    """Run a command line in a folder of its own."""

    def run(line):
        words = shlex.split(line)
        if words[1] == "revoke" and "--dry-run" not in words:
            words.append("--yes")  # a person confirms on the terminal, which is not there
        done = run_forked(words[1:], environ=os.environ, cwd=tmp_path, timeout=120)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done

    return run


def test_a_review_from_the_sync_to_the_proof(standin, call, tmp_path):
    done = [call(line) for line in COMMANDS[:2]]
    assert re.search(
        r"Wrote 2026-q1\.xlsx \([0-9]+ kB\): [0-9]+ rows with [0-9]+ grants to decide on\.", done[1].stderr
    )
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

    done += [call(line) for line in COMMANDS[2:5]]
    assert re.search(r"Decided: 0 keep, 2 revoke, 0 ask", done[2].stderr)
    assert re.search(r"Wrote 2026-q1\.revoke\.jsonl\. Next: connector-host revoke onepassword ", done[2].stderr)
    assert done[3].stdout.endswith("2 changes: 2 planned\n")
    assert done[4].stdout.endswith("2 changes: 2 done\n")
    record = [json.loads(line) for line in (tmp_path / "connector-host-audit.jsonl").read_text().splitlines()]
    assert {one["grant"] for one in record if not one["dry_run"]} == revoked

    done += [call(line) for line in COMMANDS[5:]]
    removed = {row["ID"] for row in rows(tmp_path / "after.xlsx", "Changes") if row["Change"] == "removed"}
    assert revoked <= removed
    grants = [sum(row["Grants"] for row in rows(tmp_path / f"{name}.xlsx", "Review")) for name in ("2026-q1", "after")]
    assert len(removed) == grants[0] - grants[1]
    assert all(grant in done[-1].stdout for grant in removed)
