"""The contract of a connector as a class of tests: subclass it, name the connector, and pytest runs them.

A test whose capability the connector does not have is skipped and says so. The tests read the application that the
options lead to, several times over: give them a small one, a stand-in, or a recording.
"""

from __future__ import annotations

import base64
import logging
import random
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..errors import ConfigError, ConnectorError
from ..model import Can, Change, Entitlement, Grant, Outcome, Page, Resource, ResourceType, Trait
from ..plugins.facade import HOOK_CAN, declares
from ..secret import SHORTEST, Redactor
from ..sync.page_storing import TRAITS
from . import sync_runs
from .harness import LIST_HOOKS, Asked, Harness, Problem, Reading, is_external, names, short_trace
from .subprocess_reading import read_in_subprocess

__all__ = ["ContractTests"]

__tracebackhide__ = short_trace

SHOWN = 5


class ContractTests:
    """What every connector must do. A subclass sets some of these.

    `connector`: the name of an installed connector, or a module or object with hooks.
    `options`: its options as a person would give them, by name.
    `page_sizes`: the sizes at which listings must agree with the connector's own choice.
    `named_by`: resource types whose ids may be names or e-mail addresses, because the application has nothing else.
    `external`: resource types whose members others may list (principals that are not among the resources).
    `another_process`: True says that the application can be read from a process of its own (not so where the test
    replaces functions of this one, or plays recordings).
    `provisioning`: True lets the tests grant and revoke one entitlement in the application the options lead to.
    `most_cuts`: how many cuts of a sync are tried, evenly over its pages.
    `faults()`: context managers under which the application fails; hooks must then raise errors of the host.
    """

    connector: ClassVar[Any]
    options: ClassVar[Mapping[str, Any]] = {}
    page_sizes: ClassVar[Sequence[int]] = (1, 2)
    named_by: ClassVar[frozenset[str]] = frozenset()
    external: ClassVar[frozenset[str]] = frozenset()
    another_process: ClassVar[bool] = False
    provisioning: ClassVar[bool] = False
    most_cuts: ClassVar[int] = 40

    def faults(self) -> Mapping[str, AbstractContextManager[Any]]:
        """Ways in which the application can fail, by a name each."""
        return {}

    # ----------------------------------------------------------------------------------------------- fixtures

    @pytest.fixture
    def harness(self) -> Harness:
        """The connector, loaded."""
        return Harness(self.connector, self.options)

    @pytest.fixture
    def session(self, harness: Harness) -> Iterator[Any]:
        """An open session."""
        session = harness.open()
        yield session
        harness.close(session)

    @pytest.fixture
    def reading(self, harness: Harness, session: Any) -> Reading:
        """Everything it lists, at its own page sizes."""
        return harness.read(session)

    # ----------------------------------------------------------------------------------------------- describing

    def test_it_can_be_described_without_a_session(self, harness: Harness) -> None:
        """`capabilities` asks for the resource types with `session=None`."""
        try:
            page = harness.connector.list_resource_types(None, None)
        except Exception as error:
            raise Problem(
                f"list_resource_types(session=None) raised {type(error).__name__}: {error}."
                " Answer it without asking the application: capabilities are asked for without signing in."
            ) from error
        if not page.items:
            raise Problem("list_resource_types(session=None) gave nothing. Name the types the connector can have.")

    def test_the_session_says_who_it_is(self, harness: Harness, session: Any) -> None:
        """`check_session` proves that signing in worked."""
        _need(harness, "check_session")
        if not harness.connector.check_session(session).account:
            raise Problem("check_session gave an Identity without account. Files of two accounts must not be mixed up.")

    # ----------------------------------------------------------------------------------------------- pages

    def test_listings_end(self, harness: Harness, session: Any) -> None:
        """No page token comes twice, and every listing has a last page."""
        sizes = [None, 1] if any(map(harness.takes_page_size, LIST_HOOKS)) else [None]
        for size in sizes:
            harness.read(session, size)

    def test_all_page_sizes_give_the_same(self, harness: Harness, session: Any, reading: Reading) -> None:
        """What is listed does not depend on the size of its pages."""
        hooks = [hook for hook in LIST_HOOKS if hook in harness.connector.hooks and harness.takes_page_size(hook)]
        if not hooks:
            pytest.skip("no list hook takes page_size: there is one size only")
        for size in self.page_sizes:
            other = harness.read(session, size)
            for hook in hooks:
                _same(reading.by_hook(hook), other.by_hook(hook), f"{hook} at page size {size}")

    def test_nothing_is_listed_twice(self, reading: Reading) -> None:
        """Each object is in one page of its kind only."""
        for what, items in (
            ("list_resource_types", reading.types),
            ("list_resources", reading.resources),
            ("list_entitlements", reading.entitlements),
            ("list_grants", reading.grants),
        ):
            twice = [name for name, times in Counter(names(items)).items() if times > 1]
            if twice:
                raise Problem(f"{what} gave {_some(twice)} more than once. Pages must not overlap.")

    # ----------------------------------------------------------------------------------------------- identifiers

    def test_ids_are_the_same_in_another_session(self, harness: Harness, reading: Reading) -> None:
        """An id that changes is another object to everybody who reads the file."""
        session = harness.open()
        try:
            again = harness.read(session)
        finally:
            harness.close(session)
        for hook in LIST_HOOKS:
            _same(reading.by_hook(hook), again.by_hook(hook), f"{hook} in a second session")

    def test_ids_are_the_same_in_another_process(self, reading: Reading) -> None:
        """An id must not hang on the process, as `hash()` of a text does."""
        if not (self.another_process and isinstance(self.connector, str)):
            pytest.skip("set another_process = True where a process of its own can read the application, too")
        again = read_in_subprocess(self.connector, self.options)
        for hook in LIST_HOOKS:
            _same(reading.by_hook(hook), again[hook], f"{hook} in another process")

    def test_ids_are_no_names(self, reading: Reading) -> None:
        """Names and e-mail addresses of people and groups change; ids must not."""
        for kind in reading.types:
            if not {Trait.USER, Trait.GROUP}.intersection(kind.traits):
                continue
            members = [one for one in reading.resources if one.id.resource_type == kind.id]
            named = [one for one in members if _is_named(one)]
            if kind.id not in self.named_by and len(named) > 1 and 2 * len(named) > len(members):
                raise Problem(
                    f"most ids of the type {kind.id!r} are names or e-mail addresses ({_some(map(str, names(named)))})."
                    " Use what the application never changes; if it has nothing else, say so: named_by ="
                    f" frozenset({{{kind.id!r}}})."
                )

    # ----------------------------------------------------------------------------------------------- objects

    def test_resources_have_the_traits_of_their_types(self, reading: Reading) -> None:
        """A type with `Trait.USER` has resources with a `UserTrait`, and so on."""
        types = {kind.id: kind for kind in reading.types}
        for one in reading.resources:
            if one.id.resource_type not in types:
                raise Problem(f"list_resources gave {one.id}, but list_resource_types has no type of that id.")
            for trait in types[one.id.resource_type].traits:
                needed = TRAITS.get(Trait(trait))
                if needed and not any(isinstance(given, needed) for given in one.traits):
                    raise Problem(f"{one.id} has no {needed.__name__}, which its type declares with {trait!r}.")

    def test_parents_exist(self, reading: Reading) -> None:
        """A parent that a resource names is listed, too."""
        known = {one.id for one in reading.resources}
        for one in reading.resources:
            if one.parent is not None and one.parent not in known:
                raise Problem(f"{one.id} names the parent {one.parent}, which list_resources never gave.")

    def test_grants_name_what_exists(self, reading: Reading) -> None:
        """Every grant's entitlement and principal are listed, or external."""
        known = {one.id for one in reading.resources}
        entitlements = {one.id for one in reading.entitlements}
        for grant in reading.grants:
            if grant.entitlement.id not in entitlements:
                raise Problem(
                    f"a grant is of the entitlement {grant.entitlement.id}, which list_entitlements never gave."
                )
            who = grant.principal_id
            if who not in known and not is_external(grant) and who.resource_type not in self.external:
                raise Problem(
                    f"a grant of {grant.entitlement.id} names the principal {who}, which list_resources never gave."
                    " List it, or wrap it in External(...) if it lives in another system."
                )
            for name in grant.expandable.entitlement_ids if grant.expandable else ():
                if name not in entitlements:
                    raise Problem(f"the grant of {grant.entitlement.id} to {who} expands {name}, which does not exist.")

    # ----------------------------------------------------------------------------------------------- state, threads

    def test_hooks_keep_no_state(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Each page is the same again, in any order, in this session and in another: the page token is the state."""
        self._ask_again(reading.asked, session, "asked again in another order")
        other = harness.open()
        try:
            self._ask_again(reading.asked, other, "asked in another session, in another order")
        finally:
            harness.close(other)

    def _ask_again(self, asked: Sequence[Asked], session: Any, how: str) -> None:
        questions = list(asked)
        random.Random(1).shuffle(questions)  # noqa: S311 - any other order will do
        for one in questions:
            _same_page(one, one.call(session), how)

    def test_hooks_may_be_called_from_threads(self, harness: Harness, session: Any, reading: Reading) -> None:
        """As many calls at once as the connector declares give what one at a time gives."""
        at_once = harness.connector.info.concurrency
        if at_once < 2:
            pytest.skip("it declares a concurrency of 1")
        questions = [*reading.asked] * 3
        random.Random(2).shuffle(questions)  # noqa: S311 - as above
        with ThreadPoolExecutor(at_once) as pool:
            for one, page in zip(questions, pool.map(lambda one: one.call(session), questions), strict=True):
                _same_page(one, page, f"asked by {at_once} threads at once")

    # ----------------------------------------------------------------------------------------------- whole syncs

    def test_a_cut_sync_ends_equal(self, harness: Harness) -> None:
        """Killed after any page, the next run goes on and ends with the rows of an uninterrupted one."""
        with tempfile.TemporaryDirectory() as folder:
            rows, pages = sync_runs.rows_and_pages(harness, Path(folder) / "whole.c1z")
            step = max(1, -(-pages // self.most_cuts))
            for number in range(1, pages, step):
                cut = sync_runs.rows_after_a_cut(harness, Path(folder) / f"cut{number}.c1z", number)
                if cut != rows:
                    missing, extra = rows - cut, cut - rows
                    raise Problem(
                        f"a sync that was cut after page {number} of {pages} went on and ended with other rows:"
                        f" without {_some(missing)}; with {_some(extra)} besides. A page token must mean the same in a"
                        " later session."
                    )

    def test_no_secret_gets_out(self, harness: Harness, reading: Reading, capfd: Any, caplog: Any) -> None:
        """Secret options are in no row, message or log line, nor in errors under `faults()`; in whatever spelling."""
        secrets = [one for one in harness.options.secrets() if len(one.reveal()) >= SHORTEST]
        if not secrets:
            pytest.skip("no secret option was given a value")
        caplog.set_level(logging.DEBUG)
        with tempfile.TemporaryDirectory() as folder:
            stored = sync_runs.everything_stored(harness, Path(folder) / "sync.c1z")
        captured = capfd.readouterr()
        places = {
            "the file": stored.decode(errors="replace"),
            "standard output": captured.out,
            "standard error": captured.err,
            "the log": caplog.text,
            "what a hook gave": repr(reading.asked),
        }
        for name, fault in self.faults().items():
            with fault:
                error = _error_of(lambda: self._read_anew(harness))
            places[f"the error under the fault {name!r}"] = _whole_text(error)
        redact = Redactor()
        for secret in secrets:
            redact.add(secret)
            redact.add(base64.b64encode(secret.reveal().encode()).decode())
        for place, content in places.items():
            if redact(content) != content:
                raise Problem(f"the value of a secret option is in {place}.")

    # ----------------------------------------------------------------------------------------------- provisioning

    def test_types_say_what_can_be_done(self, harness: Harness, reading: Reading) -> None:
        """`ResourceType.can` and the provisioning hooks agree: the host refuses what no type declares."""
        types = [*_described_types(harness), *reading.types]
        hooks = sorted(hook for hook in HOOK_CAN if hook in harness.connector.hooks)
        for kind in types:
            for can in Can:
                wanted = [hook for hook, needs in HOOK_CAN.items() if needs is can]
                if declares(kind, can) and not set(wanted).intersection(hooks):
                    raise Problem(f"the type {kind.id!r} declares {can!r}, but there is no hook {' or '.join(wanted)}.")
        for hook in hooks:
            if not any(declares(kind, HOOK_CAN[hook]) is not False for kind in types):
                raise Problem(
                    f"there is a hook {hook}, but no type declares {HOOK_CAN[hook]!r} in `can`, so it is never called."
                )
        if not hooks:
            pytest.skip("it has no hook that changes anything")
        if silent := sorted({kind.id for kind in types if kind.can is None}):
            pytest.skip(f"what can be done to these is not declared, so everything is tried: {_some(silent)}")

    def test_grant_and_revoke_round_trip(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Granting what is held and revoking what is gone are success, and listings show the change."""
        _need(harness, "grant", "revoke")
        if not self.provisioning:
            pytest.skip("it can grant and revoke; set provisioning = True where that may be tried")
        principal, entitlement = self.choose_grant(reading)
        grant = Grant(entitlement, principal)  # whole, as the host gives it
        connector = harness.connector

        def give() -> Change:
            return connector.grant(session, principal, entitlement, False)

        def take() -> Change:
            return connector.revoke(session, grant, False)

        if connector.accepts("grant", "dry_run"):
            _changed(
                "a dry run of grant", lambda: connector.grant(session, principal, entitlement, True), Outcome.PLANNED
            )
            _listed(harness, session, grant, wanted=False)
        _changed("grant", give, Outcome.DONE)
        try:
            _changed("grant of what is held already", give, Outcome.ALREADY)
            _listed(harness, session, grant, wanted=True)
        finally:
            _changed("revoke", take, Outcome.DONE)
        _changed("revoke of what is gone already", take, Outcome.ALREADY)
        _listed(harness, session, grant, wanted=False)

    def choose_grant(self, reading: Reading) -> tuple[Resource, Entitlement]:
        """A principal and an entitlement it does not hold; override it to choose yourself."""
        held = {(grant.entitlement.id, grant.principal_id) for grant in reading.grants}
        fixed = {kind.id for kind in reading.types if declares(kind, Can.GRANT) is False}
        for entitlement in reading.entitlements:
            if entitlement.resource.id.resource_type in fixed:
                continue
            for one in reading.resources:
                fits = not entitlement.grantable_to or one.id.resource_type in entitlement.grantable_to
                user = any(isinstance(trait, TRAITS[Trait.USER]) for trait in one.traits)
                if fits and user and (entitlement.id, one.id) not in held:
                    return one, entitlement
        pytest.skip("everybody holds everything: override choose_grant")

    # ----------------------------------------------------------------------------------------------- errors

    def test_errors_are_the_hosts(self, harness: Harness) -> None:
        """When the application fails, a hook raises one of the errors of the contract, so that the host can act."""
        faults = self.faults()
        if not faults:
            pytest.skip("faults() names no way in which the application fails")
        for name, fault in faults.items():
            with fault:
                error = _error_of(lambda: self._read_anew(harness))
            if error is None:
                raise Problem(f"under the fault {name!r} everything was read as if nothing were wrong.")
            if not isinstance(error, (ConnectorError, ConfigError)):
                raise Problem(
                    f"under the fault {name!r} a {type(error).__name__} came out: {error}. Raise one of"
                    f" {', '.join(sorted(kind.__name__ for kind in ConnectorError.__subclasses__()))}, ConfigError."
                ) from error

    def _read_anew(self, harness: Harness) -> None:
        session = harness.open()
        try:
            harness.read(session)
        finally:
            harness.close(session)


# ----------------------------------------------------------------------------------------------- helpers


def _need(harness: Harness, *hooks: str) -> None:
    for hook in hooks:
        if hook not in harness.connector.hooks:
            pytest.skip(f"it has no hook {hook}")


def _described_types(harness: Harness) -> Sequence[ResourceType]:
    """Those it can have, whatever the session; none where it cannot say, which is for another test."""
    try:
        return harness.connector.list_resource_types(None, None).items
    except Exception:  # noqa: BLE001 - as above
        return ()


def _some(items: Any) -> str:
    shown = sorted(map(str, items))
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more if shown else "nothing"


def _same(expected: Mapping[str, Counter[str]], found: Mapping[str, Counter[str]], how: str) -> None:
    for subject in sorted(expected.keys() | found.keys()):
        before, after = expected.get(subject, Counter()), found.get(subject, Counter())
        if before != after:
            raise Problem(
                f"{how}: of {subject} it lacks {_some(before - after)} and has {_some(after - before)} besides."
                " Every way of reading a listing must give the same."
            )


def _same_page(one: Asked, page: Any, how: str) -> None:
    if names(page.items) != names(one.page.items) or _tokens(page) != _tokens(one.page):
        raise Problem(
            f"{one}: {how} it gave {_some(names(page.items))} and the next token {page.next_token!r}, before"
            f" {_some(names(one.page.items))} and {one.page.next_token!r}. Keep nothing between calls"
            " but in the session, and there nothing about positions."
        )


def _tokens(page: Page[Any]) -> list[str]:
    return [one for one in (page.next_token, *page.more_tokens) if one]


def _is_named(resource: Resource) -> bool:
    emails = {email.address.lower() for trait in resource.traits for email in getattr(trait, "emails", ())}
    own = resource.id.resource
    return own.lower() in emails or own == resource.display_name


def _changed(what: str, change: Callable[[], Change], wanted: Outcome) -> None:
    try:
        outcome = change().outcome
    except Exception as error:
        raise Problem(f"{what} raised {type(error).__name__}: {error}. It must give the outcome {wanted!s}.") from error
    if outcome != wanted:
        raise Problem(f"{what} gave the outcome {outcome!s}, not {wanted!s}.")


def _listed(harness: Harness, session: Any, grant: Grant, *, wanted: bool) -> None:
    name = names([grant])[0]
    there = name in names(harness.read(session).grants)
    if there != wanted:
        done = "granted, but list_grants does not give it" if wanted else "revoked, but list_grants still gives it"
        raise Problem(f"{name} was {done}.")


def _whole_text(error: BaseException | None) -> str:
    """What an error says, and those that it came from: with --debug people see them all."""
    return "" if error is None else "".join(traceback.format_exception(error)) + getattr(error, "hint", "")


def _error_of(action: Callable[[], object]) -> Exception | None:
    try:
        action()
    except Exception as error:  # noqa: BLE001 - what it is is the question
        return error
    return None
