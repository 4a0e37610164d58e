"""The command lines of the fuzz: every command that reads a file, with one mutated file each.

Placeholders of a mutated file: {file} (a c1z), {workbook}, {campaign} (its manifest), {plan} (of --from-file), {record}
(an audit record), {config}, {rules}, {owners} (of --split-by), {decisions} (that a page saved), {damaged_lake},
{cursor}, {json}. Sound files: {good}, {reviewed}, {book}, {packages}. {out} is
a path for an output, {audit} one for a record of changes, {scenario} the organisation that `fake` serves.
"""

import re
from typing import NamedTuple

FILE = ("-f", "{file}")
EVIDENCE = ("-f", "{good}", "-o", "{out}.zip", "--incomplete")
FAKE = ("fake", "--scenario", "{scenario}", "--writable")
CHANGE = (*FAKE, *FILE, "--audit", "{audit}", "--dry-run")
PLANNED = (*FAKE, "-f", "{good}", "--audit", "{audit}", "--from-file", "{plan}", "--dry-run")
APPENDED = (*FAKE, "-f", "{good}", "--audit", "{record}")
PASSWORD = ("--credentials", "chosen-password", "--password-file", "{password}", "--dry-run")
USER = ("--resource", "u1", "--resource-type", "user")
LAKE = ("--lake", "{sound_lake}")
DAMAGED = ("--lake", "{damaged_lake}")
PEOPLE = (*LAKE, "--people", "{people}")
RULED = ("-f", "{good}", "--rules", "{rules}")
LINES = {
    "sync": [
        ("sync", "fake", "--users", "2", "--log-level", "error", "-f", "{file}"),
        ("sync", "fake", "--scenario", "{scenario}", "--log-level", "error", "-f", "{file}"),
        ("sync", "fake", "--users", "2", "--previous-file", "{file}", "--log-level", "error", "-f", "{out}.c1z"),
        ("sync", "fake", "--scenario", "{scenario}", "--config", "{config}", "-f", "{out}.c1z"),
    ],
    "events": [("events", "fake", "--feed", "access", "--cursor-file", "{cursor}")],
    "grant": [
        ("grant", *CHANGE, "--principal", "user:u1", "--entitlement", "app:a1:write"),
        ("grant", *PLANNED),
        ("grant", *APPENDED, "--principal", "user:u1", "--entitlement", "app:a1:write"),
    ],
    "revoke": [
        ("revoke", *CHANGE, "--grant", "app:a1:write:user:u1"),
        ("revoke", *CHANGE, "--principal", "ada@example.com", "--entitlement", "group:g1:member"),
        ("revoke", *PLANNED),
        ("revoke", *PLANNED, "--stop-on-error", "-o", "json"),
    ],
    "create-account": [
        (*("create-account", *FAKE, "--audit", "{audit}", "--email", "new@example.com"), *PASSWORD),
        (
            "create-account",
            *FAKE,
            "--audit",
            "{audit}",
            "--email",
            "new@example.com",
            "--profile",
            "{profile}",
            "--dry-run",
        ),
    ],
    "asset": [("asset", "fake", *FILE)],
    "issue-credential": [("issue-credential", *CHANGE, *USER, "--credential", "api-key")],
    "tickets create": [("tickets", "create", *FAKE, "--audit", "{audit}", "--from-file", "{ticket}", "--dry-run")],
    "create-resource": [
        (
            "create-resource",
            *FAKE,
            "--audit",
            "{audit}",
            "--resource-type",
            "group",
            "--name",
            "X",
            "--profile",
            "{profile}",
        )
    ],
    "set-status": [("set-status", *CHANGE, "--status", "disabled", *USER)],
    "rotate-credentials": [
        ("rotate-credentials", *CHANGE, *USER),
        ("rotate-credentials", *FAKE, "-f", "{good}", "--audit", "{audit}", *USER, *PASSWORD),
    ],
    "invoke": [
        ("invoke", *CHANGE, "--action", "rename", "--resource", "g1", "--argument", "name=New"),
        ("invoke", *FAKE, "--audit", "{audit}", "--action", "count", "--arguments", "{json}"),
    ],
    "delete": [("delete", *CHANGE, *USER, "--yes")],
    "audit verify": [("audit", "verify", "{record}"), ("audit", "verify", "{record}", "--expect", "0" * 64)],
    "expand": [("expand", *FILE), ("expand", *FILE, "--out", "{out}.c1z")],
    "rollback-expansion": [("rollback-expansion", *FILE), ("rollback-expansion", *FILE, "--out", "{out}.c1z")],
    "convert": [("convert", "{file}", "{out}.c1z", "--to", to) for to in ("v1", "v3")],
    "explore": [("explore", *RULED), ("explore", *FILE), ("explore", "-f", "{good}", *FILE)],
    "resources": [
        ("resources", *FILE),
        ("resources", *FILE, "--missing", "-o", "csv"),
        ("resources", *FILE, "-o", "json"),
    ],
    "resource-types": [("resource-types", *FILE, "-o", "json"), ("resource-types", *FILE)],
    "entitlements": [
        ("entitlements", *RULED),
        ("entitlements", *FILE),
        ("entitlements", *FILE, "-o", "json"),
        ("entitlements", *FILE, "-o", "md"),
    ],
    "grants": [
        ("grants", *RULED),
        ("grants", *FILE, "--by-resource"),
        ("grants", *FILE, "-o", "json"),
        ("grants", *FILE, "--text", "ada"),
        ("grants", *FILE, "-p", "user:u1", "-o", "jsonl"),
    ],
    "principals": [("principals", *FILE, "-o", "html"), ("principals", *FILE)],
    "principals compare": [
        ("principals", "compare", "-e", "app:a1:read", "--compare-entitlement", "app:a1:write", *FILE),
        ("principals", "compare", "-e", "app:a1:read", "-f", "{good}", "--compare-file", "{file}"),
    ],
    "access": [("access", "user:u1", *RULED), ("access", "user:u1", *FILE), ("access", "user:u1", *FILE, "-o", "json")],
    "why": [("why", "user:u1", "app:a1", *FILE), ("why", "user:u1", "app:a1:read", *FILE, "-o", "json")],
    "matrix": [("matrix", *FILE), ("matrix", *FILE, "-o", "csv")],
    "graph": [("graph", "app:a1", *FILE, "-o", form) for form in ("svg", "mermaid", "graphml", "dot")],
    "review": [
        ("review", *FILE, "-o", "{out}.xlsx"),
        ("review", *FILE, "-o", "{out}.html"),
        ("review", "-f", "{good}", "--since", "{file}", "-o", "{out}.html"),
        ("review", "-f", "{good}", "--changed-since", "{file}", "-o", "{out}.html"),
        ("review", *FILE, "--split-by", "type", "-o", "{out}"),
        ("review", "-f", "{good}", "--split-by", "{owners}", "-o", "{out}"),
        ("review", "-f", "{good}", "--rules", "{rules}", "-o", "{out}.xlsx"),
        ("review", *DAMAGED, "-o", "{out}.html"),
    ],
    "review evidence": [
        ("review", "evidence", "{workbook}", *EVIDENCE, "--reviewed", "{reviewed}"),
        ("review", "evidence", "{book}", *FILE, "-o", "{out}.zip", "--reviewed", "{reviewed}", "--incomplete"),
        ("review", "evidence", "{book}", *EVIDENCE, "--reviewed", "{file}"),
        ("review", "evidence", "{book}", *EVIDENCE, "--reviewed", "{reviewed}", "--rules", "{rules}"),
        ("review", "evidence", "{campaign_folder}", *EVIDENCE, "--reviewed", "{reviewed}"),
        ("review", "evidence", "{decisions}", *EVIDENCE, "--reviewed", "{reviewed}"),
        ("review", "evidence", "--check", "{evidence}"),
    ],
    "review import": [
        ("review", "import", "{workbook}", "-f", "{reviewed}", "-o", "{out}.jsonl"),
        ("review", "import", "{workbook}", "{book}", "-f", "{reviewed}", "-o", "{out}.jsonl", "--format", "json"),
        ("review", "import", "{book}", *FILE, "-o", "{out}.jsonl"),
        ("review", "import", "{decisions}", "-f", "{reviewed}", "-o", "{out}.jsonl"),
        ("review", "import", "{decisions}", "{book}", "-f", "{reviewed}", "-o", "{out}.jsonl"),
    ],
    "review status": [
        ("review", "status", "{campaign}", "-f", "{reviewed}"),
        ("review", "status", "{campaign}", "-f", "{reviewed}", "-o", "json"),
        ("review", "status", "{packages}", *FILE),
    ],
    "review verify": [
        ("review", "verify", "{workbook}", "-f", "{good}", "--reviewed", "{reviewed}"),
        ("review", "verify", "{book}", *FILE, "--reviewed", "{reviewed}"),
        ("review", "verify", "{book}", "-f", "{good}", "--reviewed", "{file}"),
        ("review", "verify", "{decisions}", "-f", "{good}", "--reviewed", "{reviewed}"),
    ],
    "export csv": [("export", "csv", *FILE, "--out", "{out}.csv")],
    "export xlsx": [("export", "xlsx", *FILE, "--out", "{out}.xlsx")],
    "export c1z": [("export", "c1z", *FILE, "--out", "{out}.c1z")],
    "diff": [("diff", "{good}", "{file}"), ("diff", "{file}", "{good}", "-o", "json"), ("diff", *FILE)],
    "validate": [("validate", *RULED), ("validate", "{file}"), ("validate", *FILE, "-o", "json")],
    "stats": [("stats", "--findings", *RULED), ("stats", "{file}"), ("stats", *FILE, "--findings")],
    "lake add": [("lake", "add", "{file}", "--lake", "{lake}"), ("lake", "add", "{good}", *DAMAGED)],
    "lake add-decisions": [
        ("lake", "add-decisions", "{record}", "--lake", "{copied_lake}"),
        ("lake", "add-decisions", "{evidence}", "--lake", "{copied_lake}"),
    ],
    "lake access": [("lake", "access", "ada", *PEOPLE), ("lake", "access", "ada", *DAMAGED)],
    "lake compact": [("lake", "compact", *DAMAGED)],
    "lake diff": [("lake", "diff", "--from", "2026-01-01", "--to", "2037-01-01", *DAMAGED)],
    "lake dormant": [("lake", "dormant", *PEOPLE), ("lake", "dormant", *DAMAGED)],
    "lake export": [("lake", "export", "fake-fuzz", *DAMAGED, "--out", "{out}.c1z")],
    "lake orphans": [
        ("lake", "orphans", "--against", "fake-fuzz", *PEOPLE),
        ("lake", "orphans", "--against", "fake-fuzz", *DAMAGED),
    ],
    "lake people": [("lake", "people", "--conflicts", *PEOPLE), ("lake", "people", *DAMAGED)],
    "lake privileged": [
        ("lake", "privileged", *PEOPLE),
        ("lake", "privileged", *DAMAGED),
        ("lake", "privileged", *LAKE, "--rules", "{rules}"),
    ],
    "lake prune": [("lake", "prune", *DAMAGED, "--keep-daily", "0", "--keep-monthly", "0", "--grace", "0")],
    "lake report": [
        ("lake", "report", *DAMAGED, "-o", "{out}.html"),
        ("lake", "report", *PEOPLE, "-o", "{out}.html"),
        ("lake", "report", *LAKE, "--rules", "{rules}", "-o", "{out}.html"),
    ],
    "lake sod": [
        ("lake", "sod", *LAKE, "--rules", "{rules}"),
        ("lake", "sod", *PEOPLE, "--rules", "{sound_rules}"),
        ("lake", "sod", *DAMAGED, "--rules", "{sound_rules}"),
    ],
    "lake sql": [
        ("lake", "sql", "select * from people", *PEOPLE),
        ("lake", "sql", "--query-file", "{query}", *LAKE),
        ("lake", "sql", "select * from access", *DAMAGED, "-o", "json"),
    ],
    "lake stats": [("lake", "stats", *DAMAGED), ("lake", "stats", "--syncs", *DAMAGED)],
    "lake timeline": [("lake", "timeline", "ada", *PEOPLE), ("lake", "timeline", "ada", *DAMAGED)],
    "lake verify": [("lake", "verify", *DAMAGED), ("lake", "verify", "--quick", *DAMAGED)],
    "lake who": [("lake", "who", "Payroll", *PEOPLE), ("lake", "who", "Payroll", *DAMAGED)],
    "syncs": [("syncs", *FILE), ("syncs", *FILE, "-o", "json")],
}

