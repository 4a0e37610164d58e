"""Loading that no broken connector can spoil, and observers."""

import sys

import pytest

import connector_host as ch
from connector_host.errors import PluginError
from connector_host.plugins import loading
from connector_host.plugins.discovery import OBSERVERS


def test_an_entry_point_with_a_slip_is_told_apart_from_a_module_that_lacks_something(site):
    site.add("slip", points=["slip = slipp"])
    with pytest.raises(PluginError, match=r"the entry point of slip \(slip 1.0\) names the module slipp, which does"):
        loading.load("slip")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def broken(:", "at .*broken.py:1"),
        ("raise RuntimeError('boom')", "RuntimeError: boom"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("1/0", "ZeroDivisionError"),
        ("x = 1", "has no hook"),
    ],
)
def test_a_connector_that_cannot_be_imported_names_its_distribution_and_harms_no_other(site, code, says):
    site.add("broken", code, version="3.2")
    site.add("fine")
    with pytest.raises(PluginError, match=says) as failure:
        loading.load("broken")
    assert "broken 3.2" in failure.value.message
    assert failure.value.hint
    assert failure.value.exit_code == 70
    assert loading.load("fine").hooks == {"connector_info", "list_resource_types"}


def test_an_entry_that_names_nothing_is_a_plugin_error(site):
    site.add("gone", points=["gone = gone:missing"])
    site.add("odd", points=["odd = not a module!"])
    with pytest.raises(PluginError, match="missing"):
        loading.load("gone")
    with pytest.raises(PluginError, match="odd"):
        loading.load("odd")


def test_ctrl_c_during_an_import_is_not_swallowed(site):
    site.add("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        loading.load("slow")


def test_only_the_named_connector_is_imported(site):
    site.add("alpha")
    site.add("beta")
    loading.load("alpha")
    assert "alpha" in sys.modules
    assert "beta" not in sys.modules


def test_an_object_with_hooks_is_a_connector(site):
    site.add(
        "object",
        """
        from connector_host import *
        class Plugin:
            @hookimpl
            def connector_info(self): return ConnectorInfo("Object", api=1)
            @hookimpl
            def list_resource_types(self): return [ResourceType("user")]
        plugin = Plugin()
        """,
        points=["object = object:plugin", "type = object:Plugin"],
    )
    assert loading.load("object").list_resource_types(None, None).items == [ch.ResourceType("user")]
    with pytest.raises(PluginError, match="names the class Plugin"):
        loading.load("type")


OBSERVER = """
from connector_host import hookimpl
@hookimpl
def page_synced(hook, count): ...
"""


def test_observers_load_and_broken_ones_are_logged_and_left_out(site, caplog):
    site.add("watch", OBSERVER, group=OBSERVERS)
    site.add("boom", "1/0", group=OBSERVERS)
    site.add("typo", OBSERVER.replace("page_synced", "page_sinced"), group=OBSERVERS)
    site.add("nosy", group=OBSERVERS)
    site.add("idle", "x = 1", group=OBSERVERS)
    assert [one.__name__ for one in loading.load_observers()] == ["watch"]
    assert len(caplog.messages) == 4
    for said in ("ZeroDivisionError", "no hook 'page_sinced'", "connector_info is not a hook of observers", "no hook"):
        assert any(said in message for message in caplog.messages)
