"""Tables of evidence: the population, the sign-offs, what became of the revocations, and the records of changes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ...output.document import Row, TablePart
from ..decisions import ReviewDecisions, Revocation
from ..review_model import SystemFacts
from ..review_units import level_name
from .evidence_contents import EvidenceContents

__all__ = [
    "audit_table",
    "decision_counts",
    "gap_table",
    "later_table",
    "population",
    "population_table",
    "remediation_table",
    "sign_off_table",
]

UNKNOWN = "not recorded in the file"
SIGN_OFF_COLUMNS = ("File", "Assigned to", "Decided by", "Keep", "Revoke", "Other", "First day", "Last day")
REMEDIATION_COLUMNS = (
    *("System", "Principal", "Principal ID", "Permission", "Resource", "Grant ID", "Reviewer", "Decided", "Note"),
    *("Carried out", "Outcome", "By", "Result", "Through", "Gone", "Back", "Days"),
)
AUDIT_COLUMNS = ("File", "Lines", "In the chain", "Last line", "SHA-256 of the last line", "Chain")


def population(contents: EvidenceContents) -> list[dict[str, object]]:
    """Return the statement on the population of each system as values for JSON."""
    return [
        {
            **dict(_facts(facts, contents.decisions, number)),
            "gaps": list(facts.gaps),
            "commands": _commands(facts),
        }
        for number, facts in enumerate(contents.facts)
    ]


def population_table(contents: EvidenceContents) -> TablePart:
    """Return the population with a column for each system."""
    columns = [dict(_facts(facts, contents.decisions, number)) for number, facts in enumerate(contents.facts)]
    rows = [(_label(key), *(_text(column[key]) for column in columns)) for key in columns[0]]
    return TablePart(("Population", *(facts.system for facts in contents.facts)), lambda: rows)


def gap_table(contents: EvidenceContents) -> TablePart:
    """Return what the population may lack, and the commands that show it again."""
    rows: list[Row] = []
    for facts in contents.facts:
        rows += [(facts.system, "Known gap", gap) for gap in facts.gaps or ("The file names none.",)]
        rows += [(facts.system, "Command", command) for command in _commands(facts)]
    return TablePart(("System", "Kind", "Text"), lambda: rows, "Limits, and commands that show the population")


def decision_counts(decisions: ReviewDecisions) -> TablePart:
    """Return the number of rows by decision."""
    rows = [(word, f"{number:,}") for word, number in sorted(decisions.counts.items())]
    rows.append(("all", f"{sum(decisions.counts.values()):,}"))
    return TablePart(("Decision", "Rows"), lambda: rows, "Decisions", numbers=frozenset({"Rows"}))


def sign_off_table(contents: EvidenceContents) -> TablePart:
    """Return who decided how much in each returned file."""

    def rows() -> Iterator[Row]:
        for sign_off in contents.sign_offs:
            names = ", ".join(f"{name} ({number:,})" for name, number in sorted(sign_off.reviewers.items()))
            numbers = (f"{number:,}" for number in (sign_off.keep, sign_off.revoke, sign_off.other))
            days = (day.isoformat() if day is not None else "" for day in (sign_off.first, sign_off.last))
            yield sign_off.file, sign_off.assigned, names or "nobody", *numbers, *days

    return TablePart(SIGN_OFF_COLUMNS, rows, "Sign-offs", numbers=frozenset(SIGN_OFF_COLUMNS[3:6]))


def remediation_table(contents: EvidenceContents) -> TablePart:
    """Return each revocation with its record and its state in the later syncs."""

    def rows() -> Iterator[Row]:
        for number, revocation in enumerate(contents.decisions.revocations):
            yield *_revocation(contents, revocation), *_change(contents, revocation), *_result(contents, number)

    return TablePart(REMEDIATION_COLUMNS, rows, "Revocations")


def audit_table(contents: EvidenceContents) -> TablePart:
    """Return the files of records and the checks of their chains."""

    def rows() -> Iterator[Row]:
        for audit in contents.audits:
            chain = audit.chain
            last = (str(chain.head.seq), chain.head.sha256) if chain.head is not None else ("", "")
            verdict = "; ".join(chain.problems) or "complete and unaltered"
            yield audit.path.name, f"{chain.lines:,}", f"{chain.chained:,}", *last, verdict

    return TablePart(AUDIT_COLUMNS, rows, "Records of changes")


def later_table(contents: EvidenceContents) -> TablePart:
    """Return the files in which the revocations were verified."""
    rows = [(file.file, file.sha256) for file in contents.later]
    return TablePart(("File", "SHA-256"), lambda: rows, "Later syncs")


def _facts(facts: SystemFacts, decisions: ReviewDecisions, number: int) -> Iterator[tuple[str, object]]:
    system = decisions.systems[number]
    yield "system", facts.system
    yield "connector", f"{facts.connector} {facts.connector_version}".strip() or UNKNOWN
    yield "account", facts.account or UNKNOWN
    yield "readAs", facts.user or UNKNOWN
    yield "syncId", facts.sync_id
    yield "syncType", facts.sync_type
    yield "syncStarted", facts.started.isoformat() if facts.started else ""
    yield "syncEnded", facts.ended.isoformat() if facts.ended else ""
    yield "resourceTypes", facts.resource_types
    yield "resources", facts.resources
    yield "entitlements", facts.entitlements
    yield "grants", facts.grants
    yield "scope", system.scope or "all grants"
    yield "leftOut", system.left_out or "nothing"
    yield "rules", system.rules or "none"
    yield "file", Path(facts.file).name
    yield "sizeInBytes", facts.size
    yield "sha256", facts.sha256
    yield "writtenBy", f"connector-host {facts.host_version}" if facts.host_version else UNKNOWN


def _commands(facts: SystemFacts) -> list[str]:
    """Return commands that show the population of a file again."""
    name = shlex.quote(Path(facts.file).name)
    sync = f"-f {name} --sync-id {shlex.quote(facts.sync_id)}"
    return [f"sha256sum {name}", f"connector-host stats {sync}", f"connector-host grants {sync} -o csv"]


def _label(key: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key)
    return {"sha256": "SHA-256"}.get(key, words[:1].upper() + words[1:])


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _revocation(contents: EvidenceContents, revocation: Revocation) -> Row:
    row = revocation.row
    return (
        contents.decisions.systems[row.system].system,
        row.principal.name,
        row.principal.id,
        level_name(row.entitlement),
        row.entitlement.resource_name,
        row.grant,
        revocation.reviewer,
        revocation.date.isoformat(),
        revocation.note,
    )


def _change(contents: EvidenceContents, revocation: Revocation) -> Row:
    change = contents.change(revocation)
    return (change.time, change.outcome, change.by) if change is not None else ("", "no record", "")


def _result(contents: EvidenceContents, number: int) -> Row:
    if contents.verified is None:
        return "not verified", "", "", "", ""
    item = contents.verified[number]
    days = "" if item.days is None else str(item.days)
    return item.result.value, item.through, _time(item.gone), _time(item.back), days


def _time(time: datetime | None) -> str:
    return time.isoformat(timespec="seconds") if time is not None else ""
