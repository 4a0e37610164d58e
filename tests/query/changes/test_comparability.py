"""The notes on two syncs whose differences are no changes."""

import json

import pytest

from connector_host.c1z.opening import open_store
from connector_host.query.changes.comparability import comparison_notes


def with_origin(**facts):
    return lambda db: db.execute("update v1_sync_runs set sync_token = ?", (json.dumps({"connector_host": facts}),))


@pytest.mark.parametrize(
    ("tweak", "note"),
    [
        (with_origin(account="A"), None),
        (with_origin(account="B"), "The syncs are of different accounts: A and B."),
        (with_origin(connector="y"), "The syncs are of different connectors: x and y."),
        (with_origin(only=["user"]), "The syncs read different resource types"),
        (
            lambda db: db.execute("update v1_sync_runs set sync_type = 'partial'"),
            "of different types: full and partial",
        ),
        (lambda db: db.execute("update v1_sync_runs set ended_at = null"), "The newer sync is not finished"),
    ],
)
def test_what_makes_differences_that_are_no_changes(c1z_writer, organisation, tmp_path, tweak, note):
    old = c1z_writer(tmp_path, organisation, name="old.c1z", tweak=with_origin(account="A", connector="x"))
    new = c1z_writer(tmp_path, organisation, name="new.c1z", tweak=tweak)
    with open_store(old) as before, open_store(new) as after:
        (first,), (second,) = before.syncs(), after.syncs()
        notes = list(comparison_notes(before.view(first), after.view(second)))
    assert [note in text for text in notes] == ([True] if note else [])
