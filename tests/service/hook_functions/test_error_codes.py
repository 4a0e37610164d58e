"""Errors of a connector as codes and details: they arrive at another host as they came."""

import pytest

from connector_host.errors import NotFound, RateLimited, Refused
from connector_host.remote.process_errors import connector_error
from connector_host.rpc.rpc_errors import RpcError, StatusCode
from connector_host.service.conductorone.task_results import failure
from connector_host.service.hook_functions.error_codes import status_of
from connector_host.service.hook_functions.listing_functions import _status
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2
from connector_host.wire.pb.c1.host.v1 import parts_pb2

LINK = annotations_pb2.ExternalLink(url="https://example.com/help")


@pytest.fixture
def answered():
    """An error of the contract, made of the answer of a connector process."""
    details = parts_pb2.CallStatus(code=6, message="it exists")
    details.details.add().Pack(LINK)
    answer = RpcError(StatusCode.ALREADY_EXISTS, "it exists", details.SerializeToString())
    try:
        raise connector_error(answer, "GrantManagerService/Grant", retries=False) from answer
    except Refused as error:
        return error


def test_the_code_and_details_of_a_process_are_kept(answered):
    code, details = status_of(answered)
    assert code is StatusCode.ALREADY_EXISTS
    assert parts_pb2.CallStatus.FromString(details).message == "it exists"
    assert status_of(NotFound("no")) == (StatusCode.NOT_FOUND, b"")


def test_a_task_that_fails_is_reported_with_them(answered):
    result = failure("task", answered, str, retryable=False)
    assert result.status.code == StatusCode.ALREADY_EXISTS
    (detail,) = result.status.details
    link = annotations_pb2.ExternalLink()
    assert detail.Unpack(link)
    assert link == LINK


def test_details_that_cannot_be_read_are_left_out():
    answer = RpcError(StatusCode.INTERNAL, "broken", b"\xff\xff")
    error = Refused("broken")
    error.__cause__ = answer
    assert not failure("task", error, str, retryable=True).status.details


def test_the_end_of_a_rate_limit_arrives_at_the_host():
    error = connector_error(_status(RateLimited("slow down", retry_after=30)), "Grants/List", retries=True)
    assert isinstance(error, RateLimited)
    assert 28 < error.retry_after <= 30
