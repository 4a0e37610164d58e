"""`connector-host review`: put who holds what before people who decide, and read their decisions back."""

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
@click.option("-f", "--file", "files", multiple=True, metavar="FILE", help="A c1z file; more of them with another -f.")
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
    help="What the rows are put together by.",
)
@click.option(
    "--sync-id", "--sync", "sync_ids", multiple=True, metavar="ID", help="The sync to review. [default: the newest]"
)
@click.option(
    "--since",
    multiple=True,
    metavar="FILE|ID",
    help="What to compare with: an older file, or a sync in the same one. [default: the sync before]",
)
@click.option("--force", is_flag=True, help="Replace a workbook that is there already, with the decisions in it.")
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
    """Write an access review of a c1z file: who holds what, for people to decide on.

    As a workbook (.xlsx) it has a row for each grant, with a place for the decision; `review import` reads it back. As
    a page (.html) it is to be read, printed and handed on.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    path = Path(out)
    write = writer(path)
    if path.suffix.lower() == HOLDS_DECISIONS and path.exists() and not force:
        raise ConfigError(
            f"{path} exists already, and decisions in it would be lost",
            hint="Name another file with -o, or give --force to replace it.",
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
    """Options before the word `import` would be lost: say so."""
    for name in ctx.params:
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise ConfigError(
                "options before the word import are those of writing a review",
                hint="Put them behind it; `connector-host review import --help` shows what there is.",
            )


command.add_command(import_command)
