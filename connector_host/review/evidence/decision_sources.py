"""Decisions on access for a lake, from the record of changes and from the evidence of reviews.

Both are checked before anything is taken from them: the chain of hashes of a record, the checksums of evidence.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct

from ...decoding.json_decoding import decode_json
from ...errors import FileError, PreconditionError
from ...lake.access_decisions import AccessDecision, SourceNamer
from ...provision.audit_chain import verify
from .decision_table import DecidedRow
from .evidence_check import check_evidence
from .recorded_changes import DONE

__all__ = ["DecisionSource", "read_decision_source"]

ACTIONS = {"grant": "grant", "revoke": "revoke", "delete_resource": "delete"}
ZIP_START = b"PK"
RECORDS, POPULATION = "decisions.jsonl", "population.json"
MOST_BYTES = 4 << 30  # of one of these members


class DecisionSource(Struct, frozen=True, kw_only=True):
    """The decisions of a record or of evidence. `foreign` counts those on accounts that the lake does not hold.

    `notes` are sentences on what was not taken.
    """

    is_evidence: bool
    decisions: tuple[AccessDecision, ...] = ()
    foreign: int = 0
    notes: tuple[str, ...] = ()


class _Population(Struct, frozen=True, rename="camel"):
    """The part of `population.json` that names a reviewed sync."""

    system: str
    sync_id: str
    connector: str = ""
    account: str = ""


def read_decision_source(path: Path, name_source: SourceNamer) -> DecisionSource:
    """Read a record of changes, or the evidence of a review. Raises FileError for one that was altered."""
    try:
        with path.open("rb") as file:
            is_evidence = file.read(2) == ZIP_START
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}", hint="Specify another file.") from error
    return _read_evidence(path, name_source) if is_evidence else _read_record(path, name_source)


# ----------------------------------------------------------------------------------------------- the record


def _read_record(path: Path, name_source: SourceNamer) -> DecisionSource:
    check = verify(path)
    if check.problems:
        raise FileError(
            f"Nothing was taken from {path}: {check.problems[0]}.",
            hint=f"`connector-host audit verify {path}` names every problem. Restore the record from a backup.",
        )
    decisions, foreign = [], 0
    with path.open("rb") as file:
        for number, line in enumerate(islice(file, check.lines), 1):
            record = decode_json(line)
            if not _is_change(record):
                continue
            source = name_source(_text(record, "connector"), _text(record, "account"), "")
            if source:
                decisions.append(_recorded(record, source, f"{path.name} line {number}"))
            else:
                foreign += 1
    notes = list(check.notes)
    if check.lines > check.chained:
        notes.append(f"{check.lines - check.chained:,} lines were written before the record had a chain of hashes.")
    return DecisionSource(is_evidence=False, decisions=tuple(decisions), foreign=foreign, notes=tuple(notes))


def _is_change(record: Any) -> bool:
    """Return True for the end of a change of access that was made, or that had been made before."""
    if not isinstance(record, dict) or record.get("event") != "end" or record.get("dry_run"):
        return False
    if record.get("action") not in ACTIONS or record.get("outcome") not in DONE:
        return False
    return ":" in _text(record, "resource" if record["action"] == "delete_resource" else "principal")


def _recorded(record: dict[str, Any], source: str, origin: str) -> AccessDecision:
    action = ACTIONS[record["action"]]
    principal_type, _, principal = _text(record, "resource" if action == "delete" else "principal").partition(":")
    decided = record.get("decision")
    decided = decided if isinstance(decided, dict) else {}
    made_at, made_by = _time(_text(record, "time"), origin), _text(record, "by")
    day = _text(decided, "decided")
    return AccessDecision(
        source=source,
        sync_id=None,
        decision_id=_text(record, "change"),
        decision=action,
        decided_at=_time(day, origin) if day else made_at,
        decided_by=_text(decided, "reviewer") or made_by,
        made_at=made_at,
        made_by=made_by,
        outcome=_text(record, "outcome"),
        principal_type=principal_type,
        principal=principal,
        entitlement=_text(record, "entitlement"),
        review=_text(decided, "review"),
        note=_text(decided, "note"),
        origin=origin,
    )


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _time(text: str, origin: str) -> datetime:
    """Return a time, or the beginning of a day, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FileError(f"{origin}: {text!r} is not a time.", hint="Restore the file from a backup.") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


# ----------------------------------------------------------------------------------------------- evidence


def _read_evidence(path: Path, name_source: SourceNamer) -> DecisionSource:
    check = check_evidence(path)
    if check.problems or check.manifest is None:
        raise FileError(
            f"Nothing was taken from {path}: {check.problems[0]}.",
            hint=f"`connector-host review evidence --check {path}` names every problem. Ask for a new copy.",
        )
    with zipfile.ZipFile(path) as archive:
        if RECORDS not in archive.namelist():
            raise PreconditionError(
                f"{path} was written by an earlier version: it has no {RECORDS}.",
                hint="Write the evidence again with this version: connector-host review evidence.",
            )
        try:
            systems = decode_json(_member(archive, POPULATION), list[_Population])
            sources = {item.system: (item, _source_of(item, name_source)) for item in systems}
            decisions: list[AccessDecision] = []
            foreign = 0
            for line in _member(archive, RECORDS).splitlines():
                row = decode_json(line, DecidedRow)
                population, source = sources[row.system]
                if source:
                    decisions += _decided(row, population, source, check.manifest.review, path.name)
                else:
                    foreign += 1
        except (ValueError, KeyError) as error:
            raise FileError(
                f"{path} cannot be read: {error}", hint="Write the evidence again: review evidence."
            ) from error
    notes = () if check.manifest.complete else ("The evidence is incomplete: decisions may be missing.",)
    return DecisionSource(is_evidence=True, decisions=tuple(decisions), foreign=foreign, notes=notes)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise ValueError(f"{name} is larger than {MOST_BYTES:,} bytes")
    return archive.read(name)


def _source_of(population: _Population, name_source: SourceNamer) -> str:
    return name_source(population.connector.partition(" ")[0], population.account, population.sync_id)


def _decided(row: DecidedRow, population: _Population, source: str, review: str, file: str) -> Iterator[AccessDecision]:
    """Yield a decision for each entitlement of a row that was kept or revoked; open questions are no decisions."""
    principal_type, _, principal = row.principal.partition(":")
    for decision, entitlements in (("keep", row.kept), ("revoke", row.revoked)):
        for entitlement in entitlements:
            yield AccessDecision(
                source=source,
                sync_id=population.sync_id,
                decision_id=f"{review}:{population.sync_id}:{row.row}:{entitlement}:{decision}",
                decision=decision,
                decided_at=_time(row.date, file),
                decided_by=row.reviewer,
                made_at=None,
                made_by="",
                outcome="",
                principal_type=principal_type,
                principal=principal,
                entitlement=entitlement,
                review=review,
                note=row.note,
                origin=f"{file} {row.file} {row.row}",
            )
