"""`syncs` beside a run that has not ended."""

import json
from pathlib import Path

import pytest

FAKE = ("sync", "fake", "--groups", "8", "--members", "10", "--nested", "1", "-f", "s.c1z")


@pytest.fixture
def fake(site, tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    fault = json.dumps([{"hook": "list_grants", "skip": 4, "kind": "permanent"}])

    def run(*words, broken=False):
        return site.run(*FAKE, *words, *(("--faults", fault, "--workers", "1") if broken else ()))

    return run


@pytest.fixture
def syncs(site, fake):
    return lambda *words: site.run("syncs", "-f", "s.c1z", *words)


def told(done):
    return " ".join(done.stderr.split())


def test_nothing_is_said_where_nothing_is_left(fake, syncs):
    assert fake("--users", "40").returncode == 0
    done = syncs()
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupted_run_is_told_of_with_what_it_has(fake, syncs):
    assert fake("--users", "40").returncode == 0
    finished = syncs("-o", "json").stdout
    assert fake("--users", "40", broken=True).returncode != 0
    before = {path.name for path in Path(".s.c1z.work").iterdir()}
    done = syncs("-o", "json")
    assert done.returncode == 0
    assert done.stdout == finished
    assert "A sync of fake (sized organisation) into this file, started" in told(done)
    assert "it has stored 2 resource types, 48 resources, 8 entitlements," in told(done)
    assert "listings waiting. Run the same command again to resume it." in told(done)
    assert {path.name for path in Path(".s.c1z.work").iterdir()} - before <= {"sync.db-shm", "sync.db-wal"}
    assert fake("--users", "40").returncode == 0
    assert syncs().stderr == ""


def test_a_first_run_that_was_interrupted_has_no_file_yet(fake, syncs):
    assert fake("--users", "40", broken=True).returncode != 0
    done = syncs()
    assert done.returncode == 2
    assert "has not ended" in told(done)


def test_a_run_that_only_has_to_be_written_is_called_so(fake, syncs):
    assert fake("--users", "40").returncode == 0
    assert fake("--users", "10").returncode == 7
    assert "everything is read, only the file is to be written" in told(syncs())


def test_state_that_cannot_be_read_hides_nothing(fake, syncs):
    assert fake("--users", "40").returncode == 0
    assert fake("--users", "40", broken=True).returncode != 0
    Path(".s.c1z.work/sync.db").write_bytes(b"x" * 5000)
    done = syncs()
    assert done.returncode == 0
    assert "its rows cannot be read at this moment" in told(done)
    Path(".s.c1z.work/state.json").write_text("{")
    done = syncs()
    assert done.returncode == 0
    assert "state.json cannot be read" in told(done)
