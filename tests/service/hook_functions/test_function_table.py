"""The functions of a connector by path: what is refused, and the code of each failure."""

import base64
import json

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
from connector_host.provision.audit_record import Audit
from connector_host.rpc.rpc_errors import RpcError, StatusCode
from connector_host.service.hook_functions.encrypted_secrets import decrypt_for_key
from connector_host.service.hook_functions.error_codes import error_code
from connector_host.wire.pb.c1.connector.v2 import connector_pb2, event_service_pb2, provisioning_services_pb2
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


def test_a_method_without_its_hook_is_not_implemented(team, functions_of):
    with pytest.raises(RpcError) as refused:
        functions_of(team)[f"{PACKAGE}GrantManagerService/Grant"](b"")
    assert (refused.value.code, refused.value.message) == (
        StatusCode.UNIMPLEMENTED,
        "the connector has no hook grant",
    )


def test_changes_are_recorded_before_and_after(office, functions_of, tmp_path):
    path = tmp_path / "audit.jsonl"
    group = {"id": {"resource_type": "group"}, "display_name": "New"}
    request = provisioning_services_pb2.CreateResourceRequest(resource=group).SerializeToString()
    with Audit(path, str, connector="office") as record:
        functions = functions_of(office, record=record)
        functions[f"{PACKAGE}ResourceManagerService/CreateResource"](request)
        office.failure = Refused("no")
        with pytest.raises(RpcError):
            functions[f"{PACKAGE}ResourceManagerService/CreateResource"](request)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["event"], line.get("outcome")) for line in lines] == [
        ("begin", None),
        ("end", "done"),
        ("begin", None),
        ("end", "failed"),
    ]
    assert lines[1]["resource"] == "group:new"


def test_a_chosen_password_is_decrypted_with_the_key_of_this_host(office, functions_of):
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    content = pyrage.encrypt(b"chosen", [pyrage.ssh.Recipient.from_str(public.decode())])
    request = provisioning_services_pb2.CreateAccountRequest(account_info={"login": "ada"})
    request.account_info.profile.update({"team": "blue"})
    chosen = request.credential_options.encrypted_password.encrypted_passwords
    chosen.add(encrypted_bytes=base64.b64encode(b"for somebody else"))
    chosen.add(encrypted_bytes=base64.b64encode(content))
    functions = functions_of(office, decrypt=lambda data: decrypt_for_key(key, data))
    functions[f"{PACKAGE}AccountManagerService/CreateAccount"](request.SerializeToString())
    ((_, wanted),) = office.seen
    assert wanted.credentials.password.reveal() == "chosen"


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
