"""The author's kit: tests that every connector should pass, for three lines of an author's test file.

    from connector_host.testing import ContractTests

    class TestContract(ContractTests):
        connector = "staff"

Needs pytest: `pip install 'connector-host[testing]'`.
"""

from .contract_tests import ContractTests
from .harness import Asked, Harness, Reading
from .recording import recorded_command, recorded_http

__all__ = ["Asked", "ContractTests", "Harness", "Reading", "recorded_command", "recorded_http"]
