"""The page of the paths by which a principal holds an entitlement, the shortest first."""

from __future__ import annotations

from ...index import object_search as search
from ...model import ResourceId
from ...query.access.access_paths import AccessExplanation, AccessPath
from ...query.access.access_paths import explain_access as paths_to
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageLink, PageQuery, PageTable, PathSteps, address
from .page_parts import crumbs, index_of, no_such, principal_cell

__all__ = ["page"]

MOST_PATHS = 100
COLUMNS = (
    PageColumn("path", "Path", number=True),
    PageColumn("groups", "Groups", number=True),
    PageColumn("steps", "Steps"),
)


def page(_files: OpenFiles, opened: OpenSync, request: PageQuery) -> PageContent:
    """Show every path as a row of links; the table is for downloads."""
    index = index_of(opened)
    type_id, resource_id, entitlement_id = request.text("type"), request.text("id"), request.text("what")
    principal = search.resource_by_id(index, type_id, resource_id)
    if principal is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    result = paths_to(opened.view, ResourceId(type_id, resource_id), entitlement_id, MOST_PATHS)
    principal_link = principal_cell(opened, principal)
    name = opened.objects.entitlements[entitlement_id].name
    paths = [_path(opened, principal_link, number, reason) for number, reason in enumerate(result.reasons, 1)]
    rows = [
        (Cell(str(number)), Cell(str(len(path.steps) - 2)), Cell(" → ".join(cell.text for cell in path.steps)))
        for number, path in enumerate(paths, 1)
    ]
    return PageContent(
        title=f"Why {principal.name} holds {name}",
        section="principals",
        crumbs=crumbs(
            opened,
            PageLink("Principals", address(opened.key, "principals")),
            PageLink(principal.name, principal_link.href),
            PageLink("Why", current=True),
        ),
        facts=(
            ("Principal", principal_link),
            ("Entitlement", _entitlement_cell(opened, entitlement_id)),
            ("Held", Cell(_held(result))),
        ),
        tables=(PageTable(COLUMNS, rows, len(rows), "Paths as text", "No path gives this access."),),
        paths=tuple(paths),
        notes=_notes(opened, result),
        command=equivalent_command(opened, "why", f"{type_id}:{resource_id}", entitlement_id),
    )


def _path(opened: OpenSync, principal: Cell, number: int, reason: AccessPath) -> PathSteps:
    """Return the steps of a path: the principal, the entitlement granted directly, and those it passes on."""
    entitlement_ids = [reason.direct.entitlement, *(edge.target for edge in reason.edges)]
    groups = len(entitlement_ids) - 1
    label = "direct" if not groups else "through 1 group" if groups == 1 else f"through {groups} groups"
    cells = (_entitlement_cell(opened, entitlement_id) for entitlement_id in entitlement_ids)
    return PathSteps(f"Path {number}: {label}", (Cell(principal.text, principal.href), *cells))


def _entitlement_cell(opened: OpenSync, entitlement_id: str) -> Cell:
    entitlement = opened.objects.entitlements[entitlement_id]
    return Cell(entitlement.name, address(opened.key, "entitlement", id=entitlement_id))


def _held(result: AccessExplanation) -> str:
    if result.grant is None:
        return "The file holds no such grant."
    direct = any(not reason.edges for reason in result.reasons)
    inherited = any(reason.edges for reason in result.reasons)
    return " and ".join(word for word, applies in (("directly", direct), ("through groups", inherited)) if applies)


def _notes(opened: OpenSync, result: AccessExplanation) -> tuple[str, ...]:
    notes = []
    if result.grant is None and result.reasons:
        notes.append("The file holds these paths, but no grant: it was not expanded, or the groups form a cycle.")
    if not result.reasons:
        notes.append("No path in the file gives this access.")
    if result.unexplained:
        names = ", ".join(opened.objects.entitlements[source].name for source in result.unexplained)
        notes.append(f"The grant also names sources that no path in the file explains: {names}")
    if result.cut:
        notes.append(f"There are more paths than the {MOST_PATHS} shown.")
    return tuple(notes)
