"""The contract of a connector as a class of tests: subclass it, name the connector, and run pytest.

A test of a capability that the connector does not have is skipped with a reason. The tests read the application that
the options name several times: use a small one, a stand-in, or a recording.
"""

from __future__ import annotations

import base64
import logging
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ..errors import ConfigError, ConnectorError
from ..secret import SHORTEST, Redactor
from . import sync_runs
from .account_tests import AccountTests
from .application_tests import ApplicationTests
from .contract_helpers import check_equal, check_equal_page, error_of, first_of, full_text, require
from .etag_tests import EtagTests
from .harness import LIST_HOOKS, Harness, ListCall, Problem, Reading, names, short_trace
from .object_tests import ObjectTests
from .provisioning_tests import ProvisioningTests
from .subprocess_reading import read_in_subprocess

__all__ = ["ContractTests"]

__tracebackhide__ = short_trace


class ContractTests(ObjectTests, ProvisioningTests, AccountTests, ApplicationTests, EtagTests):
    """The requirements on every connector. A subclass sets some of these attributes.

    `connector`: the name of an installed connector, or a module or object with hooks.
    `options`: its options by name, with values as a person would type them.
    `page_sizes`: page sizes at which listings must equal those at the connector's own size.
    `named_by`: resource types whose ids may be names or e-mail addresses, because the application has nothing else.
    `external`: resource types of principals that the connector does not list.
    `another_process`: True if the application can be read from a second process (not if the test replaces functions of
    this process or plays recordings).
    `provisioning`: True to let the tests grant and revoke one entitlement in the application that the options name.
    `creating`: True to let the tests create an account, a resource, credentials and tickets in the application that the
    options name, and remove them again where there is a hook for that.
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
    creating: ClassVar[bool] = False
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
        require(harness, "check_session")
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
                check_equal(reading.by_hook(hook), resized.by_hook(hook), f"{hook} at page size {size}")

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
                raise Problem(f"{hook} returned {first_of(repeated)} more than once. Pages must not overlap.")

    # ----------------------------------------------------------------------------------------------- identifiers

    def test_ids_are_the_same_in_another_session(self, harness: Harness, reading: Reading) -> None:
        """Ids are stable: an object with a new id is a new object to every reader of the file."""
        session = harness.open()
        try:
            repeated = harness.read(session)
        finally:
            harness.close(session)
        for hook in LIST_HOOKS:
            check_equal(reading.by_hook(hook), repeated.by_hook(hook), f"{hook} in a second session")

    def test_ids_are_the_same_in_another_process(self, reading: Reading) -> None:
        """Ids do not depend on the process, as `hash()` of a text does."""
        if not (self.another_process and isinstance(self.connector, str)):
            pytest.skip("set another_process = True if a second process can read the application")
        repeated = read_in_subprocess(self.connector, self.options)
        for hook in LIST_HOOKS:
            check_equal(reading.by_hook(hook), repeated[hook], f"{hook} in another process")

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
            check_equal_page(call, call.call(session), how)

    def test_hooks_may_be_called_from_threads(self, harness: Harness, session: Any, reading: Reading) -> None:
        """Pages are the same when as many calls run at once as the connector declares."""
        at_once = harness.connector.info.concurrency
        if at_once < 2:
            pytest.skip("it declares a concurrency of 1")
        calls = [*reading.calls] * 3
        random.Random(2).shuffle(calls)  # noqa: S311 - as above
        with ThreadPoolExecutor(at_once) as pool:
            for call, page in zip(calls, pool.map(lambda call: call.call(session), calls), strict=True):
                check_equal_page(call, page, f"called by {at_once} threads at once")

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
                        f" It lacks {first_of(missing)}; it adds {first_of(extra)}. A page token must mean the same"
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
                error = error_of(lambda: self._read_in_new_session(harness))
            texts[f"the error under the fault {name!r}"] = full_text(error)
        redact = Redactor()
        for secret in secrets:
            redact.add(secret)
            redact.add(base64.b64encode(secret.reveal().encode()).decode())
        for place, content in texts.items():
            if redact(content) != content:
                raise Problem(f"the value of a secret option is in {place}.")

    # ----------------------------------------------------------------------------------------------- errors

    def test_errors_are_the_hosts(self, harness: Harness) -> None:
        """When the application fails, a hook raises an error of the contract, so that the host can act."""
        faults = self.faults()
        if not faults:
            pytest.skip("faults() returns no way to make the application fail")
        for name, fault in faults.items():
            with fault:
                error = error_of(lambda: self._read_in_new_session(harness))
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
