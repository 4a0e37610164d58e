"""The page of violations of the separation of duties."""

from __future__ import annotations

from ...query.findings import FindingTitle
from ...query.rules.violation_rows import VIOLATION_COLUMNS, violation_row
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, FilterChoice, PageColumn, PageContent, PageLink, PageQuery, PageTable, address
from .page_parts import crumbs

__all__ = ["page"]

NO_RULES = "There are no rules: start `connector-host explore` with --rules FILE."


def page(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """List the violations of all rules or of one, with those that an exception allows at the end."""
    names = [rule.name for rule in opened.rules.separations] if opened.rules is not None else []
    chosen = request.text("rule")
    rows = []
    for violation in opened.violations:
        if chosen and violation.rule.name != chosen:
            continue
        severity, rule, label, held, exception = violation_row(opened.objects, violation)
        principal = violation.principal.id
        link = address(opened.key, "principal", type=principal.resource_type, id=principal.resource)
        rows.append((Cell(severity), Cell(rule), Cell(label, link, id=str(principal)), Cell(held), Cell(exception)))
    shown = rows[request.part.offset : request.part.offset + request.part.limit]
    columns = tuple(PageColumn(title.lower(), title, ids=title == "Principal") for title in VIOLATION_COLUMNS)
    notes = (NO_RULES,) if opened.rules is None else ()
    return PageContent(
        title=FindingTitle.VIOLATIONS,
        section="violations",
        crumbs=crumbs(opened, PageLink(FindingTitle.VIOLATIONS, current=True)),
        choices=(FilterChoice("rule", "Rule", (("", "All rules"), *((name, name) for name in names)), chosen),),
        tables=(PageTable(columns, shown, len(rows), empty="No rule is violated.", paged=True),),
        notes=notes,
        command=equivalent_command(opened, "validate"),
    )
