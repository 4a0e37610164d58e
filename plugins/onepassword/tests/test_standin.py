"""The stand-in itself: a test bench that accepts anything proves nothing."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

FLAGS = ["--format", "json", "--cache=false", "--no-color", "--iso-timestamps"]


@pytest.fixture
def op(standin):
    def call(*words, env=None, stdin=None, flags=FLAGS):
        return subprocess.run(
            [standin.program, *words, *flags],
            input=stdin,
            check=False,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
        )

    return call


@pytest.mark.parametrize("missing", ["--cache=false", "--no-color", "--iso-timestamps"])
def test_a_call_without_a_flag_is_refused(op, missing):
    assert op("user", "list", flags=[flag for flag in FLAGS if flag != missing]).returncode == 97


@pytest.mark.parametrize("env", [{"OP_CONNECT_HOST": "x"}, {"BATON_PASSWORD": "x"}])
def test_variables_that_have_no_business_there_are_refused(op, env):
    assert op("user", "list", env=env).returncode == 97


def test_a_session_in_argv_is_refused(op):
    assert op("user", "list", "--session", "token").returncode == 97


def test_who_is_not_signed_in_gets_nothing(op, standin):
    assert "not currently signed in" in op("user", "list", env={"OP_BIOMETRIC_UNLOCK_ENABLED": "false"}).stderr
    assert "expired" in op("user", "list", env={"OP_SESSION_X": "made up"}).stderr
    assert "DecodeSACredentials" in op("user", "list", env={"OP_SERVICE_ACCOUNT_TOKEN": "no token"}).stderr
    standin.plan(desktop="locked")
    assert "locked" in op("user", "list").stderr


def test_a_password_is_checked(op, standin):
    env = {"OP_BIOMETRIC_UNLOCK_ENABLED": "false"}
    assert op("signin", "--raw", env=env, stdin="wrong\n").returncode == 1
    token = op("signin", "--raw", env=env, stdin="hunter2\n").stdout.strip()
    me = standin.tenant["users"][0]["id"]
    assert len(json.loads(op("user", "list", env={**env, f"OP_SESSION_{me}": token}).stdout)) == 12
    assert op("user", "list", env={**env, "OP_SESSION_OTHER": token}).returncode == 1


def test_an_account_is_added_with_its_secret_key_only(op, standin):
    standin.plan(account="unknown")
    env = {"OP_BIOMETRIC_UNLOCK_ENABLED": "false"}
    words = ("account", "add", "--address", "example.1password.com", "--email", "u0@example.com", "--signin", "--raw")
    assert op(*words, env=env, stdin="hunter2\n").returncode == 1
    assert op(*words, env={**env, "OP_SECRET_KEY": "A3-TEST"}, stdin="hunter2\n").stdout.startswith("standin-session")
    assert "app integration" in op(*words, stdin="hunter2\n").stderr


def test_a_prompt_ends_at_the_end_of_its_input(op, standin):
    standin.fail("user list", "prompt")
    assert "not currently signed in" in op("user", "list", stdin="").stderr


def test_many_objects_of_one_call(op, standin):
    ids = [user["id"] for user in standin.tenant["users"]]
    plain = op("user", "get", "-", stdin="\n".join(ids[:3])).stdout
    assert plain.count("last_auth_at") == 3
    with pytest.raises(json.JSONDecodeError):
        json.loads(plain)
    assert op("user", "get", "-", stdin=json.dumps([{"id": key} for key in ids])).stdout.count("last_auth_at") == 12
    standin.plan(broken=[ids[1]])
    broken = op("user", "get", "-", stdin="\n".join(ids[:3]))
    assert (broken.returncode, broken.stdout.count("last_auth_at")) == (1, 1)


def test_faults_count_their_attempts(op, standin):
    standin.fail("user list", "conflict", attempts=[2])
    assert [op("user", "list").returncode for _ in range(3)] == [0, 1, 0]
    assert len(standin.events("fault")) == 1


def test_calls_are_recorded(op, standin):
    op("vault", "get", standin.tenant["vaults"][0]["id"])
    (start,), (end,) = standin.events("start"), standin.events("end")
    assert start["words"] == ["vault", "get", standin.tenant["vaults"][0]["id"]]
    assert (start["pid"], end["code"]) == (end["pid"], 0)
    assert start["t"] < end["t"]


def test_changes_keep_to_the_rules(op, standin):
    vault, who = standin.tenant["vaults"][0]["id"], standin.tenant["users"][2]["id"]
    call = ("vault", "user", "grant", "--vault", vault, "--user", who)
    assert op(*call, "--permissions", "view_items").returncode == 97
    missing = op(*call, "--permissions", "edit_items", "--no-input").stderr
    assert "dependent on the permission(s) view_items, view_and_copy_passwords" in missing
    assert op(*call, "--permissions", "view_items,create_items", "--no-input").returncode == 0
    away = ("vault", "user", "revoke", "--vault", vault, "--user", who, "--permissions", "view_items", "--no-input")
    assert "dependent on the permission(s) create_items" in op(*away).stderr
    assert standin.now()["vault_users"][vault][who] == ["view_items", "create_items"]
    other = ("vault", "user", "revoke", "--vault", vault, "--user", standin.tenant["users"][11]["id"], "--no-input")
    assert "the accessor doesn't have any permissions" in op(*other).stderr


def test_two_changes_of_one_vault_are_a_conflict(op, standin):
    (standin.state / f"writing-{standin.tenant['groups'][0]['id']}").touch()
    done = op("group", "user", "grant", "--group", standin.tenant["groups"][0]["id"], "--user", "u1@example.com")
    assert "(409) Conflict" in done.stderr
