"""The commands that write files, as the tests of failing calls and of kills run them; docs/reliability.md names each.

`make_scene` makes the files that they start from.
"""

import datetime
import json
import subprocess
import sys
from typing import NamedTuple

import openpyxl

SYNC = ("sync", "fake", "--users", "30", "--groups", "6", "--members", "5", "--nested", "1", "--log-level", "warning")
FAKE = ("fake", "--scenario", "scenario.json", "--writable")
AUDITED = (*FAKE, "--audit", "audit.jsonl")
CHANGE = (*AUDITED, "-f", "changed.c1z")
USER = ("--resource-type", "user", "--resource")
REVIEWED = ("-f", "changed.c1z", "--reviewed", "reviewed.c1z")
RECORD = {"audit.jsonl", "audit.jsonl.head", "audit.jsonl.lock"}


class WritingCommand(NamedTuple):
    """A command line, the files that are its results, and those that it keeps or changes although it fails.

    `codes_of_repetition`: exit codes of a run after one that may have done the work. `failures`: those of a run in
    which a call failed.
    """

    words: tuple[str, ...]
    results: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    codes_of_repetition: frozenset[int] = frozenset({0})
    failures: frozenset[int] = frozenset({2})


def _sync(*words, file):
    """A sync: the file is the result; its working folder and its metrics stay after a failure."""
    return WritingCommand((*SYNC, *words, "-f", file), frozenset({file}), frozenset({f".{file}.work", "out.json"}))


def _new(*words, result=None, kept=None, again=(0,)):
    """A command with a new file or folder as its result, or with one that it may begin although it fails."""
    results, begun = ({name} if name else set() for name in (result, kept))
    return WritingCommand(words, frozenset(results), frozenset(begun), frozenset(again))


def _change(name, *words, secret=False, again=(0,)):
    """A change in the application, with its record."""
    kept = {*RECORD, "scenario.json", *({"secret.txt"} if secret else ())}
    codes = {*again, *((2,) if secret else ())}  # 2: the file of a secret is never overwritten
    return WritingCommand((name, *words), kept=frozenset(kept), codes_of_repetition=frozenset(codes))


EXISTS = (0, 2)
"""Exit codes where the result may exist and is not overwritten."""
COMMANDS = {
    "sync": _sync(file="new.c1z"),
    "sync onto a file": _sync(file="v1.c1z"),
    "sync onto a v3 file": _sync(file="v3.c1z"),
    "sync with --metrics": _sync("--metrics", "out.json", file="v1.c1z"),
    "sync with --previous-file": _sync("--etags", "--previous-file", "v1.c1z", file="new.c1z"),
    "sync with --lake": _sync("--lake", "lake", file="new.c1z"),
    "events": _new("events", "fake", "--feed", "access", "--cursor-file", "out.cursor", kept="out.cursor"),
    "asset": _new(
        "asset", "fake", "connector-logo", "-f", "v1.c1z", "--out", "out.svg", result="out.svg", again=EXISTS
    ),
    "new": _new("new", "zebra", "--dir", "out", kept="out", again=EXISTS),
    "grant": _change("grant", *CHANGE, "--principal", "user:u2", "--entitlement", "app:a1:write"),
    "revoke": _change("revoke", *CHANGE, "--grant", "app:a1:write:user:u1"),
    "revoke a plan": _change("revoke", *CHANGE, "--from-file", "plan.jsonl", "--yes")._replace(
        failures=frozenset({2, 6})
    ),
    "create-account": _change(
        *("create-account", *AUDITED, "--email", "new@example.com", "--secret-file", "secret.txt"),
        secret=True,
        again=(0, 9),
    ),
    "create-resource": _change(
        *("create-resource", *AUDITED, "--resource-type", "app", "--name", "New", "--id", "a2"), again=(0, 9)
    ),
    "set-status": _change("set-status", *CHANGE, "--status", "disabled", *USER, "u1"),
    "rotate-credentials": _change(
        "rotate-credentials", *CHANGE, *USER, "u1", "--secret-file", "secret.txt", secret=True
    ),
    "issue-credential": _change(
        *("issue-credential", *CHANGE, *USER, "u1", "--credential", "api-key", "--secret-file", "secret.txt"),
        secret=True,
    ),
    "invoke": _change("invoke", *CHANGE, "--action", "rename", "--resource", "group:g1", "--argument", "name=New"),
    "delete": _change("delete", *CHANGE, *USER, "u3", "--yes", again=(0, 5)),
    "tickets create": _change("tickets", "create", *AUDITED, "--from-file", "ticket.json"),
    "expand": WritingCommand(("expand", "-f", "plain.c1z"), frozenset({"plain.c1z"})),
    "expand to a file": _new("expand", "-f", "plain.c1z", "--out", "out.c1z", result="out.c1z"),
    "expand a v3 file": WritingCommand(("expand", "-f", "v3.c1z"), frozenset({"v3.c1z"})),
    "rollback-expansion": WritingCommand(("rollback-expansion", "-f", "v1.c1z"), frozenset({"v1.c1z"})),
    "convert to v3": _new("convert", "v1.c1z", "out.c1z", "--to", "v3", result="out.c1z", again=EXISTS),
    "convert to v1": _new("convert", "v3.c1z", "out.c1z", "--to", "v1", result="out.c1z", again=EXISTS),
    "graph": _new(
        "graph", "app:a1", "-f", "changed.c1z", "-o", "svg", "--out", "out.svg", result="out.svg", again=EXISTS
    ),
    "review as a workbook": _new("review", "-f", "v1.c1z", "-o", "out.xlsx", result="out.xlsx", again=EXISTS),
    "review as a page": _new("review", "-f", "v1.c1z", "-o", "out.html", result="out.html", again=EXISTS),
    "review as a campaign": _new(
        "review", "-f", "v1.c1z", "--split-by", "type", "-o", "out", result="out", again=EXISTS
    ),
    "review with pages": _new(
        *("review", "-f", "v1.c1z", "--split-by", "type", "--with-pages", "-o", "out"), result="out", again=EXISTS
    ),
    "review of a lake": _new("review", "--lake", "lake", "-o", "out.html", result="out.html", again=EXISTS),
    "review import": _new(
        *("review", "import", "book.xlsx", "-f", "reviewed.c1z", "-o", "out.jsonl"), result="out.jsonl", again=EXISTS
    ),
    "review evidence": _new(
        *("review", "evidence", "book.xlsx", *REVIEWED, "-o", "out.zip", "--incomplete"), result="out.zip", again=EXISTS
    ),
    "export c1z": _new("export", "c1z", "-f", "v1.c1z", "--out", "out.c1z", result="out.c1z", again=EXISTS),
    "export c1z of v3": _new("export", "c1z", "-f", "v3.c1z", "--out", "out.c1z", result="out.c1z", again=EXISTS),
    "export csv": _new("export", "csv", "-f", "v1.c1z", "--out", "out.csv", result="out.csv"),
    "export xlsx": _new("export", "xlsx", "-f", "v1.c1z", "--out", "out.xlsx", result="out.xlsx"),
    "lake add": WritingCommand(("lake", "add", "v1.c1z", "--lake", "out"), kept=frozenset({"out"})),
    "lake add again": WritingCommand(("lake", "add", "changed.c1z", "--lake", "lake", "--replace")),
    "lake add-decisions": WritingCommand(("lake", "add-decisions", "record.jsonl", "--lake", "lake")),
    "lake compact": WritingCommand(("lake", "compact", "--lake", "lake")),
    "lake prune": WritingCommand(
        ("lake", "prune", "--lake", "lake", "--keep-daily", "0", "--keep-monthly", "0", "--grace", "0")
    ),
    "lake export": _new(
        "lake", "export", "fake-tests", "--lake", "lake", "--out", "out.c1z", result="out.c1z", again=EXISTS
    ),
    "lake report": _new("lake", "report", "--lake", "lake", "-o", "out.html", result="out.html"),
}
READING = {
    "validate": WritingCommand(("validate", "-f", "v3.c1z")),
    "grants": WritingCommand(("grants", "-f", "v1.c1z", "-o", "json")),
    "lake sql": WritingCommand(("lake", "sql", "select * from access", "--lake", "lake")),
}
"""Commands that write temporary files only."""
SCENE = (("v1",), ("v3", "--storage-engine", "pebble"), ("plain", "--skip-grant-expansion"))
LAKE_SCENE = (
    ("lake", "add", "reviewed.c1z", "changed.c1z", "--lake", "lake"),
    ("revoke", *FAKE, "-f", "changed.c1z", "--audit", "record.jsonl", "--grant", "app:a1:read:user:u1"),
)


