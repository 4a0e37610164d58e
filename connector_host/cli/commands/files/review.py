"""`connector-host review`: write an access review for reviewers, and import their decisions."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ....errors import ConfigError
from ....output.atomic_file import replacing
from ....review import writer
from ....review.review_files import ReviewRequest, open_review
from ....review.review_model import ReviewOrder
from ...read_command import file_of
from ...terminal.number_text import count, size
from .review_import import import_command

__all__ = ["command"]

log = logging.getLogger(__name__)
HOLDS_DECISIONS = ".xlsx"


@click.group(name="review", invoke_without_command=True)
@click.option(
    "-f", "--file", "files", multiple=True, metavar="FILE", help="Review this c1z file; use -f again for more files."
)
@click.option(
    "-o",
    "--out",
    "--output",
    "out",
    metavar="FILE",
    default="review.xlsx",
    show_default=True,
    help="Write the review to this .xlsx or .html file.",
)
@click.option(
    "--by",
    "order",
    type=click.Choice([order.value for order in ReviewOrder]),
    default="principal",
    show_default=True,
    help="Group the rows by this.",
)
@click.option(
    "--sync-id", "--sync", "sync_ids", multiple=True, metavar="ID", help="Review this sync. [default: the newest]"
)
@click.option(
    "--since",
    multiple=True,
    metavar="FILE|ID",
    help="Compare with this older file, or with this sync of the same file. [default: the sync before]",
)
@click.option("--force", is_flag=True, help="Replace an existing workbook and the decisions in it.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: tuple[str, ...],
    out: str,
    order: str,
    sync_ids: tuple[str, ...],
    since: tuple[str, ...],
    force: bool,
) -> None:
    """Write an access review of a c1z file: the grants, for reviewers to decide on.

    A workbook (.xlsx) has a row for each grant with a cell for the decision; `review import` reads it back. A page
    (.html) is for reading and printing.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    path = Path(out)
    write = writer(path)
    if path.suffix.lower() == HOLDS_DECISIONS and path.exists() and not force:
        raise ConfigError(
            f"{path} exists already, and decisions in it would be lost",
            hint="Choose another file with --out, or use --force to replace it.",
        )
    paths = tuple(Path(name) for name in files) or (file_of(None),)
    with open_review(ReviewRequest(paths, sync_ids, since), ReviewOrder(order)) as review:
        with replacing(path) as target:
            write(review, target)
        for facts in review.facts:
            for gap in facts.gaps:
                log.warning("%s: %s", facts.system, gap)
        total = sum(facts.grants for facts in review.facts)
    log.info("Wrote %s (%s): %s to decide on.", path, size(path.stat().st_size), count(total, "grants"))


def _refuse_options(ctx: click.Context) -> None:
    """Raise ConfigError for options before the word `import`, which would be lost."""
    for name in ctx.params:
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise ConfigError(
                "options before the word import apply to writing a review",
                hint="Put them after it; `connector-host review import --help` lists its options.",
            )


command.add_command(import_command)
