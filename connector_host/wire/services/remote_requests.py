"""The requests that a host sends to a connector process while it syncs.

Resources are sent with the bytes that they are stored with. The Go parent does the same, and sends no page size.
"""

from __future__ import annotations

import base64

from ...model import Resource, ResourceId
from .. import encode
from ..pb.c1.connector_wrapper.v1 import connector_wrapper_pb2
from ..wire_format import block, text, varint

__all__ = [
    "cleanup_request",
    "get_resource_request",
    "list_for_type",
    "list_of_resource",
    "list_of_type",
    "list_resources",
    "server_config_line",
]

MOST_PAGE_SIZE = 250
"""Items of a page that the processes accept in a request."""
PARENT = encode.PACKAGE + "Resource"
"""The annotation in which processes of `connector-host serve` get the parent; others know it by its id."""
BY_TYPE = {
    "EntitlementsService/ListEntitlements": encode.ENTITLEMENTS_BY_TYPE,
    "GrantsService/ListGrants": encode.GRANTS_BY_TYPE,
}
"""The annotation (field 4) of a request for all resources of a type."""


def list_of_type(resource_type: str, page_token: str | None, page_size: int | None, sync_id: str) -> bytes:
    """Return the request of `ListResourceTypes` (without a type) or `ListStaticEntitlements`."""
    return text(b"\x0a", resource_type, "type") + _page(b"\x10", b"\x1a", b"\x2a", page_token, page_size, sync_id)


def list_resources(
    resource_type: str,
    parent: Resource | None,
    page_token: str | None,
    page_size: int | None,
    sync_id: str,
    *,
    whole_parent: bool,
) -> bytes:
    """Return the request of `ListResources`; with `whole_parent` the parent itself is among its annotations."""
    under = b"" if parent is None else block(b"\x12", encode.resource_id(parent.id))
    page = _page(b"\x18", b"\x22", b"\x32", page_token, page_size, sync_id)
    note = encode.packed(PARENT, encode.resource(parent), b"\x2a") if parent is not None and whole_parent else b""
    return text(b"\x0a", resource_type, "type") + under + page + note


def list_of_resource(resource: Resource, page_token: str | None, page_size: int | None, sync_id: str) -> bytes:
    """Return the request of `ListEntitlements` or `ListGrants` about a resource."""
    return block(b"\x0a", encode.resource(resource)) + _page(b"\x10", b"\x1a", b"\x2a", page_token, page_size, sync_id)


def list_for_type(
    method: str, resource_type: str, page_token: str | None, page_size: int | None, sync_id: str
) -> bytes:
    """Return the request of `ListEntitlements` or `ListGrants` about all resources of a type.

    The resource of the request is a stand-in that has the type as its id.
    """
    stand_in = Resource(ResourceId(resource_type, resource_type))
    return list_of_resource(stand_in, page_token, page_size, sync_id) + BY_TYPE[method]


def get_resource_request(resource_id: ResourceId, parent: ResourceId | None, sync_id: str) -> bytes:
    """Return the request of `GetResource`."""
    under = b"" if parent is None else block(b"\x12", encode.resource_id(parent))
    return block(b"\x0a", encode.resource_id(resource_id)) + under + text(b"\x22", sync_id, "sync id")


def cleanup_request(sync_id: str) -> bytes:
    """Return the request of `Cleanup`."""
    return text(b"\x12", sync_id, "sync id")


def _page(
    size_tag: bytes, token_tag: bytes, sync_tag: bytes, page_token: str | None, page_size: int | None, sync_id: str
) -> bytes:
    size = min(page_size or 0, MOST_PAGE_SIZE)
    return b"".join(
        (
            size_tag + varint(size) if size else b"",
            text(token_tag, page_token or "", "page token"),
            text(sync_tag, sync_id, "sync id"),
        )
    )


def server_config_line(
    authority: bytes, certificate: bytes, key: bytes, listen_port: int, session_store_port: int
) -> bytes:
    """Return the line that a connector process reads from its standard input."""
    config = connector_wrapper_pb2.ServerConfig(listen_port=listen_port, session_store_listen_port=session_store_port)
    config.credential.ca_cert, config.credential.cert, config.credential.key = authority, certificate, key
    return base64.b64encode(config.SerializeToString()) + b"\n"
