"""The author's kit: the tests that every connector should pass. A test file of three lines is enough.

    from connector_host.testing import ContractTests

    class TestContract(ContractTests):
        connector = "staff"

Needs pytest: `pip install 'connector-host[testing]'`.
"""

from .contract_tests import ContractTests
from .harness import Harness, ListCall, Reading
from .http_recording import recorded_http
from .recording import recorded_command

Asked = ListCall  # deprecated: the former name

__all__ = ["Asked", "ContractTests", "Harness", "ListCall", "Reading", "recorded_command", "recorded_http"]
