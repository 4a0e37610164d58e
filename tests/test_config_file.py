"""The config file: which one is read, what it may hold, and how it is refused."""

from pathlib import Path

import pytest

from connector_host.cli.commands.connectors.all_connectors.sync_all_options import ALL_OPTIONS
from connector_host.cli.commands.connectors.service import OPTIONS as SERVICE_OPTIONS
from connector_host.cli.commands.provisioning.change_command import HOST_OPTIONS
from connector_host.cli.host_options import LOG_OPTIONS, SYNC_OPTIONS
from connector_host.config_file import HOST_KEYS, Config, read_config
from connector_host.errors import ConfigError


def write(name, text):
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_there_is_nothing():
    assert read_config(None, {}) == Config()


def test_named_by_flag_then_variable_then_the_usual_place():
    write("connector-host.toml", "[host]\nworkers = 1\n")
    assert read_config(None, {}).host == {"workers": 1}
    environ = {"CONNECTOR_HOST_CONFIG": str(write("b.toml", "[host]\nworkers = 2\n"))}
    assert read_config(None, environ).host == {"workers": 2}
    assert read_config(write("c.toml", "[host]\nworkers = 3\n"), environ).host == {"workers": 3}
    assert read_config(None, {"CONNECTOR_HOST_CONFIG": ""}).host == {"workers": 1}


def test_tables_of_connectors():
    config = read_config(write("a.toml", '[connector.one]\na = "x"\n[connector.two]\nb = [1]\n'), {})
    assert config.connectors == {"one": {"a": "x"}, "two": {"b": [1]}}
    assert config.where("connector.one") == "a.toml [connector.one]"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[host]\nworkers = \n", "a.toml:2: not valid TOML"),
        ("\n\n[host\n", "a.toml:3: not valid TOML"),
        ("[hosts]\n", "unknown table or key 'hosts'"),
        ("workers = 1\n", "unknown table or key 'workers'"),
        ("[host]\nworker = 1\n", "unknown key 'worker' in \\[host\\]"),
        ("host = 1\n", "a.toml: host is not a table"),
        ("[connector]\nfake = 1\n", "connector.fake is not a table"),
        ("connector = []\n", "connector is not a table"),
    ],
)
def test_a_wrong_file_is_an_error_that_says_where(text, says):
    with pytest.raises(ConfigError, match=says) as failure:
        read_config(write("a.toml", text), {})
    assert failure.value.exit_code == 2


def test_a_named_file_that_is_missing_is_an_error():
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read: No such file"):
        read_config(Path("none.toml"), {})
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read"):
        read_config(None, {"CONNECTOR_HOST_CONFIG": "none.toml"})


def test_a_folder_and_bytes_that_are_not_text_are_errors():
    Path("folder.toml").mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        read_config(Path("folder.toml"), {})
    Path("bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_config(Path("bytes.toml"), {})


def test_the_host_table_takes_the_options_of_the_host():
    declared = (*SYNC_OPTIONS, *ALL_OPTIONS, *LOG_OPTIONS, *HOST_OPTIONS, *SERVICE_OPTIONS)
    options = {option.name for option in declared}
    assert set(HOST_KEYS) <= options
    assert options - set(HOST_KEYS) == {
        "fresh",
        "allow-shrink",
        "sync-resources",
        "skip-grants",
        "only",
        "read-all",
        "previous-file",
        "lake-source",
    }  # asked for once, not always


def test_a_file_with_secrets_that_others_can_read_is_refused():
    path = write("a.toml", "")
    path.chmod(0o600)
    read_config(path, {}).refuse_secrets_that_others_can_read("token")
    Config().refuse_secrets_that_others_can_read("token")
    path.chmod(0o604)
    with pytest.raises(ConfigError, match="holds the secret 'token', and every user of this computer can read it") as e:
        read_config(path, {}).refuse_secrets_that_others_can_read("token")
    assert "chmod 600" in e.value.hint


@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_others_can_write_is_refused(named):
    path = write("connector-host.toml", "")
    path.chmod(0o666)
    with pytest.raises(ConfigError, match="is not used: every user of this computer can write to"):
        read_config(path if named else None, {})
