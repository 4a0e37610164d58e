"""`grant` and `revoke` from words to the changed application, with the connector `fake`; a change each in a process of its own."""

import json
import stat

import pytest


def told(done, code=0):
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def refused(done, code, *texts):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for text in texts:
        assert text in done.stderr


def test_a_grant_made_is_in_the_next_sync_and_a_revoked_one_is_not(workshop):
    before = workshop.file.read_bytes()
    done = workshop.child("grant", "--principal", "bob@example.com", "--entitlement", "In one")
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout
        == "done: grant In one (group:g1:member) to Bob (user:bob)\n  add grant group:g1:member to user:bob\n"
    )
    assert "Account: workshop as master" in done.stderr
    assert "Cannot see the cellar." in done.stderr
    assert workshop.file.read_bytes() == before
    workshop.sync()
    assert "group:g1:member:user:bob" in workshop.synced()
    taken = told(workshop.child("revoke", "--grant", "group:g1:member:user:bob", "-o", "json"))
    ids = {"entitlement": "group:g1:member", "principal": "user:bob"}
    assert taken == {
        "action": "revoke",
        **ids,
        "grant": "group:g1:member:user:bob",
        "outcome": "done",
        "dryRun": False,
        "calls": ["remove grant group:g1:member from user:bob"],
        "grants": [],
        "removed": [{"id": "group:g1:member:user:bob", **ids}],
    }
    workshop.sync()
    assert "group:g1:member:user:bob" not in workshop.synced()


def test_what_is_so_already_is_success_and_said(workshop):
    before = workshop.scenario.read_bytes()
    done = workshop.run("grant", "--principal", "user:ann", "--entitlement", "group:g1:member")
    assert (done.returncode, done.stdout) == (
        0,
        "already: grant In one (group:g1:member) to Ann (user:ann) (nothing to do)\n",
    )
    assert workshop.scenario.read_bytes() == before
    for outcome in ("done", "already"):
        assert told(workshop.run("revoke", "--grant", "group:g1:member:user:ann", "-o", "json"))["outcome"] == outcome


def test_a_grant_newer_than_the_file_can_be_revoked_by_names(workshop):
    words = ("--principal", "bob", "--entitlement", "group:g1:member")
    assert workshop.run("grant", *words).returncode == 0
    done = told(workshop.run("revoke", *words, "-o", "json"))
    assert (done["outcome"], done["grant"]) == ("done", "group:g1:member:user:bob")
    assert "newer than the file" in done["note"]
    assert "group:g1:member:user:bob" not in workshop.held()


def test_a_dry_run_shows_the_calls_and_leaves_the_application_as_it_is(workshop):
    before = workshop.scenario.read_bytes()
    given = workshop.run("grant", "--principal", "bob", "--entitlement", "group:g1:member", "--dry-run")
    assert given.stdout.splitlines()[1:] == ["  add grant group:g1:member to user:bob"]
    assert given.stdout.startswith("planned: ")
    taken = told(workshop.run("revoke", "--grant", "group:g1:member:user:ann", "--dry-run", "-o", "json"))
    assert (taken["outcome"], taken["dryRun"], taken["removed"]) == ("planned", True, [])
    assert taken["calls"] == ["remove grant group:g1:member from user:ann"]
    assert workshop.scenario.read_bytes() == before
    assert [line["dry_run"] for line in workshop.audit()] == [True] * 4


def test_the_spellings_of_the_go_connectors(workshop):
    given = ("--grant-entitlement", "group:g1:member", "--grant-principal", "bob", "--grant-principal-type", "user")
    assert workshop.run("grant", *given).returncode == 0
    assert "group:g1:member:user:bob" in workshop.held()
    assert workshop.run("revoke", "--revoke-grant", "group:g1:member:user:ann").returncode == 0
    assert "group:g1:member:user:ann" not in workshop.held()


def test_the_hook_gets_whole_values(site, workshop):
    site.add("witness", WITNESS)
    words = ("-f", workshop.file, "--principal", "ann", "--entitlement", "group:g1:member")
    seen = told(site.run("grant", "witness", *words, "--other-account", "-o", "json"))["calls"]
    assert seen == ["Ann ann@example.com", "The g1 In one 1 traits"]
    seen = told(site.run("revoke", "witness", *words, "--other-account", "-o", "json"))["calls"]
    assert seen == ["Ann ann@example.com", "The g1 In one 1 traits", "group:g1:member:user:ann"]


