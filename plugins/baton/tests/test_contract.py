"""The contract of every connector, kept over the wire: the fake as a process, with its own organisations."""

import sys
from typing import Any, ClassVar

import pytest

from connector_host.remote import RemoteConnector
from connector_host.testing import ContractTests

SERVE = (sys.executable, "-m", "connector_host", "serve", "fake")


class OverTheWire(ContractTests):
    """The contract tests for a connector process, whose types are known only while it runs."""

    @pytest.mark.skip(reason="the types of a process are known only while it runs")
    def test_it_can_be_described_without_a_session(self, harness: Any) -> None:
        """Leave out."""

    @pytest.mark.skip(reason="the driver has all hooks; the process says which it has")
    def test_types_say_what_can_be_done(self, harness: Any, reading: Any) -> None:
        """Leave out."""


class TestDefaultOrganisation(OverTheWire):
    connector = RemoteConnector("fake", SERVE)
    page_sizes = (7,)
    most_cuts = 3


class TestSizedOrganisation(OverTheWire):
    connector = RemoteConnector("fake", (*SERVE, "--users=9", "--groups=4", "--members=3", "--nested=1"))
    options: ClassVar[dict[str, Any]] = {}
    page_sizes = (2,)
    most_cuts = 3
    another_process = True
