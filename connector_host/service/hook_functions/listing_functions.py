"""The listings of a connector as functions of bytes: what a host reads during a sync, page by page.

Pages are written without a message for each object, because there are many of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import DecodeError

from ...errors import ConnectorHostError, RateLimited
from ...model import Page, Resource, ResourceId, ResourceType
from ...rpc.rpc_errors import RpcError, StatusCode
from ...sync.hook_calls import TRANSIENT
from ...wire import decode, encode
from ...wire.services.call_status import status_with_rate_limit
from ...wire.services.method_table import LISTING_METHODS
from ...wire.services.served_pages import AnswerWriter, asset_messages, identity_answer
from ...wire.wire_format import block
from .error_codes import PACKAGE, sentences, status_of
from .hook_source import HookSource

__all__ = ["asset_functions", "listing_functions"]

MOST_PAGE_SIZE = 250
BY_TYPE = frozenset(f"{PACKAGE}.{name}" for name in ("TypeScopedEntitlements", "TypeScopedGrants"))
PARENT = f"{PACKAGE}.Resource"
"""The annotation in which a host of ours sends the whole parent; others send its id only."""


def listing_functions(source: HookSource) -> dict[str, Callable[[bytes], bytes]]:
    """Return the functions of the listing services, and Validate, by the path of their method."""
    listings = _Listings(source)
    functions: Mapping[str, Callable[[Any], bytes]] = {
        "ConnectorService/Validate": listings.validate,
        "ResourceTypesService/ListResourceTypes": listings.list_resource_types,
        "ResourcesService/ListResources": listings.list_resources,
        "ResourceGetterService/GetResource": listings.get_resource,
        "EntitlementsService/ListEntitlements": listings.list_entitlements,
        "EntitlementsService/ListStaticEntitlements": listings.list_static_entitlements,
        "GrantsService/ListGrants": listings.list_grants,
    }
    begin = source.begin_sync
    return {
        f"/{PACKAGE}.{name}": _of_bytes(f"/{PACKAGE}.{name}", function, begin) for name, function in functions.items()
    }


def asset_functions(source: HookSource) -> dict[str, Callable[[bytes], list[bytes]]]:
    """Return the function of `AssetService`, whose answer is several messages."""
    path = f"/{PACKAGE}.AssetService/GetAsset"
    connector = source.connector

    def get_asset(request: Any) -> list[bytes]:
        if "get_asset" not in connector.hooks:
            raise RpcError(StatusCode.UNIMPLEMENTED, "the connector has no hook get_asset")
        asset = source.call("get_asset", request.asset.id, lambda s: connector.get_asset(s, request.asset.id))
        return asset_messages(asset)

    return {path: _of_bytes(path, get_asset)}


def _of_bytes(
    path: str, function: Callable[[Any], Any], begin_sync: Callable[[str], None] = lambda _sync_id: None
) -> Callable[[bytes], Any]:
    request_class = LISTING_METHODS[path].request
    has_sync = "active_sync_id" in request_class.DESCRIPTOR.fields_by_name

    def answer(data: bytes) -> Any:
        try:
            request = request_class.FromString(data)
        except (DecodeError, ValueError) as error:
            raise RpcError(StatusCode.INVALID_ARGUMENT, f"the request of {path} cannot be read") from error
        try:
            if has_sync and request.active_sync_id:
                begin_sync(request.active_sync_id)
            return function(request)
        except ConnectorHostError as error:
            raise _status(error) from error

    return answer


def _status(error: ConnectorHostError) -> RpcError:
    """Return the status of an error of the contract; a rate limit is one as Go connectors report it."""
    message = error.message if isinstance(error, TRANSIENT) else sentences(error)  # the host says when to try again
    if isinstance(error, RateLimited) and error.retry_after is not None:
        details = status_with_rate_limit(StatusCode.UNAVAILABLE, message, time.time() + error.retry_after)
        return RpcError(StatusCode.UNAVAILABLE, message, details)
    code, details = status_of(error)
    return RpcError(code, message, details)


class _Listings:
    """The functions, with the hooks that they call."""

    def __init__(self, source: HookSource) -> None:
        self._source, self._connector = source, source.connector
        self._pages = AnswerWriter()

    def validate(self, _request: Any) -> bytes:
        """Check the session."""
        return identity_answer(self._source.call("check_session", "the session", self._connector.check_session))

    def list_resource_types(self, request: Any) -> bytes:
        """List the resource types."""
        token = request.page_token or None
        page = self._source.call(
            "list_resource_types", "everything", lambda s: self._connector.list_resource_types(s, token)
        )
        return self._pages.types(page)

    def list_resources(self, request: Any) -> bytes:
        """List the resources of a type."""
        resource_type, parent = self._type(request.resource_type_id), _parent(request)
        token, size = _place(request)
        page = self._source.call(
            "list_resources",
            resource_type.id,
            lambda s: self._connector.list_resources(s, resource_type, parent, token, size),
        )
        return self._pages.resources(page)

    def get_resource(self, request: Any) -> bytes:
        """Read one resource."""
        if "get_resource" not in self._connector.hooks:
            raise RpcError(StatusCode.UNIMPLEMENTED, "the connector has no hook get_resource")
        resource_id = _id(request.resource_id)
        parent = _id(request.parent_resource_id) if request.HasField("parent_resource_id") else None
        resource = self._source.call(
            "get_resource", str(resource_id), lambda s: self._connector.get_resource(s, resource_id, parent)
        )
        if resource is None:
            raise RpcError(StatusCode.NOT_FOUND, f"{resource_id} does not exist")
        return block(b"\x0a", encode.resource(resource))

    def list_entitlements(self, request: Any) -> bytes:
        """List the entitlements of a resource, or of all resources of a type."""
        return self._pages.entitlements(self._listed(request, "entitlements"), self._source.types())

    def list_static_entitlements(self, request: Any) -> bytes:
        """List the entitlements that every resource of a type has."""
        resource_type = self._type(request.resource_type_id)
        token, size = _place(request)
        page = self._source.call(
            "list_static_entitlements",
            resource_type.id,
            lambda s: self._connector.list_static_entitlements(s, resource_type, token, size),
        )
        return self._pages.entitlements(page, self._source.types(), are_templates=True)

    def list_grants(self, request: Any) -> bytes:
        """List the grants on a resource, or on all resources of a type."""
        return self._pages.grants(self._listed(request, "grants"))

    def _listed(self, request: Any, objects: str) -> Page[Any]:
        token, size = _place(request)
        if any(item.type_url.rpartition("/")[2] in BY_TYPE for item in request.annotations):
            resource_type = self._type(request.resource.id.resource_type)
            hook = f"list_type_{objects}"
            by_type: Callable[..., Page[Any]] = getattr(self._connector, hook)
            return self._source.call(hook, resource_type.id, lambda s: by_type(s, resource_type, token, size))
        _id(request.resource.id)
        resource = decode.resource(request.resource.SerializeToString())
        hook = f"list_{objects}"
        of_resource: Callable[..., Page[Any]] = getattr(self._connector, hook)
        return self._source.call(hook, str(resource.id), lambda s: of_resource(s, resource, token, size))

    def _type(self, type_id: str) -> ResourceType:
        if not type_id:
            raise RpcError(StatusCode.INVALID_ARGUMENT, "the request names no resource type")
        resource_type = self._source.types().get(type_id)
        if resource_type is None:
            raise RpcError(StatusCode.NOT_FOUND, f"the connector has no resource type {type_id!r}")
        return resource_type


def _id(message: Any) -> ResourceId:
    if not message.resource_type or not message.resource:
        raise RpcError(StatusCode.INVALID_ARGUMENT, "the request names no resource")
    return ResourceId(message.resource_type, message.resource)


def _parent(request: Any) -> Resource | None:
    if not request.HasField("parent_resource_id"):
        return None
    parent_id = _id(request.parent_resource_id)
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
