"""`connector-host access WHO`: what somebody holds, directly or through what."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator

import click

from ....c1z.types import View
from ....errors import ConfigError
from ....model import ResourceId
from ....output.document import Document, DocumentPart, TablePart, TextPart, json_bytes
from ....query.lookup.object_cache import SyncObjects
from ....query.lookup.principal_names import NamedResource, find_principal
from ....query.principal_access import PrincipalGrant, access_json, list_access
from ...filter_options import text_option
from ...output_option import OutputFormat
from ...read_command import reads, viewed

__all__ = ["command"]

COLUMNS = ("Resource", "Type", "Entitlement", "Held", "Through", "Entitlement ID")

log = logging.getLogger(__name__)


@click.command(name="access")
@click.argument("who", required=False)
@click.option("-t", "--resource-type", metavar="TYPE", help="The principal's type, with --resource: instead of WHO.")
@click.option("-r", "--resource", metavar="ID", help="The principal's id within its type.")
@text_option("the name, id or slug of what is held, or of the resource it is on")
@reads
def command(
    *,
    who: str | None,
    resource_type: str | None,
    resource: str | None,
    text: str,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """Show what WHO holds, and for what is not held directly, through what.

    WHO is an id, an e-mail address, a login or a name.
    """
    with viewed(file, sync_id) as reading:
        view, objects = reading.view, SyncObjects(reading.view)
        found = _named(view, who, resource_type, resource)
        held = functools.partial(list_access, view, objects, found.id, text)
        answer = Document(
            parts=lambda: _parts(found, held),
            flat=TablePart(COLUMNS, lambda: map(_row, held())),
            document=lambda: access_json(objects, found.id, held()),
            records=lambda: map(_record, held()),
        )
        output.show(answer)


def _named(view: View, who: str | None, resource_type: str | None, resource: str | None) -> NamedResource:
    if who is not None and resource_type is None and resource is None:
        return find_principal(view, who)
    if who is not None or not (resource_type and resource):
        raise ConfigError("name one principal", hint="Give WHO, or --resource-type and --resource together.")
    named = ResourceId(resource_type, resource)
    if view.resource(named) is None:
        log.warning("the file holds no resource %s; showing what grants say of it", named)
        return NamedResource(named, None)
    return find_principal(view, str(named))


def _parts(found: NamedResource, held: Callable[[], Iterator[PrincipalGrant]]) -> Iterator[DocumentPart]:
    yield TextPart((found.label,))
    # a principal's grants are few enough to be put in order
    yield TablePart(COLUMNS, lambda: sorted(map(_row, held())))


def _row(one: PrincipalGrant) -> tuple[str, ...]:
    how = ("direct, inherited" if one.via else "direct") if one.direct else "inherited"
    through = ", ".join(source.name for source in one.via)
    return one.resource.name, one.type.name, one.entitlement.name, how, through, one.entitlement.id


def _record(one: PrincipalGrant) -> bytes:
    return json_bytes(
        {
            "grantId": one.row.id,
            "entitlementId": one.entitlement.id,
            "entitlement": one.entitlement.name,
            "resourceId": one.resource.id,
            "resource": one.resource.name,
            "resourceType": one.type.id,
            "direct": one.direct,
            "via": [source.id for source in one.via],
        }
    )
