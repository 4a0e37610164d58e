"""The program as a person runs it: help, version, exit codes, and nothing imported that is not needed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connector_host.cli.command_table import SECTIONS, built_in
from connector_host.cli.error_messages import MEMORY_HINT
from connector_host.cli.main import main
from connector_host.plugins.discovery import COMMANDS

HEAVY = ("apsw", "google.protobuf", "rich", "zstandard", "tenacity", "pluggy", "importlib.metadata", "tomllib")
WITNESS = """
import sys
from connector_host.cli.main import main
code = main()
print("IMPORTED", *(name for name in {heavy} if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""
COMMAND = """
import click
from connector_host import NotPermitted, RateLimited
@click.group()
def group(): pass
@group.command()
def inner(): print("inner ran")
@click.command()
@click.argument("what")
def command(what):
    if what == "defect": raise KeyError("oops")
    if what == "many": raise KeyError("one\\ntwo")
    if what == "interrupt": raise KeyboardInterrupt
    if what == "eof": raise EOFError("end")
    if what == "full": raise OSError(28, "No space left on device")
    if what == "broken": raise OSError(5, "Input/output error")
    if what == "long": raise OSError(36, "File name too long", "x" * 1000)
    if what == "memory": raise MemoryError
    if what == "threads": raise RuntimeError("can't start new thread")
    if what == "pipe": raise BrokenPipeError(32, "Broken pipe")
    if what == "exit": raise SystemExit(5)
    if what == "text": raise SystemExit("text")
    if what == "forbidden": raise NotPermitted("may not read audit logs", hint="Ask an owner.")
    if what == "busy":
        try: raise ValueError("inner cause")
        except ValueError as error: raise RateLimited("slow down") from error
    if what == "sleep":
        import time
        print("asleep", flush=True)
        try: time.sleep(30)
        finally: print("cleaned up", flush=True)
    if what == "flood":
        while True: click.echo("x" * 1000)
    return 7
"""


@pytest.fixture
def run(site):
    """Run the program with the command `odd` installed, which ends as it is told."""
    site.add("odd-ends", COMMAND, group=COMMANDS, points=["odd = odd_ends:command", "many = odd_ends:group"])
    return site.run


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["sync", "--help"], ["--version"], ["nonsense"]])
def test_nothing_heavy_is_imported_for_help(site, words):
    site.add("alpha", "raise AssertionError('imported')")
    done = site.run(*words, python=("-c", WITNESS.format(heavy=HEAVY)))
    imported = done.stderr.splitlines()[-1].split()[1:]
    allowed = {"--version": ["importlib.metadata"], "sync": ["pluggy", "importlib.metadata"]}.get(words[0], [])
    assert set(imported) <= set(allowed)
    assert "AssertionError" not in done.stderr


def test_help_lists_every_command_with_its_line(run):
    done = run("--help")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    for section in SECTIONS.values():
        for name, (_, line) in section.items():
            assert f"{name} {line}" in text
    for flag in ("--version", "--debug", "--log-format", "--log-level", "--config"):
        assert flag in text
    assert "Added by other packages" in text


@pytest.mark.parametrize("name", built_in())
def test_every_built_in_command_has_help_and_the_global_options(site, name):
    done = site.run(name, "--help", "--debug")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: connector-host {name}")
    assert done.stderr == ""


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_version(site, flag):
    done = site.run(flag)
    assert (done.returncode, done.stdout.split()[0]) == (0, "connector-host")


def test_without_words_it_shows_help_as_a_usage_error(site):
    done = site.run()
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Usage: connector-host" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["snyc"], "There is no command 'snyc'. Did you mean sync"),
        (["zzz"], "There is no command 'zzz'."),
        (["--nonsense"], "No such option"),
        (["--config"], "requires an argument"),
        (["plugins", "extra"], "No such command 'extra'"),
        (["--log-level", "loud", "plugins"], "--log-level: 'loud' is not one of debug, info"),
    ],
)
def test_wrong_words_are_usage_errors(site, words, says):
    done = site.run(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("what", "code", "error"),
    [
        ("fine", 0, ""),
        ("exit", 5, ""),
        ("text", 1, "text\n"),
        ("interrupt", 130, "Stopped.\n"),
        ("forbidden", 4, "Error: may not read audit logs\nAsk an owner.\n"),
        ("busy", 10, "Error: slow down\n"),
        (
            "threads",
            2,
            f"Error: the memory of this computer, or the limit of this process, is used up\n{MEMORY_HINT}\n",
        ),
        ("memory", 2, f"Error: the memory of this computer, or the limit of this process, is used up\n{MEMORY_HINT}\n"),
        ("full", 2, "Error: no space left: [Errno 28] No space left on device\n"),
        ("broken", 2, "Error: a file cannot be used (Input/output error)\nCheck its name, your rights and the disk.\n"),
        (
            "long",
            2,
            f"Error: {'x' * 300} cannot be used (File name too long)\nCheck its name, your rights and the disk.\n",
        ),
    ],
)
def test_how_a_command_ends(run, what, code, error):
    done = run("odd", what)
    assert (done.returncode, done.stderr) == (code, error)


