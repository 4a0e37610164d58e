"""The fake connector has every hook of the contract, also those that few connectors have."""

import json
import os
import subprocess
import sys

import pytest

import connector_host as ch
from connector_host.plugins.contract_checks import OBSERVE_HOOKS, new_manager

PAIR = {"type": "user", "id": "ann"}


@pytest.fixture
def organisation(tmp_path):
    """A scenario with a static entitlement, an icon and a ticket."""
    scenario = {
        "resource_types": [
            {"id": "user", "traits": ["user"], "skip_entitlements_and_grants": True},
            {"id": "team", "traits": ["group"]},
        ],
        "resources": [
            {"type": "user", "id": "ann", "display_name": "Ann", "icon": "face-of-ann"},
            {"type": "team", "id": "red", "display_name": "Red"},
            {"type": "team", "id": "blue", "display_name": "Blue"},
        ],
        "static_entitlements": [{"resource_type": "team", "slug": "member", "display_name": "Member of {display_name}"}],
        "grants": [{"entitlement": "team:red:member", "principal": PAIR}],
        "tickets": [
            {"id": "T-7", "schema": "hardware", "title": "A chair", "created": "2026-02-01T00:00:00+00:00",
             "requested_for": PAIR}
        ],
    }  # fmt: skip
    path = tmp_path / "organisation.json"
    path.write_text(json.dumps(scenario))
    return path


def test_it_implements_every_hook(connector):
    hooks = {name for name in vars(new_manager().hook) if not name.startswith("_")}
    assert connector.hooks == hooks - OBSERVE_HOOKS


def test_static_entitlements_images_and_tickets_of_a_scenario(connector, open_session, organisation):
    session = open_session(scenario=str(organisation))
    types = {item.id: item for item in connector.list_resource_types(session, None).items}
    (static,) = connector.list_static_entitlements(session, types["team"], None, None).items
    assert (static.slug, static.display_name) == ("member", "Member of {display_name}")
    assert connector.list_static_entitlements(session, types["user"], None, None).items == []
    assert connector.get_asset(session, "face-of-ann").data.startswith(b"<svg ")
    with pytest.raises(ch.NotFound):
        connector.get_asset(session, "face-of-bob")
    ticket = connector.get_ticket(session, "T-7")
    assert (ticket.display_name, ticket.requested_for.id) == ("A chair", ch.ResourceId("user", "ann"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"static_entitlements": [{"resource_type": "box", "slug": "x"}]},
            "static_entitlements[0]: resource type 'box'",
        ),
        ({"tickets": [{"id": "7", "schema": "hardware", "title": "x", "created": "2026-01-01T00:00:00Z"}]}, "not T-"),
        ({"tickets": [{"id": "T-7", "schema": "hardware", "title": "x", "created": "today"}]}, "its time is none"),
        ({"tickets": [{"id": "T-7", "schema": "cars", "title": "x", "created": "2026-01-01"}]}, "schema 'cars'"),
    ],
)
def test_a_scenario_with_a_mistake_is_refused(open_session, organisation, change, problem):
    organisation.write_text(json.dumps(json.loads(organisation.read_text()) | change))
    with pytest.raises(ch.ConfigError) as caught:
        open_session(scenario=str(organisation))
    assert problem in str(caught.value)


def test_etags_change_with_the_grants_only(connector, open_session, organisation):
    session = open_session(scenario=str(organisation), etags=True)
    red, blue = (ch.Resource(ch.ResourceId("team", name)) for name in ("red", "blue"))
    etag = connector.list_grants(session, red, None, None).etag
    assert etag
    assert etag != connector.list_grants(session, blue, None, None).etag
    assert connector.list_grants(session, red, None, None, etag).unchanged
    assert not connector.list_grants(session, red, None, None, "other").unchanged
    assert connector.list_grants(open_session(scenario=str(organisation)), red, None, None, etag).etag == ""


def test_the_store_of_the_run_survives_a_killed_process(organisation, tmp_path):
    plan = '[{"hook": "list_grants", "kind": "kill"}]'
    words = [sys.executable, "-m", "connector_host", "sync", "fake", "--scenario", str(organisation), "-f", "s.c1z"]

    def sync(*more):
        return subprocess.run(
            [*words, *more], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False, timeout=60
        )

    assert sync("--faults", plan).returncode == -9
    resumed = sync()
    assert resumed.returncode == 0, resumed.stderr
    assert "This sync was begun by 1 earlier run(s)." in resumed.stderr
    assert "begun by" not in sync().stderr  # the store ended with the sync
