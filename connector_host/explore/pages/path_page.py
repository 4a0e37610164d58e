"""Why a principal holds an entitlement: each path from a direct grant, the shortest first."""

from __future__ import annotations

from ...index import object_search as questions
from ...model import ResourceId
from ...query.access_paths import AccessExplanation
from ...query.access_paths import explain_access as paths_to
from ..equivalent_commands import equivalent_command
from ..open_files import OpenFiles, OpenSync
from ..page_content import Cell, PageColumn, PageContent, PageLink, PageRequest, PageTable, PathSteps, address
from .page_parts import catalogue_of, crumbs, no_such, principal_cell

__all__ = ["page"]

MOST_PATHS = 100


def page(_book: OpenFiles, one: OpenSync, ask: PageRequest) -> PageContent:
    """Every path, as a row of links, and as a table for files."""
    catalogue = catalogue_of(one)
    type_id, resource_id, what = ask.text("type"), ask.text("id"), ask.text("what")
    thing = questions.resource_by_id(catalogue, type_id, resource_id)
    if thing is None:
        raise no_such("resource", f"{type_id}:{resource_id}")
    answer = paths_to(one.view, ResourceId(type_id, resource_id), what, MOST_PATHS)
    who = principal_cell(one, thing)
    name = one.objects.entitlements[what].name
    steps = []
    for number, reason in enumerate(answer.reasons, 1):
        held = [reason.direct.entitlement, *(edge.target for edge in reason.edges)]
        between = len(held) - 1
        word = "direct" if not between else "through 1 group" if between == 1 else f"through {between} groups"
        steps.append(
            PathSteps(f"Path {number}: {word}", (Cell(who.text, who.href), *(_what(one, each) for each in held)))
        )
    rows = [
        (
            Cell(str(number)),
            Cell(str(len(step.steps) - 2)),
            Cell(" → ".join(cell.text for cell in step.steps)),
        )
        for number, step in enumerate(steps, 1)
    ]
    columns = (
        PageColumn("path", "Path", number=True),
        PageColumn("groups", "Groups between", number=True),
        PageColumn("steps", "Steps"),
    )
    return PageContent(
        title=f"Why {thing.name} holds {name}",
        section="principals",
        crumbs=crumbs(
            one,
            PageLink("Principals", address(one.key, "principals")),
            PageLink(thing.name, who.href),
            PageLink("Why", current=True),
        ),
        facts=(("Who", who), ("What", _what(one, what)), ("Held", Cell(_held(answer)))),
        tables=(PageTable(columns, rows, len(rows), "Paths as text", "No path leads there."),),
        paths=tuple(steps),
        notes=_notes(one, answer),
        command=equivalent_command(one, "why", f"{type_id}:{resource_id}", what),
    )


def _what(one: OpenSync, entitlement_id: str) -> Cell:
    found = one.objects.entitlements[entitlement_id]
    return Cell(found.name, address(one.key, "entitlement", id=entitlement_id))


def _held(answer: AccessExplanation) -> str:
    if answer.grant is None:
        return "The file has no grant of it."
    direct = any(not reason.edges for reason in answer.reasons)
    inherited = any(reason.edges for reason in answer.reasons)
    return " and ".join(word for word, so in (("directly", direct), ("through groups", inherited)) if so)


def _notes(one: OpenSync, answer: AccessExplanation) -> tuple[str, ...]:
    notes = []
    if answer.grant is None and answer.reasons:
        notes.append("The file has these links, but no grant of it: it was not expanded, or the groups form a circle.")
    if not answer.reasons:
        notes.append("No path of the file leads there.")
    if answer.unexplained:
        names = ", ".join(one.objects.entitlements[source].name for source in answer.unexplained)
        notes.append(f"The grant also names sources that no link of the file leads through: {names}")
    if answer.cut:
        notes.append(f"There are more paths than the {MOST_PATHS} shown.")
    return tuple(notes)
