"""`connector-host validate FILE`: whether a file is sound to upload."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....query.sync_json import sync_stats_json
from ....query.validation.file_checks import validate_file
from ....query.validation.finding_counts import Severity, ValidationFinding
from ...output_option import OutputFormat, output_option
from ...read_command import file_option, opened, sync_option
from ...terminal.number_text import count

__all__ = ["command"]


@click.command(name="validate")
@click.argument("target", metavar="[FILE]", required=False)
@file_option
@output_option
@sync_option
@click.pass_context
def command(
    ctx: click.Context, *, target: str | None, file: str | None, output: OutputFormat, sync_id: str | None
) -> None:
    """Check that a c1z file is sound to upload: its storage, a finished sync, and that everything named is there.

    FILE may also be given with --file. Exits 1 when there are errors or warnings; notes are only told.
    """
    with opened(target or file) as store:
        verdict = validate_file(store, sync_id)
        path = str(store.path)
    about = sync_stats_json(verdict.sync, verdict.counted) if verdict.sync is not None else {}
    output.show(_answer(path, about, verdict.findings))
    if not verdict.sound:
        ctx.exit(1)


def _answer(path: str, about: dict[str, object], found: list[ValidationFinding]) -> Document:
    table = TablePart(
        ("Severity", "Finding", "Times", "For example"), lambda: map(_row, found), numbers=frozenset({"Times"})
    )
    document = {"file": path, "sync": about, "findings": [_plain(finding) for finding in found]}
    return Document(
        title=f"Findings in {path}",
        parts=lambda: _parts(path, about, found, table),
        flat=table,
        document=lambda: (json_bytes(document),),
        records=lambda: (json_bytes(_plain(finding)) for finding in found),
    )


def _parts(
    path: str, about: dict[str, object], found: list[ValidationFinding], table: TablePart
) -> Iterator[DocumentPart]:
    if found:
        yield table
    counts = {severity: sum(1 for one in found if one.severity is severity) for severity in Severity}
    told = ", ".join(count(number, f"{severity}s") for severity, number in counts.items() if number)
    lines = [f"Sync {about['id']}" if about else "No sync"]
    yield TextPart((*lines, f"{path}: {told}" if told else f"{path} is sound."))


def _row(finding: ValidationFinding) -> Row:
    return finding.severity.value, finding.text, str(finding.count), finding.example


def _plain(finding: ValidationFinding) -> dict[str, object]:
    plain: dict[str, object] = {"severity": finding.severity.value, "finding": finding.text, "count": finding.count}
    return {**plain, "example": finding.example} if finding.example else plain
