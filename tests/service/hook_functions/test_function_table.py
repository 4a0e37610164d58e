"""The functions of a connector by path: what is refused, and the code of each failure."""

import pytest

from connector_host.errors import (
    AuthError,
    BadResponse,
    ConfigError,
    NotFound,
    NotPermitted,
    PluginError,
    RateLimited,
    Refused,
    Stopped,
    Unavailable,
)
from connector_host.rpc.rpc_errors import RpcError, StatusCode
from connector_host.service.hook_functions.function_table import error_code
from connector_host.wire.pb.c1.connector.v2 import connector_pb2, event_service_pb2
from connector_host.wire.services.service_methods import CONNECTOR_METHODS

PACKAGE = "/c1.connector.v2."


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthError("x"), StatusCode.UNAUTHENTICATED),
        (NotPermitted("x"), StatusCode.PERMISSION_DENIED),
        (NotFound("x"), StatusCode.NOT_FOUND),
        (Refused("x"), StatusCode.FAILED_PRECONDITION),
        (RateLimited("x"), StatusCode.RESOURCE_EXHAUSTED),
        (Unavailable("x"), StatusCode.UNAVAILABLE),
        (BadResponse("x"), StatusCode.UNKNOWN),
        (ConfigError("x"), StatusCode.INVALID_ARGUMENT),
        (PluginError("x"), StatusCode.UNKNOWN),
        (Stopped("x"), StatusCode.CANCELLED),
    ],
)
def test_each_error_has_its_code(error, code):
    assert error_code(error) is code


def test_every_function_belongs_to_a_method_of_the_services(office, functions_of):
    assert set(functions_of(office)) <= set(CONNECTOR_METHODS)


def test_a_request_that_is_no_message_is_refused(office, functions_of):
    with pytest.raises(RpcError) as refused:
        functions_of(office)[f"{PACKAGE}GrantManagerService/Grant"](b"\xff")
    assert refused.value.code is StatusCode.INVALID_ARGUMENT


def test_an_error_has_its_hint(office, functions_of):
    request = event_service_pb2.ListEventsRequest(event_feed_id="other").SerializeToString()
    with pytest.raises(RpcError) as refused:
        functions_of(office)[f"{PACKAGE}EventService/ListEvents"](request)
    assert refused.value.message.endswith("The feeds: audit.")


def test_the_session_is_opened_for_the_first_call_and_shared(office, functions_of):
    functions = functions_of(office)
    for _ in range(2):
        reply = functions[f"{PACKAGE}ConnectorService/Validate"](b"")
        assert connector_pb2.ConnectorServiceValidateResponse.FromString(reply).sdk_version
    assert office.sessions == 1
