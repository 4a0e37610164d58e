"""The kit proves itself: a right connector passes everything, and each wrong one fails just the tests meant for it."""

import base64
import inspect
import itertools
import logging
import random
import textwrap
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import ClassVar
from urllib.parse import quote

import pytest
from _pytest.outcomes import Skipped
from msgspec.structs import replace

from connector_host import (
    HOST_API,
    ActionResult,
    ActionSchema,
    ActionStatus,
    Can,
    Change,
    ConnectorInfo,
    Email,
    Entitlement,
    Grant,
    GroupTrait,
    Identity,
    NotFound,
    Option,
    Outcome,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Trait,
    Unavailable,
    UserTrait,
    hookimpl,
)
from connector_host.testing import ContractTests, Harness
from connector_host.testing.harness import Problem

SECRET = "s3cr3t t0ken"


class Right:
    """Five people and two teams, in pages, with everything a connector can have."""

    concurrency = 4

    def __init__(self):
        self.held = {"t1": ["p1", "p2", "p3"], "t2": ["p3"]}
        self.down = False

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Right", HOST_API, concurrency=self.concurrency)

    @hookimpl
    def connector_options(self):
        return [Option(name="token", secret=True, required=True)]

    @hookimpl
    def open_session(self, options):
        return {"token": options["token"]}

    @hookimpl
    def check_session(self, session):
        return Identity("right", user="me")

    def types(self):
        return [
            ResourceType("person", "Person", (Trait.USER,), can=frozenset(), skip_entitlements_and_grants=True),
            ResourceType("team", "Team", (Trait.GROUP,), can=frozenset({Can.GRANT})),
        ]

    @hookimpl
    def list_resource_types(self):
        return self.types()

    def resources(self, kind):
        if kind == "team":
            return [Resource(ResourceId("team", name), f"Team {name}", traits=(GroupTrait(),)) for name in ("t1", "t2")]
        return [self.person(n) for n in range(1, 6)]

    def person(self, n, name=None):
        trait = UserTrait(emails=(Email(f"person{n}@example.com", True),))
        return Resource(ResourceId("person", name or f"p{n}"), f"Person {n}", traits=(trait,))

    def page(self, items, token, size):
        start, size = int(token or 0), size or 2
        return Page(items[start : start + size], str(start + size) if start + size < len(items) else None)

    def ask(self):
        if self.down:
            raise Unavailable("it is down")

    @hookimpl
    def list_resources(self, session, resource_type, parent, page_token, page_size):
        self.ask()
        return self.page([] if parent else self.resources(resource_type.id), page_token, page_size)

    @hookimpl
    def list_entitlements(self, session, resource, page_token, page_size):
        return self.page(
            [Entitlement(resource, "member", Purpose.ASSIGNMENT, grantable_to=("person",))], page_token, page_size
        )

    def grants(self, resource):
        member = resource.ref("member")
        return [Grant(member, ResourceId("person", name)) for name in self.held[resource.id.resource]]

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size):
        return self.page(self.grants(resource), page_token, page_size)

    @hookimpl
    def grant(self, session, principal, entitlement):
        members = self.held[entitlement.resource.id.resource]
        if principal.id.resource in members:
            return Change(outcome=Outcome.ALREADY)
        members.append(principal.id.resource)
        return Change(outcome=Outcome.DONE)

    @hookimpl
    def revoke(self, session, grant):
        members = self.held[grant.entitlement.resource.id.resource]
        if grant.principal_id.resource not in members:
            return Change(outcome=Outcome.ALREADY)
        members.remove(grant.principal_id.resource)
        return Change(outcome=Outcome.DONE)


# ------------------------------------------------------------------------------------------------- wrong ones


class StopsEarly(Right):
    """Pages of one never go on."""

    def page(self, items, token, size):
        page = super().page(items, token, size)
        return Page(page.items) if size == 1 else page


class NeverEnds(Right):
    """The last page has a token, too."""

    def page(self, items, token, size):
        page = super().page(items, token, size)
        return Page(page.items, page.next_token or "0")


class IgnoresTheToken(Right):
    """Each page is the first, whatever the token."""

    def page(self, items, token, size):
        if len(items) <= 2:
            return Page(items)
        return Page(items[:2], None if token else "next")


class Overlaps(Right):
    """The last of a page is the first of the next."""

    def page(self, items, token, size):
        start, size = int(token or 0), size or 2
        return Page(items[max(0, start - 1) : start + size], str(start + size) if start + size < len(items) else None)


