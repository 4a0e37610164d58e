"""Context of a sync: its source, its age, and its known gaps."""

import json
from datetime import UTC, datetime

import pytest

from connector_host.c1z.types import SyncRun
from connector_host.query.sync_context import context_lines, is_expanded, known_gaps, sync_source
from connector_host.query.sync_origin import SyncOrigin

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
NOT_EXPANDED = (
    "The sync is not expanded: access that members inherit through groups is missing. `connector-host expand` adds it."
)
ENDED = "2026-01-29T11:00:00Z"


def token(**facts):
    return json.dumps({"connector_host": facts})


def test_the_source_names_account_identity_connector_and_age():
    facts = token(connector="onepassword", connector_version="2.0", account="Example", user="guest@example.com")
    sync = SyncRun(id="x", started_at=ENDED, ended_at=ENDED, token=facts)
    assert sync_source(sync, NOW) == (
        "Account Example, read as guest@example.com, connector onepassword 2.0."
        " The sync ended 2026-01-29 11:00, 2 days ago."
    )


@pytest.mark.parametrize(
    ("sync", "text"),
    [
        (SyncRun(id="x", started_at=ENDED, ended_at=ENDED), "The sync ended 2026-01-29 11:00, 2 days ago."),
        (SyncRun(id="x", started_at="2026-01-30T11:00:00Z"), "The sync started 2026-01-30 11:00, 1 day ago."),
        (SyncRun(id="x", started_at="2026-01-31T11:00:00Z"), "The sync started 2026-01-31 11:00."),
        (SyncRun(id="x", ended_at="soon"), ""),
    ],
)
def test_unknown_facts_are_left_out(sync, text):
    assert sync_source(sync, NOW) == text


def test_each_gap_is_a_sentence():
    origin = SyncOrigin(limits=("You are a guest.",), unread=("vault v1",), only=("user",), without=("grants",))
    sync = SyncRun(id="x", type="partial", ended_at=ENDED)
    gaps = list(known_gaps(sync, origin, expanded=False, missing=(2, 1)))
    assert gaps == [
        "The sync is of type partial, not full: objects outside its scope are missing.",
        "Only these resource types were read: user.",
        "Left out of the sync: grants.",
        NOT_EXPANDED,
        "The connector reported: You are a guest.",
        "Not read: vault v1",
        "Grants name 2 principals that the sync does not hold; they are shown by their ids.",
        "Grants name 1 entitlements that the sync does not hold; they are shown by their ids.",
    ]
    assert list(known_gaps(SyncRun(id="x", ended_at=ENDED), SyncOrigin(), expanded=True)) == []


def test_a_sync_of_another_writer_is_expanded_if_it_has_inherited_grants(view_of, organisation):
    unmarked = "update v1_sync_runs set supports_diff = 0"
    assert is_expanded(view_of(organisation, tweak=lambda db: db.execute(unmarked)))
    organisation.grants = [grant for grant in organisation.grants if not grant.sources]
    view = view_of(organisation, tweak=lambda db: db.execute(unmarked))
    assert not is_expanded(view)
    assert "not expanded" in context_lines(view)[-1]
