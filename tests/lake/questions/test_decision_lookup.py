"""Which decision belongs to a span of access: enclosed by syncs, the last of several, and none rather than a guess."""

from datetime import UTC, datetime

import pytest

from connector_host.lake.engines.lake_views import QueryResult
from connector_host.lake.questions.decision_lookup import DecisionLookup, HeldSpan

GRANT = ("crm", "user", "1", "app:a:read")
# syncs run from 10 to 11 o'clock every day; the grant is in those of the 2nd and 3rd
SPAN = HeldSpan(
    first=datetime(2026, 3, 2, 11, tzinfo=UTC),
    before=datetime(2026, 3, 1, 11, tzinfo=UTC),
    opened=datetime(2026, 3, 1, 10, tzinfo=UTC),
    last=datetime(2026, 3, 3, 11, tzinfo=UTC),
    closing=datetime(2026, 3, 3, 10, tzinfo=UTC),
    ended=datetime(2026, 3, 4, 11, tzinfo=UTC),
    ceased=datetime(2026, 3, 4, 11, tzinfo=UTC),
    direct=True,
    inherited=False,
)


class Engine:
    def __init__(self, *rows):
        self.rows = list(rows)

    def query(self, sql):
        assert "principal in ('1')" in sql
        return QueryResult((), self.rows)


def row(decision, made, *, by="Grace", decided=None, entitlement="app:a:read"):
    moment = None if made is None else datetime(2026, 3, *made, tzinfo=UTC)
    day = datetime(2026, 3, decided, tzinfo=UTC) if decided else moment
    return (*GRANT[:3], entitlement, decision, day, by, moment, "")


def decided(*rows, **changes):
    from msgspec.structs import replace

    found = DecisionLookup(Engine(*rows), ["1"]).of_span(GRANT, replace(SPAN, **changes))
    return tuple(None if item is None else item.decided_by for item in (found.granted, found.removed, found.confirmed))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (None, None, None)),
        ([row("grant", (1, 9))], (None, None, None)),  # before a sync that has it not
        ([row("grant", (1, 10, 30))], ("Grace", None, None)),  # while that sync ran
        ([row("grant", (2, 11, 1))], (None, None, None)),  # after the sync that has it
        ([row("grant", (1, 12), by="Ada"), row("grant", (2, 9))], ("Grace", None, None)),
        ([row("revoke", (3, 9))], (None, None, None)),  # a sync has seen it since
        ([row("revoke", (3, 10, 30))], (None, "Grace", None)),
        ([row("revoke", (4, 12))], (None, None, None)),
        ([row("revoke", None, decided=2, by="Rita"), row("revoke", (4, 9))], (None, "Grace", None)),
        ([row("revoke", None, decided=3, by="Rita")], (None, "Rita", None)),  # without a record of the change
        ([row("delete", (3, 12), entitlement="")], (None, "Grace", None)),
        ([row("keep", None, decided=2, by="Rita"), row("keep", None, decided=3)], (None, None, "Grace")),
        ([row("keep", None, decided=1)], (None, None, None)),
        ([row("grant", (1, 12), entitlement="app:a:write")], (None, None, None)),
    ],
)
def test_the_decisions_of_a_span(rows, expected):
    assert decided(*rows) == expected


def test_access_since_the_first_sync_has_the_last_grant_before_it():
    assert decided(row("grant", (1, 1)), before=None, opened=None) == ("Grace", None, None)


def test_access_that_is_still_held_was_not_removed():
    assert decided(row("revoke", (3, 12)), ended=None, ceased=None) == (None, None, None)


def test_decisions_are_on_direct_access():
    rows = [row("grant", (1, 12)), row("keep", None, decided=2), row("delete", (3, 12), entitlement="", by="Ada")]
    assert decided(*rows, direct=False, inherited=True) == (None, "Ada", None)


def test_direct_access_ends_where_inherited_access_remains():
    assert decided(row("revoke", (3, 12)), ended=None, inherited=True) == (None, "Grace", None)
