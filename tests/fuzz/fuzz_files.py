"""The sound files of the fuzz, made by the program itself in one folder."""

import datetime
import json
from pathlib import Path
from typing import NamedTuple

import msgspec
import openpyxl
from lake_mutations import pack_folder

from connector_host.cli.main import main
from connector_host.review.returned.decision_file import FORMAT
from connector_host.review.review_files import ReviewRequest, open_review
from connector_host.review.review_model import ReviewOrder, ReviewUnit
from connector_host.review.review_state import describe_review, review_id

USER, GROUP, APP = "user", "group", "app"
SCENARIO = {
    "identity": {"account": "fuzz", "user": "root"},
    "resource_types": [
        {"id": USER, "display_name": "User", "traits": ["user"], "skip_entitlements_and_grants": True},
        {"id": GROUP, "traits": ["group"]},
        {"id": APP, "traits": ["app"]},
    ],
    "resources": [
        {"type": USER, "id": "u1", "display_name": "Ada", "email": "ada@example.com", "profile": {"manager": "bob"}},
        {"type": USER, "id": "u2", "display_name": "Bob", "email": "bob@example.com", "status": "disabled"},
        {"type": USER, "id": "u3", "display_name": "Cy"},
        {"type": GROUP, "id": "g1", "display_name": "Staff", "description": "Everybody"},
        {"type": GROUP, "id": "g2", "display_name": "Operators"},
        {"type": APP, "id": "a1", "display_name": "Payroll"},
    ],
    "entitlements": [
        {"resource": {"type": GROUP, "id": "g1"}, "slug": "member", "grantable_to": [USER, GROUP]},
        {"resource": {"type": GROUP, "id": "g2"}, "slug": "member", "grantable_to": [USER]},
        {"resource": {"type": APP, "id": "a1"}, "slug": "read", "display_name": "Payroll read"},
        {"resource": {"type": APP, "id": "a1"}, "slug": "write"},
    ],
    "grants": [
        {"entitlement": "group:g1:member", "principal": {"type": USER, "id": "u1"}},
        {"entitlement": "group:g2:member", "principal": {"type": USER, "id": "u2"}},
        {
            "entitlement": "group:g1:member",
            "principal": {"type": GROUP, "id": "g2"},
            "expand": {"entitlements": ["group:g2:member"]},
        },
        {
            "entitlement": "app:a1:read",
            "principal": {"type": GROUP, "id": "g1"},
            "expand": {"entitlements": ["group:g1:member"]},
        },
        {"entitlement": "app:a1:write", "principal": {"type": USER, "id": "u1"}},
    ],
}
CONFIG = """[host]
log-level = "error"
workers = 2

[connector.fake]
seed = 3
"""
RULES = """format = 1

[[privileged]]
name = "Writers"
entitlements = ["app:a1:write", { entitlement = "read", resource = "Payroll" }]

[[separation]]
name = "Read and write"
severity = "high"
reason = "Nobody may do both."
never-together = ["app:a1:read", ["app:a1:write"]]

[[separation.exceptions]]
principal = "ada@example.com"
until = 2026-12-31
reason = "Alone"
approved-by = "Rita"
"""
PEOPLE = """source,account,person
fuzz,user:u1,ada@example.com
"""
OWNERS = """resource,reviewer
app:a1,rita@example.com
Staff,omar@example.com
"""
MUTATED = (
    "workbook",
    "campaign",
    "plan",
    "record",
    "config",
    "rules",
    "people",
    "query",
    "password",
    "profile",
    "ticket",
    "evidence",
    "decisions",
    "owners",
    "cursor",
    "json",
)
FOLDERS = ("read", "write", "scratch")


class FuzzFiles(NamedTuple):
    """A folder with the sound files, and their content by the kind of mutation."""

    folder: Path
    contents: dict[str, bytes]

    def places(self, mutated: Path) -> dict[str, Path]:
        """Return the paths of all placeholders, with the mutated file at `mutated`."""
        written = self.folder / "write"
        return {
            "good": self.folder / "sound.c1z",
            "reviewed": self.folder / "reviewed.c1z",
            "book": self.folder / "book.xlsx",
            "packages": self.folder / "packages",
            "scenario": self.folder / "scenario.json",
            "out": written / "out",
            "campaign_folder": mutated.parent,
            "damaged_lake": mutated.parent / "lake",
            **dict.fromkeys(("lake", "copied_lake"), written / "lake"),
            "sound_lake": self.folder / "lake",
            "sound_rules": self.folder / "rules.toml",
            "audit": written / "audit.jsonl",
            **dict.fromkeys(("file", *MUTATED), mutated),
        }


