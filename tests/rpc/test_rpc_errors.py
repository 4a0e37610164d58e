"""The errors of calls: their codes are those of gRPC, their texts are for people."""

import pytest

from connector_host.rpc.rpc_errors import RpcError, StatusCode


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RpcError(StatusCode.NOT_FOUND, "no such feed"), "NOT_FOUND: no such feed"),
        (RpcError(StatusCode.UNAVAILABLE, ""), "UNAVAILABLE"),
    ],
)
def test_the_text_names_the_code(error, text):
    assert str(error) == text
