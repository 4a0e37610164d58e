"""`connector-host access WHO`: what a principal holds, directly or through groups."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator

import click

from ....c1z.types import GrantFilter, View
from ....errors import ConfigError, NotFoundInFile
from ....index.grant_search import IndexedGrantFilter
from ....model import ResourceId
from ....output.document import Document, DocumentPart, TablePart, TextPart, json_bytes
from ....query.access.principal_access import PrincipalGrant, access_json, list_access
from ....query.listing.listing_columns import ONE_PRINCIPAL, access_columns
from ....query.listing.listings import list_access_rows, open_listing
from ....query.lookup.filter_names import find_principal_type
from ....query.lookup.object_cache import SyncObjects
from ....query.lookup.principal_names import NamedResource, find_principal
from ....query.privileged import PrivilegeMark, word_mark
from ....query.rules.bound_rules import BoundRules, bind_rules
from ....query.rules.violation_rows import violation_json
from ....query.sync_context import context_lines
from ...filter_options import text_option
from ...listing_tables import report_no_match, show_listing
from ...output_option import OutputFormat
from ...read_command import reads, viewed
from ...rules_option import load_rules, rules_option, violation_table, violations_of

__all__ = ["command"]

COLUMNS = ("Resource", "Type", "Entitlement", "Held", "Through", "Entitlement ID")
MARKED_COLUMNS = (*COLUMNS[:-1], "Privileged", COLUMNS[-1])
NO_VIOLATION = TextPart(("No rule of separation is violated.",))
LEFT_OUT = ("Entitlement ID", "Type")
"""Columns that a narrow terminal leaves out, in this order."""
BY_RESOURCE_COLUMNS = access_columns(same=ONE_PRINCIPAL)

log = logging.getLogger(__name__)


@click.command(name="access")
@click.argument("who", required=False)
@click.option("-t", "--resource-type", metavar="TYPE", help="The principal's type, with --resource: instead of WHO.")
@click.option("-r", "--resource", metavar="ID", help="The principal's id within its type.")
@text_option("the name, id or slug of the entitlement or of its resource")
@click.option("--by-resource", is_flag=True, help="One row for each resource, with everything held on it.")
@rules_option
@reads
def command(
    *,
    who: str | None,
    resource_type: str | None,
    resource: str | None,
    text: str,
    by_resource: bool,
    rules: str | None,
    file: str | None,
    output: OutputFormat,
    sync_id: str | None,
) -> None:
    """Show what WHO holds, directly or inherited, and through which groups.

    WHO is an id, an e-mail address, a login or a name. With --rules, a column names the rule or word that marks an
    entitlement as privileged, and violations of the separation of duties are listed.
    """
    loaded = load_rules(rules)
    with viewed(file, sync_id) as reading:
        view = reading.view
        bound = bind_rules(view, loaded) if loaded is not None else None
        objects = SyncObjects(view, bound.mark if bound is not None else word_mark)
        principal = _find(view, who, resource_type, resource)
        if by_resource:
            _show_by_resource(output, view, principal, text, objects.mark)
            return
        grants = functools.partial(list_access, view, objects, principal.id, text)
        output.show(_document(view, objects, principal, grants, bound))
        if text and next(grants(), None) is None:
            report_no_match(view, "grants")


def _document(
    view: View,
    objects: SyncObjects,
    principal: NamedResource,
    grants: Callable[[], Iterator[PrincipalGrant]],
    bound: BoundRules | None,
) -> Document:
    if bound is None:
        return Document(
            parts=lambda: _parts(
                view, principal, TablePart(COLUMNS, lambda: sorted(map(_row, grants())), droppable=LEFT_OUT)
            ),
            flat=TablePart(COLUMNS, lambda: map(_row, grants())),
            document=lambda: access_json(objects, principal.id, grants()),
            records=lambda: map(_record, grants()),
        )
    violations = violations_of(view, bound, principal.id)
    table = TablePart(MARKED_COLUMNS, lambda: sorted(map(_marked_row, grants())), droppable=LEFT_OUT)
    shown = violation_table(objects, violations)
    document = (violation_json(objects, violation) for violation in violations)
    listed = b',"violations":' + json_bytes(list(document)) + b"}"
    return Document(
        parts=lambda: (*_parts(view, principal, table), shown if violations else NO_VIOLATION),
        flat=TablePart(MARKED_COLUMNS, lambda: map(_marked_row, grants())),
        document=lambda: (b"".join(access_json(objects, principal.id, grants()))[:-1], listed),
        records=lambda: map(_marked_record, grants()),
    )


def _show_by_resource(
    output: OutputFormat, view: View, principal: NamedResource, text: str, mark: PrivilegeMark
) -> None:
    where = GrantFilter(principal=principal.id)
    conditions = IndexedGrantFilter(text=text)
    with open_listing(view, with_index=True, grants=where, mark=mark) as source:
        show_listing(
            output,
            BY_RESOURCE_COLUMNS,
            "access",
            lambda: list_access_rows(source, where, conditions),
            view=view,
            noun="grants",
        )


def _find(view: View, who: str | None, resource_type: str | None, resource: str | None) -> NamedResource:
    if who is not None and resource_type is None and resource is None:
        return find_principal(view, who)
    if who is not None or not (resource_type and resource):
        raise ConfigError("No single principal is named.", hint="Specify WHO, or --resource-type and --resource.")
    principal = ResourceId(find_principal_type(view, resource_type), resource)
    if view.resource(principal) is not None:
        return find_principal(view, str(principal))
    if next(view.grant_keys(GrantFilter(principal=principal)), None) is None:
        raise NotFoundInFile(
            f"No principal matches {str(principal)!r}.", hint="`connector-host principals` lists those of the file."
        )
    log.warning("The file holds no resource %s; this is what grants say of it.", principal)
    return NamedResource(principal, None)


def _parts(view: View, principal: NamedResource, table: TablePart) -> Iterator[DocumentPart]:
    yield TextPart((principal.label, *context_lines(view)))
    yield table  # the grants of one principal are few enough to be sorted


def _row(grant: PrincipalGrant) -> tuple[str, ...]:
    through = ", ".join(source.name for source in grant.via)
    return grant.resource.name, grant.type.name, grant.entitlement.name, grant.held, through, grant.entitlement.id


def _marked_row(grant: PrincipalGrant) -> tuple[str, ...]:
    *cells, entitlement_id = _row(grant)
    return *cells, grant.entitlement.privileged_mark, entitlement_id


def _record(grant: PrincipalGrant) -> bytes:
    return json_bytes(_record_values(grant))


def _marked_record(grant: PrincipalGrant) -> bytes:
    return json_bytes({**_record_values(grant), "privileged": grant.entitlement.privileged_mark})


def _record_values(grant: PrincipalGrant) -> dict[str, object]:
    return {
        "grantId": grant.row.id,
        "entitlementId": grant.entitlement.id,
        "entitlement": grant.entitlement.name,
        "resourceId": grant.resource.id,
        "resource": grant.resource.name,
        "resourceType": grant.type.id,
        "direct": grant.direct,
        "via": [source.id for source in grant.via],
    }
