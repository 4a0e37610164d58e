"""The stand-in refuses what ConductorOne refuses: requests without a token, and uploads that break the protocol."""

import asyncio
import hashlib
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request

import pytest
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError

from connector_host import Secret
from connector_host.service.conductorone.access_token import TokenSource
from connector_host.service.conductorone.api_channel import ApiChannel, tls_context
from connector_host.service.conductorone.client_credentials import ApiEndpoint, parse_credentials
from connector_host.wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb

SERVICE = "/c1.connectorapi.baton.v1.BatonService"


@pytest.fixture
def header(api):
    credentials = parse_credentials(api.client_id, Secret(api.client_secret))
    return TokenSource(credentials, credentials.endpoint, tls_context()).get().header


def call(api, method, requests, header, cardinality=Cardinality.UNARY_UNARY):
    """Call a method with raw messages; return the reply, or the status that the call ended with."""

    async def run():
        async with ApiChannel(ApiEndpoint("127.0.0.1", api.port), tls_context()) as channel:
            reply_type = getattr(pb, f"BatonService{method}Response")
            stream = channel.request(
                f"{SERVICE}/{method}",
                cardinality,
                type(requests[0]),
                reply_type,
                metadata={"authorization": header} if header else None,
            )
            async with stream:
                for request in requests[:-1]:
                    await stream.send_message(request)
                await stream.send_message(requests[-1], end=True)
                return await stream.recv_message()

    try:
        return asyncio.run(run())
    except GRPCError as error:
        return error.status


@pytest.mark.parametrize("header", ["", "Bearer made-up"])
def test_a_call_without_a_valid_token_is_refused(api, header):
    assert call(api, "GetTask", [pb.BatonServiceGetTaskRequest(host_id="h")], header) is Status.UNAUTHENTICATED


def test_a_host_without_work_gets_the_time_of_the_next_poll(api, header):
    reply = call(api, "GetTask", [pb.BatonServiceGetTaskRequest(host_id="h")], header)
    assert (reply.task.WhichOneof("task_type"), reply.next_poll.nanos > 0) == ("none", True)


@pytest.mark.parametrize(
    ("method", "request_message"),
    [
        ("GetTask", pb.BatonServiceGetTaskRequest()),
        ("GetTasks", pb.BatonServiceGetTasksRequest(host_id="h", page_size=101)),
        ("GetTasks", pb.BatonServiceGetTasksRequest(host_id="h", page_size=1, known_task_ids=["short"])),
        ("Hello", pb.BatonServiceHelloRequest(host_id="h")),
        ("Heartbeat", pb.BatonServiceHeartbeatRequest(host_id="h", task_id="short")),
        ("FinishTask", pb.BatonServiceFinishTaskRequest(host_id="h", task_id="short")),
    ],
)
def test_a_request_that_breaks_the_rules_of_the_api_is_refused(api, header, method, request_message):
    assert call(api, method, [request_message], header) is Status.INVALID_ARGUMENT


def upload(*parts):
    request = pb.BatonServiceUploadAssetRequest
    fields = {"metadata": request.UploadMetadata, "data": request.UploadData, "eof": request.UploadEOF}
    return [request(**{name: fields[name](**values)}) for name, values in parts]


CHECKSUM = {"sha256_checksum": hashlib.sha256(b"abc").digest()}


@pytest.mark.parametrize(
    "parts",
    [
        [("data", {"data": b"abc"}), ("eof", CHECKSUM)],
        [("metadata", {"host_id": "h"}), ("data", {"data": b""}), ("eof", CHECKSUM)],
        [("metadata", {"host_id": "h"}), ("data", {"data": b"abc"})],
        [("metadata", {"host_id": "h"}), ("data", {"data": b"abd"}), ("eof", CHECKSUM)],
        [("metadata", {"host_id": "h"}), ("data", {"data": b"x" * ((1 << 20) + 1)}), ("eof", CHECKSUM)],
    ],
    ids=["no metadata", "empty data", "no end", "wrong checksum", "data too long"],
)
def test_an_upload_that_breaks_the_protocol_is_refused(api, header, parts):
    task_id = api.tasks.add(hello=pb.Task.HelloTask())
    call(api, "GetTask", [pb.BatonServiceGetTaskRequest(host_id="h")], header)
    requests = upload(*parts)
    if requests[0].HasField("metadata"):
        requests[0].metadata.task_id = task_id
    assert call(api, "UploadAsset", requests, header, Cardinality.STREAM_UNARY) is Status.INVALID_ARGUMENT
    assert api.tasks.uploads == {}


def test_the_token_endpoint_refuses_what_is_not_a_request_for_a_token(api):
    context = ssl.create_default_context(cafile=str(api.authority_file))
    for path, data, status in (("/elsewhere", b"a=b", 404), ("/auth/v1/token", b"a=b", 401)):
        request = urllib.request.Request(
            f"https://127.0.0.1:{api.port}{path}",
            data=data,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, context=context):
            pass
        with refused.value as error:
            assert (error.code, "error" in json.loads(error.read())) == (status, True)
