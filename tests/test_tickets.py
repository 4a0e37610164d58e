"""Tickets: fields in the types of their schema, and requests that the schema does not allow."""

from datetime import UTC, datetime

import pytest

import connector_host as ch
from connector_host.errors import ConfigError

KIND = ch.TicketFieldType
CHOICES = (ch.TicketChoice("a", "A"), ch.TicketChoice("b"))
SCHEMA = ch.TicketSchema(
    id="help",
    types=(ch.TicketChoice("incident"),),
    statuses=(ch.TicketChoice("open"),),
    fields=(
        ch.TicketField(id="text", required=True),
        ch.TicketField(id="texts", type=KIND.STRINGS),
        ch.TicketField(id="yes", type=KIND.BOOL),
        ch.TicketField(id="number", type=KIND.NUMBER, default=1),
        ch.TicketField(id="time", type=KIND.TIMESTAMP),
        ch.TicketField(id="choice", type=KIND.PICK_OBJECT, choices=CHOICES),
        ch.TicketField(id="choices", type=KIND.PICK_STRINGS, choices=CHOICES),
    ),
)


def test_values_get_their_types():
    typed = SCHEMA.parse(
        {
            "text": "x",
            "texts": "p,q",
            "yes": "true",
            "number": "2.5",
            "time": "2026-01-02T03:04:05+00:00",
            "choice": "a",
            "choices": ["b", "a"],
        }
    )
    assert typed == {
        "text": "x",
        "texts": ("p", "q"),
        "yes": True,
        "number": 2.5,
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "choice": "a",
        "choices": ("b", "a"),
    }
    assert SCHEMA.parse({"text": "x"}) == {"text": "x", "number": 1.0}
    assert SCHEMA.parse({"text": "x", "time": "2026-01-02"})["time"].tzinfo is not None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "the ticket schema help requires the field text"),
        ({"text": "x", "nope": 1}, "has no field 'nope'"),
        ({"text": "x", "number": "many"}, "the field number: 'many' is not a number"),
        ({"text": "x", "time": "soon"}, "the field time: 'soon' is not a time"),
        ({"text": "x", "choice": "c"}, "the field choice: there is no choice 'c'"),
        ({"text": "x", "choices": "a,c"}, "the field choices: there is no choice 'c'"),
    ],
)
def test_what_does_not_fit_is_named(fields, problem):
    with pytest.raises(ConfigError, match=problem):
        SCHEMA.parse(fields)


@pytest.mark.parametrize(
    ("request_fields", "problem"),
    [
        ({"display_name": " "}, "a ticket needs a title"),
        ({"display_name": "x", "type": "task"}, "has no type 'task'"),
        ({"display_name": "x", "status": "done"}, "has no status 'done'"),
    ],
)
def test_a_request_that_the_schema_lacks_is_refused(request_fields, problem):
    with pytest.raises(ConfigError, match=problem):
        SCHEMA.check(ch.TicketRequest(schema=SCHEMA, **request_fields))
