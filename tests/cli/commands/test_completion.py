"""`completion`: the scripts by which shells complete commands."""

import shutil
import subprocess

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(ask, shell, tmp_path):
    told = ask("completion", shell)
    assert told.code == 0
    assert "_CONNECTOR_HOST_COMPLETE" in told.out
    if shutil.which(shell):
        script = tmp_path / "script"
        script.write_text(told.out)
        done = subprocess.run([shell, "-n", script], capture_output=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr


def test_another_shell_is_a_usage_error(ask):
    told = ask("completion", "tcsh")
    assert told.code == 2
    assert "'tcsh' is not one of" in told.err


def test_the_script_asks_for_completions_that_exist(site):
    environ = {"_CONNECTOR_HOST_COMPLETE": "bash_complete", "COMP_WORDS": "connector-host comp", "COMP_CWORD": "1"}
    assert site.run(environ=environ).stdout == "plain,completion\n"
