"""The records of changes that belong to a review: which revocation was carried out, when, and with which outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from ...decoding.json_decoding import decode_json
from ...errors import FileError
from ...provision.audit_chain import ChainCheck, verify
from ..decisions import ReviewDecisions
from ..review_model import SystemFacts

__all__ = ["AuditFile", "RecordedChange", "read_audit_files"]

Key = tuple[int, str]
DONE = frozenset({"done", "already", "replaced"})


class RecordedChange(Struct, frozen=True):
    """The last recorded attempt of a revocation: its end in UTC, the outcome, and who ran it."""

    time: str
    outcome: str
    by: str

    @property
    def is_done(self) -> bool:
        """True if the access is revoked according to the connector."""
        return self.outcome in DONE


class AuditFile(Struct, frozen=True):
    """A file of records and the check of its chain."""

    path: Path
    chain: ChainCheck


def read_audit_files(
    decisions: ReviewDecisions, facts: Sequence[SystemFacts], paths: Sequence[Path]
) -> tuple[list[AuditFile], dict[Key, RecordedChange]]:
    """Check the files, and return the last real attempt of each revocation, by system and grant.

    A record belongs to a revocation if it has the grant, the connector and the account of the system, and the id of
    the review or none. Raises FileError for a file that cannot be read.
    """
    wanted: dict[str, list[int]] = {}
    for revocation in decisions.revocations:
        wanted.setdefault(revocation.row.grant, []).append(revocation.row.system)
    changes: dict[Key, RecordedChange] = {}
    files = []
    for path in paths:
        files.append(AuditFile(path, verify(path)))
        try:
            with path.open("rb") as file:
                for line in file:
                    _take(decisions, facts, wanted, changes, line)
        except OSError as error:
            raise FileError(f"{path} cannot be read ({error.strerror}).", hint="Name another file.") from error
    return files, changes


def _take(
    decisions: ReviewDecisions,
    facts: Sequence[SystemFacts],
    wanted: dict[str, list[int]],
    changes: dict[Key, RecordedChange],
    line: bytes,
) -> None:
    try:
        record = decode_json(line)
    except ValueError:
        return  # the check of the chain names it
    if not isinstance(record, dict) or record.get("event") != "end" or record.get("action") != "revoke":
        return
    grant = str(record.get("grant", ""))
    for number in wanted.get(grant, ()):
        if not record.get("dry_run") and _belongs(decisions, facts[number], number, record):
            change = RecordedChange(*(str(record.get(key, "")) for key in ("time", "outcome", "by")))
            if (number, grant) not in changes or changes[number, grant].time <= change.time:
                changes[number, grant] = change


def _belongs(decisions: ReviewDecisions, facts: SystemFacts, number: int, record: dict[str, Any]) -> bool:
    for key, own in (("connector", facts.connector), ("account", facts.account)):
        if own and record.get(key) != own:
            return False
    decision = record.get("decision")
    if not isinstance(decision, dict) or not decision.get("review"):
        return True
    system = decisions.systems[number]
    return decision["review"] in (system.campaign, system.sync)
