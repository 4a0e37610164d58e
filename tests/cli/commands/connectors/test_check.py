"""The end of `check`: ready to sync, or not, and why; in the words of a person."""

import json

import pytest

from connector_host.cli.main import main

CODE = """
import os
import connector_host as ch
FAULT = os.environ.get("FAULT", "")
ORG = ch.ResourceType("org", "Organisation", (), skip_entitlements_and_grants=True)
TEAM = ch.ResourceType("team", "Team", (ch.Trait.GROUP,))
@ch.hookimpl
def connector_info(): return ch.ConnectorInfo("Mini", api=ch.HOST_API)
@ch.hookimpl
def open_session(options):
    if FAULT == "sign-in": raise ch.AuthError("the token is not valid")
    return 1
@ch.hookimpl
def list_resource_types(): return [ORG, TEAM]
@ch.hookimpl
def list_resources(resource_type, parent):
    if resource_type.id == "org":
        return [ch.Resource(ch.ResourceId("org", "o"), "O", child_types=("team",))]
    if parent is None: return []
    if FAULT == "teams": raise ch.NotPermitted("only administrators list teams", hint="Use another account.")
    return ch.Page([ch.Resource(ch.ResourceId("team", str(n)), "T", traits=(ch.GroupTrait(),)) for n in range(3)], "2")
@ch.hookimpl
def list_grants(): return []
"""


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    (tmp_path / "mini.py").write_text(CODE)

    def run(*words, fault=""):
        monkeypatch.setenv("FAULT", fault)
        code = main(["--plugins-dir", str(tmp_path), "check", "mini", *words])
        return (code, *capsys.readouterr())

    return run


def test_ready(check):
    code, out, _ = check()
    assert code == 0
    assert out.splitlines()[-1] == "Ready to sync: connector-host sync mini"
    rows = [line.split() for line in out.splitlines()]
    assert ["resources", "of", "type", "team", "yes", "3+"] in rows  # with those under parents, and more pages follow


def test_not_ready_because_of_one_listing(check):
    code, out, _ = check(fault="teams")
    assert code == 4
    last = out.splitlines()[-1]
    assert (
        last
        == "Not ready to sync: resources of type team under org:o cannot be read because only administrators list teams"
    )
    assert "Use another account." in out
    assert ["resources", "of", "type", "team", "no", "0"] in [line.split()[:6] for line in out.splitlines()]


def test_not_ready_because_nobody_is_signed_in(check):
    code, out, err = check(fault="sign-in")
    assert (code, out) == (3, "")
    assert err.startswith("Error: not ready to sync: the token is not valid")


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_programs_get_every_listing_by_its_hook(check, form):
    code, out, _ = check("-o", form)
    assert code == 0
    looks = json.loads(out)["looks"] if form == "json" else [json.loads(line) for line in out.splitlines()]
    assert {look["hook"] for look in looks} == {"list_resource_types", "list_resources", "list_grants"}
    assert {"hook", "subject", "items", "more", "problem", "hint", "exit_code"} == set(looks[0])
