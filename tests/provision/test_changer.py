"""Changes through a connector: what is checked of its answers, and what is recorded whatever happens."""

import json
import os
from types import SimpleNamespace

import pytest

from connector_host import (
    AccountRequest,
    Can,
    Change,
    ConfigError,
    ConnectorInfo,
    Entitlement,
    Grant,
    NotPermitted,
    Outcome,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    Run,
    Secret,
    Unavailable,
    hookimpl,
)
from connector_host.errors import FileError, PluginError
from connector_host.options import Options
from connector_host.plugins.facade import HOOK_CAN
from connector_host.plugins.loading import make_connector
from connector_host.provision.audit_record import Audit
from connector_host.provision.capability_checks import check_declared, check_steps
from connector_host.provision.change_requests import Create, Delete, Give, SetStatus, Take
from connector_host.provision.changer import open_changer
from connector_host.secret import Redactor

STEP = Create(AccountRequest(login="dan"))


class Plugin:
    """Gives the answers it was made with, one a call; raises those that are errors."""

    def __init__(self, *answers, types=()):
        self.answers, self.closed, self.types = list(answers), 0, types

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Plugin", api=1)

    @hookimpl
    def list_resource_types(self):
        if isinstance(self.types, Exception):
            raise self.types
        return self.types

    @hookimpl
    def open_session(self):
        return SimpleNamespace(close=lambda: setattr(self, "closed", self.closed + 1))

    @hookimpl
    def create_account(self, request, dry_run):
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def make(tmp_path):
    """Make one account through a plugin; `make.lines()` is what was recorded."""
    path = tmp_path / "audit.jsonl"
    redact = Redactor()

    def run(plugin, *, dry_run=False, keep=lambda secret: None, audit=None):
        run = Run(redact=redact.add)
        run.sleep = lambda seconds: True
        connector = make_connector(plugin, "plugin")
        with (
            Audit(audit or path, redact, connector="plugin") as record,
            open_changer(connector, Options({}), run, record, dry_run=dry_run, max_attempts=3) as changer,
        ):
            return changer.make(STEP, keep)

    run.lines = lambda: [json.loads(line) for line in path.read_text().splitlines()]
    return run


