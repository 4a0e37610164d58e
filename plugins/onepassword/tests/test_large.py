"""A whole sync of 1,000 users, 100 groups and 400 vaults. The stand-in here is a shell script that prints files."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

USERS, GROUPS, VAULTS = 1_000, 100, 400
HELD = ["view_items", "edit_items", "view_and_copy_passwords"]
SCRIPT = """#!/bin/sh
name=
for word in "$@"; do
  case "$word" in --format) break;; esac
  name="$name$word+"
done
echo "$name" >> "{folder}/calls"
exec cat "{folder}/answers/$name"
"""


def name(kind, number):
    return f"{kind[0]}{number:025}"


@pytest.fixture
def large(tmp_path, monkeypatch):
    """Puts an `op` for a large account into PATH; gives the folder that holds its record of calls."""
    answers = tmp_path / "answers"
    answers.mkdir()
    rows = {
        "user": [
            {
                "id": name("user", n),
                "name": f"Person {n}",
                "email": f"u{n}@example.com",
                "type": "MEMBER",
                "state": "ACTIVE",
            }
            for n in range(USERS)
        ],
        "group": [{"id": name("group", n), "name": f"Group {n}", "state": "ACTIVE"} for n in range(GROUPS)],
        "vault": [{"id": name("vault", n), "name": f"Vault {n}", "items": n} for n in range(VAULTS)],
    }

    def write(words, value):
        (answers / ("+".join(words) + "+")).write_text(value if isinstance(value, str) else json.dumps(value))

    account = {"id": "A" * 26, "name": "Large", "domain": "large", "type": "BUSINESS", "state": "ACTIVE"}
    write(["--version"], "2.30.3\n")
    write(
        ["account", "list"],
        [
            {
                "url": "large.1password.com",
                "email": "u0@example.com",
                "user_uuid": name("user", 0),
                "account_uuid": account["id"],
            }
        ],
    )
    write(["account", "get"], account)
    write(["group", "list", "--user", name("user", 0)], rows["group"][:1])
    write(["vault", "list", "--permission", "manage_vault"], rows["vault"][200:])
    for kind, listed in rows.items():
        write([kind, "list"], listed[:300] if kind == "vault" else listed)
        dated = [
            {**row, "created_at": "2024-01-01T10:00:00Z", "last_auth_at": "2024-05-06T07:08:09Z"} for row in listed
        ]
        write([kind, "get", "-"], "\n".join(map(json.dumps, dated)))
    for n, row in enumerate(rows["group"]):
        write(
            ["group", "user", "list", row["id"]],
            [{**rows["user"][(n * 7 + m) % USERS], "role": "MEMBER"} for m in range(10)],
        )
    for n, row in enumerate(rows["vault"]):
        write(
            ["vault", "user", "list", row["id"]],
            [{**rows["user"][(n * 3 + m) % USERS], "permissions": HELD} for m in range(5)],
        )
        write(["vault", "group", "list", row["id"]], [{**rows["group"][n % GROUPS], "permissions": HELD}])
    program = tmp_path / "bin" / "op"
    program.parent.mkdir()
    program.write_text(SCRIPT.replace("{folder}", str(tmp_path)))
    program.chmod(0o755)
    for variable in [one for one in os.environ if one.startswith(("OP_", "BATON_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_a_large_account(large, golden_rows):
    file = large / "sync.c1z"
    command = [sys.executable, "-m", "connector_host", "sync", "onepassword", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    calls = (large / "calls").read_text().split()
    batches = [call for call in calls if call.endswith("+get+-+")]
    assert len(calls) - len(batches) <= 2 * VAULTS + GROUPS + 10
    assert len(batches) == 20 + 4 + 8
    tables = golden_rows(file)
    assert len(tables["resources"]) == 1 + USERS + GROUPS + VAULTS
    assert len(tables["entitlements"]) == 1 + 2 * GROUPS + 13 * VAULTS
    direct = USERS + 10 * GROUPS + VAULTS * 6 * (1 + len(HELD))
    assert len(tables["grants"]) > direct, "the members of groups hold what their groups hold"
    described = [row for row in tables["resources"] if b"last_sign_in" in row["data"]]
    assert len(described) == USERS
