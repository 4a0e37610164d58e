"""`connector-host review`: write an access review for reviewers, and import their decisions."""

from __future__ import annotations

import logging
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ....errors import ConfigError
from ....output.atomic_file import replacing
from ....review import ENDINGS, writer
from ....review.review_files import Review, ReviewRequest, open_review
from ....review.review_model import ReviewOrder, ReviewUnit
from ....review.review_scope import ReviewScope
from ...app import current_app
from ...lake_source_option import lake_file_options, taken_files
from ...output_option import OUT_FLAGS
from ...read_command import file_of
from ...rules_option import load_rules, rules_option
from ...terminal.number_text import count, size
from .review_evidence import evidence_command
from .review_import import import_command
from .review_scope_options import scope_options
from .review_status import status_command
from .review_verify import verify_command

__all__ = ["command"]

log = logging.getLogger(__name__)
HOLDS_DECISIONS, PAGE = ".xlsx", ".html"
Grouping = tuple[ReviewOrder, ReviewUnit]


@click.group(name="review", invoke_without_command=True)
@click.option(
    "-f", "--file", "files", multiple=True, metavar="FILE", help="Review this c1z file; use -f again for more files."
)
@click.option(
    *OUT_FLAGS,
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
    "--unit",
    type=click.Choice([unit.value for unit in ReviewUnit]),
    default=ReviewUnit.RESOURCE.value,
    show_default=True,
    help="Decide on a principal and a resource with all permissions, or on each single grant.",
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
@scope_options
@click.option(
    "--split-by",
    metavar="owner|manager|resource|type|FILE",
    help="Write a workbook for each reviewer into the folder --out; FILE is a CSV file that names the reviewers.",
)
@click.option("--pages", is_flag=True, help="With --split-by: write pages instead of workbooks.")
@click.option("--with-pages", is_flag=True, help="With --split-by: write a page beside each workbook.")
@click.option(
    "--due",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day by which the reviewers decide, for --split-by.",
)
@rules_option
@lake_file_options
@click.option("--force", is_flag=True, help="Replace an existing workbook and the decisions in it.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    files: tuple[str, ...],
    out: str,
    order: str,
    unit: str,
    sync_ids: tuple[str, ...],
    since: tuple[str, ...],
    changed_since: tuple[str, ...],
    split_by: str | None,
    pages: bool,
    with_pages: bool,
    due: datetime | None,
    rules: str | None,
    lake: str | None,
    sources: tuple[str, ...],
    at: str | None,
    force: bool,
    **scope: Any,
) -> None:
    """Write an access review of a c1z file: the grants, for reviewers to decide on.

    A workbook (.xlsx) has a row for each principal and resource, with the permissions and a cell for the decision;
    `review import` reads it back. A page (.html) has the same rows to decide on in a browser. With --lake
    the newest syncs of a lake are reviewed.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    if since and changed_since:
        raise ConfigError("--since and --changed-since exclude each other.", hint="Use one of them.")
    if due is not None and split_by is None:
        raise ConfigError("--due needs --split-by.", hint="Add --split-by owner, or leave --due out.")
    limits = ReviewScope(changed=bool(changed_since), **scope)
    path = Path(out)
    forms = _forms(split_by, pages=pages, with_pages=with_pages)
    is_page = PAGE in (forms if split_by is not None else (path.suffix.lower(),))
    grouping = _grouping(ReviewOrder(order), ReviewUnit(unit), is_page=is_page)
    with taken_files(lambda: _paths(files), files, lake, sources, at) as paths:
        request = ReviewRequest(tuple(paths), sync_ids, since or changed_since, scope=limits, rules=load_rules(rules))
        if split_by is None:
            _write_one(request, grouping, path, force=force)
        else:
            _write_parts(request, grouping, path, split_by, due.date() if due else None, forms)


def _grouping(order: ReviewOrder, unit: ReviewUnit, *, is_page: bool) -> Grouping:
    """Return order and unit of the rows; a page has one unit, and orders its rows itself."""
    if not is_page:
        return order, unit
    if unit is not ReviewUnit.RESOURCE:
        raise ConfigError(
            "A page has a row for each principal and resource.",
            hint="Leave --unit out, or write a workbook (-o review.xlsx).",
        )
    return ReviewOrder.PRINCIPAL, unit


def _paths(files: tuple[str, ...]) -> list[Path]:
    paths = [Path(name) for name in files] or [file_of(None)]
    if len(paths) == 1:
        current_app().read_file = paths[0]
    return paths


def _forms(split_by: str | None, *, pages: bool, with_pages: bool) -> tuple[str, ...]:
    """Return the endings of the files that each reviewer gets."""
    if (pages or with_pages) and (split_by is None or (pages and with_pages)):
        raise ConfigError(
            "--pages and --with-pages need --split-by, and exclude each other.",
            hint="Write one page with -o review.html.",
        )
    return (PAGE,) if pages else (HOLDS_DECISIONS, PAGE) if with_pages else (HOLDS_DECISIONS,)


def _write_one(request: ReviewRequest, grouping: Grouping, path: Path, *, force: bool) -> None:
    """Write a workbook or a page."""
    write = writer(path)
    if path.suffix.lower() == HOLDS_DECISIONS and path.exists() and not force:
        raise ConfigError(
            f"{path} exists already, and decisions in it would be lost",
            hint="Choose another file with --out, or use --force to replace it.",
        )
    with open_review(request, *grouping) as review:
        if path.suffix.lower() == PAGE:
            from ....review.pages.split_pages import write_pages  # noqa: PLC0415 - not for --help

            paths = write_pages(review, path)
        else:
            paths = [path]
            with replacing(path) as target:
                write(review, target)
        total = _report(review)
    if len(paths) > 1:
        log.info("The review is too large for a single page: it has %s.", count(len(paths), "parts"))
    written = " to ".join(str(part) for part in dict.fromkeys((paths[0], paths[-1])))
    log.info("Wrote %s (%s): %s to decide on.", written, size(sum(part.stat().st_size for part in paths)), total)


def _write_parts(
    request: ReviewRequest, grouping: Grouping, path: Path, split_by: str, due: date | None, forms: tuple[str, ...]
) -> None:
    """Write a workbook or a page for each reviewer, or both, and the manifest; `forms` are the endings of files."""
    from ....review.campaign import MANIFEST, assign_reviewers, write_campaign  # noqa: PLC0415 - not for --help
    from ....review.pages.split_pages import PAGE_LIMIT  # noqa: PLC0415

    if path.suffix.lower() in ENDINGS:
        raise ConfigError(
            f"--split-by writes several files, but {path} is the name of one.",
            hint=f"Name a folder, such as --out {path.stem}.",
        )
    with open_review(request, *grouping) as review:
        assignment = assign_reviewers(review, split_by, PAGE_LIMIT if PAGE in forms else None)
        writers = [writer(Path(f"review{form}")) for form in forms]
        write_page = writers[1] if len(writers) > 1 else None
        files = write_campaign(
            review, assignment, path, split_by, due, ending=forms[0], write=writers[0], write_page=write_page
        )
        total = _report(review)
    for file in files:
        log.info("%s: %s for %s", path / file.file, count(file.rows, _noun(grouping[1])), file.reviewer)
    if assignment.reassigned:
        log.warning(
            "%s of a reviewer's own access were assigned to somebody else.", count(assignment.reassigned, "grants")
        )
    written = " and ".join(count(len(files), "pages" if form == PAGE else "workbooks") for form in forms)
    log.info("Wrote %s, and %s: %s to decide on.", written, path / MANIFEST, total)


def _noun(unit: ReviewUnit) -> str:
    return "grants" if unit is ReviewUnit.GRANT else "rows"


def _report(review: Review) -> str:
    """Log the known gaps and the scope of a review, and return the numbers of rows to decide on and of grants."""
    for facts in review.facts:
        for gap in facts.gaps:
            log.warning("%s: %s", facts.system, gap)
        if facts.scope:
            reasons = facts.left_out_text or "nothing"
            log.info("%s: the scope is %s. Left out: %s.", facts.system, facts.scope, reasons)
    rows, grants = sum(facts.to_decide for facts in review.facts), sum(facts.reviewed for facts in review.facts)
    if review.unit is ReviewUnit.GRANT:
        return count(rows, "grants")
    return f"{count(rows, 'rows')} with {count(grants, 'grants')}"


def _refuse_options(ctx: click.Context) -> None:
    """Raise ConfigError for options before the name of a subcommand, which would be lost."""
    word = ctx.invoked_subcommand
    for name in ctx.params:
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise ConfigError(
                f"options before the word {word} apply to writing a review",
                hint=f"Put them after it; `connector-host review {word} --help` lists its options.",
            )


command.add_command(import_command)
command.add_command(verify_command)
command.add_command(status_command)
command.add_command(evidence_command)
