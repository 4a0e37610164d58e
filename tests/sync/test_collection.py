"""A sync that is cut anywhere goes on where it was, and ends with the rows of one that was not."""

import json
import logging

import pytest

from connector_host import Entitlement, Grant, NotPermitted, Page, ResourceId, Run, hookimpl
from connector_host.errors import ConfigError, ConnectorHostError, IncompleteSync, PreconditionError, Stopped


class Cut(Exception):
    """The process, as good as dead: nothing after this is done in it."""


def cut_after(toy, number):
    """The connector dies in its call number `number`."""

    def asked(hook, subject, token):
        if len(toy.calls) == number:
            raise Cut
        toy.calls.append((hook, subject, token))

    toy.asked = asked


def number_of_calls(sync, toy, tmp_path):
    sync(toy, file=tmp_path / "whole.c1z", page_size=2, workers=1)
    return len(toy.calls)


def test_a_sync_cut_at_every_page_ends_with_the_same_rows_and_asks_for_nothing_twice(sync, toy, tmp_path, unpacked):
    total = number_of_calls(sync, toy, tmp_path)
    whole = unpacked(tmp_path / "whole.c1z").everything()
    for number in range(total):
        first, second = type(toy)(), type(toy)()
        cut_after(first, number)
        output = tmp_path / f"cut{number}.c1z"
        with pytest.raises(ConnectorHostError):
            sync(first, file=output, page_size=2, workers=1)
        assert not output.exists()
        summary, file = sync(second, file=output, page_size=2, workers=1)
        assert summary.resumed
        assert file.everything() == whole
        assert len(first.calls) + len(second.calls) <= total + 1  # one page was on its way when the other died
        assert not (tmp_path / f".cut{number}.c1z.work").exists()


def test_a_stopped_run_says_so_and_keeps_its_place(sync, toy):
    run = Run()

    def asked(hook, subject, token):
        if hook == "list_grants":
            run.stop()

    toy.asked = asked
    with pytest.raises(Stopped):
        sync(toy, run=run)
    summary, _ = sync(type(toy)())
    assert summary.resumed


def test_what_was_not_permitted_makes_the_run_incomplete_and_is_tried_again(sync, toy, tmp_path):
    whole, file = sync(type(toy)(), file=tmp_path / "whole.c1z")

    def asked(hook, subject, token):
        if hook == "list_grants" and subject == "g1":
            raise NotPermitted("only owners may see g1", hint="ask an owner")

    toy.asked = asked
    with pytest.raises(IncompleteSync, match=r"group:g1.*only owners may see g1") as error:
        sync(toy)
    assert error.value.exit_code == 6
    assert not (tmp_path / "sync.c1z").exists()
    again = type(toy)()
    summary, other = sync(again)
    assert summary.resumed
    assert [call for call in again.calls if call[0] == "list_grants"] == [("list_grants", "g1", None)]
    assert other.everything() == file.everything()
    assert summary.totals == whole.totals


def test_a_type_that_was_not_permitted_is_listed_with_all_that_follows_from_it_by_the_next_run(sync, toy, tmp_path):
    _, whole = sync(type(toy)(), file=tmp_path / "whole.c1z")

    def asked(hook, subject, token):
        if hook == "list_resources" and subject == "group":
            raise NotPermitted("groups are not for you")

    toy.asked = asked
    with pytest.raises(IncompleteSync):
        sync(toy)
    _, file = sync(type(toy)())
    assert file.everything() == whole.everything()


def test_a_partial_file_is_written_when_asked_for_and_names_what_is_missing(sync, toy):
    def asked(hook, subject, token):
        if hook == "list_grants" and subject == "g1":
            raise NotPermitted("only owners may see g1")

    toy.asked = asked
    summary, file = sync(toy, allow_partial=True)
    assert len(summary.unread) == 1
    token = json.loads(file.runs()[-1]["sync_token"])
    assert "group:g1" in token["connector_host"]["unread"][0]
    assert not any(row["resource_id"] == "g1" for row in file.rows("grants").values())


def test_resources_that_came_with_grants_are_not_asked_about_by_a_later_run(sync, toy):
    class Bringing(type(toy)):
        @hookimpl
        def list_grants(self, session, resource):
            self.asked("list_grants", resource.id.resource, None)
            brought = self.group(f"new-{resource.id.resource}")
            return Page([Grant(brought.ref("member"), ResourceId("user", "u0"))], insert_resources=True)

    first, second = Bringing(), Bringing()

    def asked(hook, subject, token):
        if hook == "list_grants" and subject == "g2":
            raise NotPermitted("not g2")

    first.asked = asked
    with pytest.raises(IncompleteSync):
        sync(first, workers=1)
    _, file = sync(second)
    assert [subject for hook, subject, _ in second.calls if hook in ("list_entitlements", "list_grants")] == ["g2"]
    assert {"group:new-g0", "group:new-g2"} <= set(file.rows("resources"))


def stop_early(sync, toy, **settings):
    cut_after(toy, 6)
    with pytest.raises(ConnectorHostError):
        sync(toy, page_size=2, workers=1, **settings)


