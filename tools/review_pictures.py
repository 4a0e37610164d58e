"""Make the pictures of docs/reviewing.md in docs/images: a page to decide in, a workbook, and the summary of evidence.

    python tools/review_pictures.py [--into docs/images]

Needs what `tools/screenshots.py` needs, and LibreOffice (Debian: libreoffice-calc) for the workbook. They show the
quarter that docs/reviewing.md describes, with the fake connector's organisation.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from screenshots import browser, run, take

REVIEWERS = """resource type,reviewer
group,Amara Okafor
role,Amara Okafor
vault,Nomvula Dlamini
application,Selin Çelik
,Björn Lindqvist
"""
RULES = """format = 1

[[separation]]
name = "Write code and run it"
severity = "high"
reason = "A second person must see every change that reaches production."
never-together = ["Source Code: write", "Cloud Console: admin"]
"""
REVOKED = {
    ("花 小林", "Production Secrets"): "changed teams",
    ("Ngozi Adeyemi (guest)", "Auditor"): "the audit is over",
    ("Selin Çelik", "Social Media"): "",
}
WIDE, DESKTOP = (1500, 420, 1, False), (1280, 860, 1, False)


def campaign(folder: Path) -> None:
    """Write the campaign of the quarter."""
    run("invoke", "fake", "--action", "write-scenario", "--argument", f"file={folder / 'larkfield.json'}")
    os.environ["BATON_SCENARIO"] = str(folder / "larkfield.json")
    (folder / "reviewers.csv").write_text(REVIEWERS, encoding="utf-8")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    run("sync", "fake", "-f", "2026-q4.c1z")
    words = ("--rules", "rules.toml", "--split-by", "reviewers.csv", "--with-pages", "--due", "2026-12-15")
    run("review", "-f", "2026-q4.c1z", *words, "-o", "2026-q4")


def decide(folder: Path) -> None:
    """Fill in every workbook as its reviewer."""
    manifest = json.loads((folder / "2026-q4" / "campaign.json").read_text(encoding="utf-8"))
    for package in manifest["packages"]:
        path = folder / "2026-q4" / package["file"]
        book: Any = openpyxl.load_workbook(path)
        sheet = book["Review"]
        at = {str(cell.value).partition(" (")[0]: cell.column for cell in sheet[1]}
        for line in range(2, sheet.max_row + 1):
            if sheet.cell(line, at["To decide"]).value != "yes":
                continue
            pair = sheet.cell(line, at["Principal"]).value, sheet.cell(line, at["Resource"]).value
            sheet.cell(line, at["Decision"]).value = "revoke" if pair in REVOKED else "keep"
            sheet.cell(line, at["Reviewer"]).value = package["reviewer"]
            sheet.cell(line, at["Date"]).value = datetime.datetime.now(datetime.UTC).date()
            sheet.cell(line, at["Note"]).value = REVOKED.get(pair) or None
        book.save(path)


def prove() -> None:
    """Carry out the decisions and write the evidence."""
    run("review", "import", "2026-q4")
    plan = ("-f", "2026-q4.c1z", "--from-file", "2026-q4.revoke.jsonl", "--yes")
    run("revoke", "fake", "--writable", *plan)
    run("sync", "fake", "-f", "after.c1z")
    audit = ("--audit", "connector-host-audit.jsonl", "--rules", "rules.toml")
    run("review", "evidence", "2026-q4", "-f", "after.c1z", *audit, "-o", "2026-q4.evidence.zip")


def workbook_page(folder: Path) -> Path:
    """Return the sheet *Review* of a workbook as LibreOffice shows it: a page of HTML."""
    book: Any = openpyxl.load_workbook(folder / "2026-q4" / "nomvula-dlamini.xlsx")
    for name in book.sheetnames:
        if name != "Review":
            book[name].sheet_state = "visible"
            del book[name]
    titles = [str(cell.value).partition(" (")[0] for cell in book["Review"][1]]
    shown = {"Principal", "Resource", "Direct permissions", "Inherited permissions", "Via", "Risks"}
    shown |= {"Decision", "Revoke only", "Reviewer", "Date", "Note"}
    for cell, title in zip(book["Review"][1], titles, strict=True):
        book["Review"].column_dimensions[cell.column_letter].hidden = title not in shown
    book.save(folder / "sheet.xlsx")
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    words = ["soffice", "--headless", profile, "--convert-to", "html", "--outdir", str(folder), "sheet.xlsx"]
    subprocess.run(words, check=True, capture_output=True, cwd=folder)
    return folder / "sheet.html"


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=Path("docs/images"))
    into = parser.parse_args().into.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        campaign(folder)
        decide(folder)
        prove()
        with zipfile.ZipFile("2026-q4.evidence.zip") as archive:
            (folder / "summary.html").write_bytes(archive.read("summary.html"))
        sheet = workbook_page(folder)
        (folder / "browser").mkdir()
        driver = browser(folder / "browser")
        try:
            page = (folder / "2026-q4" / "nomvula-dlamini.html").as_uri()
            take(driver, f"{page}#decide", into / "review-campaign-page.png", DESKTOP, "light")
            take(driver, sheet.as_uri(), into / "review-workbook.png", WIDE, "light")
            take(driver, (folder / "summary.html").as_uri(), into / "review-evidence.png", DESKTOP, "light")
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