class KeepsThePlace(Right):
    """The place in a listing is kept in the connector."""

    concurrency = 1

    def __init__(self):
        super().__init__()
        self.place = 0

    def page(self, items, token, size):
        self.place = 0 if token is None else self.place + (size or 2)
        end = self.place + (size or 2)
        return Page(items[self.place : end], "go on" + str(end) if end < len(items) else None)


class NamesForIds(Right):
    def person(self, n, name=None):
        return super().person(n, f"person{n}@example.com")

    def __init__(self):
        super().__init__()
        self.held = {"t1": ["person1@example.com"], "t2": []}


class NewIdsEachTime(Right):
    def __init__(self):
        super().__init__()
        self.sessions = itertools.count(1)
        self.held = {"t1": [], "t2": []}

    @hookimpl
    def open_session(self, options):
        return {"number": next(self.sessions)}

    @hookimpl
    def list_resources(self, session, resource_type, parent, page_token, page_size):
        self.ask()
        if resource_type.id == "team":
            return self.page(self.resources("team"), page_token, page_size)
        people = [self.person(n, f"s{session['number']}-{n}") for n in range(1, 6)]
        return self.page(people, page_token, page_size)


class DanglingGrants(Right):
    def __init__(self):
        super().__init__()
        self.held["t2"].append("nobody")


class UnlistedEntitlement(Right):
    def grants(self, resource):
        return [Grant(resource.ref("owner"), ResourceId("person", "p1"))]


class MissingTrait(Right):
    concurrency = 1

    def person(self, n, name=None):
        made = super().person(n, name)
        return Resource(made.id, made.display_name) if n == 4 else made


class LostParent(Right):
    def person(self, n, name=None):
        made = super().person(n, name)
        return Resource(made.id, made.display_name, parent=ResourceId("team", "t9"), traits=made.traits)


class LeaksTheSecret(Right):
    @hookimpl
    def list_resources(self, session, resource_type, parent, page_token, page_size):
        self.ask()
        print("asking with", session["token"].reveal())
        return self.page(self.resources(resource_type.id), page_token, page_size)


class RevokesOnce(Right):
    @hookimpl
    def revoke(self, session, grant):
        self.held[grant.entitlement.resource.id.resource].remove(grant.principal_id.resource)
        return Change(outcome=Outcome.DONE)


class GrantsNothing(Right):
    @hookimpl
    def grant(self, session, principal, entitlement):
        return Change(outcome=Outcome.DONE)


class ForeignErrors(Right):
    def ask(self):
        if self.down:
            raise KeyError("items")


class SwallowsErrors(Right):
    @hookimpl
    def list_resources(self, session, resource_type, parent, page_token, page_size):
        return self.page([] if self.down or parent else self.resources(resource_type.id), page_token, page_size)

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size):
        return self.page(self.grants(resource), page_token, page_size)


class NotForThreads(Right):
    """Two threads share one variable."""

    def __init__(self):
        super().__init__()
        self.current = None

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size):
        self.current = resource
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.002)
        return self.page(self.grants(self.current), page_token, page_size)


class NeedsASession(Right):
    @hookimpl
    def list_resource_types(self, session):
        return self.types() if session["token"] else []


class Anonymous(Right):
    @hookimpl
    def check_session(self, session):
        return Identity("")


class RandomOrder(Right):
    """Offsets into a list whose order is another each time."""

    concurrency = 1

    def resources(self, kind):
        found = super().resources(kind)
        random.shuffle(found)
        return found


class OverlapsWhenSmall(Right):
    """Pages of one have two, the second of them again in the next."""

    def page(self, items, token, size):
        page = super().page(items, token, size)
        start = int(token or 0)
        return Page(items[start : start + 2], page.next_token) if size == 1 else page


class OtherTokensEachTime(Right):
    """Names sibling pages, but not the same ones when asked again."""

    concurrency = 1

    def __init__(self):
        super().__init__()
        self.asked = itertools.count()

    def page(self, items, token, size):
        if token is not None:
            return Page([])
        return Page(items, more_tokens=(f"sibling {next(self.asked)}",))


class EndlessTokens(Right):
    """Always another token, and nothing more behind it."""

    def page(self, items, token, size):
        return Page(items if token is None else [], str(int(token or 0) + 1))


class SomeNamesForIds(NamesForIds):
    """All but one."""

    def person(self, n, name=None):
        return Right.person(self, n, "p5" if n == 5 else name or f"person{n}@example.com")


