"""Faults in the middle of a whole sync: those that pass do not show in the file, the others end it with what `op` said."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "connector_host", "sync", "onepassword"]
IGNORED = {"id", "sync_id", "discovered_at"}
PASSING = [
    "conflict",
    "server-fault",
    "network-dial",
    "network-dns",
    "network-timeout",
    "network-reset",
    "network-eof",
    "kill",
    "html",
    "latin",
    "panic",
]


@pytest.fixture
def sync(standin, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()

    def call(*flags, **environ):
        return subprocess.run(
            [*COMMAND, *flags],
            cwd=folder,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    call.file = folder / "sync.c1z"
    call.folder = folder
    return call


@pytest.fixture
def rows(golden_rows, sync):
    """What a sync has written, without what differs from one to the next."""

    def read():
        found = {}
        for table, stored in golden_rows(sync.file).items():
            found[table] = {
                row["external_id"]: {key: value for key, value in row.items() if key not in IGNORED} for row in stored
            }
        return found

    return read


def calls_that_matter(standin):
    vaults = [vault["id"] for vault in standin.tenant["vaults"]]
    groups = [group["id"] for group in standin.tenant["groups"]]
    return [
        *(f"vault user list {name}" for name in vaults[:4]),
        *(f"group user list {name}" for name in groups[:4]),
        "user get -",
        "vault get -",
        "group get -",
    ]


def test_every_fault_that_passes_is_waited_out(standin, sync, rows):
    assert sync().returncode == 0
    want = rows()
    sync.file.unlink()
    for match, kind in zip(calls_that_matter(standin), PASSING, strict=True):
        standin.fail(match, kind, attempts=[1])
    standin.fail(f"vault group list {standin.tenant['vaults'][5]['id']}", "rate-limit", attempts=[1], wait="1 second")
    done = sync()
    assert done.returncode == 0, done.stderr
    assert len(standin.events("fault")) == len(PASSING) + 1
    assert rows() == want


def test_a_prompt_that_is_dismissed_in_the_middle_is_shown_again(standin, sync, rows):
    assert sync().returncode == 0
    want = rows()
    sync.file.unlink()
    standin.fail(f"vault user list {standin.tenant['vaults'][3]['id']}", "dismissed", attempts=[1])
    done = sync()
    assert done.returncode == 0, done.stderr
    assert len(standin.events("fault")) == 1
    assert rows() == want


def test_a_prompt_that_is_dismissed_for_good_keeps_the_checkpoint(standin, sync):
    standin.fail("vault user list *", "dismissed")
    done = sync()
    assert done.returncode == 3, done.stderr
    assert "approve the prompt" in done.stderr
    assert "Traceback" not in done.stderr
    assert not sync.file.exists()
    assert list(sync.folder.glob(".sync.c1z.work/*"))
    standin.plan(faults=[])
    standin.forget()
    again = sync()
    assert again.returncode == 0, again.stderr
    assert "user get -" not in standin.commands(), "people were read before the run ended"


def test_an_exported_session_that_expires_keeps_the_checkpoint(standin, sync):
    (standin.state / "token").write_text("exported-token")
    standin.plan(session_calls=14)
    done = sync(OP_SESSION="exported-token")
    assert done.returncode == 3, done.stderr
    assert "op signin" in done.stderr
    assert list(sync.folder.glob(".sync.c1z.work/*"))
    standin.plan(session_calls=None)
    assert sync(OP_SESSION="exported-token").returncode == 0


@pytest.mark.parametrize(
    ("match", "kind", "code", "words"),
    [
        ("vault user list *", "strange", 4, "flux capacitor"),
        ("group user list *", "bad-request", 4, "structure of request"),
        ("user list $", "outdated", 2, "newer op"),
        ("vault list $", "config-folder", 2, "OP_CONFIG_DIR"),
        ("group list $", "forbidden", 6, "authorized"),
    ],
)
def test_what_does_not_pass_ends_with_what_op_said(standin, sync, match, kind, code, words):
    standin.fail(match, kind)
    done = sync()
    assert (done.returncode, sync.file.exists()) == (code, False), done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_could_not_be_read_is_named_where_the_file_is_wanted_all_the_same(standin, sync):
    for vault in standin.tenant["vaults"][2:4]:
        standin.fail(f"vault group list {vault['id']}", "no-permission")
    done = sync("--allow-partial")
    assert done.returncode == 0, done.stderr
    assert "Vault 2" in done.stderr + done.stdout
    assert "Vault 3" in done.stderr + done.stdout
    assert sync.file.exists()
