"""A connector in Python as the gRPC services of a connector process: each method calls one hook."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import DecodeError

from ..errors import (
    AuthError,
    ConfigError,
    ConnectorHostError,
    NotFound,
    NotPermitted,
    RateLimited,
    Refused,
    Stopped,
    Unavailable,
)
from ..model import Page, Resource, ResourceId, ResourceType
from ..plugins.capability_words import connector_words, type_words
from ..plugins.facade import Connector, every_type
from ..rpc.rpc_errors import RpcError, StatusCode
from ..sync.hook_calls import Caller
from ..wire import decode, encode
from ..wire.service_methods import CONNECTOR_METHODS
from ..wire.services.call_status import status_with_rate_limit
from ..wire.services.served_metadata import metadata_answer
from ..wire.services.served_pages import PageWriter, identity_answer
from ..wire.wire_format import block

__all__ = ["ServedConnector"]

PACKAGE = "/c1.connector.v2."
MOST_PAGE_SIZE = 250
CODES = (
    (AuthError, StatusCode.UNAUTHENTICATED),
    (NotPermitted, StatusCode.PERMISSION_DENIED),
    (NotFound, StatusCode.NOT_FOUND),
    (Refused, StatusCode.FAILED_PRECONDITION),
    (ConfigError, StatusCode.INVALID_ARGUMENT),
    (Stopped, StatusCode.CANCELLED),
    (Unavailable, StatusCode.UNAVAILABLE),
)
BY_TYPE = ("c1.connector.v2.TypeScopedEntitlements", "c1.connector.v2.TypeScopedGrants")
PARENT = "c1.connector.v2.Resource"
"""The annotation in which a host of ours sends the whole parent; other hosts send its id only."""


class ServedConnector:
    """The methods of one connector. `functions()` are those that it has, by path."""

    def __init__(self, connector: Connector, caller: Caller, *, provisioning: bool, ticketing: bool) -> None:
        self.connector, self.caller = connector, caller
        self.provisioning, self.ticketing = provisioning, ticketing
        self._pages = PageWriter()
        self._types: dict[str, ResourceType] = {}
        self._lock = threading.Lock()

    def functions(self) -> Mapping[str, Callable[[bytes], bytes]]:
        """Return the methods as functions of bytes."""
        return {PACKAGE + name: self._function(PACKAGE + name, method) for name, method in METHODS.items()}

    def _function(self, path: str, method: Callable[[ServedConnector, Any], bytes]) -> Callable[[bytes], bytes]:
        request_class = CONNECTOR_METHODS[path].request

        def answer(data: bytes) -> bytes:
            try:
                request = request_class.FromString(data)
            except (DecodeError, ValueError) as error:
                raise RpcError(StatusCode.INVALID_ARGUMENT, "the request is not a valid message") from error
            try:
                return method(self, request)
            except ConnectorHostError as error:
                raise rpc_error(error) from error

        return answer

    def call(self, hook: str, subject: str, function: Callable[[Any], Any]) -> Any:
        """Return the result of a hook, called with the session."""
        return self.caller.call(hook, subject, function)[0]

    # ----------------------------------------------------------------------------------------------- the process

    def metadata(self, _request: Any) -> bytes:
        """Answer GetMetadata."""
        types = list(self.types().values())
        return metadata_answer(
            self.connector.info, types, type_words(self.connector, types), connector_words(self.connector, types)
        )

    def validate(self, _request: Any) -> bytes:
        """Answer Validate."""
        return identity_answer(self.call("check_session", "the session", self.connector.check_session))

    def cleanup(self, _request: Any) -> bytes:
        """Answer Cleanup: the sync is over."""
        return b""

    # ----------------------------------------------------------------------------------------------- listings

    def types(self) -> Mapping[str, ResourceType]:
        """Return the resource types by id, read once."""
        with self._lock:
            if not self._types:
                pages = every_type(self._type_page)
                self._types = {item.id: item for item in pages}
            return self._types

    def _type_page(self, token: str | None) -> Page[ResourceType]:
        page: Page[ResourceType] = self.call(
            "list_resource_types", "the types", lambda session: self.connector.list_resource_types(session, token)
        )
        return page

    def type_of(self, type_id: str) -> ResourceType:
        """Return the type of an id. RpcError if it is empty or not listed."""
        if not type_id:
            raise RpcError(StatusCode.INVALID_ARGUMENT, "the request names no resource type")
        resource_type = self.types().get(type_id)
        if resource_type is None:
            raise RpcError(StatusCode.NOT_FOUND, f"the connector has no resource type {type_id!r}")
        return resource_type

    def list_resource_types(self, request: Any) -> bytes:
        """Answer ListResourceTypes."""
        return self._pages.types(self._type_page(request.page_token or None))

    def list_resources(self, request: Any) -> bytes:
        """Answer ListResources."""
        resource_type = self.type_of(request.resource_type_id)
        parent = _parent(request)
        token, size = _place(request)
        page = self.call(
            "list_resources",
            resource_type.id,
            lambda session: self.connector.list_resources(session, resource_type, parent, token, size),
        )
        return self._pages.resources(page)

    def get_resource(self, request: Any) -> bytes:
        """Answer GetResource."""
        if "get_resource" not in self.connector.hooks:
            raise missing("get_resource")
        resource_id = decoded_id(request.resource_id)
        parent = decoded_id(request.parent_resource_id) if request.HasField("parent_resource_id") else None
        resource = self.call(
            "get_resource",
            str(resource_id),
            lambda session: self.connector.get_resource(session, resource_id, parent),
        )
        if resource is None:
            raise RpcError(StatusCode.NOT_FOUND, f"{resource_id} does not exist")
        return block(b"\x0a", encode.resource(resource))

    def list_entitlements(self, request: Any) -> bytes:
        """Answer ListEntitlements, of a resource or of all resources of a type."""
        return self._pages.entitlements(self._listed(request, "entitlements"), self.types())

    def list_static_entitlements(self, request: Any) -> bytes:
        """Answer ListStaticEntitlements."""
        resource_type = self.type_of(request.resource_type_id)
        token, size = _place(request)
        page = self.call(
            "list_static_entitlements",
            resource_type.id,
            lambda session: self.connector.list_static_entitlements(session, resource_type, token, size),
        )
        return self._pages.entitlements(page, self.types(), are_templates=True)

    def list_grants(self, request: Any) -> bytes:
        """Answer ListGrants, on a resource or on all resources of a type."""
        return self._pages.grants(self._listed(request, "grants"))

    def _listed(self, request: Any, objects: str) -> Page[Any]:
        token, size = _place(request)
        if any(item.type_url.rpartition("/")[2] in BY_TYPE for item in request.annotations):
            resource_type = self.type_of(request.resource.id.resource_type)
            hook = f"list_type_{objects}"
            call = getattr(self.connector, hook)
            page: Page[Any] = self.call(
                hook, resource_type.id, lambda session: call(session, resource_type, token, size)
            )
            return page
        resource = decoded_resource(request.resource)
        hook = f"list_{objects}"
        call = getattr(self.connector, hook)
        page = self.call(hook, str(resource.id), lambda session: call(session, resource, token, size))
        return page  # noqa: RET504 - its type


METHODS: dict[str, Callable[[ServedConnector, Any], bytes]] = {
    "ConnectorService/GetMetadata": ServedConnector.metadata,
    "ConnectorService/Validate": ServedConnector.validate,
    "ConnectorService/Cleanup": ServedConnector.cleanup,
    "ResourceTypesService/ListResourceTypes": ServedConnector.list_resource_types,
    "ResourcesService/ListResources": ServedConnector.list_resources,
    "ResourceGetterService/GetResource": ServedConnector.get_resource,
    "EntitlementsService/ListEntitlements": ServedConnector.list_entitlements,
    "EntitlementsService/ListStaticEntitlements": ServedConnector.list_static_entitlements,
    "GrantsService/ListGrants": ServedConnector.list_grants,
}
"""The methods by their paths, without the package."""


def rpc_error(error: ConnectorHostError) -> RpcError:
    """Return the status of an error of the contract."""
    message = f"{error.message} {error.hint}".strip() if error.hint else error.message
    if isinstance(error, RateLimited):
        details = b""
        if error.retry_after is not None:
            details = status_with_rate_limit(StatusCode.UNAVAILABLE, message, error.retry_after)
        return RpcError(StatusCode.UNAVAILABLE if details else StatusCode.RESOURCE_EXHAUSTED, message, details)
    for error_class, code in CODES:
        if isinstance(error, error_class):
            return RpcError(code, message)
    return RpcError(StatusCode.INTERNAL, message)


def missing(hook: str) -> RpcError:
    """Return the status of a method whose hook the connector lacks."""
    return RpcError(StatusCode.UNIMPLEMENTED, f"the connector has no hook {hook}")


def decoded_id(message: Any) -> ResourceId:
    """Return the id of a request. RpcError if it is not complete."""
    if not message.resource_type or not message.resource:
        raise RpcError(StatusCode.INVALID_ARGUMENT, "the request names no resource")
    return ResourceId(message.resource_type, message.resource)


def decoded_resource(message: Any) -> Resource:
    """Return the resource of a request. RpcError if it has no id."""
    decoded_id(message.id)
    return decode.resource(message.SerializeToString())


def _parent(request: Any) -> Resource | None:
    if not request.HasField("parent_resource_id"):
        return None
    parent_id = decoded_id(request.parent_resource_id)
    for item in request.annotations:
        if item.type_url.rpartition("/")[2] == PARENT:
            parent = decode.resource(item.value)
            if parent.id == parent_id:
                return parent
    return Resource(parent_id)


def _place(request: Any) -> tuple[str | None, int | None]:
    """Return the page token and page size of a request."""
    if request.page_size > MOST_PAGE_SIZE:
        raise RpcError(StatusCode.INVALID_ARGUMENT, f"a page has at most {MOST_PAGE_SIZE} items")
    return request.page_token or None, request.page_size or None
