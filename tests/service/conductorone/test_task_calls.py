"""Every task that is one call of the connector, over real TLS and gRPC: the hook that is called, and the result."""

import base64
import json

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpclib.const import Status

from connector_host.errors import Refused, Unavailable
from connector_host.model import Outcome
from connector_host.wire.pb.c1.connector.v2 import (
    action_service_pb2,
    annotations_pb2,
    event_service_pb2,
    objects_pb2,
    provisioning_services_pb2,
    ticket_service_pb2,
)
from connector_host.wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb

USER = objects_pb2.Resource(id={"resource_type": "user", "resource": "u0"}, display_name="u0")
GROUP = objects_pb2.Resource(id={"resource_type": "group", "resource": "g"}, display_name="Group")
MEMBER = objects_pb2.Entitlement(id="group:g:member", slug="member", resource=GROUP)
NOTE = annotations_pb2.ExternalLink(url="https://example.com/1")


@pytest.fixture
def perform(api, serve, office, functions_of):
    """Perform one task, as `perform(grant=Task.GrantTask(...))`, and return its result."""
    serve(office, functions_of(office))

    def run(**task_type):
        return api.tasks.result(api.tasks.add(**task_type))

    return run


def response(result, message_type):
    """The response in a successful result."""
    assert result.WhichOneof("final_state") == "success", result.status
    message = message_type()
    assert result.success.response.Unpack(message)
    return message


def failed(result):
    assert result.WhichOneof("final_state") == "error"
    return Status(result.status.code), result.status.message, result.error.non_retryable


class TestGrant:
    def test_it_is_granted(self, perform, office):
        result = perform(grant=pb.Task.GrantTask(entitlement=MEMBER, principal=USER))
        reply = response(result, provisioning_services_pb2.GrantManagerServiceGrantResponse)
        assert office.seen == [("grant", "user:u0", "group:g:member")]
        (grant,) = reply.grants
        assert (grant.id, grant.entitlement.id, grant.principal.id.resource) == (
            "group:g:member:user:u0",
            "group:g:member",
            "u0",
        )
        assert list(result.success.annotations) == []

    def test_what_is_granted_already_is_a_success(self, perform, office):
        office.outcome = Outcome.ALREADY
        result = perform(grant=pb.Task.GrantTask(entitlement=MEMBER, principal=USER))
        assert [item.Is(annotations_pb2.GrantAlreadyExists.DESCRIPTOR) for item in result.success.annotations] == [True]

    def test_a_failure_is_final(self, perform, office):
        office.failure = Refused("the group is full")
        result = perform(grant=pb.Task.GrantTask(entitlement=MEMBER, principal=USER))
        status, message, final = failed(result)
        assert (status, final) == (Status.FAILED_PRECONDITION, True)
        assert "the group is full" in message
        assert message.endswith("\ntask failed and is non-retryable")


class TestRevoke:
    def test_it_is_revoked(self, perform, office):
        grant = objects_pb2.Grant(id="x", entitlement=MEMBER, principal=USER)
        result = perform(revoke=pb.Task.RevokeTask(grant=grant))
        response(result, provisioning_services_pb2.GrantManagerServiceRevokeResponse)
        assert office.seen == [("revoke", "user:u0", "group:g:member")]

    def test_what_is_revoked_already_is_a_success(self, perform, office):
        office.outcome = Outcome.ALREADY
        grant = objects_pb2.Grant(id="x", entitlement=MEMBER, principal=USER)
        result = perform(revoke=pb.Task.RevokeTask(grant=grant))
        assert [item.Is(annotations_pb2.GrantAlreadyRevoked.DESCRIPTOR) for item in result.success.annotations] == [
            True
        ]


