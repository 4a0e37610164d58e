"""`connector-host validate FILE`: checks of a file before its upload."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct

from ....c1z.types import Store
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....query.sync_context import current_time, sync_gaps, sync_source
from ....query.sync_json import sync_stats_json
from ....query.validation.file_checks import Verdict, validate_file
from ....query.validation.finding_counts import FindingSeverity, ValidationFinding
from ...output_option import OutputFormat, output_option
from ...read_command import file_option, opened, sync_option
from ...terminal.number_text import count

__all__ = ["command"]


class _Report(Struct, frozen=True):
    """The verdict on a file, with the source and the known gaps of its sync."""

    path: str
    verdict: Verdict
    source: str
    gaps: list[str]


@click.command(name="validate")
@click.argument("target", metavar="[FILE]", required=False)
@file_option
@output_option
@sync_option
@click.pass_context
def command(
    ctx: click.Context, *, target: str | None, file: str | None, output: OutputFormat, sync_id: str | None
) -> None:
    """Check a c1z file before its upload: storage, a finished sync, and that every object that is named exists.

    The known gaps of the sync come first: what its identity could not see, or what was left out. FILE can also be
    specified with --file. Exits 1 when there are errors or warnings, but not for notes and gaps.
    """
    with opened(target or file) as store:
        report = _report(store, sync_id)
    output.show(_document(report))
    if not report.verdict.sound:
        ctx.exit(1)


def _report(store: Store, sync_id: str | None) -> _Report:
    verdict = validate_file(store, sync_id)
    if verdict.sync is None:
        return _Report(str(store.path), verdict, "", [])
    gaps = sync_gaps(store.view(verdict.sync)) if verdict.readable else []
    return _Report(str(store.path), verdict, sync_source(verdict.sync, current_time()), gaps)


def _document(report: _Report) -> Document:
    verdict, findings = report.verdict, report.verdict.findings
    table = TablePart(
        ("Severity", "Finding", "Times", "For example"), lambda: map(_row, findings), numbers=frozenset({"Times"})
    )
    document = {
        "file": report.path,
        "sync": sync_stats_json(verdict.sync, verdict.counted) if verdict.sync is not None else {},
        "findings": [_plain(finding) for finding in findings],
        **({"gaps": report.gaps} if report.gaps else {}),
    }
    return Document(
        title=f"Findings in {report.path}",
        parts=lambda: _parts(report, table),
        flat=table,
        document=lambda: (json_bytes(document),),
        records=lambda: (json_bytes(_plain(finding)) for finding in findings),
    )


def _parts(report: _Report, table: TablePart) -> Iterator[DocumentPart]:
    if report.source or report.gaps:
        yield TextPart((*filter(None, [report.source]), *report.gaps))
    if report.verdict.findings:
        yield table
    sync = report.verdict.sync
    yield TextPart((f"Sync {sync.id}" if sync is not None else "No sync", _conclusion(report)))


def _conclusion(report: _Report) -> str:
    severities = [finding.severity for finding in report.verdict.findings]
    counts = ", ".join(
        count(severities.count(severity), f"{severity}s") for severity in FindingSeverity if severity in severities
    )
    if not report.verdict.sound:
        return f"{report.path}: {counts}"
    notes = f" ({counts})" if counts else ""
    if report.gaps:
        return f"{report.path} is sound{notes}, but incomplete: {count(len(report.gaps), 'known gaps')}, see above."
    return f"{report.path}: {counts}" if counts else f"{report.path} is sound."


def _row(finding: ValidationFinding) -> Row:
    return finding.severity.value, finding.text, str(finding.count), finding.example


def _plain(finding: ValidationFinding) -> dict[str, object]:
    plain: dict[str, object] = {"severity": finding.severity.value, "finding": finding.text, "count": finding.count}
    return {**plain, "example": finding.example} if finding.example else plain
