"""The stand-in of ConductorOne's API, and a service that works for it in this process."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector_host import (
    HOST_API,
    ConnectorInfo,
    Entitlement,
    Grant,
    GroupTrait,
    Identity,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Run,
    Trait,
    UserTrait,
    hookimpl,
)
from connector_host.errors import ConnectorHostError
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.secret import Redactor, Secret
from connector_host.service.conductorone import heartbeats
from connector_host.service.conductorone.client_credentials import parse_credentials
from connector_host.service.conductorone.service_host import ServiceConnector, ServiceSettings, run_service
from connector_host.service.stand_in.api_server import ApiStandIn
from connector_host.sync.engine import SyncSettings
from connector_host.wire.pb.c1.connector.v2 import connector_pb2

USERS = [f"u{number}" for number in range(5)]


class Team:
    """Five users in one group; `gate` is waited for before the grants are listed."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.calls = []
        self.failure = None

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Team", HOST_API)

    @hookimpl
    def open_session(self, options, run):
        run.on_stop(self.gate.set)
        return object()

    @hookimpl
    def check_session(self, session):
        return Identity(account="team", user="me")

    @hookimpl
    def list_resource_types(self, session, page_token):
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
    def list_grants(self, session, resource, page_token, page_size):
        self.calls.append(("list_grants", page_token))
        if self.failure:
            raise self.failure
        if not page_token:
            return Page([Grant(resource.ref("member"), ResourceId("user", name)) for name in USERS[:3]], "2")
        self.reached.set()
        assert self.gate.wait(20)
        return [Grant(resource.ref("member"), ResourceId("user", name)) for name in USERS[3:]]


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
def executor():
    """Threads for calls of the connector."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
