"""Fields that `op` does not report: the known grants are kept, the rest is a gap, and `diff` reports no removal."""

from __future__ import annotations

import csv
import json

import pytest

from connector_host import ResourceStatus


def removed_grants(host, *files):
    done = host("diff", *files, "-o", "json")
    assert done.returncode == 0, done.stderr
    return [row["id"] for row in json.loads(done.stdout)["grants"].get("deleted", [])]


@pytest.mark.parametrize(
    ("field", "named"), [("role", "op did not report the role"), ("permissions", "op did not report the permissions")]
)
def test_what_is_not_reported_is_incomplete_named_and_never_removed(standin, host, tmp_path, field, named):
    assert host("sync", "onepassword", "-f", "a.c1z").returncode == 0
    standin.plan(unreported=[field])
    incomplete = host("sync", "onepassword", "-f", "b.c1z")
    assert incomplete.returncode == 6, incomplete.stderr
    assert named in incomplete.stderr
    assert not (tmp_path / "b.c1z").exists()
    partial = host("sync", "onepassword", "-f", "b.c1z", "--allow-partial", "--allow-shrink")
    assert partial.returncode == 0, partial.stderr
    assert named in partial.stdout + partial.stderr
    assert removed_grants(host, "a.c1z", "b.c1z") == []
    shown = host("diff", "a.c1z", "b.c1z").stdout
    assert "removed" not in shown
    assert "The newer sync is incomplete" in shown
    grants = list(csv.DictReader(host("grants", "-f", "b.c1z", "-o", "csv").stdout.splitlines()))
    marked = [grant for grant in grants if "not reported" in grant["Held"]]
    assert marked, "the memberships are known"
    assert all(grant["Held"].endswith(f" ({field} not reported)") for grant in marked)
    assert all(":member:" in grant["ID"] for grant in marked)


def test_access_that_is_really_removed_is_reported_beside_a_gap(standin, host):
    assert host("sync", "onepassword", "-f", "a.c1z").returncode == 0
    vault = next(name for name, held in standin.tenant["vault_users"].items() if held)
    person = next(iter(standin.tenant["vault_users"][vault]))
    standin.change(lambda tenant: tenant["vault_users"][vault].pop(person))
    standin.plan(unreported=["role"])
    assert host("sync", "onepassword", "-f", "b.c1z", "--allow-partial").returncode == 0
    assert any(name.startswith(f"vault:{vault}:") for name in removed_grants(host, "a.c1z", "b.c1z"))


def test_the_next_run_completes_a_sync_with_gaps(standin, host):
    standin.plan(unreported=["role"])
    assert host("sync", "onepassword", "-f", "a.c1z").returncode == 6
    standin.plan(unreported=[])
    assert host("sync", "onepassword", "-f", "a.c1z").returncode == 0
    assert host("sync", "onepassword", "-f", "b.c1z").returncode == 0
    assert removed_grants(host, "a.c1z", "b.c1z") == removed_grants(host, "b.c1z", "a.c1z") == []


@pytest.mark.parametrize(("no_details", "enabled"), [(True, False), (False, True)])
def test_a_missing_state_is_an_unspecified_status_unless_the_details_have_it(
    standin, open_session, no_details, enabled
):
    standin.plan(unreported=["state"])
    users = open_session(no_details=no_details).resources("user")
    active = [row["id"] for row in standin.tenant["users"] if row["state"] == "ACTIVE"]
    expected = ResourceStatus.ENABLED if enabled else ResourceStatus.UNSPECIFIED
    assert {user.status.status for user in users if user.id.resource in active} == {expected}


def test_an_unknown_vault_that_may_not_be_read_is_not_removed_access(standin, host):
    assert host("sync", "onepassword", "-f", "a.c1z").returncode == 0
    vault = standin.tenant["vaults"][1]["id"]
    standin.fail(f"vault user list {vault}", "forbidden")
    assert host("sync", "onepassword", "-f", "b.c1z", "--allow-partial").returncode == 0
    assert removed_grants(host, "a.c1z", "b.c1z") == []
