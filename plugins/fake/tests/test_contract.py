"""The contract of every connector, kept by this one: with a written and with a computed organisation."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from connector_host.testing import ContractTests


class TestDefaultOrganisation(ContractTests):
    connector = "fake"
    page_sizes = (1, 7)
    most_cuts = 8


class TestSizedOrganisation(ContractTests):
    connector = "fake"
    another_process = True
    options: ClassVar[dict[str, Any]] = {"users": 9, "groups": 4, "members": 3, "nested": 1}
    page_sizes = (1, 2)
    most_cuts = 8


class TestWritableScenario(ContractTests):
    """What may be changed is changed and changed back."""

    connector = "fake"
    page_sizes = (1,)
    provisioning = True
    creating = True
    most_cuts = 3

    @pytest.fixture(autouse=True)
    def _scenario(self, scenario_file, small, monkeypatch):
        monkeypatch.setattr(
            type(self), "options", {"scenario": str(scenario_file(**small)), "writable": True, "etags": True}
        )


class TestWholeTypes(ContractTests):
    connector = "fake"
    options: ClassVar[dict[str, Any]] = {"scenario": str(Path(__file__).with_name("whole_types.json"))}
