"""The contract grows without breaking anybody: what stood in its first version stands, and an old connector runs."""

import importlib.util
import logging
from pathlib import Path

import pytest

from connector_host import HOST_API, Run, deprecations
from connector_host.contract import new_manager
from connector_host.options import Options
from connector_host.plugins import make_connector
from connector_host.sync.engine import SyncSettings, run_sync

# every hook and argument of API 1; a line may be added when the contract grows, none may change or go
API_1 = {
    "connector_info": (),
    "connector_options": (),
    "open_session": ("options", "run"),
    "check_session": ("session",),
    "list_resource_types": ("session", "page_token"),
    "list_resources": ("session", "resource_type", "parent", "page_token", "page_size"),
    "get_resource": ("session", "resource_id", "parent"),
    "list_entitlements": ("session", "resource", "page_token", "page_size"),
    "list_static_entitlements": ("session", "resource_type", "page_token", "page_size"),
    "list_grants": ("session", "resource", "page_token", "page_size"),
    "grant": ("session", "principal", "entitlement", "dry_run"),
    "revoke": ("session", "grant", "dry_run"),
    "create_account": ("session", "request", "dry_run"),
    "delete_resource": ("session", "resource", "dry_run"),
    "set_status": ("session", "resource", "status", "dry_run"),
    "sync_started": ("connector", "sync_id", "resumed"),
    "page_synced": ("hook", "resource_type", "count", "seconds"),
    "phase_finished": ("hook",),
    "working": ("step", "done", "of"),
    "waiting": ("hook", "resource_type", "seconds", "reason"),
    "sync_finished": ("connector", "sync_id", "summary"),
}


@pytest.fixture
def old():
    path = Path(__file__).parent / "fixtures" / "api1_connector.py"
    spec = importlib.util.spec_from_file_location("api1_connector", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_arguments_are_only_ever_added():
    assert HOST_API == 1, "a new number: keep the table of the old one, and say in the changelog what ended it"
    hooks = new_manager().hook
    for name, arguments in API_1.items():
        caller = getattr(hooks, name)
        assert set(arguments) <= set(caller.spec.argnames), name
    known = {name for name in vars(hooks) if not name.startswith("_")}
    assert known == set(API_1), "a hook was added: add it to the table, so that it stays"


def test_a_connector_of_the_first_version_still_runs(old, tmp_path, caplog):
    connector = make_connector(old, "old", version="0.1", distribution="old")
    summary = run_sync(
        connector, Options({"greeting": "hello"}), SyncSettings(file=tmp_path / "s.c1z"), Run(logging.getLogger("old"))
    )
    assert summary.totals == {"resource_types": 2, "resources": 4, "entitlements": 2, "grants": 4, "expanded": 1}
    assert "deprecated" not in caplog.text


def test_what_is_deprecated_is_told_once_naming_the_connector(old, monkeypatch, caplog):
    soon = deprecations.Deprecation("0.8", "1.0", "call it otherwise.")
    monkeypatch.setattr(
        deprecations,
        "DEPRECATED",
        {("list_resources", "page_size"): soon, ("grant", ""): soon, ("set_status", ""): soon},
    )
    make_connector(old, "old", version="0.1", distribution="old-dist")
    assert sorted(caplog.messages) == [
        "old (old-dist 0.1) uses the argument 'page_size' of the hook list_resources, which is deprecated since 0.8 and may go with 1.0: call it otherwise.",
        "old (old-dist 0.1) uses the hook grant, which is deprecated since 0.8 and may go with 1.0: call it otherwise.",
    ]


def test_what_is_deprecated_exists():
    hooks = new_manager().hook
    for (hook, argument), found in deprecations.DEPRECATED.items():
        assert not argument or argument in getattr(hooks, hook).spec.argnames
        assert all((found.since, found.gone, found.instead))
