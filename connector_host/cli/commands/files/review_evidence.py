"""`connector-host review evidence`: one file with the proof of a review, and the check of such a file."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

from ....errors import ConfigError
from ....output.document import Document, TextPart, json_bytes
from ...app import current_app
from ...output_option import OUT_FLAGS, OutputFormat, format_option
from ...terminal.number_text import count, size

__all__ = ["evidence_command"]

log = logging.getLogger(__name__)
FINDINGS = 1


@click.command(name="evidence")
@click.argument("returned", metavar="CAMPAIGN|WORKBOOK", nargs=-1)
@click.option(
    *OUT_FLAGS,
    "out",
    metavar="FILE",
    default="evidence.zip",
    show_default=True,
    help="Write the evidence to this file.",
)
@click.option(
    "-f",
    "--file",
    "later",
    multiple=True,
    metavar="FILE",
    help="A c1z file with later syncs, to verify the revocations.",
)
@click.option("--audit", "audits", multiple=True, metavar="FILE", help="The record of changes that `revoke` wrote.")
@click.option(
    "--reviewed", multiple=True, metavar="FILE", help="The reviewed c1z file. [default: its path in the workbook]"
)
@click.option("--rules", metavar="FILE", help="The file of rules of the review, to be included.")
@click.option("--incomplete", is_flag=True, help="Write the evidence although something is missing; it says what.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--check", "checked", metavar="FILE", help="Check this evidence file instead of writing one.")
@click.option(
    "--expect", metavar="SHA256", default="", help="With --check: the hash that was noted when it was written."
)
@format_option("--format", "--output-format")
@click.pass_context
def evidence_command(
    ctx: click.Context,
    /,
    *,
    returned: tuple[str, ...],
    out: str,
    later: tuple[str, ...],
    audits: tuple[str, ...],
    reviewed: tuple[str, ...],
    rules: str | None,
    incomplete: bool,
    force: bool,
    checked: str | None,
    expect: str,
    output: OutputFormat,
) -> None:
    """Write the evidence of a review as one ZIP file, or check such a file with --check.

    CAMPAIGN is the folder that `review --split-by` wrote, with the returned files in it. The evidence holds the
    population, the decisions, who made them, the plan, the records of changes, the verification in later syncs, and
    the SHA-256 of every file. If something is missing, nothing is written, unless --incomplete is specified. --check
    exits with code 1 if a file was added, removed or altered.
    """
    if checked is not None:
        if returned:
            raise ConfigError("--check takes no other files.", hint="Leave out the campaign and the workbooks.")
        _check(ctx, output, Path(checked), expect.strip().lower())
        return
    if not returned:
        raise ConfigError("No campaign and no workbook was specified.", hint="Name the folder of the campaign.")
    path = Path(out)
    if path.exists() and not force:
        raise ConfigError(f"{path} exists already.", hint="Choose another file with --out, or use --force.")
    files = (tuple(map(Path, names)) for names in (reviewed, later, audits))
    _write(path, returned, *files, rules=Path(rules) if rules is not None else None, incomplete=incomplete)


def _write(
    path: Path,
    returned: tuple[str, ...],
    reviewed: tuple[Path, ...],
    later: tuple[Path, ...],
    audits: tuple[Path, ...],
    *,
    rules: Path | None,
    incomplete: bool,
) -> None:
    """Write an evidence file and log what it lacks."""
    from ....review.evidence.evidence_contents import EvidenceRequest  # noqa: PLC0415 - not for --help
    from ....review.evidence.evidence_writer import write_evidence  # noqa: PLC0415 - not for --help
    from ....review.evidence.known_secrets import KnownSecrets  # noqa: PLC0415 - not for --help

    request = EvidenceRequest(returned=returned, reviewed=reviewed, later=later, audits=audits, rules=rules)
    secrets = KnownSecrets(os.environ, current_app().config.connectors)
    contents, sha256 = write_evidence(request, path, secrets, incomplete=incomplete)
    for text in contents.missing:
        log.warning("Missing: %s", text)
    for text in contents.remarks:
        log.warning("Remark: %s", text)
    total, revocations = sum(contents.decisions.counts.values()), len(contents.decisions.revocations)
    numbers = f"{count(total, 'rows')}, {count(revocations, 'revocations')}"
    log.info("Wrote %s (%s): %s.", path, size(path.stat().st_size), numbers)
    log.info("Note this hash elsewhere; it stands for every file in the evidence: %s", sha256)


def _check(ctx: click.Context, output: OutputFormat, path: Path, expected: str) -> None:
    """Check an evidence file, show the result, and exit with code 1 if it was changed."""
    from ....review.evidence.evidence_check import check_evidence  # noqa: PLC0415 - not for --help

    check = check_evidence(path, expected)
    manifest = check.manifest
    missing = manifest.missing if manifest is not None else ()
    verdict = "was changed" if check.problems else "is unaltered"
    lines = (
        *check.problems,
        f"{path} {verdict}: {count(check.files, 'files')}.",
        *(["It is marked as incomplete:"] if missing else []),
        *missing,
        f"The SHA-256 of its list of checksums is {check.sha256}.",
    )
    values = {
        "file": str(path),
        "files": check.files,
        "unaltered": not check.problems,
        "problems": check.problems,
        "complete": manifest is not None and manifest.complete,
        "missing": list(missing),
        "sha256": check.sha256,
    }
    output.show(
        Document(
            parts=lambda: (TextPart(lines),),
            document=lambda: (json_bytes(values),),
            records=lambda: (json_bytes(values),),
        )
    )
    if check.problems:
        ctx.exit(FINDINGS)
