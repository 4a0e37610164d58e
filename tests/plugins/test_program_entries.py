"""Connectors that are programs, named in the config file."""

import pytest

from connector_host.errors import ConfigError
from connector_host.plugins.discovery import discover
from connector_host.plugins.loading import load, load_entry
from connector_host.plugins.program_entries import program_entries

TABLE = """
[connectors.github]
command = ["bin/baton-github", "--flag"]
options = {org = "acme", depth = 3, archived = false, teams = ["a", "b"]}
summary = "Repositories of Acme"
concurrency = 4
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    def write(text):
        path = tmp_path / "hosts.toml"
        path.write_text(text)
        path.chmod(0o600)
        monkeypatch.setenv("CONNECTOR_HOST_CONFIG", str(path))
        return path

    return write


def entries():
    import os

    return list(program_entries(os.environ))


def test_a_table_becomes_a_connector_with_its_options_as_flags(config, tmp_path):
    config(TABLE)
    [entry] = entries()
    assert entry.problem == ""
    assert entry.point.command == (str(tmp_path / "bin" / "baton-github"), "--flag")
    assert entry.point.arguments == ("--org=acme", "--depth=3", "--archived=false", "--teams=a,b")
    connector = load("github")
    assert connector.is_remote
    assert connector.info.concurrency == 4
    assert connector.info.summary == "Repositories of Acme"
    assert "command" not in {option.name for option in connector.options}


def test_it_is_listed_with_the_installed_connectors(config):
    path = config(TABLE)
    [entry] = [entry for entry in discover() if entry.name == "github"]
    assert (entry.distribution, entry.summary) == (str(path), "Repositories of Acme")


def test_the_version_changes_with_the_program(config, tmp_path):
    program = tmp_path / "bin" / "baton-github"
    program.parent.mkdir()
    program.write_text("one")
    program.chmod(0o700)
    config(TABLE)
    before = entries()[0].version
    program.write_text("another")
    assert entries()[0].version != before


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[connectors.x]\ncommand = "baton"', "command is not a list of texts"),
        ("[connectors.x]\ncommand = []", "command is not a list of texts"),
        ("[connectors.x]\nother = 1", "unknown key 'other'"),
        ('[connectors.x]\ncommand = ["b"]\noptions = "a"', "options is not a table"),
        ('[connectors.x]\ncommand = ["b"]\noptions = {a = {}}', "the option a is neither"),
        ('[connectors.x]\ncommand = ["b"]\nconcurrency = 0', "concurrency is not a number"),
        ('[connectors.x]\ncommand = ["b"]\nsummary = 1', "summary is not a text"),
    ],
)
def test_a_wrong_table_is_a_problem_of_this_connector_only(config, table, problem):
    config(f'{table}\n[connectors.good]\ncommand = ["b"]\n')
    by_name = {entry.name: entry for entry in discover()}
    assert problem in by_name["x"].problem
    assert by_name["good"].problem == ""
    with pytest.raises(Exception, match="x"):
        load_entry(by_name["x"])


def test_a_secret_that_others_can_read_is_refused(config):
    path = config('[connectors.x]\ncommand = ["b"]\noptions = {api-token = "s3cr3t"}')
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="api-token"):
        load("x")


def test_a_broken_file_hides_no_installed_connector(config, caplog):
    config("[connectors")
    assert "fake" in {entry.name for entry in discover()}
    assert "not valid TOML" in caplog.text
