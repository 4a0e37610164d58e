"""`connector-host sync onepassword` from end to end, as a process, with the stand-in first in PATH."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forked_commands import run_forked

WORDS = ["sync", "onepassword", "--no-details"]
COMMAND = [sys.executable, "-m", "connector_host", *WORDS]
IGNORED = {"id", "sync_id", "discovered_at"}
LIMIT = ["--limit-vault-permissions", "member,view_items,manage_vault"]


@pytest.fixture
def sync(standin, tmp_path):
    """Runs the command in an empty folder; gives the finished process."""
    folder = tmp_path / "work"
    folder.mkdir()

    def call(*flags, **environ):
        return run_forked([*WORDS, *flags], environ={**os.environ, **environ}, cwd=folder)

    call.file = folder / "sync.c1z"
    call.folder = folder
    return call


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def keyed(rows):
    return {row["external_id"]: {name: value for name, value in row.items() if name not in IGNORED} for row in rows}


@pytest.mark.golden
@pytest.mark.parametrize("tenant", ["business", "edge", "team", "limited"])
def test_the_file_equals_the_go_connectors(golden, golden_rows, standin, sync, tenant):
    standin.serve(tenant)
    done = sync(*(LIMIT if tenant == "limited" else []))
    assert done.returncode == 0, done.stderr
    theirs = golden_rows(golden / f"onepassword-{tenant}" / "sync.c1z")
    ours = golden_rows(sync.file)
    for table, rows in theirs.items():
        want, got = keyed(rows), keyed(ours[table])
        if tenant == "edge":
            # The Go connector loses the name of an unknown permission; here it is an entitlement like any other.
            want = {
                key: row
                for key, row in want.items()
                if not (":user:" in key and row.get("entitlement_id", "x").endswith(":"))
            }
            got = {key: row for key, row in got.items() if ":move items" not in key}
        assert got == want


def test_all_calls_of_a_sync(standin, sync):
    done = sync("-o", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)
    vaults, groups = len(standin.tenant["vaults"]), len(standin.tenant["groups"])
    assert len(standin.events()) <= 2 * vaults + groups + 10
    assert standin.most_at_once() <= 8
    assert len(standin.events("prompt")) == 1


def test_details_are_in_the_file_unless_left_out(standin, sync, golden_rows):
    assert sync().returncode == 0
    plain = {table: keyed(rows) for table, rows in golden_rows(sync.file).items()}
    sync.file.unlink()
    standin.forget()
    done = subprocess.run(COMMAND[:-1], cwd=sync.folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    full = {table: keyed(rows) for table, rows in golden_rows(sync.file).items()}
    assert {table: rows.keys() for table, rows in full.items()} == {table: rows.keys() for table, rows in plain.items()}
    assert any(b"last_sign_in" in row["data"] for row in full["resources"].values())
    assert not any(b"last_sign_in" in row["data"] for row in plain["resources"].values())
    assert sum(command.split()[1:] == ["get", "-"] for command in standin.commands()) == 3


def test_faults_that_pass_do_not_show_in_the_file(standin, sync, golden_rows):
    assert sync().returncode == 0
    want = {table: keyed(rows) for table, rows in golden_rows(sync.file).items()}
    sync.file.unlink()
    vaults = [vault["id"] for vault in standin.tenant["vaults"]]
    standin.fail(f"vault user list {vaults[1]}", "truncated", attempts=[1])
    standin.fail(f"vault user list {vaults[2]}", "rate-limit", attempts=[1], wait="0 seconds")
    standin.fail(f"vault group list {vaults[3]}", "conflict", attempts=[1])
    standin.fail(f"vault user list {vaults[4]}", "kill", attempts=[1])
    standin.fail(f"vault group list {vaults[5]}", "hang", attempts=[1])
    done = sync("--op-timeout", "1")
    assert done.returncode == 0, done.stderr
    assert {table: keyed(rows) for table, rows in golden_rows(sync.file).items()} == want
    assert len(standin.events("fault")) == 5


def test_a_session_that_expires_is_renewed_in_the_middle(standin, sync):
    standin.plan(session_calls=12)
    done = sync("--email", "u0@example.com", BATON_PASSWORD=standin.password)
    assert done.returncode == 0, done.stderr
    assert sum(command.startswith("signin") for command in standin.commands()) >= 2
    assert standin.password not in done.stdout + done.stderr


def test_a_vault_that_may_not_be_read_makes_the_run_incomplete(standin, sync):
    vault = standin.tenant["vaults"][3]["id"]
    standin.fail(f"vault user list {vault}", "forbidden")
    done = sync()
    assert done.returncode == 6, done.stderr
    assert "Vault 3" in done.stderr
    assert not sync.file.exists()
    assert sync("--allow-partial").returncode == 0
    assert sync.file.exists()


def test_a_private_vault_of_somebody_else_does_not(standin, sync):
    vault = standin.tenant["vaults"][3]["id"]
    standin.plan(vault_types={vault: "PERSONAL"})
    standin.fail(f"vault user list {vault}", "forbidden")
    done = sync()
    assert done.returncode == 0, done.stderr
    assert "private vaults of other people" in done.stderr


@pytest.mark.parametrize(
    ("plan", "flags", "code", "words"),
    [
        ({"desktop": "locked"}, [], 3, "locked"),
        ({"version": "2.10.0"}, [], 2, "too old"),
        ({}, ["--auth-type", "service"], 2, "OP_SERVICE_ACCOUNT_TOKEN"),
    ],
)
def test_what_goes_wrong_before_the_sync_is_said_with_the_next_step(standin, sync, plan, flags, code, words):
    standin.plan(**plan)
    done = sync(*flags)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert words in done.stderr
    assert not sync.file.exists()


def test_a_stop_leaves_no_child_and_keeps_the_checkpoint(standin, sync):
    standin.fail("vault user list *", "hang")
    process = subprocess.Popen(COMMAND, cwd=sync.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 20
        while len(standin.events("fault")) < 4:
            assert time.monotonic() < end
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGINT, err
    assert "Traceback" not in err
    assert all(gone(call["pid"]) for call in standin.events())
    assert list(sync.folder.glob(".sync.c1z.work/*"))
    standin.plan(faults=[])
    again = sync()
    assert again.returncode == 0, again.stderr


def test_secrets_are_in_no_file(standin, sync):
    done = sync(BATON_PASSWORD=standin.password, BATON_SECRET_KEY="A3-SECRET-KEY-XX")
    assert done.returncode == 0, done.stderr
    token = (standin.state / "token").read_text()
    written = [path.read_bytes() for path in sync.folder.rglob("*") if path.is_file()]
    assert written
    for secret in (token, "A3-SECRET-KEY-XX"):
        assert not any(secret.encode() in data for data in [*written, done.stdout.encode(), done.stderr.encode()])
