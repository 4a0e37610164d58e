"""The connector as the host loads it, asked by a walk that knows only the contract."""

import json
import logging
from pathlib import Path

import pytest

from connector_host import Run
from connector_host.options import Options, resolve
from connector_host.plugins.loading import load


@pytest.fixture(scope="session")
def connector():
    return load("fake")


@pytest.fixture
def options(connector):
    """Values of options as the host finds them: given by flag, the rest their defaults. `_` stands for `-`."""

    def make(**flags) -> Options:
        return resolve(connector.options, flags={k.replace("_", "-"): v for k, v in flags.items()}, environ={})

    return make


@pytest.fixture
def open_session(connector, options):
    """Open a session with options; `run` for a second one in the same run."""

    def make(run=None, **flags):
        return connector.open_session(options(**flags), run or Run(logging.getLogger("test")))

    return make


@pytest.fixture
def faults():
    """A plan of faults as a flag's value."""
    return lambda *plan: json.dumps(plan)


class Walk:
    """Lists everything a connector has, as a host would; keeps items and the number of pages by hook."""

    def __init__(self, connector, session, page_size=None):
        self.connector, self.session, self.page_size = connector, session, page_size
        self.pages: dict[str, int] = {}
        self.types = self.read("list_resource_types")
        by_id = {item.id: item for item in self.types}
        self.resources = []
        todo = [(item, None) for item in self.types]
        while todo:
            kind, parent = todo.pop(0)
            found = self.read("list_resources", kind, parent)
            self.resources += found
            todo += [(by_id[name], item) for item in found for name in item.child_types if name in by_id]
        asked = [item for item in self.resources if not by_id[item.id.resource_type].skip_entitlements_and_grants]
        self.entitlements = [one for item in asked for one in self.read("list_entitlements", item)]
        self.grants = [one for item in asked for one in self.read("list_grants", item)]

    def read(self, hook, *subject):
        items, tokens = [], [None]
        while tokens:
            token = tokens.pop(0)
            size = () if hook == "list_resource_types" else (self.page_size,)
            page = getattr(self.connector, hook)(self.session, *subject, token, *size)
            self.pages[hook] = self.pages.get(hook, 0) + 1
            items += page.items
            tokens += [*([page.next_token] if page.next_token else []), *page.more_tokens]
        return items

    def grant_ids(self):
        return [f"{one.entitlement.id}:{one.principal.resource_type}:{one.principal.resource}" for one in self.grants]


@pytest.fixture
def walk(connector):
    return lambda session, page_size=None: Walk(connector, session, page_size)


@pytest.fixture
def scenario_file(tmp_path):
    """Write a scenario: a small sound one, with parts replaced."""

    def make(name="scenario.json", **parts) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({**small_scenario(), **parts}), encoding="utf-8")
        return path

    return make


def small_scenario():
    return {
        "resource_types": [
            {"id": "user", "display_name": "User", "traits": ["user"], "skip_entitlements_and_grants": True},
            {"id": "group", "display_name": "Group", "traits": ["group"]},
            {"id": "box", "display_name": "Box", "traits": []},
        ],
        "resources": [
            {"type": "user", "id": "ann", "display_name": "Ann", "email": "ann@example.com"},
            {"type": "user", "id": "bob", "display_name": "Bob", "status": "disabled"},
            {"type": "group", "id": "g1", "display_name": "One", "child_types": ["box"]},
            {"type": "group", "id": "g2", "display_name": "Two"},
            {"type": "box", "id": "b1", "display_name": "In one", "parent": {"type": "group", "id": "g1"}},
        ],
        "entitlements": [
            {"resource": {"type": "group", "id": "g1"}, "slug": "member", "purpose": "assignment"},
            {
                "resource": {"type": "group", "id": "g2"},
                "slug": "member",
                "purpose": "assignment",
                "grantable_to": ["user"],
            },
            {"resource": {"type": "box", "id": "b1"}, "slug": "open", "purpose": "permission"},
        ],
        "grants": [
            {"entitlement": "group:g1:member", "principal": {"type": "user", "id": "ann"}},
            {
                "entitlement": "group:g1:member",
                "principal": {"type": "group", "id": "g2"},
                "expand": {"entitlements": ["group:g2:member"], "shallow": True, "resource_types": ["user"]},
            },
            {"entitlement": "box:b1:open", "principal": {"type": "user", "id": "bob"}},
        ],
    }


@pytest.fixture
def small():
    return small_scenario()