def make_scene(folder, *, everything=True):
    """Write the files that the commands start from into an empty folder; the lake only if `everything`."""
    users = [{"type": "user", "id": f"u{n}", "display_name": f"User {n}"} for n in (1, 2, 3)]
    app = {"type": "app", "id": "a1"}
    scenario = {
        "identity": {"account": "tests"},
        "resource_types": [{"id": "user", "traits": ["user"]}, {"id": "app"}, {"id": "group", "traits": ["group"]}],
        "resources": [*users, {**app, "display_name": "Payroll"}, {"type": "group", "id": "g1"}],
        "entitlements": [{"resource": app, "slug": slug} for slug in ("read", "write")],
        "grants": [
            {"entitlement": f"app:a1:{slug}", "principal": {"type": "user", "id": "u1"}} for slug in ("read", "write")
        ],
    }
    scenario_file = folder / "scenario.json"
    scenario_file.write_text(json.dumps(scenario))
    (folder / "plan.jsonl").write_text('{"grant": "app:a1:write:user:u1"}\n{"grant": "app:a1:read:user:u1"}\n')
    (folder / "ticket.json").write_text(
        '{"schema_id": "access", "display_name": "Please", "custom_fields": {"system": "Payroll"}}'
    )
    for words in (
        *((*SYNC, *words, "-f", f"{name}.c1z") for name, *words in SCENE),
        *(("sync", "fake", "--scenario", "scenario.json", "-f", f"{name}.c1z") for name in ("reviewed", "changed")),
        ("review", "-f", "reviewed.c1z", "-o", "book.xlsx"),
        *(LAKE_SCENE if everything else ()),
    ):
        subprocess.run([sys.executable, "-m", "connector_host", *words], check=True, capture_output=True, cwd=folder)
    _decide(folder / "book.xlsx")
    scenario_file.write_text(json.dumps(scenario))


def _decide(path):
    """Fill in the first row of a workbook: revoke."""
    book = openpyxl.load_workbook(path)
    sheet = book["Review"]
    columns = {str(cell.value).partition(" (")[0]: cell.column for cell in sheet[1]}
    for title, value in (("Decision", "revoke"), ("Reviewer", "Rita"), ("Date", datetime.date.today())):
        sheet.cell(2, columns[title]).value = value
    book.save(path)
