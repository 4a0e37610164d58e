"""`rotate-credentials` against the fake connector: a new secret in a private file, and nowhere else."""

import json
import shutil
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parents[4] / "plugins" / "fake" / "tests" / "whole_types.json"


@pytest.fixture
def rotate(site, tmp_path):
    shutil.copy(SCENARIO, tmp_path / "s.json")
    synced = site.run("sync", "fake", "--scenario", "s.json", "-f", "s.c1z", cwd=tmp_path)
    assert synced.returncode == 0, synced.stderr
    words = ("rotate-credentials", "fake", "--scenario", "s.json", "--writable", "-f", "s.c1z")
    return lambda *more: site.run(*words, *more, cwd=tmp_path)


def test_the_new_secret_is_in_a_private_file_and_nowhere_else(rotate, tmp_path):
    done = rotate("--resource", "user:ann", "--secret-file", "new.txt", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "done"
    assert "The new secret of the account is in new.txt" in done.stderr
    secret = (tmp_path / "new.txt").read_text().strip()
    assert len(secret) > 10
    assert (tmp_path / "new.txt").stat().st_mode & 0o777 == 0o600
    record = (tmp_path / "connector-host-audit.jsonl").read_text()
    assert '"action":"rotate_credentials"' in record
    assert secret not in done.stdout + done.stderr + record


def test_a_dry_run_rotates_nothing_and_leaves_no_file(rotate, tmp_path):
    before = set(tmp_path.iterdir())
    done = rotate("--resource", "Ann", "--dry-run")
    assert done.stdout.startswith("planned: rotate the credentials of Ann (user:ann)\n")
    assert not [path for path in set(tmp_path.iterdir()) - before if not path.name.startswith("connector-host-audit")]


def test_on_request_it_is_shown(rotate):
    assert "secret: " in rotate("--resource", "user:bob", "--show-secret").stdout
    assert rotate("--resource", "user:bob", "--show-secret", "--secret-file", "x").returncode == 2


def test_what_has_no_credentials_is_refused(rotate):
    done = rotate("--resource", "group:g1")
    assert done.returncode == 2
    assert "cannot rotate the credentials of resources of the type 'group'" in done.stderr