@pytest.mark.parametrize(
    ("task_type", "message"),
    [
        ({"grant": pb.Task.GrantTask(principal=USER)}, "malformed grant task"),
        ({"revoke": pb.Task.RevokeTask()}, "invalid task type"),
        ({"create_account": pb.Task.CreateAccountTask()}, "malformed create account task"),
        ({"create_resource": pb.Task.CreateResourceTask()}, "malformed create resource task"),
        ({"delete_resource": pb.Task.DeleteResourceTask()}, "malformed delete resource task"),
        ({"rotate_credentials": pb.Task.RotateCredentialsTask()}, "malformed rotate credentials task"),
        ({"issue_credential": pb.Task.IssueCredentialTask()}, "malformed issue credential task"),
        ({"create_ticket_task": pb.Task.CreateTicketTask()}, "malformed create ticket task"),
        ({"get_ticket": pb.Task.GetTicketTask()}, "malformed get ticket task"),
        ({"bulk_create_tickets": pb.Task.BulkCreateTicketsTask()}, "malformed bulk create ticket task"),
        ({"bulk_get_tickets": pb.Task.BulkGetTicketsTask()}, "malformed bulk get tickets task"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_task_without_its_parts_is_final(perform, office, task_type, message):
    assert failed(perform(**task_type)) == (Status.UNKNOWN, f"{message}\ntask failed and is non-retryable", True)
    assert office.seen == []


@pytest.mark.parametrize("name", ["event_feed", "create_sync_diff", "compact_syncs"])
def test_a_task_that_nobody_performs_may_be_tried_again(perform, name):
    types = {"event_feed": "EventFeedTask", "create_sync_diff": "CreateSyncDiffTask", "compact_syncs": "CompactSyncs"}
    result = perform(**{name: getattr(pb.Task, types[name])()})
    assert failed(result) == (Status.UNKNOWN, "unsupported task type", False)


def test_a_task_of_a_later_version_may_be_tried_again(perform):
    assert failed(perform()) == (Status.UNKNOWN, "unsupported task type", False)


class TestHello:
    def test_it_is_repeated_without_a_result(self, api, serve, office, functions_of):
        task_id = api.tasks.add(hello=pb.Task.HelloTask())
        service = serve(office, functions_of(office))
        api.tasks.wait(lambda state: len(state.hellos) == 2)
        service.stop()
        first, second = api.tasks.hellos
        assert (first.task_id, second.task_id) == ("", task_id)
        assert api.tasks.results == {}
        described = first.connector_metadata
        assert described.display_name == "Team"
        assert {entry.resource_type.id for entry in described.capabilities.resource_type_capabilities} == {
            "user",
            "group",
        }
        assert described.account_creation_schema.field_map["team"].required


def recipient():
    """A key, and the encryption config for it."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(public).rstrip(b"=").decode()}
    config = provisioning_services_pb2.EncryptionConfig(provider="baton/jwk/v1")
    config.jwk_public_key_config.pub_key = json.dumps(jwk).encode()
    return key, config


def decrypted(key, data):
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return pyrage.decrypt(base64.b64decode(data.encrypted_bytes), [pyrage.ssh.Identity.from_buffer(text)]).decode()


def account(**fields):
    info = provisioning_services_pb2.AccountInfo(login="ada")
    info.emails.add(address="second@example.com")
    info.emails.add(address="ada@example.com", is_primary=True)
    info.profile.update({"team": "blue"})
    return pb.Task.CreateAccountTask(account_info=info, resource_type_id="user", **fields)


class TestCreateAccount:
    def test_its_password_is_encrypted_for_the_recipient(self, perform, office):
        key, config = recipient()
        options = provisioning_services_pb2.CredentialOptions()
        options.random_password.length = 12
        result = perform(create_account=account(encryption_configs=[config], credential_options=options))
        reply = response(result, provisioning_services_pb2.CreateAccountResponse)
        ((_, request),) = office.seen
        assert (request.login, request.email, request.profile) == ("ada", "ada@example.com", {"team": "blue"})
        assert [email.address for email in request.other_emails] == ["second@example.com"]
        assert len(request.credentials.make_password().reveal()) == 12
        assert (reply.success.resource.id.resource, reply.success.is_create_account_result) == ("ada", True)
        (data,) = reply.encrypted_data
        assert (data.provider, data.name, list(data.key_ids)) == ("baton/jwk/v1", "secret", [data.key_id])
        assert decrypted(key, data) == "first password"

    @pytest.mark.parametrize(
        ("outcome", "field"),
        [
            (Outcome.ALREADY, "already_exists"),
            (Outcome.ACTION_REQUIRED, "action_required"),
            (Outcome.IN_PROGRESS, "in_progress"),
        ],
    )
    def test_each_outcome_has_its_result(self, perform, office, outcome, field):
        office.outcome = outcome
        reply = response(perform(create_account=account()), provisioning_services_pb2.CreateAccountResponse)
        assert reply.WhichOneof("result") == field
        assert reply.action_required.message in ("", "wait for the mail")

    def test_a_key_that_cannot_be_used_is_refused_before_anything_is_made(self, perform, office):
        config = provisioning_services_pb2.EncryptionConfig()
        config.jwk_public_key_config.pub_key = b'{"kty": "EC", "crv": "P-256"}'
        status, message, final = failed(perform(create_account=account(encryption_configs=[config])))
        assert (status, final, office.seen) == (Status.INVALID_ARGUMENT, True, [])
        assert "encryption config 1 cannot be used" in message

    def test_a_profile_without_a_required_field_is_refused(self, perform, office):
        task = account()
        task.account_info.profile.Clear()
        status, message, _ = failed(perform(create_account=task))
        assert (status, office.seen) == (Status.INVALID_ARGUMENT, [])
        assert "team" in message


class TestCreateResource:
    def test_it_is_created(self, perform, office):
        group = objects_pb2.Resource(id={"resource_type": "group"}, display_name="New")
        reply = response(
            perform(create_resource=pb.Task.CreateResourceTask(resource=group)),
            provisioning_services_pb2.CreateResourceResponse,
        )
        assert (office.seen, reply.created.id.resource) == ([("create_resource", "New")], "new")


class TestDeleteResource:
    def test_it_is_deleted(self, perform, office):
        result = perform(delete_resource=pb.Task.DeleteResourceTask(resource_id=USER.id))
        response(result, provisioning_services_pb2.DeleteResourceResponse)
        assert office.seen == [("delete_resource", "user:u0")]


class TestRotateCredentials:
    def test_the_new_password_is_encrypted(self, perform, office):
        key, config = recipient()
        task = pb.Task.RotateCredentialsTask(resource_id=USER.id, encryption_configs=[config])
        reply = response(perform(rotate_credentials=task), provisioning_services_pb2.RotateCredentialResponse)
        assert office.seen[0][:2] == ("rotate_credentials", "user:u0")
        assert (reply.resource_id.resource, decrypted(key, reply.encrypted_data[0])) == ("u0", "second password")


class TestIssueCredential:
    def test_the_credential_is_issued(self, perform, office):
        key, config = recipient()
        options = provisioning_services_pb2.CredentialIssueOptions()
        options.api_key.scopes.append("read")
        task = pb.Task.IssueCredentialTask(identity_id=USER.id, encryption_configs=[config], credential_options=options)
        result = perform(issue_credential=task)
        reply = response(result, provisioning_services_pb2.IssueCredentialResponse)
        ((_, subject, request),) = office.seen
        assert (subject, request.scopes, request.request_id) == ("user:u0", ("read",), result.task_id)
        assert (reply.secret.id.resource, reply.resource_mode, reply.request_id) == ("k1", 2, result.task_id)
        assert decrypted(key, reply.encrypted_data[0]) == "api key value"

    def test_a_credential_that_is_not_offered_is_refused(self, perform, office):
        _, config = recipient()
        options = provisioning_services_pb2.CredentialIssueOptions()
        options.api_key.scopes.append("write")
        task = pb.Task.IssueCredentialTask(identity_id=USER.id, encryption_configs=[config], credential_options=options)
        status, message, final = failed(perform(issue_credential=task))
        assert (status, final, office.seen) == (Status.INVALID_ARGUMENT, True, [])
        assert message.startswith("there is no scope 'write'. Choose from: read.")


class TestActions:
    def test_schemas_are_listed_and_read(self, perform):
        listed = response(
            perform(action_list_schemas=pb.Task.ActionListSchemasTask()), action_service_pb2.ListActionSchemasResponse
        )
        assert [schema.name for schema in listed.schemas] == ["greet", "lock"]
        assert [field.name for field in listed.schemas[1].arguments] == ["resource_id"]
        read = response(
            perform(action_get_schema=pb.Task.ActionGetSchemaTask(name="greet")),
            action_service_pb2.GetActionSchemaResponse,
        )
        assert (read.schema.arguments[0].name, read.schema.arguments[0].is_required) == ("text", True)

    def test_an_action_is_invoked_and_asked_for(self, perform, office):
        task = pb.Task.ActionInvokeTask(name="greet")
        task.args.update({"text": "hello"})
        reply = response(perform(action_invoke=task), action_service_pb2.InvokeActionResponse)
        assert office.seen == [("invoke_action", "greet", {"text": "hello"}, None)]
        assert (reply.id, reply.status, dict(reply.response)) == (
            "job-1",
            action_service_pb2.BATON_ACTION_STATUS_RUNNING,
            {"greeted": True},
        )
        state = response(
            perform(action_status=pb.Task.ActionStatusTask(name="greet", id="job-1")),
            action_service_pb2.GetActionStatusResponse,
        )
        assert (state.status, dict(state.response)) == (action_service_pb2.BATON_ACTION_STATUS_COMPLETE, {"count": 2})

    def test_an_action_that_failed_is_an_error_that_may_be_tried_again(self, perform):
        task = pb.Task.ActionInvokeTask(name="lock", resource_type_id="user")
        task.args.update({"resource_id": {"resource_type_id": "user", "resource_id": "u0"}})
        result = perform(action_invoke=task)
        assert failed(result) == (Status.UNKNOWN, "the account is locked already", False)
        reply = action_service_pb2.InvokeActionResponse()
        assert result.error.response.Unpack(reply)

    @pytest.mark.parametrize(
        ("task_type", "code"),
        [
            ({"action_get_schema": pb.Task.ActionGetSchemaTask(name="sing")}, Status.NOT_FOUND),
            ({"action_get_schema": pb.Task.ActionGetSchemaTask()}, Status.UNKNOWN),
            ({"action_invoke": pb.Task.ActionInvokeTask(name="greet")}, Status.INVALID_ARGUMENT),
            ({"action_invoke": pb.Task.ActionInvokeTask(name="lock")}, Status.INVALID_ARGUMENT),
            ({"action_status": pb.Task.ActionStatusTask()}, Status.UNKNOWN),
        ],
    )
    def test_a_wrong_request_is_an_error_that_may_be_tried_again(self, perform, office, task_type, code):
        status, _, final = failed(perform(**task_type))
        assert (status, final, office.seen) == (code, False, [])


class TestEvents:
    def test_feeds_are_listed(self, perform):
        reply = response(
            perform(list_event_feeds=pb.Task.ListEventFeedsTask()), event_service_pb2.ListEventFeedsResponse
        )
        assert [(feed.id, list(feed.supported_event_types)) for feed in reply.list] == [("audit", [1, 5])]

    def test_events_are_listed_from_a_cursor(self, perform, office):
        task = pb.Task.ListEventsTask(cursor="c1", event_feed_id="audit", page_size=10)
        reply = response(perform(list_events=task), event_service_pb2.ListEventsResponse)
        assert office.seen == [("list_events", "audit", "c1", None, 10)]
        assert (reply.cursor, reply.has_more) == ("c2", True)
        assert [event.WhichOneof("event") for event in reply.events] == [
            "usage_event",
            "create_grant_event",
            "resource_change_event",
        ]
        granted = reply.events[1].create_grant_event
        assert (granted.entitlement.id, granted.principal.id.resource) == ("group:g:member", "u0")

    def test_an_error_is_reported_and_may_be_tried_again(self, perform, office):
        office.failure = Unavailable("maintenance")
        status, message, final = failed(perform(list_events=pb.Task.ListEventsTask(event_feed_id="audit")))
        assert (status, final) == (Status.UNAVAILABLE, False)
        assert "maintenance" in message

    def test_an_unknown_feed_is_named(self, perform):
        status, message, _ = failed(perform(list_events=pb.Task.ListEventsTask(event_feed_id="other")))
        assert status is Status.NOT_FOUND
        assert "The feeds: audit." in message


def ticket_task(**fields):
    task = pb.Task.CreateTicketTask(annotations=[annotation(NOTE)])
    task.ticket_request.display_name = "More access"
    task.ticket_schema.id = "request"
    task.ticket_schema.custom_fields["reason"].id = "reason"
    task.ticket_schema.custom_fields["reason"].required = True
    task.ticket_schema.custom_fields["reason"].string_value.SetInParent()
    for name, value in fields.items():
        task.ticket_request.custom_fields[name].id = name
        task.ticket_request.custom_fields[name].string_value.value = value
    return task


def annotation(message):
    task = pb.Task.GetTicketTask()
    task.annotations.add().Pack(message)
    return task.annotations[0]


class TestTickets:
    def test_schemas_of_all_pages_are_listed(self, perform):
        reply = response(
            perform(list_ticket_schemas=pb.Task.ListTicketSchemasTask()),
            ticket_service_pb2.TicketsServiceListTicketSchemasResponse,
        )
        assert [schema.id for schema in reply.list] == ["request", "request"]
        level = reply.list[0].custom_fields["level"].pick_object_value
        assert [(choice.id, choice.display_name) for choice in level.allowed_values] == [("low", "Low"), ("high", "")]

    def test_a_ticket_is_created_and_keeps_the_annotations_of_its_task(self, perform, office):
        result = perform(create_ticket_task=ticket_task(reason="because"))
        reply = response(result, ticket_service_pb2.TicketsServiceCreateTicketResponse)
        ((_, request),) = office.seen
        assert (request.display_name, request.fields) == ("More access", {"reason": "because"})
        assert (reply.ticket.id, reply.ticket.custom_fields["reason"].string_value.value) == ("T1", "because")
        assert [item.Is(NOTE.DESCRIPTOR) for item in result.success.annotations] == [True]

    def test_a_ticket_without_a_required_field_is_refused(self, perform, office):
        status, message, final = failed(perform(create_ticket_task=ticket_task()))
        assert (status, final, office.seen) == (Status.INVALID_ARGUMENT, False, [])
        assert "reason" in message

    def test_a_ticket_is_read(self, perform):
        reply = response(
            perform(get_ticket=pb.Task.GetTicketTask(ticket_id="T7")),
            ticket_service_pb2.TicketsServiceGetTicketResponse,
        )
        assert (reply.ticket.id, reply.ticket.status.id) == ("T7", "done")

    def test_several_tickets_are_created_and_read_one_by_one(self, perform, office):
        requests = [ticket_task(reason="a"), ticket_task(reason="b")]
        created = response(
            perform(bulk_create_tickets=pb.Task.BulkCreateTicketsTask(ticket_requests=requests)),
            ticket_service_pb2.TicketsServiceBulkCreateTicketsResponse,
        )
        assert [each.ticket.id for each in created.tickets] == ["T1", "T1"]
        tasks = [pb.Task.GetTicketTask(ticket_id="T1"), pb.Task.GetTicketTask(ticket_id="T2")]
        read = response(
            perform(bulk_get_tickets=pb.Task.BulkGetTicketsTask(ticket_requests=tasks)),
            ticket_service_pb2.TicketsServiceBulkGetTicketsResponse,
        )
        assert [each.ticket.id for each in read.tickets] == ["T1", "T2"]
        assert [call[0] for call in office.seen] == ["create_ticket"] * 2 + ["get_ticket"] * 2


def test_changes_and_tickets_have_to_be_allowed(api, serve, office, functions_of):
    serve(office, functions_of(office, provisioning=False, ticketing=False))
    grant = api.tasks.add(grant=pb.Task.GrantTask(entitlement=MEMBER, principal=USER))
    ticket = api.tasks.add(get_ticket=pb.Task.GetTicketTask(ticket_id="T7"))
    assert failed(api.tasks.result(grant))[:2] == (
        Status.FAILED_PRECONDITION,
        "provisioning is not enabled\ntask failed and is non-retryable",
    )
    assert failed(api.tasks.result(ticket)) == (Status.UNKNOWN, "ticketing is not enabled", False)
    assert office.seen == []
