"""A look at a connector: who it is, a first page of each listing, and what stands in the way."""

import pytest

from connector_host import (
    AuthError,
    Entitlement,
    Grant,
    NotPermitted,
    RateLimited,
    Resource,
    ResourceId,
    Run,
    hookimpl,
)
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.connection_check import check


def look(toy, **options):
    return check(make_connector(toy, "toy"), Options({}), Run(), max_attempts=1, **options)


def test_every_list_hook_is_asked_for_one_page(toy):
    checked = look(toy)
    assert checked.identity.account == "toy"
    assert [(one.hook, one.subject, one.items, one.more) for one in checked.listings] == [
        ("list_resource_types", "everything", 2, False),
        ("list_resources", "user", 3, True),
        ("list_resources", "group", 3, False),
        ("list_entitlements", "group:g0", 1, False),
        ("list_grants", "group:g0", 3, True),
    ]
    assert checked.exit_code == 0


def test_a_type_that_lives_under_parents_is_looked_at_there(toy):
    def resources(kind, parent):
        if kind == "group" and parent is None:
            return [toy.group("g0", child_types=("user",))]
        return [toy.user("u0")] if kind == "user" and parent is not None else []

    toy.resources = resources
    assert ("list_resources", "user under group:g0", 1) in [
        (one.hook, one.subject, one.items) for one in look(toy).listings
    ]


def test_what_may_not_be_seen_is_reported_and_the_check_goes_on(toy):
    def asked(hook, subject, token):
        if hook == "list_entitlements":
            raise NotPermitted("owners only", hint="ask an owner")

    toy.asked = asked
    checked = look(toy)
    (problem,) = [one for one in checked.listings if one.problem]
    assert (problem.hook, problem.problem, problem.hint) == ("list_entitlements", "owners only", "ask an owner")
    assert checked.listings[-1].hook == "list_grants"
    assert checked.exit_code == 4


def test_what_a_sync_would_not_take_is_reported_and_the_check_goes_on(toy):
    toy.resources = lambda kind, parent: [toy.group("g0")] if kind == "group" else [Resource(ResourceId("user", 7))]
    toy.grants = lambda resource: {}["gone"]
    checked = look(toy)
    problems = {one.hook: one.problem for one in checked.listings if one.problem}
    assert problems["list_resources"] == (
        "item 0 (user:7): the resource of its id is int, not str (1 of 1 items malformed)"
    )
    assert problems["list_grants"].startswith("the hook failed: KeyError: 'gone' (")
    assert [one.subject for one in checked.listings] == ["everything", "user", "group", "group:g0", "group:g0"]
    assert checked.exit_code == 70


def test_what_a_sync_would_leave_out_is_said(toy):
    toy.grants = lambda resource: [Grant(resource.ref("member"), ResourceId("usr", "u0"))]
    checked = look(toy)
    assert checked.listings[-1].problem == "1 of the type 'usr', which is not listed"
    assert checked.exit_code == 0


def test_a_failed_sign_in_is_an_error(toy):
    def asked(hook, subject, token):
        raise AuthError("locked")

    toy.asked = asked
    with pytest.raises(AuthError, match="locked"):
        look(toy)


def test_static_entitlements_are_looked_at_type_by_type(toy):
    class WithStatic(type(toy)):
        @hookimpl
        def list_static_entitlements(self, resource_type):
            return [Entitlement(Resource(ResourceId(resource_type.id, "")), "use")]

    toy.__class__ = WithStatic
    assert [(one.subject, one.items) for one in look(toy).listings if one.hook == "list_static_entitlements"] == [
        ("user", 1),
        ("group", 1),
    ]


def test_waits_are_logged_and_the_results_are_kept_when_the_application_stays_away(toy, caplog):
    def asked(hook, subject, token):
        if hook == "list_entitlements":
            raise RateLimited("too many requests", retry_after=0.01)

    toy.asked = asked
    checked = check(make_connector(toy, "toy"), Options({}), Run(), max_attempts=3)
    waits = [message for message in caplog.messages if message.startswith("Waiting 0.0 s: too many requests")]
    assert len(waits) == 2
    assert "list_entitlements of group:g0" in waits[0]
    assert [listing.hook for listing in checked.listings][-1] == "list_entitlements"  # the rest was not tried
    assert checked.listings[-1].problem == "too many requests (after 3 attempts)"
    assert "Run the same command again later" in checked.listings[-1].hint
    assert checked.exit_code == 10
