"""The contract of every connector, kept by this one against the stand-in."""

from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from connector_host.testing import ContractTests


class TestContract(ContractTests):
    connector = "onepassword"
    another_process = True
    options: ClassVar[dict[str, Any]] = {"allow-lockout": True}  # a round trip takes the last manager away again
    provisioning = True
    most_cuts = 3

    @pytest.fixture(autouse=True)
    def _stand_in(self, standin):
        self.standin = standin
        standin.serve("team")

    def faults(self):
        @contextmanager
        def plan(match, kind, **more):
            self.standin.plan(faults=[])
            self.standin.fail(match, kind, **more)
            yield

        return {
            "signed out": plan("user list", "signed-out"),
            "not allowed": plan("user list", "forbidden"),
            "rate limited": plan("group list", "rate-limit", wait="1 second"),
            "no JSON": plan("vault user list", "html"),
        }
