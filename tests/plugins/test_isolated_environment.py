"""Connectors in virtual environments of their own: created, checked, named in the config file, removed."""

import os
import sys
import textwrap

import pytest

from connector_host.cli.main import main
from connector_host.errors import ConfigError
from connector_host.plugins.isolated_environment import COMPLETE, connector_folder, create_environment

PYTHON = f"""
#!{sys.executable}
# Stands in for Python: `-I -m venv FOLDER` makes a folder whose pip does what PIP_DOES says.
import os, sys
from pathlib import Path

assert sys.argv[1] == "-I"  # no module of the current folder is imported
folder = Path(sys.argv[4], "bin")
folder.mkdir(parents=True)
for name, text in (
    ("python", "#!/bin/sh\\necho \\"$@\\" >> " + os.environ["PIP_CALLS"] + "\\n" + os.environ["PIP_DOES"] + "\\n"),
    ("connector-host", "#!/bin/sh\\nexec {sys.executable} -m connector_host \\"$@\\"\\n"),
):
    (folder / name).write_text(text)
    (folder / name).chmod(0o700)
"""


@pytest.fixture
def python(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text(textwrap.dedent(PYTHON).lstrip())
    program.chmod(0o700)
    monkeypatch.setenv("PIP_CALLS", str(tmp_path / "pip-calls"))
    monkeypatch.setenv("PIP_DOES", "true")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return str(program)


def test_the_requirements_are_installed_and_the_connector_is_checked(python, tmp_path, monkeypatch):
    monkeypatch.setenv("BATON_TOKEN", "secret")
    monkeypatch.setenv("PIP_DOES", 'test -z "$BATON_TOKEN"')
    connector = create_environment(tmp_path / "fake", "fake", ["connector-host[grpc]", "a b"], python=python)
    assert connector.command == (str(tmp_path / "fake" / "bin" / "connector-host"), "serve", "fake")
    assert connector.distribution == "connector-host-fake"
    assert "install --quiet" in (tmp_path / "pip-calls").read_text()


@pytest.mark.parametrize(
    ("does", "name", "problem"),
    [
        ("echo no matching distribution >&2; exit 1", "fake", "no matching distribution"),
        ("true", "fakes", "offers no connector 'fakes', but .*fake"),
    ],
)
def test_nothing_is_left_of_an_environment_that_cannot_be_used(python, tmp_path, monkeypatch, does, name, problem):
    monkeypatch.setenv("PIP_DOES", does)
    with pytest.raises(ConfigError, match=problem):
        create_environment(tmp_path / "x", name, ["r"], python=python)
    assert not (tmp_path / "x").exists()


def test_an_environment_that_exists_is_not_touched(python, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / COMPLETE).touch()
    with pytest.raises(ConfigError, match="exists already"):
        create_environment(tmp_path / "x", "fake", [], python=python)


def test_what_a_killed_process_left_is_replaced(python, tmp_path):
    (tmp_path / "fake" / "half").mkdir(parents=True)
    create_environment(tmp_path / "fake", "fake", ["r"], python=python)
    assert not (tmp_path / "fake" / "half").exists()


@pytest.mark.parametrize("name", ["..", ".", "../../x", "/etc", "a/b", ""])
def test_only_a_name_is_removed(tmp_path, monkeypatch, name, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    connector_folder("other", os.environ).mkdir(parents=True)
    assert main(["plugins", "remove", name]) == 2
    assert "cannot be the name of a connector" in capsys.readouterr().err
    assert connector_folder("other", os.environ).exists()


def test_the_folder_is_in_the_data_of_the_user(tmp_path):
    folder = connector_folder("a", {"XDG_DATA_HOME": str(tmp_path)})
    assert folder == tmp_path / "connector-host" / "connectors" / "a"
