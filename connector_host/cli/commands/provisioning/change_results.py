"""What became of changes, as an answer in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ....model import Grant, Outcome
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....provision.change_requests import Take
from ....provision.changer import Result
from ...terminal.number_text import count

__all__ = ["answer", "line", "tally"]

COLUMNS = ("Line", "Outcome", "Change", "Calls", "Problem")


def answer(results: Sequence[Result], total: int, *, many: bool, dry_run: bool) -> Document:
    """All results; `total` is how many changes were asked for, `many` says that they came from a file."""
    records = [_record(one, dry_run=dry_run) for one in results]
    whole = {"changes": records, "summary": tally(results, total)} if many else records[0]
    return Document(
        parts=lambda: _parts(results, total, many=many),
        flat=TablePart(COLUMNS, lambda: map(_row, results), numbers=frozenset({"Line"})),
        document=lambda: (json_bytes(whole),),
        records=lambda: map(json_bytes, records),
    )


def tally(results: Sequence[Result], total: int) -> dict[str, int]:
    """How many there are of each outcome, and `notBegun`."""
    found = Counter(one.outcome for one in results)
    counts = {word: found[word] for word in (*map(str, Outcome), "failed") if found[word]}
    return {**counts, **({"notBegun": total - len(results)} if total > len(results) else {})}


def line(result: Result) -> str:
    """One result in a line."""
    before = f"line {result.line}: " if result.line else ""
    already = " (nothing to do)" if result.outcome == Outcome.ALREADY else ""
    problem = f": {result.error.message}" if result.error is not None else ""
    return f"{before}{result.outcome}: {result.step.title()}{already}{problem}"


def _parts(results: Sequence[Result], total: int, *, many: bool) -> Iterator[DocumentPart]:
    yield TextPart(tuple(text for one in results for text in _lines(one)))
    if many:
        words = (f"{number:,} {word}" for word, number in tally(results, total).items())
        yield TextPart((f"{count(total, 'changes')}: {', '.join(words)}".replace("notBegun", "not begun"),))


def _lines(result: Result) -> Iterator[str]:
    yield line(result)
    if result.change is not None:
        yield from (f"  {call}" for call in result.change.calls)
    if result.note:
        yield f"  {result.note}"


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
        record["grants"] = [_grant(one) for one in change.grants]
        if isinstance(step, Take):
            gone = change.outcome in (Outcome.DONE, Outcome.REPLACED)
            record["removed"] = [_grant(step.grant)] if gone else []
        if change.resource is not None:
            record["created" if step.hook == "create_account" else "resource"] = str(change.resource.id)
    if result.error is not None:
        error = result.error
        record["error"] = {"message": error.message, "hint": error.hint, "exitCode": error.exit_code}
    return {**record, **({"note": result.note} if result.note else {})}


def _grant(grant: Grant) -> dict[str, str]:
    """A grant by its ids."""
    who = grant.principal_id
    given = grant.id or f"{grant.entitlement.id}:{who}"
    return {"id": given, "entitlement": grant.entitlement.id, "principal": str(who)}
