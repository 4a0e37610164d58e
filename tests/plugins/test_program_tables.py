"""Tables of connectors that the host writes into a config file and removes again."""

import pytest

from connector_host.config_file import read_config
from connector_host.errors import ConfigError
from connector_host.plugins.program_tables import add_program, remove_program


def test_a_table_is_added_to_what_is_there_and_removed_again(tmp_path):
    path = tmp_path / "hosts.toml"
    path.write_text("# mine\n[host]\nworkers = 2\n")
    path.chmod(0o640)
    add_program(path, "a", ["/x y/connector-host", "serve", "a"], 'an "A"')
    add_program(path, "b.c", ["b"], "")
    config = read_config(path, {})
    assert config.host == {"workers": 2}
    assert config.programs["a"] == {"command": ["/x y/connector-host", "serve", "a"], "summary": 'an "A"'}
    assert "b.c" in config.programs
    assert path.stat().st_mode & 0o777 == 0o640
    assert remove_program(path, "a")
    assert remove_program(path, "b.c")
    assert path.read_text() == "# mine\n[host]\nworkers = 2\n"


def test_a_new_file_is_for_its_owner_only(tmp_path):
    add_program(tmp_path / "new.toml", "a", ["a"], "")
    assert (tmp_path / "new.toml").stat().st_mode & 0o777 == 0o600


def test_a_table_of_somebody_else_stays(tmp_path):
    path = tmp_path / "hosts.toml"
    path.write_text('[connectors.a]\ncommand = ["a"]\n')
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="already"):
        add_program(path, "a", ["b"], "")
    assert not remove_program(path, "a")
    assert not remove_program(tmp_path / "none.toml", "a")
    assert path.read_text() == '[connectors.a]\ncommand = ["a"]\n'