@pytest.mark.parametrize(
    ("what", "names"),
    [("defect", "KeyError: 'oops'"), ("many", "KeyError"), ("eof", "EOFError: end"), ("pipe", "BrokenPipe")],
)
def test_anything_else_is_a_defect_in_one_line_that_names_debug(run, what, names):
    done = run("odd", what)
    assert done.returncode == 70
    first, second = done.stderr.splitlines()
    assert first.startswith(f"Error: connector-host has a defect: {names}")
    assert "--debug" in second
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["--debug", "odd", "busy"], ["odd", "busy", "--debug"], ["odd", "--debug", "busy"]])
def test_debug_shows_the_traceback_wherever_it_stands(run, words):
    done = run(*words)
    assert done.returncode == 10
    assert "ValueError: inner cause" in done.stderr
    assert done.stderr.endswith("Error: slow down\n")


def test_a_command_in_a_group_takes_the_global_options(run):
    done = run("many", "inner", "--log-format", "json", "--debug")
    assert (done.returncode, done.stdout) == (0, "inner ran\n")


@pytest.mark.parametrize(
    "words", [["--log-format", "json", "odd", "forbidden"], ["odd", "forbidden", "--log-format=json"]]
)
def test_errors_are_json_lines_where_logs_are(run, words):
    done = run(*words)
    assert done.returncode == 4
    (entry,) = map(json.loads, done.stderr.splitlines())
    expected = {"level": "error", "message": "may not read audit logs", "hint": "Ask an owner.", "exit_code": 4}
    assert entry.items() >= expected.items()


def test_usage_errors_are_json_lines_too(site):
    for words, environ in (
        [["--log-format", "json", "nonsense"], {}],
        [["plugins", "-x"], {"BATON_LOG_FORMAT": "json"}],
    ):
        done = site.run(*words, environ=environ)
        assert done.returncode == 2
        entry = json.loads(done.stderr)
        assert entry["exit_code"] == 2
        assert "Usage" not in entry["message"]


def test_log_format_comes_from_environment_and_config_file_too(run, tmp_path):
    done = run("odd", "defect", environ={"BATON_LOG_FORMAT": "json"})
    assert json.loads(done.stderr)["exit_code"] == 70
    (tmp_path / "c.toml").write_text('[host]\nlog-format = "json"\n')
    done = run("odd", "defect", "--config", tmp_path / "c.toml")
    assert json.loads(done.stderr)["exit_code"] == 70
    done = run("--config", tmp_path / "none.toml", "odd", "fine")
    assert (done.returncode, "none.toml cannot be read" in done.stderr) == (2, True)


def test_a_config_file_named_after_the_command_wins_over_a_broken_one_in_the_folder(run, tmp_path):
    (tmp_path / "connector-host.toml").write_text("broken")
    (tmp_path / "good.toml").write_text("")
    assert run("odd", "fine", cwd=tmp_path).returncode == 2
    assert run("odd", "fine", "--config", "good.toml", cwd=tmp_path).returncode == 0
    assert run("--help", cwd=tmp_path).returncode == 0


def start(site, *words, **settings):
    return subprocess.Popen(
        [sys.executable, "-m", "connector_host", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **site.environ},
        **settings,
    )


def test_a_reader_that_goes_away_ends_it_quietly(run, site):
    process = start(site, "odd", "flood")
    assert process.stdout.readline().startswith("xxx")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(20) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_lets_a_command_clean_up(run, site, number, code):
    process = start(site, "odd", "sleep")
    assert process.stdout.readline() == "asleep\n"
    time.sleep(0.05)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (code, "cleaned up\n")


def test_a_current_folder_that_is_gone_is_named(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert main(["sync", "fake", "-f", "sync.c1z"]) == 2
    assert "Error: the current folder does not exist any more\nChange to another one" in capsys.readouterr().err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_a_clear_error(site, unbuffered):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "connector_host", "plugins"],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **site.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: no space left")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_an_encoding_that_lacks_a_character_is_no_error(site):
    site.add("wide", "import connector_host as c\n" + WIDE)
    done = site.run("plugins", environ={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert done.returncode == 0
    assert "Caf\\xe9" in done.stdout or "Café" in done.stdout


WIDE = """
@c.hookimpl
def connector_info(): return c.ConnectorInfo("W", api=1, summary="Caf\\u00e9 \\u4f60\\u597d")
@c.hookimpl
def list_resource_types(): return []
"""
