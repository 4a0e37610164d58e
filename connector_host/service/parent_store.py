"""The store of a served connector's run, kept by the host that started the process: its session store service."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from google.protobuf.message import DecodeError, Message

from ..errors import PluginError, Unavailable
from ..rpc.rpc_errors import ConnectionLost, RpcError
from ..rpc.tls_contexts import client_context
from ..rpc.tls_stream import TlsStream
from ..rpc.unary_client import UnaryConnection
from ..wire.pb.c1.connectorapi.baton.v1 import session_pb2 as pb
from .connector_server import HOST, ParentConfig

__all__ = ["ParentStore", "connect_to_parent"]

SERVICE = "/c1.connectorapi.baton.v1.BatonSessionService/"
PREFIX = "connector-host"
"""The prefix of the keys: what a connector stores by itself in another way has another one."""
CONNECT_SECONDS, CALL_SECONDS = 5.0, 60.0
LONGEST_KEY = 512


class ParentStore:
    """The entries of one sync, at the host. It fails with Unavailable, or PluginError for what cannot be stored."""

    def __init__(self, connection: UnaryConnection, sync_id: str) -> None:
        self._connection, self._sync_id = connection, sync_id

    def read(self) -> dict[str, str]:
        """Return all entries."""
        entries: dict[str, str] = {}
        token = ""
        while True:
            request = pb.GetAllRequest(sync_id=self._sync_id, prefix=PREFIX, page_token=token)
            page: pb.GetAllResponse = self._call("GetAll", request, pb.GetAllResponse)
            for item in page.items:
                with contextlib.suppress(UnicodeDecodeError):  # it is none of ours
                    entries[item.key] = item.value.decode()
            if not page.page_token or page.page_token == token:
                return entries
            token = page.page_token

    def write(self, key: str, value: str | None) -> None:
        """Keep an entry, or with None remove it."""
        if not 1 <= len(key) <= LONGEST_KEY:
            raise PluginError(
                f"a key of the session store has {len(key):,} characters; the host accepts 1 to {LONGEST_KEY}"
            )
        if value is None:
            request: Message = pb.DeleteRequest(sync_id=self._sync_id, key=key, prefix=PREFIX)
            self._call("Delete", request, pb.DeleteResponse)
        else:
            request = pb.SetRequest(sync_id=self._sync_id, key=key, value=value.encode(), prefix=PREFIX)
            self._call("Set", request, pb.SetResponse)

    def _call(self, method: str, request: Message, response: Any) -> Any:
        try:
            return response.FromString(
                self._connection.call(SERVICE + method, request.SerializeToString(), CALL_SECONDS)
            )
        except RpcError as error:
            raise PluginError(f"the session store of the host refuses an entry: {error}") from error
        except (ConnectionLost, DecodeError) as error:
            raise Unavailable(f"the session store of the host does not answer: {error}") from error


def connect_to_parent(config: ParentConfig) -> UnaryConnection:
    """Return a connection to the store; a process presents the certificate that it serves with."""
    context = client_context(config.authority, config.certificate, config.key)
    sock = socket.create_connection((HOST, config.session_port), timeout=CONNECT_SECONDS)
    stream = TlsStream(sock, context, host=HOST)
    try:
        stream.do_handshake()
        return UnaryConnection(stream)
    except BaseException:
        stream.close()
        raise
