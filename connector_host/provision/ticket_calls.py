"""Calls of ticket hooks: schemas, checked and recorded creations, and several tickets with or without a bulk hook."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import structs

from ..errors import ConfigError, ConnectorHostError, NotFound, PluginError, Refused
from ..model import Identity
from ..plugins.facade import Connector
from ..sync.hook_calls import Caller
from ..tickets import TicketRequest, TicketResult, TicketSchema
from .audit_record import Audit, valid_text

__all__ = ["TicketCalls", "checked_request"]

MOST_SCHEMA_PAGES = 1000


def checked_request(request: TicketRequest) -> TicketRequest:
    """Return a request with its fields in their types. Raises ConfigError if it does not match its schema."""
    request.schema.check(request)
    return structs.replace(request, fields=request.schema.parse(request.fields))


class TicketCalls:
    """Calls of the ticket hooks of one session. Creations are recorded."""

    def __init__(self, connector: Connector, caller: Caller) -> None:
        self._connector, self._caller = connector, caller

    def identity(self) -> Identity:
        """Return the identity of the session."""
        return self._caller.call("check_session", "the session", self._connector.check_session)[0]

    def schemas(self) -> list[TicketSchema]:
        """Return all ticket schemas. Raises PluginError if their pages do not end."""
        schemas: list[TicketSchema] = []
        token: str | None = None
        for _ in range(MOST_SCHEMA_PAGES):
            page = self._call("list_ticket_schemas", "everything", self._connector.list_ticket_schemas, token)
            schemas += page.items
            token = page.next_token
            if not token:
                return schemas
        raise PluginError(f"list_ticket_schemas has more than {MOST_SCHEMA_PAGES} pages")

    def schema(self, schema_id: str) -> TicketSchema:
        """Return one schema. Raises ConfigError if there is none with this id."""
        try:
            schema: TicketSchema = self._call(
                "get_ticket_schema", schema_id, self._connector.get_ticket_schema, schema_id
            )
        except NotFound:
            ids = [schema.id for schema in self.schemas()]
            close = difflib.get_close_matches(schema_id, ids, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Choose one of: {', '.join(sorted(ids)) or 'none'}."
            raise ConfigError(f"there is no ticket schema {schema_id!r}", hint=hint) from None
        return schema

    def create(self, requests: Sequence[TicketRequest], audit: Audit, *, dry_run: bool) -> list[TicketResult]:
        """Create tickets, each recorded; with the bulk hook in one call if there are several.

        A single ticket that fails raises its error; of several, each has its result.
        """
        if len(requests) > 1 and "create_tickets" in self._connector.hooks:
            return self._create_together(requests, audit, dry_run=dry_run)
        results = []
        for request in requests:
            try:
                results.append(self._create(request, audit, dry_run=dry_run))
            except ConnectorHostError as error:
                if len(requests) == 1 or not isinstance(error, (Refused, NotFound)):
                    raise
                results.append(_failed(error, "create_ticket", request.schema.id))
        return results

    def _create(self, request: TicketRequest, audit: Audit, *, dry_run: bool) -> TicketResult:
        entry = audit.begin("create_ticket", _about(request), dry_run=dry_run)
        try:
            result: TicketResult = self._call(
                "create_ticket", request.schema.id, lambda s, at: self._connector.create_ticket(s, at, dry_run), request
            )
        except ConnectorHostError as error:
            entry.failed(error)
            raise
        if result.error:
            entry.failed(Refused(valid_text(result.error)))
        else:
            entry.done(str(result.outcome), result.calls, **_ticket_id(result))
        return result

    def _create_together(self, requests: Sequence[TicketRequest], audit: Audit, *, dry_run: bool) -> list[TicketResult]:
        entries = [audit.begin("create_ticket", _about(request), dry_run=dry_run) for request in requests]
        try:
            results: tuple[TicketResult, ...] = self._call(
                "create_tickets",
                f"{len(requests)} tickets",
                lambda s, at: self._connector.create_tickets(s, at, dry_run),
                tuple(requests),
            )
        except ConnectorHostError as error:
            for entry in entries:
                entry.failed(error)
            raise
        for entry, result in zip(entries, results, strict=True):
            if result.error:
                entry.failed(Refused(valid_text(result.error)))
            else:
                entry.done(str(result.outcome), result.calls, **_ticket_id(result))
        return list(results)

    def get(self, ticket_ids: Sequence[str]) -> list[TicketResult]:
        """Return tickets by their ids; with the bulk hook in one call if there are several.

        A single ticket that does not exist raises NotFound; of several, each has its result.
        """
        connector = self._connector
        if len(ticket_ids) > 1 and "get_tickets" in connector.hooks:
            return list(self._call("get_tickets", f"{len(ticket_ids)} tickets", connector.get_tickets, ticket_ids))
        results = []
        for ticket_id in ticket_ids:
            try:
                results.append(
                    TicketResult(ticket=self._call("get_ticket", ticket_id, connector.get_ticket, ticket_id))
                )
            except NotFound as error:
                if len(ticket_ids) == 1:
                    raise
                results.append(_failed(error, "get_ticket", ticket_id))
        return results

    def _call(self, hook: str, subject: str, function: Callable[[Any, Any], Any], argument: Any) -> Any:
        return self._caller.call(hook, subject, lambda session: function(session, argument))[0]


def _failed(error: ConnectorHostError, hook: str, subject: str) -> TicketResult:
    return TicketResult(error=error.message.removeprefix(f"{hook} of {subject}: "))


def _about(request: TicketRequest) -> dict[str, Any]:
    """Return the fields of a request for the audit record. Its fields and description are left out."""
    return {"schema": request.schema.id, "title": valid_text(request.display_name)}


def _ticket_id(result: TicketResult) -> dict[str, str]:
    return {"ticket": valid_text(result.ticket.id)} if result.ticket is not None else {}
