"""`connector-host why WHO WHAT`: each path that leads somebody to what they hold, the shortest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click
import msgspec

from ....errors import NotFoundInFile
from ....model import ResourceId
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, TreePart, json_bytes
from ....query.access_paths import AccessExplanation, AccessPath, explain_access
from ....query.lookup.entitlement_names import find_entitlements
from ....query.lookup.object_cache import SyncObjects
from ....query.lookup.principal_names import NamedResource, find_principal
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]

COLUMNS = ("Principal", "Entitlement", "Path", "Steps", "Through", "Entitlement ID")


@click.command(name="why")
@click.argument("who")
@click.argument("what")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Most paths to each entitlement.")
@reads
def command(*, who: str, what: str, limit: int, file: str | None, output: OutputFormat, sync_id: str | None) -> None:
    """Show why WHO holds WHAT: every path from a direct grant through groups, the shortest first.

    WHO is an id, an e-mail address, a login or a name. WHAT is an entitlement by its id or name, or a resource by its
    id or name for everything held on it.
    """
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, SyncObjects(reading.view)
        found = find_principal(view, who)
        answers = [explain_access(view, found.id, one, limit) for one in find_entitlements(view, what, found.id)]
        held = [one for one in answers if one.reasons or one.grant is not None]
        if not held:
            raise NotFoundInFile(
                f"{found.label} does not hold {what!r}, and no group passes it on to them",
                hint="`connector-host access` shows what they do hold.",
            )
        output.show(_answer(objects, found, held))


def _answer(objects: SyncObjects, found: NamedResource, held: Sequence[AccessExplanation]) -> Document:
    return Document(
        parts=lambda: _parts(objects, found, held),
        flat=TablePart(COLUMNS, lambda: _rows(objects, found, held), numbers=frozenset({"Path", "Steps"})),
        document=lambda: (_document(objects, found.id, held),),
        records=lambda: map(json_bytes, (record for one in held for record in _records(one))),
    )


def _parts(objects: SyncObjects, found: NamedResource, held: Sequence[AccessExplanation]) -> Iterator[DocumentPart]:
    for one in held:
        entitlement = objects.entitlements[one.entitlement]
        paths = tuple(
            TreePart(f"{number}. {_path(objects, found, reason)}") for number, reason in enumerate(one.reasons, 1)
        )
        yield TreePart(f"{_name(objects, found)} holds {entitlement.name} ({entitlement.id})", paths)
        notes = tuple(_notes(one))
        if notes:
            yield TextPart(notes)


def _notes(one: AccessExplanation) -> Iterator[str]:
    if one.grant is None:
        yield "The file has these links, but no grant of it: it was not expanded, or the groups form a circle."
    if one.unexplained:
        yield f"The grant also names sources that no link of the file leads through: {', '.join(one.unexplained)}"
    if one.cut:
        yield "There are more paths; --limit shows more of them."


def _path(objects: SyncObjects, found: NamedResource, reason: AccessPath) -> str:
    held = [reason.direct.entitlement, *(edge.target for edge in reason.edges)]
    return " → ".join((_name(objects, found), *(objects.entitlements[one].name for one in held)))


def _name(objects: SyncObjects, found: NamedResource) -> str:
    return objects.resources[found.id.resource_type, found.id.resource].name


def _rows(objects: SyncObjects, found: NamedResource, held: Sequence[AccessExplanation]) -> Iterator[Row]:
    for one in held:
        name = objects.entitlements[one.entitlement].name
        for number, reason in enumerate(one.reasons, 1):
            through = [objects.entitlements[edge.source].name for edge in reason.edges]
            yield _name(objects, found), name, str(number), str(len(through)), " → ".join(through), one.entitlement


def _records(one: AccessExplanation) -> Iterator[dict[str, Any]]:
    for reason in one.reasons:
        steps: list[dict[str, str | None]] = [{"entitlementId": reason.direct.entitlement, "grantId": reason.direct.id}]
        steps += [
            {"entitlementId": edge.target, "grantId": edge.grant.id if edge.grant else None} for edge in reason.edges
        ]
        yield {"entitlementId": one.entitlement, "steps": steps}


def _document(objects: SyncObjects, who: ResourceId, held: Sequence[AccessExplanation]) -> bytes:
    principal = objects.resources[who.resource_type, who.resource]
    answers = [
        {
            "entitlement": msgspec.Raw(objects.entitlements[one.entitlement].json),
            "grantId": one.grant.id if one.grant is not None else None,
            "paths": [record["steps"] for record in _records(one)],
            "unexplained": list(one.unexplained),
            "complete": not one.cut,
        }
        for one in held
    ]
    return json_bytes({"principal": msgspec.Raw(principal.json), "why": answers})
