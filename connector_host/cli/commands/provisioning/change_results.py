"""The results of changes, as a document for every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ....model import Change, Grant, Outcome
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....provision.audit_record import valid_text
from ....provision.change_requests import Take
from ....provision.changer import Result
from ...terminal.number_text import count

__all__ = ["line", "results_document", "tally"]

OUTCOMES = {
    "notBegun": "not begun",
    str(Outcome.ACTION_REQUIRED): "action required",
    str(Outcome.IN_PROGRESS): "in progress",
}
CREATING = ("create_account", "get_account_creation", "create_resource", "issue_credential")
COLUMNS = ("Line", "Outcome", "Change", "Calls", "Problem")


def results_document(results: Sequence[Result], total: int, *, many: bool, dry_run: bool) -> Document:
    """Return the document of all results; `total` changes were requested, from a file if `many`."""
    records = [_record(result, dry_run=dry_run) for result in results]
    plain = {"changes": records, "summary": tally(results, total)} if many else records[0]
    return Document(
        parts=lambda: _parts(results, total, many=many),
        flat=TablePart(COLUMNS, lambda: map(_row, results), numbers=frozenset({"Line"})),
        document=lambda: (json_bytes(plain),),
        records=lambda: map(json_bytes, records),
    )


def tally(results: Sequence[Result], total: int) -> dict[str, int]:
    """Count the results of each outcome, and those `notBegun`."""
    outcomes = Counter(result.outcome for result in results)
    counts = {word: outcomes[word] for word in (*map(str, Outcome), "failed") if outcomes[word]}
    return {**counts, **({"notBegun": total - len(results)} if total > len(results) else {})}


def line(result: Result) -> str:
    """Describe one result in a line."""
    before = f"line {result.line}: " if result.line else ""
    already = " (nothing to do)" if result.outcome == Outcome.ALREADY else ""
    problem = f": {result.error.message}" if result.error is not None else ""
    return f"{before}{OUTCOMES.get(result.outcome, result.outcome)}: {result.step.title()}{already}{problem}"


def _parts(results: Sequence[Result], total: int, *, many: bool) -> Iterator[DocumentPart]:
    yield TextPart(tuple(text for result in results for text in _lines(result)))
    if many:
        words = (f"{number:,} {OUTCOMES.get(word, word)}" for word, number in tally(results, total).items())
        yield TextPart((f"{count(total, 'changes')}: {', '.join(words)}",))


def _lines(result: Result) -> Iterator[str]:
    yield line(result)
    if result.change is not None:
        yield from (f"  {call}" for call in result.change.calls)
        yield from (f"  {text}" for text in _remarks(result.change))
        if result.step.hook == "issue_credential" and result.change.resource is not None:
            yield f"  {valid_text(str(result.change.resource.id))}"
    if result.note:
        yield f"  {result.note}"


def _remarks(change: Change) -> Iterator[str]:
    """Yield what a person should know about a change, and do after it."""
    if change.message:
        yield change.message
    if change.outcome is Outcome.ACTION_REQUIRED and not change.is_created:
        yield "The account does not exist before that."
    if change.expires_at is not None:
        yield f"The invitation expires at {change.expires_at.isoformat(sep=' ', timespec='minutes')}."
    if change.outcome is Outcome.IN_PROGRESS:
        again = f"--status {change.creation_id}" if change.creation_id else "the same command, later"
        yield f"To ask again: {again}"


def _row(result: Result) -> Row:
    calls = "\n".join(result.change.calls) if result.change is not None else ""
    problem = result.error.message if result.error is not None else result.note
    return str(result.line or ""), result.outcome, result.step.title(), calls, problem


def _record(result: Result, *, dry_run: bool) -> dict[str, Any]:
    step, change = result.step, result.change
    record: dict[str, Any] = {"line": result.line} if result.line else {}
    record |= {"action": step.hook, **step.record(), "outcome": result.outcome, "dryRun": dry_run}
    if change is not None:
        record["calls"] = list(change.calls)
        record["grants"] = [_grant(grant) for grant in change.grants]
        if isinstance(step, Take):
            is_removed = change.outcome in (Outcome.DONE, Outcome.REPLACED)
            record["removed"] = [_grant(step.grant)] if is_removed else []
        if change.resource is not None:
            record["created" if step.hook in CREATING else "resource"] = valid_text(str(change.resource.id))
        record |= _account_fields(change)
    if result.error is not None:
        error = result.error
        record["error"] = {"message": error.message, "hint": error.hint, "exitCode": error.exit_code}
    return {**record, **({"note": result.note} if result.note else {})}


def _account_fields(change: Change) -> dict[str, Any]:
    """Return the fields that only some changes have."""
    fields: dict[str, Any] = {"message": change.message} if change.message else {}
    if change.outcome in (Outcome.ACTION_REQUIRED, Outcome.IN_PROGRESS):
        fields["isCreated"] = change.is_created
    if change.creation_id:
        fields["creationId"] = valid_text(change.creation_id)
    if change.expires_at is not None:
        fields["expiresAt"] = change.expires_at.isoformat()
    return fields


def _grant(grant: Grant) -> dict[str, str]:
    """Return a grant by its ids."""
    principal = str(grant.principal_id)
    grant_id = grant.id or f"{grant.entitlement.id}:{principal}"
    fields = {"id": grant_id, "entitlement": grant.entitlement.id, "principal": principal}
    return {name: valid_text(text) for name, text in fields.items()}
