"""The stand-in of ConductorOne's API, and a service that works for it in this process."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from connector_host import (
    HOST_API,
    ConnectorInfo,
    Entitlement,
    Grant,
    GroupTrait,
    Identity,
    Option,
    Outcome,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Run,
    Secret,
    SecretTrait,
    Trait,
    UserTrait,
    hookimpl,
)
from connector_host.actions import ActionResult, ActionSchema, ActionStatus
from connector_host.cli.commands.connectors.capabilities import described
from connector_host.cli.commands.connectors.config import option_field
from connector_host.credentials import (
    AccountField,
    AccountSchema,
    CredentialDetails,
    IssueOption,
    NamedSecret,
)
from connector_host.enums import CredentialMode, CredentialOption
from connector_host.errors import ConnectorHostError
from connector_host.event_feeds import Event, EventFeed, EventPage, EventType
from connector_host.model import Change
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.secret import Redactor
from connector_host.service.conductorone import heartbeats, sync_tasks
from connector_host.service.conductorone.client_credentials import parse_credentials
from connector_host.service.conductorone.service_host import ServiceConnector, ServiceSettings, run_service
from connector_host.service.hook_functions.function_table import connector_functions
from connector_host.service.hook_functions.hook_source import Descriptions, HookSource
from connector_host.service.stand_in.api_server import ApiStandIn
from connector_host.sync.engine import SyncSettings
from connector_host.tickets import Ticket, TicketChoice, TicketField, TicketFieldType, TicketResult, TicketSchema
from connector_host.wire.pb.c1.connector.v2 import connector_pb2

USERS = [f"u{number}" for number in range(5)]


class Team:
    """Five users in one group; `gate` is waited for before the grants are listed."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.sessions = 0
        self.list_resource_types_error = None
        self.etag, self.etags = "", []
        self.calls = []
        self.failure = None

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Team", HOST_API)

    @hookimpl
    def open_session(self, options, run):
        self.sessions += 1
        run.on_stop(self.gate.set)
        return object()

    @hookimpl
    def check_session(self, session):
        return Identity(account="team", user="me")

    @hookimpl
    def list_resource_types(self, session, page_token):
        if self.list_resource_types_error:
            raise self.list_resource_types_error
        return [
            ResourceType("user", "User", (Trait.USER,), skip_entitlements_and_grants=True),
            ResourceType("group", "Group", (Trait.GROUP,)),
        ]

    @hookimpl
    def list_resources(self, session, resource_type, parent, page_token, page_size):
        self.calls.append(("list_resources", resource_type.id))
        if resource_type.id == "user":
            return [Resource(ResourceId("user", name), name, traits=(UserTrait(),)) for name in USERS]
        return [Resource(ResourceId("group", "g"), "Group", traits=(GroupTrait(),))]

    @hookimpl
    def get_resource(self, session, resource_id, parent):
        return Resource(resource_id, resource_id.resource, traits=(UserTrait(),))

    @hookimpl
    def list_entitlements(self, session, resource, page_token, page_size):
        return [Entitlement(resource, "member", Purpose.ASSIGNMENT, grantable_to=("user",))]

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size, etag):
        self.calls.append(("list_grants", page_token))
        if self.etag and not page_token:
            self.etags.append(etag)
            if etag == self.etag:
                return Page((), unchanged=True)
        if self.failure:
            raise self.failure
        if not page_token:
            return Page([Grant(resource.ref("member"), ResourceId("user", name)) for name in USERS[:3]], "2")
        self.reached.set()
        assert self.gate.wait(20)
        return Page([Grant(resource.ref("member"), ResourceId("user", name)) for name in USERS[3:]], etag=self.etag)


MOMENT = datetime(2026, 1, 31, 8, tzinfo=UTC)
SCHEMA = TicketSchema(
    id="request",
    display_name="Request",
    types=(TicketChoice("access", "Access"),),
    fields=(
        TicketField(id="reason", required=True),
        TicketField(
            id="level", type=TicketFieldType.PICK_OBJECT, choices=(TicketChoice("low", "Low"), TicketChoice("high"))
        ),
        TicketField(id="days", type=TicketFieldType.NUMBER),
    ),
)


