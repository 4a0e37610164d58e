"""The contents of evidence: what a review says about its population, its decisions, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from msgspec import Struct, field, structs

from ...errors import FileError, PreconditionError
from ...index.text_search import fold_text
from ..campaign import UNASSIGNED
from ..campaign_status import MANIFEST, assigned_reviewers, due_day, returned_files
from ..cell_text import cell_text
from ..decisions import KEEP, REVOKE, ReviewDecisions, Revocation, read_decisions
from ..file_facts import fingerprint
from ..returned.returned_entry import ReturnedEntry
from ..review_files import ReviewRequest, open_review
from ..review_model import SystemFacts
from ..review_units import AccessRow, level_name
from ..verification import RevocationResult, VerifiedRevocation, verify_revocations
from .decision_table import DecisionTable
from .recorded_changes import AuditFile, RecordedChange, read_audit_files

__all__ = ["EvidenceContents", "EvidenceRequest", "SignOff", "gather_evidence"]


class EvidenceRequest(Struct, frozen=True, kw_only=True):
    """The inputs of evidence: returned files or folders of campaigns, and files that show what became of the decisions.

    `reviewed` are the reviewed c1z files if they were moved, `later` files with later syncs, `audits` files of records,
    `rules` the file of rules that the review was written with.
    """

    returned: tuple[str, ...]
    reviewed: tuple[Path, ...] = ()
    later: tuple[Path, ...] = ()
    audits: tuple[Path, ...] = ()
    rules: Path | None = None


class SignOff(Struct):
    """The decisions in one returned file: its assigned reviewer, who decided, how many rows, and on which days."""

    file: str
    assigned: str = ""
    reviewers: dict[str, int] = field(default_factory=dict)
    keep: int = 0
    revoke: int = 0
    other: int = 0
    first: date | None = None
    last: date | None = None
    own: int = 0
    late: int = 0

    def add(self, entry: ReturnedEntry, access: AccessRow, day: date | None, due: date | None) -> None:
        """Count a decision; `own` counts those of principals on their own access, `late` those after the due day."""
        self.own += access.principal.is_called(entry.reviewer)
        self.late += due is not None and day is not None and day > due
        self.reviewers[entry.reviewer] = self.reviewers.get(entry.reviewer, 0) + 1
        self.keep += entry.word == KEEP
        self.revoke += entry.word == REVOKE
        self.other += entry.word not in (KEEP, REVOKE)
        if day is not None:
            self.first = min(day, self.first or day)
            self.last = max(day, self.last or day)


class LaterFile(Struct, frozen=True):
    """A file with later syncs, and its SHA-256."""

    file: str
    sha256: str


class EvidenceContents(Struct, frozen=True):
    """Everything that evidence holds. `verified` is None if no later sync was specified.

    `missing` are sentences on what keeps the evidence from being complete, `remarks` on what an auditor will ask about.
    """

    paths: tuple[Path, ...]
    manifests: tuple[Path, ...]
    decisions: ReviewDecisions
    facts: tuple[SystemFacts, ...]
    sign_offs: tuple[SignOff, ...]
    verified: dict[int, VerifiedRevocation] | None
    audits: tuple[AuditFile, ...]
    changes: dict[tuple[int, str], RecordedChange]
    later: tuple[LaterFile, ...]
    remarks: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def review(self) -> str:
        """The id of the campaign, or of the reviewed sync."""
        first = self.decisions.systems[0]
        return first.campaign or first.sync

    def change(self, revocation: Revocation) -> RecordedChange | None:
        """Return the recorded attempt of a revocation."""
        return self.changes.get((revocation.row.system, revocation.row.grant))


def gather_evidence(request: EvidenceRequest, table: DecisionTable) -> EvidenceContents:
    """Read everything, and write each decision to a table.

    Raises the errors of `read_decisions`, `verify_revocations` and `read_audit_files`.
    """
    paths = returned_files(request.returned)
    manifests = tuple(Path(word) / MANIFEST for word in request.returned if Path(word).is_dir())
    due = max((day for manifest in manifests if (day := due_day(manifest)) is not None), default=None)
    assigned = {name: reviewer for manifest in manifests for name, reviewer in assigned_reviewers(manifest)}
    sign_offs = {path.name: SignOff(path.name, assigned.get(path.name, "")) for path in paths}
    if len(sign_offs) < len(paths):
        raise FileError("Two returned files have the same name.", hint="Rename one of them.")

    def record(entry: ReturnedEntry, access: AccessRow) -> None:
        name = _file_of(entry.sheet, sign_offs)
        day = table.add(name, entry, access)
        sign_offs[name].add(entry, access, day, due)

    decisions = read_decisions(paths, request.reviewed, record)
    _check_rules(request.rules, decisions)
    facts = _facts(decisions)
    verified = None
    if request.later:
        results = verify_revocations(decisions, request.later)
        verified = dict(enumerate(results))
    audits, changes = read_audit_files(decisions, facts, request.audits)
    contents = EvidenceContents(
        tuple(paths),
        manifests,
        decisions,
        facts,
        tuple(sign_offs.values()),
        verified,
        tuple(audits),
        changes,
        tuple(LaterFile(path.name, fingerprint(path).sha256) for path in request.later),
        tuple(_remarks(sign_offs.values(), due, decisions)),
        (),
    )
    return structs.replace(contents, missing=tuple(_missing(contents)))


def _check_rules(rules: Path | None, decisions: ReviewDecisions) -> None:
    """Raise PreconditionError for another file of rules than the one that the review was written with."""
    if rules is not None and all(fingerprint(rules).sha256 not in system.rules for system in decisions.systems):
        raise PreconditionError(
            f"{rules} is not the file of rules that the review was written with:"
            f" {decisions.systems[0].rules or 'the review has no rules'}.",
            hint="Name an unchanged copy of that file, or leave --rules out.",
        )


def _facts(decisions: ReviewDecisions) -> tuple[SystemFacts, ...]:
    labels = tuple(system.system for system in decisions.systems)
    syncs = tuple(system.sync for system in decisions.systems)
    with ExitStack() as stack:
        request = ReviewRequest(decisions.files, syncs, compare=False, labels=labels)
        return stack.enter_context(open_review(request)).facts


def _file_of(sheet: str, names: dict[str, SignOff]) -> str:
    """Return the returned file that a row is of: with several files, its name begins the name of the sheet."""
    if len(names) == 1:
        return next(iter(names))
    matching = [name for name in names if sheet == name or sheet.startswith(f"{name} ")]
    return max(matching, key=len)


def _remarks(sign_offs: Iterable[SignOff], due: date | None, decisions: ReviewDecisions) -> Iterator[str]:
    for sign_off in sign_offs:
        if sign_off.own:
            yield f"{sign_off.file}: decisions by principals on their own access: {sign_off.own:,}."
        if sign_off.late and due is not None:
            yield f"{sign_off.file}: decisions after the due day {due.isoformat()}: {sign_off.late:,}."
        others = [name for name in sign_off.reviewers if fold_text(name) != fold_text(sign_off.assigned)]
        if sign_off.assigned not in ("", UNASSIGNED) and others:
            yield f"{sign_off.file}: assigned to {sign_off.assigned}, but decided by {', '.join(sorted(others))}."
    if decisions.lacking:
        yield f"Rows of the review that are not in the returned files any more: {decisions.lacking:,}."


def _missing(contents: EvidenceContents) -> Iterator[str]:
    decisions = contents.decisions
    if decisions.missing_packages:
        yield f"Workbooks or pages of the campaign that were not returned: {decisions.missing_packages:,}."
    if decisions.undecided:
        total = sum(decisions.counts.values())
        yield f"{decisions.undecided:,} of {total:,} {decisions.noun} are undecided."
    for audit in contents.audits:
        if problems := audit.chain.problems:
            more = f" (and {len(problems) - 1:,} more problems)" if len(problems) > 1 else ""
            yield f"The record {audit.path.name} is damaged: {problems[0]}{more}."
    if not decisions.revocations:
        return
    yield from _missing_records(contents)
    yield from _missing_results(contents)


def _missing_records(contents: EvidenceContents) -> Iterator[str]:
    revocations = contents.decisions.revocations
    if not contents.audits:
        yield "No record of the revocations was specified (--audit)."
        return
    without = [revocation for revocation in revocations if contents.change(revocation) is None]
    failed = [
        revocation
        for revocation in revocations
        if (change := contents.change(revocation)) is not None and not change.is_done
    ]
    for label, part in (("have no record", without), ("are recorded without success", failed)):
        if part:
            yield f"{len(part):,} of {len(revocations):,} revocations {label}: {_examples(part)}."


def _missing_results(contents: EvidenceContents) -> Iterator[str]:
    if contents.verified is None:
        yield "The revocations were not verified in a later sync (-f)."
        return
    remaining = [item for item in contents.verified.values() if item.result is not RevocationResult.GONE]
    for result in RevocationResult:
        part = [item.revocation for item in remaining if item.result is result]
        if part:
            yield f"{len(part):,} of {len(contents.verified):,} revoked grants are {result.value}: {_examples(part)}."


def _examples(revocations: Sequence[Revocation]) -> str:
    names = [
        cell_text(
            f"{revocation.row.principal.name}, {level_name(revocation.row.entitlement)}"
            f" on {revocation.row.entitlement.resource_name}"
        )
        for revocation in revocations[:3]
    ]
    return "; ".join([*names, *(["…"] if len(revocations) > 3 else [])])