class LogsTheSecret(Right):
    """Only who looks closely sees it."""

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size):
        logging.getLogger("connector_host.plugins.facade.right").debug(
            "?auth=%s", quote(session["token"].reveal(), safe="")
        )
        return self.page(self.grants(resource), page_token, page_size)


class SecretInTheError(Right):
    """What the application said came with the header of the call."""

    def ask(self):
        if self.down:
            try:
                raise OSError(f"Authorization: {base64.b64encode(SECRET.encode()).decode()}")
            except OSError as error:
                raise Unavailable("it is down") from error


class ForeignErrorsAtSignIn(Right):
    @hookimpl
    def open_session(self, options):
        self.ask()
        return {"token": options["token"]}

    def ask(self):
        if self.down:
            raise KeyError("token")


class DryRunGrants(Right):
    @hookimpl
    def grant(self, session, principal, entitlement, dry_run):
        members = self.held[entitlement.resource.id.resource]
        if principal.id.resource in members:
            return Change(outcome=Outcome.ALREADY)
        members.append(principal.id.resource)
        return Change(outcome=Outcome.PLANNED if dry_run else Outcome.DONE)


class AnotherAccountEachTime(Right):
    def __init__(self):
        super().__init__()
        self.sessions = itertools.count(1)

    @hookimpl
    def check_session(self, session):
        return Identity(f"right {next(self.sessions)}")


class DeclaresTooMuch(Right):
    """No hook deletes anybody."""

    def types(self):
        return [replace(kind, can=kind.can | {Can.DELETE}) for kind in super().types()]


class DeclaresTooLittle(Right):
    """Nothing can be granted, says every type."""

    def types(self):
        return [replace(kind, can=frozenset()) for kind in super().types()]


class MissingValuesAsIds(Right):
    """The application has no id of the fourth person, and `str()` hides it."""

    def person(self, n, name=None):
        return super().person(n, str(None) if n == 4 else name)


class GrantableToNobody(Right):
    @hookimpl
    def list_entitlements(self, session, resource, page_token, page_size):
        return self.page([Entitlement(resource, "member", grantable_to=("persn",))], page_token, page_size)


class TeamsAmongPeople(Right):
    def resources(self, kind):
        if kind == "team":
            return []
        return super().resources("person") + super().resources("team")


class ActionsOfNoType(Right):
    @hookimpl
    def list_actions(self):
        return [ActionSchema(name="rename", resource_type="box")]

    @hookimpl
    def invoke_action(self, name):
        if name != "rename":
            raise NotFound(f"there is no action {name}")
        return ActionResult(status=ActionStatus.COMPLETE)


