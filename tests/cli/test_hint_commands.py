"""Command lines that hints print: each works as printed, on the file of the command that failed."""

import re
import shlex

import pytest

from connector_host.cli.hint_commands import commands_with_file

PRINTED = re.compile(r"connector-host ((?:(?!`)[^\n])+?)(?=`|\.?$|\.\s)", re.M)
FAILING = (
    ("grants", "-p", "nobody"),
    ("grants", "-e", "nothing"),
    ("grants", "-r", "nothing"),
    ("resources", "-t", "nothing"),
    ("entitlements", "-r", "nothing"),
    ("access", "nobody"),
    ("why", "nobody", "nothing"),
    ("why", "ada@example.com", "nothing"),
    ("graph", "nobody"),
    ("principals", "-e", "nothing"),
    ("access", "-t", "user", "-r", "nobody"),
    ("export", "c1z", "--out", "new.c1z", "--sync-id", "0" * 27),
    ("grants", "--sync-id", "nonsense"),
    ("review", "--resource", "nothing", "-o", "r.xlsx"),
    ("rollback-expansion", "--sync-id", "0" * 27),
)


def commands_in(text):
    return [shlex.split(line) for line in PRINTED.findall(text)]


@pytest.mark.parametrize("words", FAILING, ids=lambda words: " ".join(words)[:30])
def test_a_command_in_a_hint_works_as_printed(ask, sync_file, tmp_path, monkeypatch, words):
    other = tmp_path / "named differently.c1z"
    sync_file.rename(other)
    monkeypatch.chdir(tmp_path)
    told = ask(*words, "-f", other)
    if words[0] != "principals":
        assert told.code in (2, 5), told.err
    for line in commands_in(told.err):
        assert ask(*line).code == 0, (told.err, line)


@pytest.mark.parametrize(
    "words", [("diff", "a.c1z", "q1.c1z"), ("grants", "-f", "a.c1z"), ("grants",), ("stats", "a.c1z")]
)
def test_a_missing_file_is_answered_with_those_of_the_folder(ask, sync_file, tmp_path, monkeypatch, words):
    sync_file.rename(tmp_path / "q1.c1z")
    monkeypatch.chdir(tmp_path)
    told = ask(*words)
    assert told.code == 2
    assert "The folder has q1.c1z." in told.err
    assert ("-f" in told.err) == (words == ("grants",))


def test_only_commands_that_read_a_file_get_it(tmp_path):
    path = tmp_path / "a b.c1z"
    quoted = shlex.quote(str(path))
    hint = "See `connector-host grants` or `connector-host sync fake`; connector-host resource-types."
    assert commands_with_file(hint, path) == (
        f"See `connector-host grants -f {quoted}` or `connector-host sync fake`;"
        f" connector-host resource-types -f {quoted}."
    )
    assert commands_with_file(hint, None) == hint
    named = "`connector-host syncs -f FILE`"
    assert commands_with_file(named, path) == named
