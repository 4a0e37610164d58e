"""A connector process on the command line: a program of the config file, with its own options behind `--`."""

import json
import sys

import pytest


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A config file that names the fake, served, as `acme`."""
    path = tmp_path / "hosts.toml"
    command = [sys.executable, "-m", "connector_host", "serve", "fake"]
    path.write_text(
        f"[connectors.acme]\ncommand = {json.dumps(command)}\noptions = {{users = 5, groups = 2, members = 2}}\n"
    )
    path.chmod(0o600)
    monkeypatch.setenv("CONNECTOR_HOST_CONFIG", str(path))
    return path


def test_a_program_of_the_config_file_syncs_like_an_installed_connector(ask, config, tmp_path):
    done = ask("sync", "acme", "-f", tmp_path / "sync.c1z", "-o", "json", "--", "--users=7")
    assert done.code == 0, done.err
    assert done.json["totals"]["resources"] == 9
    assert "sized organisation" in done.err


def test_its_capabilities_are_those_that_the_process_names(ask, config):
    done = ask("capabilities", "acme")
    assert done.code == 0, done.err
    types = [entry["resourceType"]["id"] for entry in done.json["resourceTypeCapabilities"]]
    assert types == ["group", "user"]
    assert "CAPABILITY_SYNC" in done.json["connectorCapabilities"]


def test_help_says_how_its_own_options_are_given(ask, config):
    done = ask("sync", "acme", "--help")
    assert done.code == 0
    assert "[-- OPTION...]" in done.out
    assert "-- --org=acme" in done.out.replace("\n ", "")


def test_options_of_its_table_are_passed_on(ask, config):
    config.write_text(config.read_text() + "\n[connector.acme]\nusers = 'many'\n")
    done = ask("check", "acme")
    assert done.code == 2
    assert "BATON_USERS: 'many' is not a whole number" in done.err


def test_a_change_starts_the_process_with_provisioning(ask, config, tmp_path):
    config.write_text(config.read_text().replace("options =", "# options ="))
    done = ask("create-account", "acme", "--login", "zoe", "--show-secret", "--audit", tmp_path / "audit.jsonl")
    assert "the default organisation is read-only" in done.err  # what the hook says, not that it is not enabled
    assert done.code == 4


def test_an_action_of_the_process_is_invoked(ask, config, tmp_path):
    words = ("--action", "count", "--argument", "resource-type=user", "--audit", tmp_path / "audit.jsonl")
    done = ask("invoke", "acme", *words, "-o", "json")
    assert done.code == 0, done.err
    assert "5" in done.out
