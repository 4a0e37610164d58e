"""`connector-host why WHO WHAT`: each path by which a principal holds an entitlement, the shortest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click
import msgspec
from msgspec import Struct

from ....errors import NotFoundInFile
from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, TreePart, json_bytes
from ....query.access.access_paths import AccessExplanation, AccessPath, explain_access
from ....query.lookup.entitlement_names import find_entitlements
from ....query.lookup.object_cache import SyncObject, SyncObjects
from ....query.lookup.principal_names import NamedResource, find_principal
from ....query.sync_context import context_lines
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]

COLUMNS = ("Principal", "Entitlement", "Path", "Steps", "Through", "Entitlement ID")


class _Explanations(Struct, frozen=True):
    """A principal and the explanations of the entitlements that it holds."""

    objects: SyncObjects
    principal: NamedResource
    held: Sequence[AccessExplanation]
    context: Sequence[str]

    @property
    def principal_object(self) -> SyncObject:
        """The principal with its name and JSON."""
        return self.objects.resources[self.principal.id.resource_type, self.principal.id.resource]


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
        view = reading.view
        principal = find_principal(view, who)
        ids = find_entitlements(view, what, principal.id)
        explanations = [explain_access(view, principal.id, entitlement_id, limit) for entitlement_id in ids]
        held = [explained for explained in explanations if explained.reasons or explained.grant is not None]
        context = context_lines(view)
        if not held:
            raise NotFoundInFile(
                f"{principal.label} does not hold {what!r}, and no group passes it on to them.",
                hint=" ".join([*context[1:], "`connector-host access` shows what they hold."]),
            )
        output.show(_document(_Explanations(SyncObjects(view), principal, held, context)))


def _document(explanations: _Explanations) -> Document:
    return Document(
        parts=lambda: _parts(explanations),
        flat=TablePart(COLUMNS, lambda: _rows(explanations), numbers=frozenset({"Path", "Steps"})),
        document=lambda: (_json(explanations),),
        records=lambda: (json_bytes(record) for held in explanations.held for record in _records(held)),
    )


def _parts(explanations: _Explanations) -> Iterator[DocumentPart]:
    if explanations.context:
        yield TextPart(tuple(explanations.context))
    name = explanations.principal_object.name
    for held in explanations.held:
        entitlement = explanations.objects.entitlements[held.entitlement]
        paths = tuple(TreePart(f"{number}. {_path(explanations, path)}") for number, path in enumerate(held.reasons, 1))
        yield TreePart(f"{name} holds {entitlement.name} ({entitlement.id})", paths)
        notes = tuple(_notes(held))
        if notes:
            yield TextPart(notes)


def _notes(held: AccessExplanation) -> Iterator[str]:
    if held.grant is None:
        yield (
            "The file has these links, but no grant of the entitlement:"
            " the sync is not expanded, or the groups form a circle."
        )
    if held.unexplained:
        yield f"The grant also names sources that no link of the file leads through: {', '.join(held.unexplained)}."
    if held.cut:
        yield "There are more paths; --limit shows more of them."


def _path(explanations: _Explanations, path: AccessPath) -> str:
    steps = [path.direct.entitlement, *(edge.target for edge in path.edges)]
    names = (explanations.objects.entitlements[step].name for step in steps)
    return " → ".join((explanations.principal_object.name, *names))


def _rows(explanations: _Explanations) -> Iterator[Row]:
    entitlements = explanations.objects.entitlements
    for held in explanations.held:
        name = entitlements[held.entitlement].name
        for number, path in enumerate(held.reasons, 1):
            through = [entitlements[edge.source].name for edge in path.edges]
            counts = (str(number), str(len(through)))
            yield explanations.principal_object.name, name, *counts, " → ".join(through), held.entitlement


def _records(held: AccessExplanation) -> Iterator[dict[str, Any]]:
    for path in held.reasons:
        steps: list[dict[str, str | None]] = [{"entitlementId": path.direct.entitlement, "grantId": path.direct.id}]
        steps += [
            {"entitlementId": edge.target, "grantId": edge.grant.id if edge.grant else None} for edge in path.edges
        ]
        yield {"entitlementId": held.entitlement, "steps": steps}


def _json(explanations: _Explanations) -> bytes:
    answers = [
        {
            "entitlement": msgspec.Raw(explanations.objects.entitlements[held.entitlement].json),
            "grantId": held.grant.id if held.grant is not None else None,
            "paths": [record["steps"] for record in _records(held)],
            "unexplained": list(held.unexplained),
            "complete": not held.cut,
        }
        for held in explanations.held
    ]
    return json_bytes({"principal": msgspec.Raw(explanations.principal_object.json), "why": answers})