WRITTEN = {
    "--out",
    "--audit",
    "--calls",
    "--faults-report",
    "--metrics",
    "--secret-file",
    "--dir",
    "--c1z-temp-dir",
    "--folder",
    "out",
}
"""Options and arguments that name a file or folder to write. --audit reads its file, too: {record}."""
CONNECTOR_OPTIONS = {"--scenario", "--root"}
FILE_WORDS = re.compile(r"FILE|PATH|FOLDER|WORKBOOK|CAMPAIGN|JSON")
FINDINGS = {
    *("validate", "diff", "review import", "review verify", "audit verify", "review evidence"),
    *("lake sod", "lake verify"),
}
"""Commands whose exit code 1 reports a finding."""
QUESTIONS = {
    f"lake {name}"
    for name in (
        *("access", "compact", "dormant", "orphans", "people", "privileged", "report"),
        *("sod", "sql", "timeline", "who"),
    )
}
"""Commands that start DuckDB."""


class CommandLine(NamedTuple):
    """A line with placeholders, the name of its command, and the kind of file that is mutated in it."""

    command: str
    words: tuple[str, ...]
    mutated: str

    @property
    def codes(self):
        """The exit codes that are right for some mutated file."""
        return {0, 2, 5, 9, *((1,) if self.command in FINDINGS else ()), *((10,) if "invoke" in self.words else ())}


SOUND = {
    "copied_lake",
    "good",
    "lake",
    "sound_lake",
    "sound_rules",
    "reviewed",
    "book",
    "packages",
    "out",
    "audit",
    "scenario",
}


def command_lines():
    """Return every line once for each format of its mutated file."""
    lines = []
    for command, spellings in LINES.items():
        for words in spellings:
            (name,) = set(re.findall(r"{(\w+)}", " ".join(words))) - SOUND
            forms = ("v1", "v3") if name == "file" else (name.removesuffix("_folder"),)
            lines += [CommandLine(command, words, form) for form in forms]
    return lines


def weighted_lines():
    """Return the lines as often as they are tried: a start of DuckDB costs as much as ten other attempts."""
    lines = command_lines()
    slow = [line for line in lines if line.command in QUESTIONS]
    quick = [line for line in lines if line.command not in QUESTIONS]
    return [*quick * 6, *slow]
