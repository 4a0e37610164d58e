"""Connectors that are one file in a folder."""

import json
import os

import pytest

from connector_host.errors import ConfigError, PluginError
from connector_host.plugins import loading
from connector_host.plugins.discovery import discover
from tests.conftest import CONNECTOR

STAFF = """
import connector_host as ch

USER = ch.ResourceType("user", "User", (ch.Trait.USER,), skip_entitlements_and_grants=True)


@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Staff", api=ch.HOST_API, summary="A file.")


@ch.hookimpl
def list_resource_types():
    return [USER]


@ch.hookimpl
def list_resources():
    return [ch.Resource(ch.ResourceId("user", "ada"), "Ada", traits=(ch.UserTrait(),))]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    made = tmp_path / "connectors"
    made.mkdir(mode=0o755)
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS_DIR", str(made))
    return made


def names():
    return {entry.name: entry for entry in discover()}


def test_each_file_is_a_connector(folder):
    (folder / "staff.py").write_text(STAFF)
    (folder / "_shared.py").write_text("raise AssertionError")
    (folder / "notes.txt").write_text("no code")
    entry = names()["staff"]
    assert (entry.distribution, entry.problem) == (str(folder / "staff.py"), "")
    assert {"_shared", "shared", "notes"}.isdisjoint(names())
    connector = loading.load("staff")
    assert connector.info.display_name == "Staff"
    before = connector.version
    (folder / "staff.py").write_text(STAFF + "\n# changed\n")
    assert loading.load("staff").version != before


def test_nothing_is_imported_to_find_them(folder):
    (folder / "broken.py").write_text("raise AssertionError('imported')")
    assert names()["broken"].problem == ""


def test_a_broken_file_names_itself_and_harms_no_other(folder):
    (folder / "staff.py").write_text(STAFF)
    (folder / "broken.py").write_text("import nothing_of_that_name")
    with pytest.raises(PluginError, match="nothing_of_that_name") as raised:
        loading.load("broken")
    assert raised.value.hint == f"Fix {folder / 'broken.py'}, or move it away."
    assert loading.load("staff").name == "staff"


def test_one_name_in_a_folder_and_in_a_distribution_is_refused_naming_both(site, folder):
    site.add("staff")
    (folder / "staff.py").write_text(STAFF)
    with pytest.raises(PluginError, match="'staff' is offered by") as raised:
        loading.load("staff")
    assert str(folder / "staff.py") in raised.value.message
    assert "staff 1.0" in raised.value.message


def test_the_allow_list_holds_for_files_too(folder, monkeypatch):
    (folder / "staff.py").write_text(STAFF)
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS", "other")
    assert "staff" not in names()
    with pytest.raises(ConfigError, match="CONNECTOR_HOST_PLUGINS does not list it"):
        loading.load("staff")


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_others_may_write_is_not_run(folder, what):
    (folder / "staff.py").write_text("raise AssertionError('run')")
    (folder if what == "folder" else folder / "staff.py").chmod(0o777)
    with pytest.raises(PluginError, match="every user of this computer can write to"):
        loading.load("staff")


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_what_belongs_to_another_is_not_run(folder):
    (folder / "staff.py").write_text(STAFF)
    os.chown(folder / "staff.py", 12345, -1)
    with pytest.raises(PluginError, match="belongs to"):
        loading.load("staff")


def test_a_folder_that_is_none_is_said(folder, monkeypatch, caplog):
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS_DIR", f"{folder}/none{os.pathsep}{folder}")
    (folder / "staff.py").write_text(STAFF)
    assert "staff" in names()
    assert "which is not a folder" in caplog.text


@pytest.mark.parametrize(
    "words", [("--plugins-dir", "DIR", "sync", "staff"), ("sync", "--plugins-dir", "DIR", "staff")]
)
def test_the_flag_names_a_folder_for_one_command(site, tmp_path, words):
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine" / "staff.py").write_text(STAFF)
    words = [str(tmp_path / "mine") if word == "DIR" else word for word in words]
    done = site.run(*words, "-f", "s.c1z", "-o", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["resources"] == 1
    done = site.run("--plugins-dir", tmp_path / "none", "plugins", cwd=tmp_path)
    assert done.returncode == 2
    assert "is not a folder" in done.stderr
    done = site.run("--plugins-dir", tmp_path / "mine", "plugins", cwd=tmp_path)
    assert "staff" in done.stdout
    assert str(tmp_path / "mine" / "staff.py") in done.stdout


def test_a_folder_for_distributions_has_no_say_over_observers(folder):
    (folder / "staff.py").write_text(CONNECTOR)
    assert [entry for entry in discover("connector_host.observers") if entry.name == "staff"] == []


def test_what_loading_has_to_say_is_narration_like_all_other(site, tmp_path):
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine" / "staff.py").write_text(STAFF.replace("@ch.hookimpl\ndef list_resources", "def list_resources"))
    done = site.run("--plugins-dir", tmp_path / "mine", "sync", "staff", "-f", "s.c1z", cwd=tmp_path)
    assert "Warning: staff (" in done.stderr
    assert done.stderr.count("list_resources is not marked with @hookimpl") == 1
    done = site.run("--log-format", "json", "--plugins-dir", "mine", "sync", "staff", "-f", "s.c1z", cwd=tmp_path)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert "not marked with @hookimpl" in told[0]["message"]
