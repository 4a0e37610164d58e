"""The store of a served connector's run, kept by the host that started the process: its session store service."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import Any

from google.protobuf.message import DecodeError, Message

from ..errors import ConnectorHostError, PluginError, Unavailable
from ..rpc.rpc_errors import ConnectionLost, RpcError
from ..rpc.tls_contexts import client_context
from ..rpc.tls_stream import TlsStream
from ..rpc.unary_client import UnaryConnection
from ..session_store import SessionStore
from ..wire.pb.c1.connectorapi.baton.v1 import session_pb2 as pb
from .connector_server import HOST, ParentConfig

__all__ = ["ParentStore", "StoreOfSync"]

SERVICE = "/c1.connectorapi.baton.v1.BatonSessionService/"
PREFIX = "connector-host"
"""The prefix of the keys: what a connector stores by itself in another way has another one."""
CONNECT_SECONDS, CALL_SECONDS = 5.0, 60.0
LONGEST_KEY = 512

log = logging.getLogger(__name__)


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


class StoreOfSync:
    """The store of a run, which follows the sync that a host names in its requests."""

    def __init__(self, store: SessionStore, config: ParentConfig) -> None:
        self._store, self._config = store, config
        self._has_begun = False
        self._connection: UnaryConnection | None = None

    def begin(self, sync_id: str) -> None:
        """Keep the entries of this sync at the host, from their first use on; those of an earlier one are forgotten."""
        if self._has_begun:
            self._store.clear()
        self._has_begun = True
        if self._config.session_port:
            self._store.attach_when_used(lambda: self._open(sync_id))

    def _open(self, sync_id: str) -> ParentStore | None:
        """Return the store at the host; None if it cannot be used, which is logged: entries stay in memory."""
        try:
            if self._connection is None or self._connection.broken:
                self._connection = _connect(self._config)
            store = ParentStore(self._connection, sync_id)
            store.read()
        except (ConnectionLost, ConnectorHostError, OSError, ValueError) as error:
            log.warning("The session store of the host cannot be used, entries stay in memory: %s", error)
            return None
        return store


def _connect(config: ParentConfig) -> UnaryConnection:
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
