"""A sync leaves in the file where it comes from, and never more than that."""

import json
from importlib import metadata

from connector_host import Identity, hookimpl
from connector_host.sync.outcome.sync_token import expanded_token, rolled_back_token


def said(file):
    return json.loads(file.runs()[-1]["sync_token"])["connector_host"]


def test_the_file_says_who_read_what(sync, toy):
    class Known(type(toy)):
        @hookimpl
        def check_session(self, session):
            return Identity("Acme", "ann@example.com", limits=("Sees no guests.",))

    _, file = sync(Known())
    found = said(file)
    assert found.pop("version") == metadata.version("connector-host")
    assert found.pop("connector_version")
    assert found.pop("started") <= found.pop("ended")
    assert found == {
        "connector": "toy",
        "account": "Acme",
        "user": "ann@example.com",
        "limits": ["Sees no guests."],
    }


def test_what_was_left_out_is_in_it(sync, toy):
    _, file = sync(toy, skip_grant_expansion=True, resource_types=("user", "group"))
    assert (said(file)["without"], said(file)["only"]) == (["grant expansion"], ["group", "user"])
    _, file = sync(type(toy)(), skip_entitlements_and_grants=True, fresh=True)
    assert said(file)["without"] == ["entitlements", "grants"]


def test_it_stays_when_the_file_is_expanded_or_rolled_back(sync, toy):
    _, file = sync(toy)
    token = file.runs()[-1]["sync_token"]
    for changed in (expanded_token(token), rolled_back_token(token)):
        assert json.loads(changed)["connector_host"] == said(file)
