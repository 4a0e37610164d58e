"""The kit's tests of actions, events, tickets and images: a right connector passes, each wrong one is found."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

import connector_host as ch
from connector_host.testing.harness import Problem

from .right_application import FORM, START, RightApplication, run_test

NAMES = (
    "actions_can_be_invoked",
    "action_status",
    "event_cursors",
    "ticket_schemas",
    "ticket_round_trip",
    "images_can_be_read",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_connector_passes(name):
    run_test(RightApplication(), name)


class PerformsAnything(RightApplication):
    @ch.hookimpl
    def invoke_action(self, name, dry_run):
        return ch.ActionResult(status=ch.ActionStatus.COMPLETE)


class PerformsInADryRun(RightApplication):
    @ch.hookimpl
    def invoke_action(self, name, dry_run):
        return super().invoke_action(name, False)


class KnowsEveryAction(RightApplication):
    @ch.hookimpl
    def get_action_status(self, action_id):
        return ch.ActionResult(status=ch.ActionStatus.COMPLETE, id=action_id)


class RepeatsEvents(RightApplication):
    @ch.hookimpl
    def list_events(self, cursor, page_size):
        page = super().list_events(cursor, page_size)
        return replace(page, next_cursor=str(int(page.next_cursor) - 1)) if page.has_more else page


class NewestFirst(RightApplication):
    def event(self, number):
        return replace(super().event(number), occurred_at=START - timedelta(minutes=number))


class StandsStill(RightApplication):
    @ch.hookimpl
    def list_events(self, cursor, page_size):
        return replace(super().list_events(None, page_size), next_cursor="0", has_more=True)


class CursorOfTheSession(RightApplication):
    """The cursor counts the events of a session, and another session begins again."""

    @ch.hookimpl
    def open_session(self):
        return {"at": 0}

    @ch.hookimpl
    def list_events(self, session, cursor, page_size):
        start = 0 if cursor is None else session["at"]
        page = super().list_events(str(start), page_size)
        session["at"] = int(page.next_cursor)
        return page


class AnotherFormById(RightApplication):
    @ch.hookimpl
    def get_ticket_schema(self, schema_id):
        if schema_id != FORM.id:
            raise ch.NotFound("there is none")
        return replace(FORM, fields=())


class EveryFormById(RightApplication):
    @ch.hookimpl
    def get_ticket_schema(self, schema_id):
        return FORM


class KnowsEveryTicket(RightApplication):
    @ch.hookimpl
    def get_ticket(self, ticket_id):
        return ch.Ticket(id=ticket_id)


class CreatesInADryRun(RightApplication):
    @ch.hookimpl
    def create_ticket(self, request, dry_run):
        return super().create_ticket(request, False)


class LosesFields(RightApplication):
    @ch.hookimpl
    def get_ticket(self, ticket_id):
        return replace(super().get_ticket(ticket_id), fields={})


class ReadsAnotherTicket(RightApplication):
    @ch.hookimpl
    def get_ticket(self, ticket_id):
        return replace(super().get_ticket(ticket_id), display_name="another")


class MissesTicketsInBulk(RightApplication):
    @ch.hookimpl
    def get_tickets(self, ticket_ids):
        return [ch.TicketResult(error="no") for _ in ticket_ids]


class LacksItsIcon(RightApplication):
    @ch.hookimpl
    def get_asset(self, asset_id):
        raise ch.NotFound("there is none")


class TextAsAnIcon(RightApplication):
    @ch.hookimpl
    def get_asset(self, asset_id):
        return replace(super().get_asset(asset_id), content_type="text/html")


class EveryImage(RightApplication):
    @ch.hookimpl
    def get_asset(self, asset_id):
        return ch.Asset("image/png", b"x")


WRONG = {
    PerformsAnything: ("actions_can_be_invoked", "an action that does not exist returned a result"),
    PerformsInADryRun: ("action_status", "a dry run of the action tidy returned the status running"),
    KnowsEveryAction: ("action_status", "must raise NotFound"),
    RepeatsEvents: ("event_cursors", "returned e4, e8 twice"),
    NewestFirst: ("event_cursors", "are not in order"),
    StandsStill: ("event_cursors", "does not advance"),
    CursorOfTheSession: ("event_cursors", "in another session"),
    AnotherFormById: ("ticket_schemas", "another schema than list_ticket_schemas"),
    EveryFormById: ("ticket_schemas", "get_ticket_schema of an id that does not exist"),
    KnowsEveryTicket: ("ticket_schemas", "get_ticket of an id that does not exist"),
    CreatesInADryRun: ("ticket_round_trip", "a dry run of create_ticket returned a ticket"),
    LosesFields: ("ticket_round_trip", "the field topic of the ticket"),
    ReadsAnotherTicket: ("ticket_round_trip", "another ticket"),
    MissesTicketsInBulk: ("ticket_round_trip", "get_tickets must return a result for each id"),
    LacksItsIcon: ("images_can_be_read", "get_asset does not have 'icon'"),
    TextAsAnIcon: ("images_can_be_read", "no image"),
    EveryImage: ("images_can_be_read", "must raise NotFound"),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_connector_is_found(wrong):
    name, problem = WRONG[wrong]
    with pytest.raises(Problem, match=problem):
        run_test(wrong(), name)
