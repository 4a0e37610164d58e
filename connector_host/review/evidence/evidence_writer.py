"""Writer of evidence: every file in a private folder, then one ZIP file of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

import msgspec

from ...c1z.private_folder import private_folder
from ...errors import ConfigError, FileError, PreconditionError
from ...output import csv_format, html_format
from ...output.atomic_file import replacing
from ...output.document import Document, DocumentPart, TablePart, TextPart
from ...output.screen import Screen
from ...provision.audit_chain import head_path
from ..revocation_plan import plan_lines
from . import evidence_tables as tables
from .decision_table import DecisionTable
from .evidence_archive import CHECKSUMS, Member, list_digest, write_archive
from .evidence_contents import EvidenceContents, EvidenceRequest, gather_evidence
from .known_secrets import KnownSecrets

__all__ = ["EVIDENCE_FORMAT", "write_evidence"]

EVIDENCE_FORMAT = 1
READ_ME = f"""Evidence of an access review

summary.html      begins here: population, sign-offs, decisions, revocations
population.json   the population: source, account, identity and its limits, time, counts, SHA-256 of the c1z file
decisions.csv     every decision: who, when, on what
decisions.jsonl   the same for programs: the ids of the principals and entitlements
sign-offs.csv     the decisions by returned file
remediation.csv   every revocation: its record, and its state in later syncs
plan/             the revocations as they were handed to connector-host
returned/         the files that the reviewers returned
audit/            the records of changes, a chain of hashes
evidence.json     whether the evidence is complete, and what is missing
{CHECKSUMS}        the SHA-256 of every file

To check that nothing was added, removed or altered:

    connector-host review evidence --check evidence.zip

or, without connector-host, in the unpacked folder:

    sha256sum -c {CHECKSUMS}
"""


def write_evidence(
    request: EvidenceRequest, out: Path, secrets: KnownSecrets, *, incomplete: bool = False
) -> tuple[EvidenceContents, str]:
    """Write the evidence; return what it holds and the SHA-256 of its list of checksums.

    Raises PreconditionError if something is missing, unless `incomplete`, ConfigError if a file holds a secret.
    """
    with private_folder(None) as folder:
        builder = _EvidenceFolder(folder)
        with builder.open("decisions.csv") as file, builder.open("decisions.jsonl") as records:
            contents = gather_evidence(request, DecisionTable(file, records))
        if contents.missing and not incomplete:
            raise PreconditionError(
                "The evidence is not complete:\n" + "\n".join(f"  {text}" for text in contents.missing),
                hint="Supply what is missing, or use --incomplete to write evidence that says so.",
            )
        builder.write_parts(request, contents)
        members = builder.members()
        for member in members:
            if name := secrets.find(member.path):
                raise ConfigError(
                    f"{member.name} of the evidence would hold the secret {name}.",
                    hint="Remove the secret from this file, and replace it where it is valid. Nothing was written.",
                )
        with replacing(out) as target:
            sums = write_archive(members, target)
    return contents, list_digest(sums)


class _EvidenceFolder:
    """The files of evidence in a folder; names may have one folder, such as `returned/ada.xlsx`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []

    def members(self) -> list[Member]:
        """Return every file that was written."""
        return [Member(name, self._folder / name) for name in self._names]

    def open(self, name: str) -> BinaryIO:
        """Open a file of the evidence for writing."""
        path = self._folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._names.append(name)
        return path.open("wb")

    def write_parts(self, request: EvidenceRequest, contents: EvidenceContents) -> None:
        """Write all files beside the decisions."""
        self._write("README.txt", [READ_ME.encode()])
        self._write("evidence.json", [_manifest(contents)])
        self._write("population.json", [_json(tables.population(contents))])
        self._write_table("sign-offs.csv", tables.sign_off_table(contents))
        self._write_table("remediation.csv", tables.remediation_table(contents))
        self._write_plans(contents)
        for path in contents.paths:
            self._copy(f"returned/{path.name}", path)
        for number, path in enumerate(contents.manifests):
            self._copy("campaign.json" if not number else f"campaign-{number + 1}.json", path)
        if request.rules is not None:
            self._copy("rules.toml", request.rules)
        for audit in contents.audits:
            self._copy(f"audit/{audit.path.name}", audit.path)
            if head_path(audit.path).exists():
                self._copy(f"audit/{head_path(audit.path).name}", head_path(audit.path))
        with self.open("summary.html") as file:
            html_format.write(_summary(contents), file, Screen())

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        with self.open(name) as file:
            file.writelines(pieces)

    def _write_table(self, name: str, table: TablePart) -> None:
        self._write(name, csv_format.lines(table.columns, table.rows()))

    def _write_plans(self, contents: EvidenceContents) -> None:
        decisions = contents.decisions
        for number in range(len(decisions.systems)):
            own = [revocation for revocation in decisions.revocations if revocation.row.system == number]
            if own:
                self._write(f"plan/system-{number + 1}.revoke.jsonl", plan_lines(decisions, own))

    def _copy(self, name: str, source: Path) -> None:
        if name in self._names:
            raise FileError(f"Two files would be named {name} in the evidence.", hint="Rename one of them.")
        try:
            with source.open("rb") as file, self.open(name) as target:
                shutil.copyfileobj(file, target)
        except OSError as error:
            raise FileError(f"{source} cannot be read ({error.strerror}).", hint="Name an existing file.") from error


def _manifest(contents: EvidenceContents) -> bytes:
    decisions = contents.decisions
    return _json(
        {
            "format": EVIDENCE_FORMAT,
            "writtenBy": f"connector-host {metadata.version('connector-host')}",
            "review": contents.review,
            "complete": not contents.missing,
            "missing": contents.missing,
            "remarks": contents.remarks,
            "rows": dict(sorted(decisions.counts.items())),
            "revocations": len(decisions.revocations),
            "verifiedWith": contents.later,
        }
    )


def _json(values: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n"


def _summary(contents: EvidenceContents) -> Document:
    return Document(
        title=f"Evidence of the access review {contents.review}",
        parts=lambda: _parts(contents),
        document=lambda: (),
        records=lambda: (),
    )


def _parts(contents: EvidenceContents) -> Iterator[DocumentPart]:
    verdict = "The evidence is complete." if not contents.missing else "INCOMPLETE. The evidence lacks:"
    yield TextPart((verdict, *contents.missing))
    if contents.remarks:
        yield TextPart(("Remarks:", *contents.remarks))
    yield tables.population_table(contents)
    yield tables.gap_table(contents)
    yield tables.decision_counts(contents.decisions)
    sections: tuple[Callable[[EvidenceContents], TablePart], ...] = (tables.sign_off_table, tables.remediation_table)
    for section in sections:
        yield section(contents)
    if contents.later:
        yield tables.later_table(contents)
    if contents.audits:
        yield tables.audit_table(contents)
    yield TextPart(("decisions.csv lists every decision.", f"{CHECKSUMS} lists the SHA-256 of every file."))
