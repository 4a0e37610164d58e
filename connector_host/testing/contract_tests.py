"""The contract of a connector as a class of tests: subclass it, name the connector, and run pytest.

A test of a capability that the connector does not have is skipped with a reason. The tests read the application that
the options name several times: use a small one, a stand-in, or a recording.
"""

from __future__ import annotations

import base64
import itertools
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
from .harness import LIST_HOOKS, Harness, ListCall, Problem, Reading, is_external, names, short_trace
from .subprocess_reading import read_in_subprocess

__all__ = ["ContractTests"]

__tracebackhide__ = short_trace

SHOWN = 5


class ContractTests:
    """The requirements on every connector. A subclass sets some of these attributes.

    `connector`: the name of an installed connector, or a module or object with hooks.
    `options`: its options by name, with values as a person would type them.
    `page_sizes`: page sizes at which listings must equal those at the connector's own size.
    `named_by`: resource types whose ids may be names or e-mail addresses, because the application has nothing else.
    `external`: resource types of principals that the connector does not list.
    `another_process`: True if the application can be read from a second process (not if the test replaces functions of
    this process or plays recordings).
    `provisioning`: True to let the tests grant and revoke one entitlement in the application that the options name.
    `most_cuts`: number of interruptions of a sync that are tried, evenly over its pages.
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
        """Return context managers by name, under each of which the application fails in one way."""
        return {}

    # ----------------------------------------------------------------------------------------------- fixtures

    @pytest.fixture
    def harness(self) -> Harness:
        """Load the connector."""
        return Harness(self.connector, self.options)

    @pytest.fixture
    def session(self, harness: Harness) -> Iterator[Any]:
        """Open a session, and close it after the test."""
        session = harness.open()
        yield session
        harness.close(session)

    @pytest.fixture
    def reading(self, harness: Harness, session: Any) -> Reading:
        """Read everything that the connector lists, at its own page sizes."""
        return harness.read(session)

    # ----------------------------------------------------------------------------------------------- describing

    def test_it_can_be_described_without_a_session(self, harness: Harness) -> None:
        """`capabilities` asks for the resource types with `session=None`."""
        try:
            page = harness.connector.list_resource_types(None, None)
        except Exception as error:
            raise Problem(
                f"list_resource_types(session=None) raised {type(error).__name__}: {error}."
                " Return the types without calling the application: capabilities are read without signing in."
            ) from error
        if not page.items:
            raise Problem(
                "list_resource_types(session=None) returned nothing. Return the types that the connector can have."
            )

    def test_the_session_says_who_it_is(self, harness: Harness, session: Any) -> None:
        """`check_session` proves that signing in worked."""
        _require(harness, "check_session")
        if not harness.connector.check_session(session).account:
            raise Problem(
                "check_session returned an Identity without account. Set it, so that files of two accounts differ."
            )

    # ----------------------------------------------------------------------------------------------- pages

    def test_listings_end(self, harness: Harness, session: Any) -> None:
        """No page token occurs twice, and every listing has a last page."""
        sizes = [None, 1] if any(map(harness.takes_page_size, LIST_HOOKS)) else [None]
        for size in sizes:
            harness.read(session, size)

    def test_all_page_sizes_give_the_same(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Listings do not depend on the size of their pages."""
        hooks = [hook for hook in LIST_HOOKS if hook in harness.connector.hooks and harness.takes_page_size(hook)]
        if not hooks:
            pytest.skip("no list hook takes page_size")
        for size in self.page_sizes:
            resized = harness.read(session, size)
            for hook in hooks:
                _check_equal(reading.by_hook(hook), resized.by_hook(hook), f"{hook} at page size {size}")

    def test_nothing_is_listed_twice(self, reading: Reading) -> None:
        """Each object is in one page only."""
        for hook, items in (
            ("list_resource_types", reading.types),
            ("list_resources", reading.resources),
            ("list_entitlements", reading.entitlements),
            ("list_grants", reading.grants),
        ):
            repeated = [name for name, count in Counter(names(items)).items() if count > 1]
            if repeated:
                raise Problem(f"{hook} returned {_first_of(repeated)} more than once. Pages must not overlap.")

    # ----------------------------------------------------------------------------------------------- identifiers

    def test_ids_are_the_same_in_another_session(self, harness: Harness, reading: Reading) -> None:
        """Ids are stable: an object with a new id is a new object to every reader of the file."""
        session = harness.open()
        try:
            repeated = harness.read(session)
        finally:
            harness.close(session)
        for hook in LIST_HOOKS:
            _check_equal(reading.by_hook(hook), repeated.by_hook(hook), f"{hook} in a second session")

    def test_ids_are_the_same_in_another_process(self, reading: Reading) -> None:
        """Ids do not depend on the process, as `hash()` of a text does."""
        if not (self.another_process and isinstance(self.connector, str)):
            pytest.skip("set another_process = True if a second process can read the application")
        repeated = read_in_subprocess(self.connector, self.options)
        for hook in LIST_HOOKS:
            _check_equal(reading.by_hook(hook), repeated[hook], f"{hook} in another process")

    def test_ids_are_no_names(self, reading: Reading) -> None:
        """Ids of people and groups are not their names or e-mail addresses, which change."""
        for resource_type in reading.types:
            if not {Trait.USER, Trait.GROUP}.intersection(resource_type.traits):
                continue
            members = [resource for resource in reading.resources if resource.id.resource_type == resource_type.id]
            named = [resource for resource in members if _is_named(resource)]
            if resource_type.id not in self.named_by and len(named) > 1 and 2 * len(named) > len(members):
                raise Problem(
                    f"most ids of the type {resource_type.id!r} are names or e-mail addresses"
                    f" ({_first_of(names(named))}). Use an id that the application never changes. If it has none, set"
                    f" named_by = frozenset({{{resource_type.id!r}}})."
                )

    # ----------------------------------------------------------------------------------------------- objects

    def test_resources_have_the_traits_of_their_types(self, reading: Reading) -> None:
        """A type with `Trait.USER` has resources with a `UserTrait`, and so on."""
        types = {resource_type.id: resource_type for resource_type in reading.types}
        for resource in reading.resources:
            if resource.id.resource_type not in types:
                raise Problem(f"list_resources returned {resource.id}, but list_resource_types has no such type.")
            for trait in types[resource.id.resource_type].traits:
                needed = TRAITS.get(Trait(trait))
                if needed and not any(isinstance(value, needed) for value in resource.traits):
                    raise Problem(f"{resource.id} has no {needed.__name__}, which its type declares with {trait!r}.")

    def test_parents_exist(self, reading: Reading) -> None:
        """A parent that a resource names is listed."""
        listed = {resource.id for resource in reading.resources}
        for resource in reading.resources:
            if resource.parent is not None and resource.parent not in listed:
                raise Problem(f"{resource.id} names the parent {resource.parent}, which list_resources never returned.")

    def test_grants_name_what_exists(self, reading: Reading) -> None:
        """Every grant's entitlement and principal are listed, or external."""
        listed = {resource.id for resource in reading.resources}
        entitlements = {entitlement.id for entitlement in reading.entitlements}
        for grant in reading.grants:
            name = grant.entitlement.id
            if name not in entitlements:
                raise Problem(f"a grant is of the entitlement {name}, which list_entitlements never returned.")
            principal = grant.principal_id
            if principal not in listed and not is_external(grant) and principal.resource_type not in self.external:
                raise Problem(
                    f"a grant of {name} names the principal {principal}, which list_resources never returned."
                    " List it, or wrap it in External(...) if it lives in another system."
                )
            for source in grant.expandable.entitlement_ids if grant.expandable else ():
                if source not in entitlements:
                    raise Problem(f"the grant of {name} to {principal} expands {source}, which does not exist.")

    # ----------------------------------------------------------------------------------------------- state, threads

    def test_hooks_keep_no_state(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Each page is the same when it is read again, in any order and session: the page token is the only state."""
        self._repeat(reading.calls, session, "repeated in another order")
        second_session = harness.open()
        try:
            self._repeat(reading.calls, second_session, "repeated in another session, in another order")
        finally:
            harness.close(second_session)

    def _repeat(self, calls: Sequence[ListCall], session: Any, how: str) -> None:
        shuffled = list(calls)
        random.Random(1).shuffle(shuffled)  # noqa: S311 - any other order will do
        for call in shuffled:
            _check_equal_page(call, call.call(session), how)

    def test_hooks_may_be_called_from_threads(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Pages are the same when as many calls run at once as the connector declares."""
        at_once = harness.connector.info.concurrency
        if at_once < 2:
            pytest.skip("it declares a concurrency of 1")
        calls = [*reading.calls] * 3
        random.Random(2).shuffle(calls)  # noqa: S311 - as above
        with ThreadPoolExecutor(at_once) as pool:
            for call, page in zip(calls, pool.map(lambda call: call.call(session), calls), strict=True):
                _check_equal_page(call, page, f"called by {at_once} threads at once")

    # ----------------------------------------------------------------------------------------------- whole syncs

    def test_a_cut_sync_ends_equal(self, harness: Harness) -> None:
        """A sync that was interrupted after any page and resumed has the rows of an uninterrupted one."""
        with tempfile.TemporaryDirectory() as folder:
            rows, pages = sync_runs.rows_and_pages(harness, Path(folder) / "complete.c1z")
            step = max(1, -(-pages // self.most_cuts))
            for number in range(1, pages, step):
                cut = sync_runs.rows_after_a_cut(harness, Path(folder) / f"cut{number}.c1z", number)
                if cut != rows:
                    missing, extra = rows - cut, cut - rows
                    raise Problem(
                        f"a sync that was interrupted after page {number} of {pages} and resumed has other rows."
                        f" It lacks {_first_of(missing)}; it adds {_first_of(extra)}. A page token must mean the same"
                        " in a later session."
                    )

    def test_no_secret_gets_out(self, harness: Harness, reading: Reading, capfd: Any, caplog: Any) -> None:
        """Values of secret options are in no row, message, log line or error under `faults()`, however spelt."""
        secrets = [secret for secret in harness.options.secrets() if len(secret.reveal()) >= SHORTEST]
        if not secrets:
            pytest.skip("no secret option was given a value")
        caplog.set_level(logging.DEBUG)
        with tempfile.TemporaryDirectory() as folder:
            stored = sync_runs.everything_stored(harness, Path(folder) / "sync.c1z")
        captured = capfd.readouterr()
        texts = {
            "the file": stored.decode(errors="replace"),
            "standard output": captured.out,
            "standard error": captured.err,
            "the log": caplog.text,
            "the result of a hook": repr(reading.calls),
        }
        for name, fault in self.faults().items():
            with fault:
                error = _error_of(lambda: self._read_in_new_session(harness))
            texts[f"the error under the fault {name!r}"] = _full_text(error)
        redact = Redactor()
        for secret in secrets:
            redact.add(secret)
            redact.add(base64.b64encode(secret.reveal().encode()).decode())
        for place, content in texts.items():
            if redact(content) != content:
                raise Problem(f"the value of a secret option is in {place}.")

    # ----------------------------------------------------------------------------------------------- provisioning

    def test_types_say_what_can_be_done(self, harness: Harness, reading: Reading) -> None:
        """`ResourceType.can` and the provisioning hooks agree: the host refuses what no type declares."""
        types = [*_described_types(harness), *reading.types]
        hooks = sorted(hook for hook in HOOK_CAN if hook in harness.connector.hooks)
        for resource_type, can in itertools.product(types, Can):
            needed = [hook for hook, capability in HOOK_CAN.items() if capability is can]
            if declares(resource_type, can) and not set(needed).intersection(hooks):
                raise Problem(
                    f"the type {resource_type.id!r} declares {can!r}, but there is no hook {' or '.join(needed)}."
                )
        for hook in hooks:
            if not any(declares(resource_type, HOOK_CAN[hook]) is not False for resource_type in types):
                raise Problem(
                    f"there is a hook {hook}, but no type declares {HOOK_CAN[hook]!r} in `can`, so it is never called."
                )
        if not hooks:
            pytest.skip("it has no hook that changes anything")
        if silent := sorted({resource_type.id for resource_type in types if resource_type.can is None}):
            pytest.skip(f"these types do not declare `can`, so everything is tried: {_first_of(silent)}")

    def test_grant_and_revoke_round_trip(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Granting a held and revoking a missing entitlement are success, and listings show the change."""
        _require(harness, "grant", "revoke")
        if not self.provisioning:
            pytest.skip("it can grant and revoke: set provisioning = True to let the tests change the application")
        principal, entitlement = self.choose_grant(reading)
        grant = Grant(entitlement, principal)  # complete, as the host passes it
        connector = harness.connector

        def grant_it() -> Change:
            return connector.grant(session, principal, entitlement, False)

        def revoke_it() -> Change:
            return connector.revoke(session, grant, False)

        if connector.accepts("grant", "dry_run"):
            _check_outcome(
                "a dry run of grant", lambda: connector.grant(session, principal, entitlement, True), Outcome.PLANNED
            )
            _check_listed(harness, session, grant, expected=False)
        _check_outcome("grant", grant_it, Outcome.DONE)
        try:
            _check_outcome("grant of a held entitlement", grant_it, Outcome.ALREADY)
            _check_listed(harness, session, grant, expected=True)
        finally:
            _check_outcome("revoke", revoke_it, Outcome.DONE)
        _check_outcome("revoke of a missing grant", revoke_it, Outcome.ALREADY)
        _check_listed(harness, session, grant, expected=False)

    def choose_grant(self, reading: Reading) -> tuple[Resource, Entitlement]:
        """Return a principal and an entitlement that it does not hold. Override it to choose yourself."""
        held = {(grant.entitlement.id, grant.principal_id) for grant in reading.grants}
        fixed = {resource_type.id for resource_type in reading.types if declares(resource_type, Can.GRANT) is False}
        users = [
            resource
            for resource in reading.resources
            if any(isinstance(trait, TRAITS[Trait.USER]) for trait in resource.traits)
        ]
        for entitlement in reading.entitlements:
            if entitlement.resource.id.resource_type in fixed:
                continue
            for user in users:
                fits = not entitlement.grantable_to or user.id.resource_type in _grantable_ids(entitlement)
                if fits and (entitlement.id, user.id) not in held:
                    return user, entitlement
        pytest.skip("every user holds every entitlement: override choose_grant")

    # ----------------------------------------------------------------------------------------------- errors

    def test_errors_are_the_hosts(self, harness: Harness) -> None:
        """When the application fails, a hook raises an error of the contract, so that the host can act."""
        faults = self.faults()
        if not faults:
            pytest.skip("faults() returns no way to make the application fail")
        for name, fault in faults.items():
            with fault:
                error = _error_of(lambda: self._read_in_new_session(harness))
            if error is None:
                raise Problem(f"under the fault {name!r} everything was read without an error.")
            if not isinstance(error, (ConnectorError, ConfigError)):
                raise Problem(
                    f"under the fault {name!r} a hook raised {type(error).__name__}: {error}. Raise one of"
                    f" {', '.join(sorted(error.__name__ for error in ConnectorError.__subclasses__()))}, ConfigError."
                ) from error

    def _read_in_new_session(self, harness: Harness) -> None:
        session = harness.open()
        try:
            harness.read(session)
        finally:
            harness.close(session)


# ----------------------------------------------------------------------------------------------- helpers


def _require(harness: Harness, *hooks: str) -> None:
    for hook in hooks:
        if hook not in harness.connector.hooks:
            pytest.skip(f"it has no hook {hook}")


def _described_types(harness: Harness) -> Sequence[ResourceType]:
    """Return the types that the connector has without a session; none if that fails, which another test reports."""
    try:
        return harness.connector.list_resource_types(None, None).items
    except Exception:  # noqa: BLE001 - as above
        return ()


def _grantable_ids(entitlement: Entitlement) -> set[str]:
    return {
        resource_type if isinstance(resource_type, str) else resource_type.id
        for resource_type in entitlement.grantable_to
    }


def _first_of(items: Any) -> str:
    """Return the first few of `items` in words."""
    texts = sorted(map(str, items))
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more if texts else "nothing"


def _check_equal(expected: Mapping[str, Counter[str]], actual: Mapping[str, Counter[str]], how: str) -> None:
    for subject in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(subject, Counter()), actual.get(subject, Counter())
        if before != after:
            raise Problem(
                f"{how}: the listing of {subject} lacks {_first_of(before - after)} and adds"
                f" {_first_of(after - before)}. Every way of reading a listing must return the same items."
            )


def _check_equal_page(call: ListCall, page: Any, how: str) -> None:
    if names(page.items) != names(call.page.items) or _tokens(page) != _tokens(call.page):
        raise Problem(
            f"{call}: {how} it returned {_first_of(names(page.items))} and the next token {page.next_token!r}, before"
            f" {_first_of(names(call.page.items))} and {call.page.next_token!r}. Keep state between calls only in the"
            " session, and keep no positions there."
        )


def _tokens(page: Page[Any]) -> list[str]:
    return [token for token in (page.next_token, *page.more_tokens) if token]


def _is_named(resource: Resource) -> bool:
    emails = {email.address.lower() for trait in resource.traits for email in getattr(trait, "emails", ())}
    own = resource.id.resource
    return own.lower() in emails or own == resource.display_name


def _check_outcome(action: str, change: Callable[[], Change], expected: Outcome) -> None:
    try:
        outcome = change().outcome
    except Exception as error:
        raise Problem(
            f"{action} raised {type(error).__name__}: {error}. It must return the outcome {expected!s}."
        ) from error
    if outcome != expected:
        raise Problem(f"{action} returned the outcome {outcome!s}, not {expected!s}.")


def _check_listed(harness: Harness, session: Any, grant: Grant, *, expected: bool) -> None:
    name = names([grant])[0]
    if (name in names(harness.read(session).grants)) != expected:
        change = "granted, but list_grants does not list it" if expected else "revoked, but list_grants still lists it"
        raise Problem(f"{name} was {change}.")


def _full_text(error: BaseException | None) -> str:
    """Return the text of an error and of its causes, as --debug shows them."""
    return "" if error is None else "".join(traceback.format_exception(error)) + getattr(error, "hint", "")


def _error_of(action: Callable[[], object]) -> Exception | None:
    try:
        action()
    except Exception as error:  # noqa: BLE001 - the caller checks its type
        return error
    return None
