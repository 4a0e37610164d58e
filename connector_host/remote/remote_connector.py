"""The hooks of a connector whose code runs in another process: sign-in and listings."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ConfigError
from ..hookspecs import HOST_API, hookimpl
from ..model import Can, ConnectorInfo, Entitlement, Grant, Identity, Page, Resource, ResourceId, ResourceType
from ..options import Option, OptionType, more_than_zero
from ..run import Run
from .deferred_module import DeferredModule
from .process_arguments import ProcessArguments, split_arguments
from .remote_changes import RemoteChanges

if TYPE_CHECKING:
    from ..wire.services import remote_pages, remote_requests
    from .connector_process import ConnectorProcess
    from .process_settings import ProcessSettings
    from .remote_session import RemoteSession

__all__ = ["PROCESS_OPTIONS", "RemoteConnector"]

if not TYPE_CHECKING:
    remote_pages = DeferredModule("wire.services.remote_pages")
    remote_requests = DeferredModule("wire.services.remote_requests")
T = TypeVar("T")


PROCESS_OPTIONS = (
    Option(
        name="process-options",
        type=OptionType.STRINGS,
        affects_rows=False,  # the source of the identity holds them, without the secrets
        help="Options of the connector itself, such as --org=acme. Simpler: write them after --.",
    ),
    Option(
        name="start-timeout",
        type=OptionType.FLOAT,
        default=60.0,
        check=more_than_zero,
        affects_rows=False,
        help="Wait at most this many seconds until the process begins to serve.",
    ),
    Option(
        name="call-timeout",
        type=OptionType.FLOAT,
        default=3600.0,
        check=more_than_zero,
        affects_rows=False,
        help="Wait at most this many seconds for one answer of the process.",
    ),
)
COMMAND_OPTION = Option(
    name="command",
    required=True,
    affects_rows=False,
    help="Start this connector: a program, with words that it needs, as in '/opt/baton-github'.",
)


class RemoteConnector(RemoteChanges):
    """A plugin object: the hooks of one connector process. Without a command the option `command` names it."""

    is_remote = True

    def __init__(
        self,
        name: str,
        command: Sequence[str] = (),
        *,
        arguments: Sequence[str] = (),
        summary: str = "",
        concurrency: int = 1,
    ) -> None:
        self._name, self._command, self._arguments = name, tuple(command), tuple(arguments)
        self._summary, self._concurrency = summary, concurrency
        self._begun: ConnectorProcess | None = None

    # ----------------------------------------------------------------------------------------------- describe

    @hookimpl
    def connector_info(self) -> ConnectorInfo:
        """Describe the connector as far as that is known without starting it."""
        return ConnectorInfo(self._name, HOST_API, summary=self._summary, concurrency=self._concurrency)

    @hookimpl
    def connector_options(self) -> Sequence[Option]:
        """Return the options of the process; those of the connector itself are its own."""
        return PROCESS_OPTIONS if self._command else (COMMAND_OPTION, *PROCESS_OPTIONS)

    # ----------------------------------------------------------------------------------------------- connect

    @hookimpl
    def open_session(self, options: Mapping[str, Any], run: Run) -> RemoteSession:
        """Start the process."""
        try:
            from .remote_session import RemoteSession  # noqa: PLC0415 - libraries of the extra, only where used
        except ImportError as error:
            raise ConfigError(
                f"connector processes need the extra grpc, of which {error.name} is not installed",
                hint="Run: pip install 'connector-host[grpc]'.",
            ) from error
        process, self._begun = self._begun, None
        settings, source = self._settings(options, run)
        return RemoteSession(settings, run, source, process)

    @contextmanager
    def begun(self, options: Mapping[str, Any], run: Run) -> Iterator[None]:
        """Start the process, which `open_session` takes over; at the end it is gone if no session wanted it."""
        process = self._begun = self._settings(options, run)[0].start(run)
        try:
            yield
        finally:
            if self._begun is process:
                self._begun = None
                process.kill()

    def _settings(self, options: Mapping[str, Any], run: Run) -> tuple[ProcessSettings, str]:
        """Return the settings of the process, and what decides which data it reads."""
        from .process_settings import ProcessSettings  # noqa: PLC0415 - not for --help

        command = self._command or _split(options["command"])
        own, user = split_arguments(self._arguments), split_arguments(options["process-options"])
        arguments = ProcessArguments(
            (*own.words, *user.words), {**own.variables, **user.variables}, (*own.secrets, *user.secrets)
        )
        for secret in arguments.secrets:
            run.redact(secret)
        settings = ProcessSettings(
            (*command, *arguments.words),
            {**os.environ, **arguments.variables},
            start_timeout=options["start-timeout"],
            call_timeout=options["call-timeout"],
            mask=_masker(arguments),
        )
        return settings, arguments.fingerprint(command)

    @hookimpl
    def check_session(self, session: RemoteSession) -> Identity:
        """Make the process test its sign-in."""
        return session.validate()

    # ----------------------------------------------------------------------------------------------- listings

    @hookimpl
    def list_resource_types(self, session: RemoteSession | None, page_token: str | None) -> Page[ResourceType]:
        """Return one page of the resource types."""
        if session is None:
            raise ConfigError(f"the resource types of {self._name} are known only while its process runs")
        can = {} if session.is_syncing else session.description().can  # a sync changes nothing, and is not to wait

        def can_of(type_id: str) -> frozenset[Can] | None:
            return can.get(type_id) if can else None

        request = partial(remote_requests.list_of_type, "", page_size=None, sync_id=session.sync_id)
        answer = session.page("ResourceTypesService/ListResourceTypes", request, page_token)
        return remote_pages.type_page(answer, can_of)

    @hookimpl
    def list_resources(
        self,
        session: RemoteSession,
        resource_type: ResourceType,
        parent: Resource | None,
        page_token: str | None,
        page_size: int | None,
    ) -> Page[Resource]:
        """Return one page of the resources of a type."""
        request = partial(
            remote_requests.list_resources,
            resource_type.id,
            parent,
            page_size=page_size,
            sync_id=session.sync_id,
            whole_parent=session.is_served_by_host,
        )
        return _listed(session, "ResourcesService/ListResources", request, page_token, remote_pages.resource_page)

    @hookimpl
    def get_resource(
        self, session: RemoteSession, resource_id: ResourceId, parent: ResourceId | None
    ) -> Resource | None:
        """Return one resource; None if it does not exist, or if the process cannot read single resources."""
        request = remote_requests.get_resource_request(resource_id, parent, session.sync_id)
        answer = session.optional("ResourceGetterService/GetResource", lambda _token: request, None)
        return remote_pages.resource_of(answer)

    @hookimpl
    def list_entitlements(
        self, session: RemoteSession, resource: Resource, page_token: str | None, page_size: int | None
    ) -> Page[Entitlement]:
        """Return one page of the entitlements of a resource."""
        request = partial(remote_requests.list_of_resource, resource, page_size=page_size, sync_id=session.sync_id)
        return _listed(
            session, "EntitlementsService/ListEntitlements", request, page_token, remote_pages.entitlement_page
        )

    @hookimpl
    def list_static_entitlements(
        self, session: RemoteSession, resource_type: ResourceType, page_token: str | None, page_size: int | None
    ) -> Page[Entitlement]:
        """Return one page of the entitlements that every resource of a type has."""
        request = partial(remote_requests.list_of_type, resource_type.id, page_size=page_size, sync_id=session.sync_id)
        answer = session.optional("EntitlementsService/ListStaticEntitlements", request, page_token)
        return remote_pages.entitlement_page(answer, templates=True)

    @hookimpl
    def list_grants(
        self, session: RemoteSession, resource: Resource, page_token: str | None, page_size: int | None
    ) -> Page[Grant]:
        """Return one page of the grants on a resource."""
        request = partial(remote_requests.list_of_resource, resource, page_size=page_size, sync_id=session.sync_id)
        return _listed(session, "GrantsService/ListGrants", request, page_token, remote_pages.grant_page)

    @hookimpl
    def list_type_entitlements(
        self, session: RemoteSession, resource_type: ResourceType, page_token: str | None, page_size: int | None
    ) -> Page[Entitlement]:
        """Return one page of the entitlements of all resources of a type."""
        method = "EntitlementsService/ListEntitlements"
        request = partial(
            remote_requests.list_for_type, method, resource_type.id, page_size=page_size, sync_id=session.sync_id
        )
        return _listed(session, method, request, page_token, remote_pages.entitlement_page)

    @hookimpl
    def list_type_grants(
        self, session: RemoteSession, resource_type: ResourceType, page_token: str | None, page_size: int | None
    ) -> Page[Grant]:
        """Return one page of the grants on all resources of a type."""
        method = "GrantsService/ListGrants"
        request = partial(
            remote_requests.list_for_type, method, resource_type.id, page_size=page_size, sync_id=session.sync_id
        )
        return _listed(session, method, request, page_token, remote_pages.grant_page)


def _listed(
    session: RemoteSession,
    method: str,
    make_request: Callable[[str | None], bytes],
    page_token: str | None,
    read_page: Callable[[bytes], Page[T]],
) -> Page[T]:
    """Return a page of a listing; the request of the next page, if there is one, is sent already."""
    page = read_page(session.page(method, make_request, page_token))
    if page.next_token:
        session.expect(method, make_request(page.next_token))
    return page


def _split(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise ConfigError(f"--command: {command!r} is no command line ({error})") from error
    if not words:
        raise ConfigError("--command is empty", hint="Name the program of the connector.")
    return words


def _masker(arguments: ProcessArguments) -> Any:
    """Return a function that masks the secrets of the arguments in a text."""

    def mask(text: str) -> str:
        for secret in arguments.secrets:
            if len(secret) >= 4:
                text = text.replace(secret, "***")
        return text

    return mask
