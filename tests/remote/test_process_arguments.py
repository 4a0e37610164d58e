"""The arguments of a connector process: in its environment instead of its command line."""

import pytest

from connector_host.errors import ConfigError
from connector_host.remote.process_arguments import is_secret_name, option_flag, split_arguments


@pytest.mark.parametrize(
    ("arguments", "words", "variables"),
    [
        (["--api-token=s3", "--org", "acme"], (), {"BATON_API_TOKEN": "s3", "BATON_ORG": "acme"}),
        (["--provisioning", "--org=a"], (), {"BATON_PROVISIONING": "true", "BATON_ORG": "a"}),
        (["--teams=a", "--teams=b"], (), {"BATON_TEAMS": "a,b"}),
        (["-p", "x", "--verbose"], ("-p", "x"), {"BATON_VERBOSE": "true"}),
        (["--note=a=b\nc"], (), {"BATON_NOTE": "a=b\nc"}),
    ],
)
def test_long_options_become_variables(arguments, words, variables):
    split = split_arguments(arguments)
    assert (split.words, split.variables) == (words, variables)


def test_secrets_are_known_by_their_names(monkeypatch):
    monkeypatch.setenv("BATON_CLIENT_SECRET", "from the environment")
    split = split_arguments(["--api-token=s3cr3t", "--org=acme"])
    assert set(split.secrets) == {"s3cr3t", "from the environment"}


@pytest.mark.parametrize("name", ["api-token", "BATON_PASSWORD", "client-secret", "private-key", "access-key"])
def test_these_names_are_those_of_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["org", "token-free"[6:], "user", "keyboard"])
def test_these_names_are_not(name):
    assert not is_secret_name(name)


def test_the_fingerprint_knows_the_data_but_no_secret():
    first = split_arguments(["--org=a", "--api-token=x"]).fingerprint(["c"])
    assert first == split_arguments(["--org=a", "--api-token=y"]).fingerprint(["c"])
    assert first != split_arguments(["--org=b", "--api-token=x"]).fingerprint(["c"])
    assert first != split_arguments(["--org=a", "--api-token=x"]).fingerprint(["d"])


def test_values_of_a_config_file_become_flags():
    values = {"a": True, "b": 3, "c": ["x", "y"], "d": "t"}
    flags = [option_flag(name, value, "file") for name, value in values.items()]
    assert flags == ["--a=true", "--b=3", "--c=x,y", "--d=t"]
    with pytest.raises(ConfigError, match="the option a is neither"):
        option_flag("a", {}, "file")


def test_no_secret_is_on_the_command_line_of_the_process(sync_process, tmp_path):
    """A program that writes its command line and environment to a file, and ends."""
    program = tmp_path / "program"
    program.write_text(
        f'#!/bin/sh\ntr "\\0" " " < /proc/$$/cmdline > {tmp_path}/line\necho "$BATON_API_TOKEN" > {tmp_path}/value\n'
    )
    program.chmod(0o700)
    with pytest.raises(ConfigError):
        sync_process(program, arguments=["--api-token=s3cr3t"])
    assert "s3cr3t" not in (tmp_path / "line").read_text()
    assert (tmp_path / "value").read_text() == "s3cr3t\n"