@pytest.mark.parametrize(
    ("answer", "dry_run", "problem"),
    [
        (Change(outcome=Outcome.DONE), True, "returned done in a dry run"),
        (Change(outcome=Outcome.PLANNED), False, "only planned"),
        ("done", False, "not a Change"),
        (KeyError("x"), False, "KeyError"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_recorded_as_failed(make, answer, dry_run, problem):
    plugin = Plugin(answer)
    with pytest.raises(PluginError, match=problem):
        make(plugin, dry_run=dry_run)
    assert [line.get("outcome") for line in make.lines()] == [None, "failed"]
    assert problem in make.lines()[1]["error"]["message"]
    assert plugin.closed == 1


def test_an_odd_part_of_a_change_that_was_made_does_not_undo_it(make):
    kept = []
    change = make(
        Plugin(Change(outcome="done", calls=[7], grants=("x",), secret="plain-text")), keep=kept.extend
    ).change
    assert (change.calls, change.grants) == (("7",), ())
    assert [entry.value.reveal() for entry in kept] == ["plain-text"]


def test_a_secret_is_kept_before_the_record_can_fail_and_never_recorded(make, monkeypatch):
    kept = []
    answer = Change(outcome=Outcome.DONE, calls=("set hunter22",), secret=Secret("hunter22"))
    make(Plugin(answer), keep=kept.extend)
    assert make.lines()[1]["calls"] == ["set ***"]

    real = os.fsync

    def fsync(handle):
        if len(kept) > 1:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match=r"the change was made \(done\), but"):
        make(Plugin(answer), keep=kept.extend)
    assert [entry.value.reveal() for entry in kept] == ["hunter22"] * 2


def test_an_account_that_an_earlier_attempt_may_have_made(make):
    result = make(Plugin(Unavailable("cut off"), Change(outcome=Outcome.ALREADY)))
    assert result.change.outcome is Outcome.ALREADY
    assert "first secret is lost" in result.note
    assert make(Plugin(Change(outcome=Outcome.ALREADY))).note == ""


def test_transient_errors_end_and_others_are_not_tried_again(make):
    plugin = Plugin(*(Unavailable("cut off") for _ in range(5)))
    with pytest.raises(Unavailable, match="after 3 attempts") as caught:
        make(plugin)
    assert len(plugin.answers) == 2
    assert caught.value.hint.startswith("Give the same command again later")
    plugin = Plugin(NotPermitted("no"), Change(outcome=Outcome.DONE))
    with pytest.raises(NotPermitted):
        make(plugin)
    assert len(plugin.answers) == 1


# --------------------------------------------------------------------------------------------- what can be done


@pytest.mark.parametrize(
    "types",
    [
        [],
        [ResourceType("user")],
        [ResourceType("user", can=frozenset()), ResourceType("guest")],
        [ResourceType("user", can=frozenset({Can.CREATE_ACCOUNT})), ResourceType("group", can=frozenset())],
        NotPermitted("types are not for you"),
    ],
)
def test_an_account_is_made_where_a_type_declares_it_or_nothing_is_declared(make, types):
    done = make(Plugin(Change(outcome=Outcome.DONE), types=types))
    assert done.change.outcome is Outcome.DONE


def test_where_no_type_declares_it_the_connector_is_not_asked_and_nothing_recorded(make):
    plugin = Plugin(Change(outcome=Outcome.DONE), types=[ResourceType("user", can=frozenset({Can.DELETE}))])
    with pytest.raises(ConfigError, match="the connector plugin cannot create accounts") as caught:
        make(plugin)
    assert caught.value.hint == "See: connector-host capabilities plugin."
    assert len(plugin.answers) == 1
    assert plugin.closed == 1
    assert make.lines() == []


def test_what_a_type_declares_must_be_a_set(make):
    with pytest.raises(PluginError, match="'user': can is a str"):
        make(Plugin(types=[ResourceType("user", can="create_account")]))


STEPS = {
    "grant": lambda kind: Give(Resource(ResourceId("user", "u")), Entitlement(Resource(ResourceId(kind, "r")), "in")),
    "revoke": lambda kind: Take(Grant(Entitlement(Resource(ResourceId(kind, "r")), "in"), ResourceId("user", "u"))),
    "delete_resource": lambda kind: Delete(Resource(ResourceId(kind, "r"))),
    "set_status": lambda kind: SetStatus(Resource(ResourceId(kind, "r")), ResourceStatus.DISABLED),
}


@pytest.mark.parametrize("hook", STEPS)
def test_each_step_needs_what_its_resources_type_declares(hook):
    connector = make_connector(Plugin(), "plugin")
    can = HOOK_CAN[hook]
    types = {
        "yes": ResourceType("yes", can=frozenset({can})),
        "no": ResourceType("no", can=frozenset(Can) - {can}),
        "silent": ResourceType("silent"),
    }
    for kind in ("yes", "silent", "not-listed"):
        check_declared(connector, types, STEPS[hook](kind))
    with pytest.raises(ConfigError, match="of the type 'no'") as caught:
        check_declared(connector, types, STEPS[hook]("no"))
    assert caught.value.hint == "It can for the type(s) yes, silent."


def test_of_many_each_that_cannot_be_is_named_by_its_line():
    connector = make_connector(Plugin(), "plugin")
    types = {"no": ResourceType("no", can=frozenset())}
    steps = [(number, STEPS["grant"]("no" if number % 2 else "other")) for number in range(1, 61)]
    with pytest.raises(ConfigError, match="30 of 60 changes cannot be made:") as caught:
        check_steps(connector, types, steps)
    lines = caught.value.message.splitlines()
    assert lines[1].startswith("  line 1: the connector plugin cannot grant or revoke anything on resources")
    assert lines[-1] == "  and 10 more"