WITNESS = """
from connector_host import *

@hookimpl
def connector_info():
    return ConnectorInfo("Witness", api=1)

@hookimpl
def list_resource_types():
    return []

def said(principal, entitlement):
    on = entitlement.resource
    return (
        f"{principal.display_name} {principal.traits[0].emails[0].address}",
        f"{on.display_name} {entitlement.display_name} {len(on.traits)} traits",
    )

@hookimpl
def grant(principal, entitlement):
    return Change(outcome=Outcome.DONE, calls=said(principal, entitlement))

@hookimpl
def revoke(grant):
    return Change(outcome=Outcome.DONE, calls=(*said(grant.principal, grant.entitlement), grant.id))
"""


# --------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("verb", "words", "code", "texts"),
    [
        ("grant", "--principal ann", 2, ["Specify the grant: --principal and --entitlement"]),
        ("grant", "--principal-type user --entitlement box:b1:open", 2, ["but no principal"]),
        ("grant", "--principal Cat --entitlement box:b1:open", 2, ["can mean any of 2", "user:cat", "user:cat2"]),
        ("grant", "--principal ann --entitlement box:b1", 2, ["any of 2 entitlements", "box:b1:fill"]),
        ("grant", "--principal dan --entitlement box:b1:open", 5, ["No principal or resource matches"]),
        ("grant", "--principal ann --entitlement box:b9", 5, ["No entitlement and no resource matches"]),
        ("grant", "--principal g1 --principal-type user --entitlement box:b1:open", 5, ["no resource user:g1"]),
        ("grant", "--principal group:g1 --entitlement group:g2:member", 2, ["of type group", "granted to: user"]),
        ("revoke", "--grant group:g1:member:user:ann --principal ann", 2, ["specified twice"]),
        ("revoke", "--principal ann", 2, ["--grant ID"]),
        ("revoke", "--grant group:g9:member:user:ann", 5, ["holds no grant"]),
        ("revoke", "--grant box:b1:open:user:bob", 9, ["only through groups: group:g2:member → box:b1:open"]),
        ("revoke", "--principal bob --entitlement box:b1:open", 9, ["Revoke instead: group:g2:member:user:bob"]),
        ("grant", "--principal ann --entitlement box:b1:open -o nonsense", 2, ["nonsense"]),
        ("grant", "--principal ann --entitlement box:b1:open --sync-id x", 5, ["holds no sync"]),
    ],
)
def test_refused_before_anybody_signs_in(workshop, verb, words, code, texts):
    before = workshop.scenario.read_bytes()
    refused(workshop.run(verb, *words.split()), code, *texts)
    assert workshop.scenario.read_bytes() == before
    assert not workshop.audit_file.exists()


def test_a_connector_that_cannot(site, workshop):
    site.add("reader")
    words = ("-f", workshop.file, "--principal", "ann", "--entitlement", "group:g1:member")
    refused(site.run("grant", "reader", *words), 2, "it has no hook grant")
    site.add("witness", WITNESS)
    refused(site.run("grant", "witness", *words, "--dry-run"), 2, "cannot do a dry run of grant", "Nothing was done.")


@pytest.mark.parametrize(
    ("kind", "code"), [("not_permitted", 4), ("not_found", 5), ("permanent", 2), ("auth_expired", 3)]
)
def test_what_the_connector_refuses_has_its_exit_code_and_is_recorded(workshop, kind, code):
    plan = json.dumps([{"hook": "grant", "kind": kind, "times": 0}])
    done = workshop.run("grant", "--principal", "bob", "--entitlement", "group:g1:member", "--faults", plan)
    assert done.returncode == code or kind == "permanent", done.stderr
    assert done.returncode != 0
    begun, ended = workshop.audit()
    assert (begun["event"], ended["event"], ended["outcome"]) == ("begin", "end", "failed")
    assert ended["error"]["exit_code"] == done.returncode
    assert "group:g1:member:user:bob" not in workshop.held()


