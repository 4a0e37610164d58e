"""`connector-host audit verify`: check that no line of the record of changes is missing or altered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ....output.document import Document, DocumentPart, TablePart, TextPart, json_bytes
from ....provision.audit_chain import ChainCheck, verify
from ...output_option import OutputFormat, output_option
from .change_command import AUDIT_NAME

__all__ = ["command"]

FINDINGS = 1
COLUMNS = ("Severity", "Finding")


@click.group(name="audit")
def command() -> None:
    """Check the record of changes that `grant`, `revoke`, `create-account`, `set-status` and `delete` write."""


@command.command(name="verify")
@click.argument("file", required=False, default=AUDIT_NAME, metavar="[FILE]")
@click.option(
    "--expect", metavar="SHA256", default="", help="Require a line with this hash, noted from an earlier check."
)
@output_option
def verify_record(file: str, expect: str, output: OutputFormat) -> None:
    """Check that no line of the record FILE is missing or altered.

    FILE is connector-host-audit.jsonl by default. Every line has its number and the hash of the line before it;
    FILE.head has those of the last line. Somebody who can write both files can write another history. To notice that,
    note the hash that this command prints, and specify it next time with --expect. Exit code 1 means that a line is
    missing or altered.
    """
    path = Path(file).expanduser()
    check = verify(path, expect.strip().lower())
    output.show(_document(path, check))
    click.get_current_context().exit(FINDINGS if check.problems else 0)


def _document(path: Path, check: ChainCheck) -> Document:
    head = {"seq": check.head.seq, "sha256": check.head.sha256} if check.head is not None else None
    document: dict[str, Any] = {
        "file": str(path),
        "lines": check.lines,
        "chained": check.chained,
        "last": head,
        "problems": check.problems,
        "unfinished": check.unfinished,
        "notes": check.notes,
    }
    rows = [
        *(("error", text) for text in check.problems),
        *(("warning", text) for text in check.unfinished),
        *(("note", text) for text in check.notes),
    ]
    return Document(
        parts=lambda: _parts(path, check),
        flat=TablePart(COLUMNS, lambda: iter(rows)),
        document=lambda: (json_bytes(document),),
        records=lambda: (json_bytes(document),),
    )


def _parts(path: Path, check: ChainCheck) -> Iterator[DocumentPart]:
    yield TextPart((*check.problems, *check.unfinished, *check.notes))
    verdict = "is complete and unaltered" if not check.problems else "is damaged"
    yield TextPart((f"{path} {verdict}: {check.lines:,} lines, {check.chained:,} of them in the chain.",))
    if check.head is not None:
        yield TextPart((f"The last line is number {check.head.seq}, SHA-256 {check.head.sha256}.",))