WRONG = {
    ActionsOfNoType: {"actions_can_be_invoked"},
    MissingValuesAsIds: {"ids_are_no_missing_values"},
    GrantableToNobody: {"entitlements_are_grantable_to_listed_types"},
    TeamsAmongPeople: {"listings_return_resources_of_their_type"},
    OverlapsWhenSmall: {"all_page_sizes_give_the_same"},
    OtherTokensEachTime: {"hooks_keep_no_state"},
    SomeNamesForIds: {"ids_are_no_names"},
    LogsTheSecret: {"no_secret_gets_out"},
    SecretInTheError: {"no_secret_gets_out"},
    ForeignErrorsAtSignIn: {"errors_are_the_hosts"},
    DryRunGrants: {"grant_and_revoke_round_trip"},
    AnotherAccountEachTime: {"a_cut_sync_ends_equal"},
    DeclaresTooMuch: {"types_say_what_can_be_done"},
    DeclaresTooLittle: {"types_say_what_can_be_done"},
    StopsEarly: {"all_page_sizes_give_the_same"},
    NeverEnds: {"listings_end"},
    IgnoresTheToken: {"nothing_is_listed_twice"},
    Overlaps: {"nothing_is_listed_twice"},
    KeepsThePlace: {"hooks_keep_no_state"},
    NamesForIds: {"ids_are_no_names"},
    NewIdsEachTime: {"ids_are_the_same_in_another_session", "hooks_keep_no_state"},
    DanglingGrants: {"grants_name_what_exists"},
    UnlistedEntitlement: {"grants_name_what_exists"},
    MissingTrait: {"resources_have_the_traits_of_their_types"},
    LostParent: {"parents_exist"},
    LeaksTheSecret: {"no_secret_gets_out"},
    RevokesOnce: {"grant_and_revoke_round_trip"},
    GrantsNothing: {"grant_and_revoke_round_trip"},
    ForeignErrors: {"errors_are_the_hosts"},
    SwallowsErrors: {"errors_are_the_hosts"},
    NotForThreads: {"hooks_may_be_called_from_threads"},
    NeedsASession: {"it_can_be_described_without_a_session"},
    Anonymous: {"the_session_says_who_it_is"},
}
BEYOND_SYNCS = {  # tests/testing/test_account_tests.py and its neighbours prove these
    "account_creation": "it has no hook create_account",
    "action_status": "it has no hook list_actions",
    "actions_can_be_invoked": "it has no hook list_actions",
    "declared_credentials_have_hooks": "it has neither account_schema nor credential_details",
    "event_cursors": "it has no hook list_events",
    "images_can_be_read": "it has no hook get_asset",
    "issuing_credentials": "it has no hook issue_credential",
    "resource_creation": "it has no hook create_resource",
    "rotation": "it has no hook rotate_credentials",
    "ticket_round_trip": "it has no hook create_ticket",
    "ticket_schemas": "it has no hook list_ticket_schemas",
}
ELSEWHERE = "set another_process = True if a second process can read the application"
FOLLOWS = {
    GrantableToNobody: set(),  # what cannot hold either where the first thing is broken
    AnotherAccountEachTime: None,
    NeverEnds: None,  # nothing can be read
    IgnoresTheToken: {"a_cut_sync_ends_equal", "ids_are_the_same_in_another_session", "grants_name_what_exists"},
    StopsEarly: set(),
    Overlaps: {"all_page_sizes_give_the_same"},
    KeepsThePlace: {"a_cut_sync_ends_equal", "listings_end", "all_page_sizes_give_the_same"},
    NewIdsEachTime: {"a_cut_sync_ends_equal"},
    MissingTrait: {"a_cut_sync_ends_equal", "no_secret_gets_out"},  # the engine refuses it
    RevokesOnce: set(),
    GrantsNothing: set(),
    UnlistedEntitlement: {"grant_and_revoke_round_trip"},
}


def verdicts(connector, capfd, caplog):
    """Run each test of the kit against a connector; {name without test_: None, or what it raised}."""

    class TestThis(ContractTests):
        options: ClassVar = {"token": SECRET}
        provisioning = True
        most_cuts = 2  # each cut costs two syncs

        def faults(self):
            @contextmanager
            def down():
                connector.down = True
                try:
                    yield
                finally:
                    connector.down = False

            return {"down": down()}

    TestThis.connector = connector
    found = {}
    for name, test in inspect.getmembers(ContractTests, inspect.isfunction):
        if name.startswith("test_"):
            found[name.removeprefix("test_")] = verdict(TestThis(), test, capfd, caplog)
    return found


def verdict(tests, test, capfd, caplog):
    values = {"harness": Harness(tests.connector, tests.options), "capfd": capfd, "caplog": caplog}
    values["session"] = values["harness"].open()
    try:
        if "reading" in inspect.signature(test).parameters:
            values["reading"] = values["harness"].read(values["session"])
        test(tests, **{name: values[name] for name in inspect.signature(test).parameters if name != "self"})
    except (Exception, Skipped) as error:
        return error
    return None


def test_a_right_connector_passes_everything(capfd, caplog):
    found = verdicts(Right(), capfd, caplog)
    assert len(found) == 33
    assert {name: str(error) for name, error in found.items() if error is not None} == {
        **BEYOND_SYNCS,
        "ids_are_the_same_in_another_process": ELSEWHERE,
        "etags": "list_grants does not take the argument etag",
    }


