"""The page: complete, without anything from outside, and with hostile names as text."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

RULES = """
format = 1
[[separation]]
name = "Write and approve"
severity = "high"
reason = "Nobody approves what he wrote."
never-together = [{ entitlement = "write", connector = "payroll" }, { entitlement = "approve", connector = "bank" }]
"""
HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m"


def test_every_section(ask, shared_lake, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    words = ("--from", "2026-03-01", "--at", "2026-03-03", "--against", "hr", "--rules", tmp_path / "rules.toml")
    result = ask("lake", "report", "--lake", shared_lake.store.url, *words, "-o", tmp_path / "r.html")
    assert result.code == 0, result.err
    page = (tmp_path / "r.html").read_text()
    headings = ["Sources", "People", "Joiners, movers, leavers", "Privileged access", "Dormant accounts"]
    headings += ["Accounts without a person", "Separation of duties"]
    assert re.findall(r"<h2>(.*?)</h2>", page) == headings
    assert "<td>Write and approve</td>" in page
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ET.fromstring(drawing)
    assert page.count("<svg") >= 2


def test_hostile_names_are_text_and_nothing_comes_from_outside(ask, make_c1z, organisation, tmp_path):
    from msgspec.structs import replace

    organisation.resources = [
        replace(item, display_name=f"{HOSTILE}{item.display_name}") for item in organisation.resources
    ]
    organisation.entitlements = [
        replace(item, slug="admin", display_name=HOSTILE) for item in organisation.entitlements
    ]
    ask("lake", "add", make_c1z(organisation), "--source", "hr")
    assert ask("lake", "report", "--at", "2026-01-02", "--from", "2026-01-01T12:00").code == 0
    page = Path("report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(link|img|iframe|object|a href=\"[^#])|url\(|@import", page)
    assert "default-src 'none'" in page


def test_days_and_names_that_are_wrong(ask, shared_lake):
    lake = ("--lake", shared_lake.store.url)
    assert ask("lake", "report", *lake, "--from", "2030-01-01").code == 2
    assert ask("lake", "report", *lake, "--at", "2020-01-01").code == 9
    assert ask("lake", "report", *lake, "--against", "hrr").code == 5
    assert ask("lake", "report", *lake, "-o", "no/such/folder/r.html", "--at", "2026-03-03").code == 2
    assert not Path("report.html").exists()
