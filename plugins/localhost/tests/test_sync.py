"""Whole syncs by the host: what is in the file, and what becomes of what cannot be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HOST = "host:0123456789abcdef0123456789abcdef"


@pytest.fixture
def host(tmp_path):
    """Run `connector-host WORDS`; the process that ran."""

    def run(*words, code=0, python=("-m", "connector_host")):
        done = subprocess.run(
            [sys.executable, *python, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        return done

    return run


def rows(host, what, *more):
    found = json.loads(host(what, "-f", "sync.c1z", "-o", "json", *more).stdout)
    return found[what]


def test_the_rows(host, machine):
    done = host("sync", "localhost", "--root", machine.folder, "-f", "sync.c1z", "-o", "json")
    assert json.loads(done.stdout)["totals"] == {
        "resource_types": 4,
        "resources": 1 + 9 + 8 + 4,
        "entitlements": 8 * 2 + 4,
        "grants": 24,
        "expanded": 4,
    }
    assert "Account: web1.example.com (0123456789abcdef0123456789abcdef) as " in done.stderr
    resources = {
        f"{r['resource']['id']['resourceType']}:{r['resource']['id']['resource']}": r["resource"]
        for r in rows(host, "resources")
    }
    assert resources[HOST]["displayName"] == "web1.example.com"
    assert {key for key in resources if key.startswith(("user", "group"))} == {
        *(f"user:{uid}" for uid in (0, 1, 1000, 1001, 1002, 1003, 1004, 1005, 65534)),
        *(f"group:{gid}" for gid in (0, 1, 27, 100, 200, 1000, 1001, 65534)),
    }
    assert resources["user:1000"]["displayName"] == "Ada Lovelace"
    assert resources["user:1000"]["parentResourceId"]["resource"] == HOST.removeprefix("host:")
    rules = {key: one["displayName"] for key, one in resources.items() if key.startswith("sudo_rule")}
    assert sorted(rules.values()) == [
        "sudo as %dba: /usr/bin/pg_dump, /usr/bin/psql",
        "sudo as ALL : ALL: ALL",
        "sudo as root: NOPASSWD /usr/bin/rsync",
        "sudo as root: NOPASSWD SERVICES",
    ]
    by_name = {name: key for key, name in rules.items()}
    held = {(g["grant"]["entitlement"]["id"], f"{g['principal']['id']['resourceType']}:{g['principal']['id']['resource']}") for g in rows(host, "grants")}  # fmt: skip
    everything, services = (
        by_name[name] + ":sudo" for name in ("sudo as ALL : ALL: ALL", "sudo as root: NOPASSWD SERVICES")
    )
    assert {who for what, who in held if what == everything} == {
        *("user:0", "group:27", "user:1000", "user:1004", "user:name:stranger"),  # root, the group, its members
    }
    assert {who for what, who in held if what == services} == {"user:1001", "group:200", "user:1002"}
    assert {who for what, who in held if what == "group:100:primary"} == {f"user:{n}" for n in (1002, 1003, 1004, 1005)}
    assert ("group:27:member", "user:name:stranger") in held
    assert b"c4nary" not in (machine.folder.parent / "sync.c1z").read_bytes()


def test_who_may_do_what_and_why(host, machine):
    host("sync", "localhost", "--root", machine.folder, "-f", "sync.c1z")
    assert "sudo as ALL : ALL: ALL" in host("access", "-f", "sync.c1z", "ada").stdout
    rule = next(
        r["resource"]["id"]["resource"]
        for r in rows(host, "resources")
        if "ALL : ALL" in r["resource"].get("displayName", "")
    )
    told = host("why", "-f", "sync.c1z", "Ada Lovelace", f"sudo_rule:{rule}:sudo").stdout
    assert "sudo member" in told


def test_what_sudo_allows_is_privileged(host, machine):
    host("sync", "localhost", "--root", machine.folder, "-f", "sync.c1z")
    graph = host("graph", "-f", "sync.c1z", "deploy", "-o", "mermaid").stdout
    assert "==>" in graph  # a thick arrow


def test_one_resource_by_its_id(host, machine):
    host("sync", "localhost", "--root", machine.folder, "-f", "sync.c1z", "--sync-resources", "group:27", "--sync-resources", "user:1000")  # fmt: skip
    assert len(rows(host, "resources")) >= 2


DENIED = """
import os, sys
from connector_host_localhost import root_folder
opened = os.open
def denied(path, *more, **others):
    if "{name}" in str(path):
        raise PermissionError(13, "Permission denied")
    return opened(path, *more, **others)
os.open = denied
from connector_host.cli.main import main
sys.exit(main())
"""


def test_sudoers_that_may_not_be_read_make_the_sync_incomplete(host, machine):
    run = ("-c", DENIED.format(name="/sudoers"))
    words = ("sync", "localhost", "--root", machine.folder, "-f", "sync.c1z")
    done = host(*words, code=6, python=run)
    assert "etc/sudoers may not be read by this account" in done.stderr
    assert "--no-sudo" in done.stderr
    assert not (machine.folder.parent / "sync.c1z").exists()
    done = host(*words, "--allow-partial", python=run)
    assert not [r for r in rows(host, "resources") if r["resource"]["id"]["resourceType"] == "sudo_rule"]
    done = host(*words, "--no-sudo", python=run)
    assert "Sudo rights were left out" in done.stderr


def test_shadow_that_may_not_be_read_is_a_limit(host, machine):
    done = host("check", "localhost", "--root", machine.folder, python=("-c", DENIED.format(name="/shadow")))
    assert "Locked and expired accounts are not known" in done.stdout


def test_a_folder_that_is_no_machine(host, tmp_path):
    done = host("sync", "localhost", "--root", tmp_path, code=2)
    assert "etc/passwd does not exist" in done.stderr
    assert "--root" in done.stderr


def test_this_machine(host):
    """A smoke test: whatever machine runs the tests."""
    done = host("sync", "localhost", "--no-sudo", "-f", "sync.c1z", "-o", "json")
    assert json.loads(done.stdout)["totals"]["resources"] > 2
    users = [r["resource"]["id"]["resource"] for r in rows(host, "resources", "--resource-type", "user")]
    assert "0" in users
    lines = Path("/etc/passwd").read_text(errors="replace").splitlines()
    assert len(users) == len({line.split(":")[2] for line in lines if line.count(":") == 6})
    if os.geteuid() == 0:
        host("sync", "localhost", "-f", "all.c1z")