@pytest.mark.parametrize("wrong", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_connector_fails_the_test_meant_for_it(wrong, capfd, caplog):
    found = {name: error for name, error in verdicts(wrong(), capfd, caplog).items() if error is not None}
    found = {name: error for name, error in found.items() if not isinstance(error, Skipped)}
    assert WRONG[wrong] <= set(found)
    if FOLLOWS.get(wrong, set()) is not None:
        assert set(found) <= WRONG[wrong] | FOLLOWS.get(wrong, set()), found
    for name in WRONG[wrong]:
        assert isinstance(found[name], Problem), found[name]
        assert str(found[name])[-1] == "."


def test_a_listing_without_end_is_one_even_if_no_token_comes_twice(monkeypatch):
    monkeypatch.setattr("connector_host.testing.harness.MOST_PAGES", 50)
    harness = Harness(EndlessTokens(), {"token": SECRET})
    with pytest.raises(Problem, match="has returned 50 pages and does not end"):
        ContractTests().test_listings_end(harness, harness.open())


HASHED = """
import connector_host as ch

@ch.hookimpl
def connector_info():
    return ch.ConnectorInfo("Hashed", api=ch.HOST_API)

@ch.hookimpl
def list_resource_types():
    return [ch.ResourceType("thing", "Thing")]

@ch.hookimpl
def list_resources():
    print("to standard output")
    return [ch.Resource(ch.ResourceId("thing", {id}), name) for name in ("One", "Two")]
"""


@pytest.mark.parametrize(
    ("of", "problem"), [("name + '-id'", None), ("str(hash(name))", "another process"), ("1 / 0", "cannot be read")]
)
def test_ids_that_hang_on_the_process_are_found(tmp_path, monkeypatch, of, problem):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "hashed.py").write_text(HASHED.replace("{id}", "name + '-id'" if problem == "cannot be read" else of))
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS_DIR", str(folder))

    class TestHashed(ContractTests):
        connector = "hashed"
        another_process = True

    harness = Harness("hashed")
    reading = harness.read(harness.open())
    (folder / "hashed.py").write_text(HASHED.replace("{id}", of))
    with pytest.raises(Problem, match=problem) if problem else nullcontext():
        TestHashed().test_ids_are_the_same_in_another_process(reading)


def test_a_capability_that_is_absent_is_skipped_and_said(capfd, caplog):
    class Least:
        @hookimpl
        def connector_info(self):
            return ConnectorInfo("Least", HOST_API)

        @hookimpl
        def list_resource_types(self):
            return [ResourceType("thing")]

    class TestLeast(ContractTests):
        connector = Least()

    said = {}
    for name, test in inspect.getmembers(ContractTests, inspect.isfunction):
        if name.startswith("test_"):
            error = verdict(TestLeast(), test, capfd, caplog)
            assert error is None or isinstance(error, Skipped), (name, error)
            if error is not None:
                said[name.removeprefix("test_")] = str(error)
    assert said == {
        **BEYOND_SYNCS,
        "etags": "it has no hook list_grants",
        "the_session_says_who_it_is": "it has no hook check_session",
        "ids_are_the_same_in_another_process": ELSEWHERE,
        "all_page_sizes_give_the_same": "no list hook takes page_size",
        "hooks_may_be_called_from_threads": "it declares a concurrency of 1",
        "no_secret_gets_out": "no secret option was given a value",
        "types_say_what_can_be_done": "it has no hook that changes anything",
        "grant_and_revoke_round_trip": "it has no hook grant",
        "errors_are_the_hosts": "faults() returns no way to make the application fail",
    }


def test_an_author_needs_three_lines(pytester):
    pytester.makepyfile(
        test_contract=textwrap.dedent(
            """
            from connector_host.testing import ContractTests

            class TestContract(ContractTests):
                connector = "fake"
            """
        )
    )
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    counts = result.parseoutcomes()
    assert counts.get("failed", 0) == 0, result.stdout.str()
    assert counts["passed"] >= 12
    assert counts["skipped"] == 33 - counts["passed"]


def test_a_failure_shows_its_words_and_none_of_the_hosts_lines(pytester):
    pytester.makepyfile(
        test_mine="""
        import connector_host as ch
        from connector_host.testing import ContractTests

        class Mine:
            @ch.hookimpl
            def connector_info(self):
                return ch.ConnectorInfo("Mine", api=ch.HOST_API)

            @ch.hookimpl
            def list_resource_types(self):
                return [ch.ResourceType("person", "Person", (ch.Trait.USER,))]

            @ch.hookimpl
            def list_resources(self):
                return [ch.Resource(ch.ResourceId("person", 7), traits=(ch.UserTrait(),))]

            @ch.hookimpl
            def list_grants(self, resource):
                pass

        class TestContract(ContractTests):
            connector = Mine()
        """
    )
    done = pytester.runpytest("-k", "listings_end or cut_sync", "-p", "no:cacheprovider")
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(
        [
            "E   *Problem: connector connector: list_grants of person:7 returned nothing, not a list or a Page. Return a list *in each branch*",
            "E   *Problem: connector 'connector': list_resources of person, item 0 (person:7): the resource of its id is int, not str*",
        ]
    )
    assert "sync/collect.py" not in done.stdout.str()
    assert "tell its author" not in done.stdout.str()
