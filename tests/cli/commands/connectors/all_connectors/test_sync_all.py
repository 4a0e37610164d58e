"""`sync --all`: every connector of the config file in a process of its own, one summary, one exit code, one metrics file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connector_host.cli.commands.connectors.all_connectors import sync_processes
from connector_host.cli.commands.connectors.all_connectors.sync_processes import ConnectorSync, run_syncs
from connector_host.run import Run

CONFIG = """
[host]
workers = 2

[connector.fake]
users = 3
groups = 1
members = 2

[connectors.broken]
command = ["/bin/false"]
"""


@pytest.fixture
def config():
    path = Path("connector-host.toml")
    path.write_text(CONFIG, encoding="utf-8")
    path.chmod(0o600)
    Path("click.py").write_text("raise SystemExit('this module is of the current folder')")
    return path


def test_one_failure_does_not_reach_the_others(ask, config, tmp_path):
    answer = ask("sync", "--all", "--folder", tmp_path, "--metrics", "metrics.json", "-o", "json")
    broken, fake = answer.json["syncs"]
    assert (broken["connector"], broken["exit_code"]) == ("broken", answer.code)
    assert answer.code != 0
    assert (fake["connector"], fake["exit_code"], fake["summary"]["totals"]["resources"]) == ("fake", 0, 4)
    assert (tmp_path / "fake.c1z").exists()  # so click.py of the current folder was not imported
    assert not (tmp_path / "broken.c1z").exists()
    assert "1 of 2 connectors were synced." in answer.err
    assert "Failed: broken." in answer.err
    assert "fake: Account: " in answer.err
    metrics = json.loads(Path("metrics.json").read_bytes())
    assert (metrics["synced"], metrics["failed"], metrics["exit_code"]) == (1, 1, answer.code)
    assert [each["connector"] for each in metrics["syncs"]] == ["broken", "fake"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--all",), "no connector is configured"),
        (("--only", "nosuch"), "there is no connector 'nosuch'"),
        (("--jobs", "2"), "Specify a connector, or --all."),
        (("--all", "fake"), "Options of --all do not go with the name of a connector."),
        (("--all", "--jobs", "0"), "0 is not at least 1"),
        (("--only", "fake", "--folder", "missing"), "the folder missing does not exist"),
        (("--only", "fake", "--metrics", "missing/m.json"), "cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_command_line_is_explained(ask, words, text):
    answer = ask("sync", *words)
    assert (answer.code, text in answer.err) == (2, True)


def test_sync_alone_shows_the_help(ask):
    answer = ask("sync")
    assert "--all" in answer.out + answer.err
    assert answer.code == 2


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Make syncs that run other code: `program(name, code)`."""
    monkeypatch.setattr(sync_processes, "PROGRAM", ("-c",))

    def make(name, code):
        return ConnectorSync(name=name, words=(code,), file=tmp_path / f"{name}.c1z", metrics=tmp_path / f"{name}.json")

    return make


def test_as_many_syncs_run_at_once_as_there_are_jobs(program, tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    code = (
        f"import os, sys, time; marks = {str(marks)!r}; mark = os.path.join(marks, str(os.getpid()))\n"
        "open(mark, 'w').close(); print(len(os.listdir(marks)), file=sys.stderr); time.sleep(0.2); os.unlink(mark)"
    )
    seen = []
    syncs = [program(str(number), code) for number in range(4)]
    outcomes = run_syncs(syncs, Run(), jobs=2, show=lambda name, line: seen.append(int(line)))
    assert [(outcome.name, outcome.exit_code) for outcome in outcomes] == [(str(number), 0) for number in range(4)]
    assert max(seen) == 2


def test_a_killed_process_is_a_failure_without_a_summary(program):
    (outcome,) = run_syncs([program("a", "import os; os.kill(os.getpid(), 9)")], Run(), jobs=1, show=lambda *_: None)
    assert (outcome.exit_code, outcome.summary) == (137, {})
    assert "exit code 137" in outcome.problem


def test_variables_that_name_one_file_do_not_reach_the_syncs(program, monkeypatch):
    for name in sync_processes.KEPT_APART:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("BATON_WORKERS", "3")
    code = "import os, sys; print(sorted(n for n in os.environ if n.startswith('BATON_')), file=sys.stderr)"
    lines = []
    run_syncs([program("a", code)], Run(), jobs=1, show=lambda _name, line: lines.append(line))
    assert lines == ["['BATON_WORKERS']"]


def test_a_stop_ends_the_processes_and_starts_no_other(program):
    run = Run()
    waiting = program("a", "import sys, time; print('up', file=sys.stderr, flush=True); time.sleep(60)")
    outcomes = run_syncs([waiting, program("b", "pass")], run, jobs=1, show=lambda *_: run.stop())
    assert [outcome.exit_code for outcome in outcomes] == [137, 130]


def test_a_signal_stops_every_sync_and_keeps_the_checkpoints(tmp_path):
    config = tmp_path / "connector-host.toml"
    config.write_text("[connector.fake]\nusers = 20\ngroups = 60\nmembers = 2\nlatency = 0.3\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", "--config", str(config), "sync", "--all", "--folder", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    state = tmp_path / ".fake.c1z.work" / "state.json"
    deadline = time.monotonic() + 30
    while not state.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, text = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Run the same command again to resume them." in text
    assert state.exists()
    assert not (tmp_path / "fake.c1z").exists()