def test_working_state_of_another_account_is_refused_and_fresh_deletes_it(sync, toy, tmp_path):
    stop_early(sync, toy)
    other = type(toy)()
    other.account = "somebody else"
    with pytest.raises(PreconditionError, match="account 'toy'") as error:
        sync(other)
    assert error.value.exit_code == 9
    summary, _ = sync(other, fresh=True)
    assert not summary.resumed


def test_working_state_of_another_connector_is_refused(sync, toy):
    stop_early(sync, toy)
    with pytest.raises(PreconditionError, match="connector 'toy'"):
        sync(type(toy)(), name="other")


def test_working_state_that_is_too_old_is_moved_aside_and_said(sync, toy, tmp_path):
    stop_early(sync, toy)
    path = tmp_path / ".sync.c1z.work" / "state.json"
    state = json.loads(path.read_text())
    state["created"] -= 8 * 86400
    path.write_text(json.dumps(state))
    summary, _ = sync(type(toy)())
    assert not summary.resumed
    assert "8 days old" in summary.warnings[0]
    assert (tmp_path / ".sync.c1z.work.old" / "sync.db").exists()


def test_working_state_that_cannot_be_read_is_refused_with_the_way_out(sync, toy, tmp_path):
    stop_early(sync, toy)
    (tmp_path / ".sync.c1z.work" / "state.json").write_text("{")
    with pytest.raises(PreconditionError, match="state.json cannot be read") as error:
        sync(type(toy)())
    assert "--fresh" in error.value.hint


def test_a_damaged_working_database_is_an_error_with_the_way_out(sync, toy, tmp_path):
    stop_early(sync, toy)
    for path in (tmp_path / ".sync.c1z.work").glob("sync.db*"):
        path.write_bytes(b"not a database" * 100)
    with pytest.raises(ConnectorHostError) as error:
        sync(type(toy)())
    assert "--fresh" in error.value.hint


def test_two_runs_on_one_output_do_not_meet(sync, toy, tmp_path):
    def asked(hook, subject, token):
        if hook == "list_entitlements" and not tried:
            tried.append(1)
            with pytest.raises(PreconditionError, match="another sync into .*sync.c1z is running"):
                sync(type(toy)())

    tried = []
    toy.asked = asked
    sync(toy)
    assert tried


def test_a_folder_without_state_is_nobodys(sync, toy, tmp_path):
    (tmp_path / ".sync.c1z.work").mkdir()
    (tmp_path / ".sync.c1z.work" / "sync.db").write_bytes(b"left over")
    summary, _ = sync(toy)
    assert not summary.resumed


@pytest.mark.parametrize("expand", [True, False])
def test_ids_repeated_before_and_after_a_cut_give_the_row_and_the_count_of_an_uncut_run(sync, toy, tmp_path, expand):
    class Repeating(type(toy)):
        def resources(self, kind, parent):
            found = super().resources(kind, parent)
            return [*found, *(self.user(item.id.resource, "again") for item in found[:2])] if kind == "user" else found

        def entitlements(self, resource):
            return [*super().entitlements(resource), Entitlement(resource, "member", display_name="again")]

        def grants(self, resource):
            found = super().grants(resource)
            return [*found, *found[:1], Grant(resource.ref("member"), found[-1].principal)]

    settings = {"page_size": 1, "workers": 1, "skip_grant_expansion": not expand}
    first = Repeating()
    whole, file = sync(first, file=tmp_path / "whole.c1z", **settings)
    rows, merged = file.everything(), {k: v for k, v in whole.counters.items() if k.startswith("merged")}
    assert merged == {"merged resources": 2, "merged entitlements": 3, "merged grants": 6}
    for number in range(2, len(first.calls), 3):
        cut = Repeating()
        cut_after(cut, number)
        output = tmp_path / f"again{number}.c1z"
        with pytest.raises(ConnectorHostError):
            sync(cut, file=output, **settings)
        summary, file = sync(Repeating(), file=output, **settings)
        assert summary.resumed
        assert file.everything() == rows
        assert {k: v for k, v in summary.counters.items() if k.startswith("merged")} == merged


def test_a_run_that_never_began_leaves_nothing(sync, toy, tmp_path):
    toy.check_session = hookimpl(lambda session: (_ for _ in ()).throw(ConfigError("no such account")))
    with pytest.raises(ConfigError):
        sync(toy)
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_run_says_whether_there_is_something_to_go_on_with(sync, toy, tmp_path):
    run = Run(logging.getLogger("toy"))
    run.stop()
    with pytest.raises(Stopped) as raised:
        sync(toy, run=run)
    assert "Nothing was stored yet" in raised.value.hint
    assert list(tmp_path.iterdir()) == []

    run = Run(logging.getLogger("toy"))
    toy.asked = lambda hook, subject, token: run.stop() if hook == "list_grants" else None
    with pytest.raises(Stopped) as raised:
        sync(toy, run=run)
    assert "The checkpoint is kept" in raised.value.hint
    toy.asked = lambda hook, subject, token: None
    assert sync(toy)[0].resumed
