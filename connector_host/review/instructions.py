"""Facts and instructions on the sheet *Read me* of a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from .cell_text import cell_text, cell_time
from .review_columns import DECISIONS
from .review_files import Review
from .review_model import ReviewUnit, SystemFacts
from .workbooks.sheet_writer import CellValue

__all__ = ["explanations", "review_facts"]

UNKNOWN = "not recorded in the file"
UNIT = {
    ReviewUnit.RESOURCE: (
        "Each row is a principal and a resource with all permissions between them; you decide on the direct ones.",
        "Revoke only: the permissions to revoke, separated by commas, if not all direct ones are to be revoked.",
        "A row without direct permissions needs no decision: it follows from the rows of the groups named under Via.",
    ),
    ReviewUnit.GRANT: (
        "An inherited grant cannot be revoked by itself: revoke the grant it is inherited through (see Via).",
    ),
}
HOW = (
    f"On the sheet Review, choose a decision in each row: {', '.join(DECISIONS)}.",
    "keep: the access stays. revoke: the access is removed.",
    "ask: a question is open; the row counts as undecided.",
    "Every keep and revoke needs a reviewer and a date. A note is optional.",
    "All other cells are locked. The import compares them with the c1z file and refuses edited ones. Filters work.",
    "Then run: connector-host review import FILE. It writes a plan and changes nothing itself.",
    "To carry out the plan, run: connector-host revoke NAME --from-file PLAN.",
)
WORDS = (
    "Direct access was assigned itself; inherited access follows from the entitlements named under Via.",
    "Privileged: a rule, or the name of the entitlement, says that it gives power over other people's access or data.",
    "Risks: disabled, deleted or missing accounts, guests, users who never signed in or not for 90 days.",
    "Risks also name the sole owner of a resource (if revoked, it has none) and violations of separation of duties.",
    "Owner: the holders of the resource's entitlement named owner, or else manager or manage.",
    "Status, account type and e-mail address are as the connector reports them.",
    "Times are UTC, or the local time of the machine that wrote the file.",
)


def review_facts(review: Review) -> Iterator[tuple[str, tuple[CellValue, ...]]]:
    """Yield (label, one value for each system)."""
    yield "Written (UTC)", (cell_time(review.created),)
    yield "Written by", (f"connector-host {review.version}",)
    yield "Rows are grouped by", (review.order.value,)
    if review.package is not None:
        yield "Reviewer", (cell_text(review.package.reviewer),)
        yield "Part", (f"{review.package.number} of {review.package.count}",)
        if review.package.due is not None:
            yield "Due", (review.package.due.isoformat(),)
    for label, values in (
        ("System", [cell_text(facts.system) for facts in review.facts]),
        ("Connector", [_connector(facts) for facts in review.facts]),
        ("Account", [cell_text(facts.account) or UNKNOWN for facts in review.facts]),
        ("Read as", [cell_text(facts.user) or UNKNOWN for facts in review.facts]),
        ("Sync ID", [cell_text(facts.sync_id) for facts in review.facts]),
        ("Sync type", [cell_text(facts.sync_type) for facts in review.facts]),
        ("Sync started (UTC)", [cell_time(facts.started) for facts in review.facts]),
        ("Sync ended (UTC)", [cell_time(facts.ended) or "not finished" for facts in review.facts]),
        ("Resource types", [facts.resource_types for facts in review.facts]),
        ("Resources", [facts.resources for facts in review.facts]),
        ("Entitlements", [facts.entitlements for facts in review.facts]),
        ("Grants", [facts.grants for facts in review.facts]),
        ("Grants in this review", [facts.reviewed for facts in review.facts]),
        ("Rows to decide on", [facts.to_decide for facts in review.facts]),
        ("Scope", [cell_text(facts.scope or "all grants") for facts in review.facts]),
        ("Left out", [cell_text(facts.left_out_text) or "nothing" for facts in review.facts]),
        ("Rules", [cell_text(facts.rules) or "none" for facts in review.facts]),
        ("File", [cell_text(facts.file) for facts in review.facts]),
        ("Size in bytes", [facts.size for facts in review.facts]),
        ("SHA-256 of the file", [facts.sha256 for facts in review.facts]),
        ("File written by", [_host(facts) for facts in review.facts]),
        ("Compared with", [_compared(facts) for facts in review.facts]),
    ):
        yield label, tuple(values)


def explanations(review: Review) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (title, paragraphs)."""
    for facts in review.facts:
        gaps = facts.gaps or ("The file names none.",)
        yield f"Known gaps: {cell_text(facts.system)}", gaps
        if facts.missing:
            lacking = tuple(f"{column.value}: {why}." for column, why in facts.missing.items())
            yield f"Columns without data: {cell_text(facts.system)}", lacking
    yield "How to decide", (*UNIT[review.unit], *HOW)
    yield "Terms", WORDS


def _connector(facts: SystemFacts) -> str:
    return cell_text(f"{facts.connector} {facts.connector_version}".strip()) or UNKNOWN


def _host(facts: SystemFacts) -> str:
    return f"connector-host {cell_text(facts.host_version)}" if facts.host_version else UNKNOWN


def _compared(facts: SystemFacts) -> str:
    compared = facts.compared
    if compared is None:
        return "no earlier sync"
    ended = f"ended {compared.ended:%Y-%m-%d %H:%M}" if compared.ended else "not finished"
    return cell_text(f"{compared.sync_id} ({ended}) in {compared.file}")
