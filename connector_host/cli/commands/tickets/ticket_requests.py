"""Requests for tickets, from the command line or from a file of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from ....decoding.json_decoding import decode_json
from ....errors import ConfigError
from ....model import Resource, ResourceId
from ....provision.ticket_calls import checked_request
from ....tickets import TicketRequest, TicketSchema
from ..provisioning.json_arguments import assignments, unicode_text

__all__ = ["requests_of"]


class TicketTemplate(Struct, frozen=True, forbid_unknown_fields=True):
    """One ticket of a file, with the keys that the templates of Go connectors have."""

    schema_id: str
    display_name: str
    description: str = ""
    status_id: str = ""
    type_id: str = ""
    labels: tuple[str, ...] = ()
    custom_fields: dict[str, Any] = {}
    requested_for_id: str = ""


class TicketTemplates(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of several tickets."""

    tickets: tuple[TicketTemplate, ...]


def requests_of(
    arguments: Mapping[str, Any], schema_of: Callable[[str], TicketSchema]
) -> tuple[list[TicketRequest], bool]:
    """Return the requests that the arguments describe, checked, and True if they come from a file of several.

    Raises ConfigError, which for a file names the number of the ticket.
    """
    if arguments["from_file"] is None:
        return [checked_request(_single(arguments, schema_of))], False
    used = [name for name in ("schema", "title", "description", "ticket_type", "status") if arguments[name]]
    if used or arguments["field"] or arguments["label"] or arguments["requested_for"]:
        raise ConfigError("--from-file takes no other description of a ticket", hint="Write everything into the file.")
    templates, many = _read(Path(arguments["from_file"]).expanduser())
    schemas: dict[str, TicketSchema] = {}
    requests = []
    for number, template in enumerate(templates, 1):
        if template.schema_id not in schemas:
            schemas[template.schema_id] = schema_of(template.schema_id)
        try:
            requests.append(checked_request(_request(template, schemas[template.schema_id])))
        except ConfigError as error:
            error.message = f"ticket {number}: {error.message}"
            raise
    return requests, many


def _single(arguments: Mapping[str, Any], schema_of: Callable[[str], TicketSchema]) -> TicketRequest:
    for name in ("schema", "title"):
        if not arguments[name]:
            raise ConfigError(
                f"no {name} is specified", hint=f"Use --{name}, or --from-file; `tickets schemas` lists the schemas."
            )
    return TicketRequest(
        schema=schema_of(arguments["schema"]),
        display_name=unicode_text("--title", arguments["title"]),
        description=unicode_text("--description", arguments["description"] or ""),
        type=arguments["ticket_type"] or "",
        status=arguments["status"] or "",
        labels=tuple(unicode_text("--label", text) for text in arguments["label"]),
        fields=assignments("--field", arguments["field"]),
        requested_for=_person(arguments["requested_for"] or "", "--requested-for"),
    )


def _request(template: TicketTemplate, schema: TicketSchema) -> TicketRequest:
    return TicketRequest(
        schema=schema,
        display_name=template.display_name,
        description=template.description,
        type=template.type_id,
        status=template.status_id,
        labels=template.labels,
        fields=template.custom_fields,
        requested_for=_person(template.requested_for_id, "requested_for_id"),
    )


def _person(text: str, where: str) -> Resource | None:
    if not text:
        return None
    type_id, separator, key = text.partition(":")
    if not (type_id and separator and key):
        raise ConfigError(f"{where}: {text!r} is not an id", hint="Specify it as TYPE:ID, as `resources` lists it.")
    return Resource(ResourceId(type_id, key))


def _read(path: Path) -> tuple[Sequence[TicketTemplate], bool]:
    """Return the tickets of a file, and True if it is made for several."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        many = "tickets" in decode_json(data, dict)
        if not many:
            return [decode_json(data, TicketTemplate)], False
        templates = decode_json(data, TicketTemplates).tickets
    except ValueError as error:  # also: wrong type, unknown key
        raise ConfigError(
            f"{path}: {error}", hint='Write {"schema_id": ..., "display_name": ...}, or {"tickets": [...]}.'
        ) from error
    if not templates:
        raise ConfigError(f"{path} has no tickets")
    return templates, True