class Office(Team):
    """A team whose connector has every hook that changes or asks something; `seen` are its calls."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.outcome = Outcome.DONE

    def _see(self, *call):
        self.seen.append(call)
        if self.failure:
            raise self.failure

    @hookimpl
    def grant(self, session, principal, entitlement, dry_run):
        self._see("grant", str(principal.id), entitlement.id)
        return Change(outcome=self.outcome, grants=(Grant(entitlement, principal.id),))

    @hookimpl
    def revoke(self, session, grant, dry_run):
        self._see("revoke", str(grant.principal_id), grant.entitlement.id)
        return Change(outcome=self.outcome)

    @hookimpl
    def account_schema(self, session):
        return AccountSchema(fields=(AccountField(name="team", required=True),))

    @hookimpl
    def credential_details(self, session):
        form = IssueOption(
            resource_type="user", option=CredentialOption.API_KEY, mode=CredentialMode.VIRTUAL, scopes=("read",)
        )
        return CredentialDetails(issue=(form,))

    @hookimpl
    def create_account(self, session, request, dry_run):
        self._see("create_account", request)
        user = Resource(ResourceId("user", request.login), request.login, traits=(UserTrait(),))
        return Change(outcome=self.outcome, resource=user, secret=Secret("first password"), message="wait for the mail")

    @hookimpl
    def create_resource(self, session, resource, dry_run):
        self._see("create_resource", resource.display_name)
        return Change(
            outcome=Outcome.DONE, resource=Resource(ResourceId("group", "new"), "New", traits=(GroupTrait(),))
        )

    @hookimpl
    def delete_resource(self, session, resource, dry_run):
        self._see("delete_resource", str(resource.id))
        return Change(outcome=Outcome.DONE)

    @hookimpl
    def rotate_credentials(self, session, resource, credentials, dry_run):
        self._see("rotate_credentials", str(resource.id), credentials)
        return Change(outcome=Outcome.DONE, secrets=(NamedSecret("password", Secret("second password")),))

    @hookimpl
    def issue_credential(self, session, resource, request, dry_run):
        self._see("issue_credential", str(resource.id), request)
        key = Resource(ResourceId("key", "k1"), "Key", traits=(SecretTrait(identity=resource.id),))
        return Change(outcome=Outcome.DONE, resource=key, secret=Secret("api key value"))

    @hookimpl
    def list_actions(self, session):
        return [
            ActionSchema(name="greet", arguments=(Option(name="text", required=True),)),
            ActionSchema(name="lock", resource_type="user"),
        ]

    @hookimpl
    def invoke_action(self, session, name, arguments, resource, dry_run):
        self._see("invoke_action", name, dict(arguments), resource and str(resource.id))
        if name == "lock":
            return ActionResult(status=ActionStatus.FAILED, message="the account is locked already")
        return ActionResult(status=ActionStatus.RUNNING, id="job-1", values={"greeted": True})

    @hookimpl
    def get_action_status(self, session, action_id):
        return ActionResult(status=ActionStatus.COMPLETE, id=action_id, values={"count": 2})

    @hookimpl
    def list_event_feeds(self, session):
        return [EventFeed(id="audit", types=(EventType.USAGE, EventType.GRANT))]

    @hookimpl
    def list_events(self, session, feed, cursor, since, page_size):
        self._see("list_events", feed, cursor, since, page_size)
        user, group = ResourceId("user", "u0"), ResourceId("group", "g")
        return EventPage(
            events=(
                Event(id="e1", type=EventType.USAGE, occurred_at=MOMENT, actor=user, target=group),
                Event(
                    id="e2",
                    type=EventType.GRANT,
                    occurred_at=MOMENT,
                    principal=user,
                    target=group,
                    entitlement="group:g:member",
                ),
                Event(id="e3", type=EventType.RESOURCE_CHANGE, occurred_at=MOMENT, target=user),
            ),
            next_cursor="c2",
            has_more=True,
        )

    @hookimpl
    def list_ticket_schemas(self, session, page_token):
        return Page([SCHEMA], None if page_token else "2")

    @hookimpl
    def create_ticket(self, session, request, dry_run):
        self._see("create_ticket", request)
        ticket = Ticket(id="T1", display_name=request.display_name, fields=request.fields, created_at=MOMENT)
        return TicketResult(ticket=ticket)

    @hookimpl
    def get_ticket(self, session, ticket_id):
        self._see("get_ticket", ticket_id)
        return Ticket(id=ticket_id, status=TicketChoice("done", "Done"), fields={"reason": "because"})


def metadata(_request):
    described = connector_pb2.ConnectorMetadata(display_name="Team")
    return connector_pb2.ConnectorServiceGetMetadataResponse(metadata=described).SerializeToString()


def validate(_request):
    return connector_pb2.ConnectorServiceValidateResponse().SerializeToString()


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """The stand-in, one for each module; its state and its faults are new for each test (`api`)."""
    with ApiStandIn(tmp_path_factory.mktemp("stand-in")) as server:
        yield server


@pytest.fixture
def api(stand_in, monkeypatch):
    """The stand-in without tasks and faults, trusted by this process."""
    monkeypatch.setenv("SSL_CERT_FILE", str(stand_in.authority_file))
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(heartbeats, "SHORTEST", 0.01)
    monkeypatch.setattr(sync_tasks, "WAIT_SECONDS", 0.01)
    stand_in.reset()
    return stand_in


class Service:
    """A service in a thread of this process; `stop` ends it and returns the error that ended it."""

    def __init__(self, api, folder, plugin=None, functions=None, **settings):
        self.run, self.redactor, self.error = Run(logging.getLogger("connector_host.test")), Redactor(), None
        self.plugin = plugin or Team()
        credentials = parse_credentials(api.client_id, Secret(api.client_secret))
        served = ServiceConnector(
            connector=make_connector(self.plugin, "team"),
            options=Options({}),
            functions={
                "/c1.connector.v2.ConnectorService/GetMetadata": metadata,
                "/c1.connector.v2.ConnectorService/Validate": validate,
                **(functions or {}),
            },
            new_run=lambda: Run(self.run.logger, self.redactor.add),
            learn=self.redactor.add,
            mask=self.redactor,
            debug_formatter=logging.Formatter("%(levelname)s %(message)s"),
        )
        chosen = ServiceSettings(
            credentials=credentials,
            endpoint=credentials.endpoint,
            temp_dir=folder,
            sync=SyncSettings(file=folder / "unused.c1z", max_attempts=2),
            **settings,
        )
        self._thread = threading.Thread(target=self._serve, args=(served, chosen))
        self._thread.start()

    def _serve(self, served, settings):
        try:
            run_service(served, settings, self.run)
        except ConnectorHostError as error:
            self.error = error

    def stop(self, seconds=20):
        self.run.stop()
        return self.ended(seconds)

    def ended(self, seconds=20):
        self._thread.join(seconds)
        assert not self._thread.is_alive()
        return self.error


@pytest.fixture
def serve(api, tmp_path):
    """Start a service: `serve(plugin, functions, concurrency=1)`; it is stopped after the test."""
    services = []

    def start(plugin=None, functions=None, **settings):
        services.append(Service(api, tmp_path, plugin, functions, **settings))
        return services[-1]

    yield start
    for service in services:
        service.stop()


@pytest.fixture
def team():
    """A connector whose hooks a test can replace, hold and let fail."""
    return Team()


@pytest.fixture
def office():
    """A connector with every hook that changes or asks something."""
    return Office()


@pytest.fixture
def functions_of():
    """Make the functions of a connector: `functions_of(plugin, provisioning=False)`; its session is closed at the end."""
    sources = []

    def make(plugin, *, provisioning=True, ticketing=True, **settings):
        connector = make_connector(plugin, "office")
        run = Run(logging.getLogger("connector_host.test"), Redactor().add)
        settings = {"max_attempts": 1, **settings}
        sources.append(HookSource(connector, Options({}), run, Descriptions(described, option_field), **settings))
        return connector_functions(sources[-1], provisioning=provisioning, ticketing=ticketing)

    yield make
    for source in sources:
        source.close()


@pytest.fixture
def executor():
    """Threads for calls of the connector."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