def make_files(folder: Path) -> FuzzFiles:
    """Write the sound files into an empty folder. Raises RuntimeError if a command fails."""
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700)
    (folder / "scenario.json").write_text(json.dumps(SCENARIO))
    (folder / "config.toml").write_text(CONFIG)
    (folder / "rules.toml").write_text(RULES)
    (folder / "owners.csv").write_text(OWNERS)
    fake = ("--scenario", folder / "scenario.json")
    good, reviewed = folder / "sound.c1z", folder / "reviewed.c1z"
    change = ("grant", "fake", *fake, "--writable", "-f", good, "--audit", folder / "audit.jsonl")
    for words in (
        ("sync", "fake", *fake, "-f", reviewed),
        ("review", "-f", reviewed, "-o", folder / "book.xlsx"),
        ("review", "-f", reviewed, "--split-by", "type", "-o", folder / "packages"),
        ("export", "c1z", "-f", reviewed, "--out", good),
        ("sync", "fake", *fake, "-f", good),
        ("convert", good, folder / "sound3.c1z", "--to", "v3"),
        *((*change, "--principal", f"user:u{number}", "--entitlement", "app:a1:write") for number in (2, 3)),
        ("lake", "add", reviewed, good, "--lake", folder / "lake"),
        ("review", "evidence", folder / "packages", "-f", good, "-o", folder / "evidence.zip", "--incomplete"),
        ("events", "fake", "--feed", "access", "--cursor-file", folder / "cursor"),
    ):
        if code := main([str(word) for word in words]):
            raise RuntimeError(f"{words[0]} ends with {code}")
    (folder / "scenario.json").write_text(json.dumps(SCENARIO))
    _decide(folder / "book.xlsx")
    plan = [
        {"principal": "ada@example.com", "entitlement": "app:a1:write"},
        {"principal": "user:u2", "entitlement": "app:a1:write"},
    ]
    return FuzzFiles(
        folder,
        {
            "v1": good.read_bytes(),
            "v3": (folder / "sound3.c1z").read_bytes(),
            "workbook": (folder / "book.xlsx").read_bytes(),
            "campaign": (folder / "packages" / "campaign.json").read_bytes(),
            "plan": b"".join(json.dumps(line).encode() + b"\n" for line in plan),
            "record": (folder / "audit.jsonl").read_bytes(),
            "config": CONFIG.encode(),
            "rules": RULES.encode(),
            "people": PEOPLE.encode(),
            "query": b"select * from access",
            "profile": b'{"team": "Cells", "contractor": true, "cost_centers": ["a", "b"]}',
            "password": b"correct horse battery",
            "ticket": b'{"schema_id": "access", "display_name": "Please", "custom_fields": {"system": "Payroll", "seats": 2, "urgent": true}}',
            "evidence": (folder / "evidence.zip").read_bytes(),
            "damaged_lake": pack_folder(folder / "lake"),
            "decisions": _decision_file(reviewed),
            "owners": OWNERS.encode(),
            "cursor": (folder / "cursor").read_bytes(),
            "scenario": (folder / "scenario.json").read_bytes(),
            "json": b'{"resource-type": "user", "minimum": 1}',
        },
    )


def _decide(path: Path) -> None:
    """Fill in the workbook: keep the first grant, revoke the second, ask about the third."""
    book = openpyxl.load_workbook(path)
    sheet = book["Review"]
    columns = {str(cell.value).partition(" (")[0]: cell.column for cell in sheet[1]}
    for line, decision in enumerate(("keep", "revoke", "ask"), 2):
        for title, value in (("Decision", decision), ("Reviewer", "Rita"), ("Date", datetime.date.today())):
            sheet.cell(line, columns[title]).value = value
    book.save(path)


def _decision_file(reviewed: Path) -> bytes:
    """Return what the page of a review saves after decisions on the rows that `_decide` leaves open."""
    with open_review(ReviewRequest((reviewed,)), ReviewOrder.PRINCIPAL, ReviewUnit.RESOURCE) as review:
        systems, rows = describe_review(review), list(review.access_rows())
    decisions = [
        {
            "system": systems[0].system,
            "row": row.row_id,
            "principal": row.principal.id,
            "resource": row.on.resource_id,
            "decision": "ask" if row.inherited else "revoke",
            "date": datetime.date.today().isoformat(),
            "note": "moved",
        }
        for row in rows[3:]
    ]
    document = {
        "format": FORMAT,
        "review": review_id(systems),
        "saved": "2026-02-01T10:00:00Z",
        "reviewer": "Rita",
        "systems": msgspec.to_builtins(systems),
        "decisions": decisions,
    }
    return json.dumps(document).encode()
