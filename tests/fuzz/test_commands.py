"""Mutated files through every command that reads one: a documented exit code, one sentence, never a traceback.

A few mutations for each command line; `tox -e fuzz` runs 100,000 attempts, distributed over the command lines.
"""

import os
import re
import tempfile

import click
import pytest
from attempts import run_attempt
from command_lines import CONNECTOR_OPTIONS, FILE_WORDS, LINES, WRITTEN, command_lines
from fuzz_files import make_files

from connector_host.cli.app import App
from connector_host.cli.main import root

CASES = int(os.environ.get("FUZZ_CASES", "1"))
SEED = os.environ.get("FUZZ_SEED", "1")
CONNECTORS = ("baton", "localhost", "onepassword")  # `fake` stands for all of them
NOTHING_TO_READ = {"--config", "--plugins-dir", "--log-format", "--template"}
"""Options of every command: `--config` is tried once, for `sync`; folders of plugins are code, which is trusted."""
FAILURES_ON_SOUND_FILES = {  # exit codes other than 0
    ("convert", 2),  # from v1 to v1
    ("diff", 9),  # a v3 file has one sync
    ("review evidence", 9),
    ("review import", 9),  # the file is not the reviewed one
    ("review verify", 9),
    ("review verify", 1),  # nothing was revoked
    ("audit verify", 1),  # --expect a wrong hash
}


def walk(command, context, names):
    """Yield the path of every command with its parameters that name a file to read."""
    for parameter in command.params:
        words = {*parameter.opts, parameter.name}
        metavar = parameter.make_metavar(context) or ""
        if FILE_WORDS.search(metavar.upper()) and not words & (WRITTEN | CONNECTOR_OPTIONS | NOTHING_TO_READ):
            yield " ".join(names), _spelling(parameter)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = None if name in CONNECTORS else command.get_command(context, name)
            if inner is not None:
                path = [*names, name] if name != "fake" else names
                yield from walk(inner, click.Context(inner, info_name=name, parent=context, obj=context.obj), path)


def _spelling(parameter):
    """Return how the command lines name a parameter: "-f", a long option, or the name of an argument."""
    if parameter.param_type_name == "argument":
        return parameter.name
    return "-f" if "-f" in parameter.opts else next(word for word in parameter.opts if word.startswith("--"))


def test_every_parameter_that_names_a_file_is_fuzzed():
    """A new command, or a new option of an old one, fails here until it has a line in `LINES`."""
    context = click.Context(root, info_name="connector-host", obj=App())
    reading = set(walk(root, context, []))
    assert {"-f", "--from-file", "--since", "workbooks", "campaign", "--cursor-file"} <= {name for _, name in reading}
    untried = set()
    for command, parameter in reading:
        words = {word for line in LINES.get(command, ()) for word in line}
        mutated = any("{" in word for word in words)
        if not mutated or (parameter.startswith("-") and parameter not in words):
            untried.add((command, parameter))
    assert sorted(untried) == [], "add a line to LINES in tests/fuzz/command_lines.py"


@pytest.fixture(scope="module")
def fuzz_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield make_files(folder)


@pytest.fixture(autouse=True)
def _temporary_files(fuzz_files, monkeypatch):
    for name in ("TMPDIR", "BATON_TMPDIR"):
        monkeypatch.setenv(name, str(fuzz_files.folder / "scratch"))
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_the_command_lines_are_right(fuzz_files):
    """On sound files they end as they should."""
    failures = set()
    for line in command_lines():
        attempt = run_attempt(fuzz_files, line, None)
        assert not attempt.fault, (line, attempt)
        if attempt.code:
            failures.add((line.command, attempt.code))
    assert failures == FAILURES_ON_SOUND_FILES


def test_mutated_files(fuzz_files):
    codes = set()
    for number, line in enumerate(command_lines()):
        for case in range(CASES):
            seed = f"{SEED}/{number}/{case}"
            attempt = run_attempt(fuzz_files, line, seed)
            assert not attempt.fault, (line, seed, attempt)
            codes.add(attempt.code)
    assert {0, 2} <= codes


def extreme_lines():
    """Yield the first line of every command once for each option that takes a number or a day, with one far away."""
    tried = set()
    for line in command_lines():
        if line.command in tried:
            continue
        tried.add(line.command)
        names = [*line.command.split(), *(["fake"] if "fake" in line.words else [])]
        command, context = root, click.Context(root, info_name="connector-host", obj=App())
        for name in names:
            command = command.get_command(context, name)
            context = click.Context(command, info_name=name, parent=context, obj=context.obj)
        for parameter in command.params:
            is_day = re.search("DATE|TIME", (parameter.make_metavar(context) or "").upper())
            if is_day or isinstance(parameter.type, (click.IntRange, click.FloatRange)):
                value = "0001-01-01" if is_day else "9" * 18
                words = (*line.words[: len(names)], parameter.opts[0], value, *line.words[len(names) :])
                yield line._replace(words=words)


def test_numbers_and_days_far_away(fuzz_files):
    """They are refused, or make no difference."""
    lines = list(extreme_lines())
    assert {"lake dormant", "matrix", "events", "issue-credential"} <= {line.command for line in lines}
    for line in lines:
        attempt = run_attempt(fuzz_files, line, None)
        assert attempt.code in {0, 1, 2, 5, 9}, (line, attempt)
        assert "defect" not in attempt.errors, (line, attempt)