def test_what_passes_is_tried_again(workshop):
    plan = [
        {"hook": "grant", "kind": "rate_limit", "retry_after": 0.1},
        {"hook": "check_session", "kind": "auth_expired"},
    ]
    words = ("--principal", "bob", "--entitlement", "group:g1:member", "--faults", json.dumps(plan))
    done = workshop.run("grant", *words)
    assert done.returncode == 0, done.stderr
    assert "is tried again:" in done.stderr
    assert "group:g1:member:user:bob" in workshop.held()
    assert [line["event"] for line in workshop.audit()] == ["begin", "end"]


def test_attempts_are_not_without_end(workshop):
    plan = json.dumps([{"hook": "grant", "kind": "unavailable", "times": 0}])
    words = ("--principal", "bob", "--entitlement", "group:g1:member", "--faults", plan, "--max-attempts", "1")
    refused(workshop.run("grant", *words), 10, "Give the same command again later")


# --------------------------------------------------------------------------------------------- the record


def test_the_record_of_a_change(workshop):
    workshop.run("grant", "--principal", "bob", "--entitlement", "group:g1:member")
    begun, ended = workshop.audit()
    who = {"connector": "fake", "account": "workshop", "user": "master"}
    about = {"action": "grant", "principal": "user:bob", "entitlement": "group:g1:member", "dry_run": False}
    assert begun.items() >= {"event": "begin", **who, **about}.items()
    assert ended.items() >= {"event": "end", **who, **about, "outcome": "done"}.items()
    assert ended["calls"] == ["add grant group:g1:member to user:bob"]
    assert begun["change"] == ended["change"]
    assert begun["by"] == ended["by"] != ""
    assert begun["time"] <= ended["time"]
    assert begun["time"].endswith("Z")
    assert stat.S_IMODE(workshop.audit_file.stat().st_mode) == 0o600


def test_the_record_is_beside_the_file_unless_told(workshop):
    words = ("grant", "fake", "--scenario", workshop.scenario, "--writable", "-f", workshop.file)
    words += ("--principal", "ann", "--entitlement", "group:g1:member")
    workshop.site.run(*words)
    assert (workshop.folder / "connector-host-audit.jsonl").read_text().count("\n") == 2
    workshop.site.run(*words, environ={"BATON_AUDIT": str(workshop.audit_file)})
    assert len(workshop.audit()) == 2


def test_nothing_is_done_that_cannot_be_recorded(workshop):
    workshop.audit_file.mkdir()
    before = workshop.scenario.read_bytes()
    done = workshop.run("grant", "--principal", "bob", "--entitlement", "group:g1:member")
    refused(done, 2, "cannot be written")
    assert workshop.scenario.read_bytes() == before


TALKER = """
from connector_host import *

@hookimpl
def connector_info():
    return ConnectorInfo("Talker", api=1)

@hookimpl
def connector_options():
    return [Option(name="password", secret=True)]

@hookimpl
def list_resource_types():
    return []

@hookimpl
def open_session(options, run):
    run.redact("token-of-today")
    return options["password"].reveal() + " token-of-today"

@hookimpl
def grant(session, entitlement):
    print("said", session)
    if entitlement.id == "box:b1:open": raise NotPermitted("no: " + session, hint="try " + session)
    if entitlement.id == "box:b1:fill": raise KeyError(session)
    return Change(outcome=Outcome.DONE, calls=("call " + session,))
"""


@pytest.mark.parametrize(("what", "code"), [("group:g1:member", 0), ("box:b1:open", 4), ("box:b1:fill", 70)])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_no_secret_is_printed_or_recorded(site, workshop, capsysbinary, monkeypatch, what, code, form):
    from connector_host.cli.main import main

    site.add("talker", TALKER)
    monkeypatch.setenv("BATON_PASSWORD", "hunter22")
    monkeypatch.setenv("BATON_AUDIT", str(workshop.audit_file))
    words = [
        "grant",
        "talker",
        "-f",
        str(workshop.file),
        "--other-account",
        "--principal",
        "ann",
        "--entitlement",
        what,
        "-o",
        form,
    ]
    assert main([*words, "--debug"]) == code
    told = b"".join(capsysbinary.readouterr()) + workshop.audit_file.read_bytes()
    assert b"***" in told
    assert b"hunter22" not in told
    assert b"token-of-today" not in told
