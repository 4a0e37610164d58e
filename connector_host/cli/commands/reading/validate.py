"""`connector-host validate FILE`: checks of a file before its upload."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct

from ....c1z.types import Store
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....query.lookup.object_cache import SyncObjects
from ....query.rules.access_rules import AccessRules
from ....query.rules.bound_rules import bind_rules
from ....query.rules.violation_rows import violation_json
from ....query.sync_context import current_time, sync_gaps, sync_source
from ....query.sync_json import sync_stats_json
from ....query.validation.file_checks import Verdict, validate_file
from ....query.validation.finding_counts import FindingSeverity, ValidationFinding
from ...output_option import OutputFormat, output_option
from ...read_command import file_option, opened, sync_option
from ...rules_option import load_rules, rules_option, violation_table, violations_of
from ...terminal.number_text import count

__all__ = ["command"]


class _Report(Struct, frozen=True):
    """The verdict on a file, with the source and the known gaps of its sync, and the violations of `rules`."""

    path: str
    verdict: Verdict
    source: str
    gaps: list[str]
    rules: AccessRules | None = None
    table: TablePart | None = None
    violations: tuple[dict[str, object], ...] = ()

    @property
    def open_violations(self) -> int:
        """The number of violations that no exception allows."""
        return sum(bool(violation["open"]) for violation in self.violations)


@click.command(name="validate")
@click.argument("target", metavar="[FILE]", required=False)
@file_option
@output_option
@sync_option
@rules_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    target: str | None,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
    rules: str | None,
) -> None:
    """Check a c1z file before its upload: storage, a finished sync, and that every object that is named exists.

    The known gaps of the sync come first: what its identity could not see, or what was left out. FILE can also be
    specified with --file. With --rules, violations of the separation of duties are listed, too. Exits 1 when there are
    errors, warnings or violations without an exception, but not for notes and gaps.
    """
    loaded = load_rules(rules)
    with opened(target or file) as store:
        report = _report(store, sync_id, loaded)
    output.show(_document(report))
    if not report.verdict.sound or report.open_violations:
        ctx.exit(1)


def _report(store: Store, sync_id: str | None, rules: AccessRules | None) -> _Report:
    verdict = validate_file(store, sync_id)
    if verdict.sync is None:
        return _Report(str(store.path), verdict, "", [])
    view, path = store.view(verdict.sync), str(store.path)
    source = sync_source(verdict.sync, current_time())
    gaps = sync_gaps(view) if verdict.readable else []
    if rules is None or not verdict.readable:
        return _Report(path, verdict, source, gaps)
    objects, violations = SyncObjects(view), violations_of(view, bind_rules(view, rules))
    table = violation_table(objects, violations)
    rows = tuple(table.rows())
    return _Report(
        path,
        verdict,
        source,
        gaps,
        rules,
        TablePart(table.columns, lambda: rows),
        tuple(violation_json(objects, violation) for violation in violations),
    )


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
        **({"violations": report.violations} if report.rules is not None else {}),
    }
    return Document(
        title=f"Findings in {report.path}",
        parts=lambda: _parts(report, table),
        flat=TablePart(table.columns, lambda: _flat_rows(report), numbers=table.numbers),
        document=lambda: (json_bytes(document),),
        records=lambda: map(json_bytes, (*map(_plain, findings), *report.violations)),
    )


def _parts(report: _Report, table: TablePart) -> Iterator[DocumentPart]:
    if report.source or report.gaps:
        yield TextPart((*filter(None, [report.source]), *report.gaps))
    if report.verdict.findings:
        yield table
    if report.table is not None and report.violations:
        yield report.table
    sync = report.verdict.sync
    yield TextPart((f"Sync {sync.id}" if sync is not None else "No sync", _conclusion(report)))
    if report.rules is not None:
        yield TextPart((_rules_conclusion(report),))


def _rules_conclusion(report: _Report) -> str:
    allowed = len(report.violations) - report.open_violations
    exceptions = f", {allowed:,} more allowed by exceptions" if allowed else ""
    rules = count(len(report.rules.separations) if report.rules else 0, "rules")
    return f"{rules} of separation: {count(report.open_violations, 'violations')}{exceptions}."


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


def _flat_rows(report: _Report) -> Iterator[Row]:
    """Yield the findings and the violations as rows of one table."""
    yield from map(_row, report.verdict.findings)
    for severity, rule, principal, held, _ in report.table.rows() if report.table is not None else ():
        yield severity, f"violation of {rule}", "1", f"{principal}: {held}"


def _row(finding: ValidationFinding) -> Row:
    return finding.severity.value, finding.text, str(finding.count), finding.example


def _plain(finding: ValidationFinding) -> dict[str, object]:
    plain: dict[str, object] = {"severity": finding.severity.value, "finding": finding.text, "count": finding.count}
    return {**plain, "example": finding.example} if finding.example else plain
