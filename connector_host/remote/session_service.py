"""The session store that a connector process may use: served on loopback, kept in the store of the run.

The socket listens from the start; the server begins with the first connection, since most connectors do not use it.
"""

from __future__ import annotations

import base64
import select
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import PluginError
from ..rpc.rpc_errors import RpcError, StatusCode
from ..rpc.tls_contexts import server_context
from ..run import Run
from ..session_store import SessionStore

if TYPE_CHECKING:
    from ..rpc.grpc_server import BytesServer
    from ..rpc.tls_material import ProcessMaterial

__all__ = ["SessionFunctions", "SessionStoreServer"]

HOST = "127.0.0.1"
SERVICE = "/c1.connectorapi.baton.v1.BatonSessionService/"
PREFIX = "baton/"
SEPARATOR = "\x1f"
"""Between the prefix of a key and the key: neither has control characters."""
PIECE = 750_000
"""Characters of a stored value; larger values are stored in pieces."""
MOST_KEYS = 100
PAGE = 100
PAGE_BYTES = 1 << 20
POLL = 0.5


class SessionFunctions:
    """The methods of the session store, over the store of a run."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._lock = threading.Lock()

    def get(self, request: Any, response: Any) -> Any:
        """Return the value of a key."""
        value = self._read(_name(request.prefix, request.key))
        return response(value=value or b"", found=value is not None)

    def get_many(self, request: Any, response: Any) -> Any:
        """Return the values of keys; those that do not fit into an answer are named as unprocessed."""
        result, size = response(), 0
        for position, key in enumerate(_checked(request.keys)):
            value = self._read(_name(request.prefix, key))
            if value is None:
                continue
            if size and size + len(value) > PAGE_BYTES:
                result.unprocessed_keys.extend(request.keys[position:])
                break
            size += len(value)
            result.items.add(key=key, value=value)
        return result

    def get_all(self, request: Any, response: Any) -> Any:
        """Return one page of all entries of a prefix, in the order of their keys."""
        result, size = response(), 0
        start = PREFIX + request.prefix + SEPARATOR
        for name in sorted(self._names(start)):
            key = name[len(start) :]
            if request.page_token and key <= request.page_token:
                continue
            value = self._read(name)
            if value is None:
                continue
            if result.items and (size + len(value) > PAGE_BYTES or len(result.items) >= PAGE):
                result.page_token = result.items[-1].key
                break
            size += len(value)
            result.items.add(key=key, value=value)
        return result

    def set(self, request: Any, response: Any) -> Any:
        """Store a value."""
        self._write(_name(request.prefix, request.key), request.value)
        return response()

    def set_many(self, request: Any, response: Any) -> Any:
        """Store values."""
        for key in _checked(request.values):
            self._write(_name(request.prefix, key), request.values[key])
        return response()

    def delete(self, request: Any, response: Any) -> Any:
        """Remove a key."""
        self._remove(_name(request.prefix, request.key))
        return response()

    def delete_many(self, request: Any, response: Any) -> Any:
        """Remove keys."""
        for key in _checked(request.keys):
            self._remove(_name(request.prefix, key))
        return response()

    def clear(self, request: Any, response: Any) -> Any:
        """Remove everything of a prefix; without one everything."""
        start = PREFIX + request.prefix + SEPARATOR if request.prefix else PREFIX
        for name in list(self._names(start)):
            self._remove(name)
        return response()

    def _names(self, start: str) -> Iterable[str]:
        return [key.removesuffix("\x1e0") for key in self._store.keys(start) if key.endswith("\x1e0")]

    def _read(self, name: str) -> bytes | None:
        with self._lock:
            pieces: list[str] = []
            while (piece := self._store.get(f"{name}\x1e{len(pieces)}")) is not None:
                pieces.append(piece)
        return base64.b64decode("".join(pieces)) if pieces else None

    def _write(self, name: str, value: bytes) -> None:
        text = base64.b64encode(value).decode()
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
        with self._lock:
            try:
                for number, piece in enumerate(pieces):
                    self._store.set(f"{name}\x1e{number}", piece)
            except PluginError as error:
                raise RpcError(StatusCode.RESOURCE_EXHAUSTED, error.message) from error
            self._remove_pieces(name, len(pieces))

    def _remove(self, name: str) -> None:
        with self._lock:
            self._remove_pieces(name, 0)

    def _remove_pieces(self, name: str, number: int) -> None:
        while self._store.get(f"{name}\x1e{number}") is not None:
            self._store.delete(f"{name}\x1e{number}")
            number += 1


METHODS: Mapping[str, Callable[[SessionFunctions, Any, Any], Any]] = {
    "Get": SessionFunctions.get,
    "GetMany": SessionFunctions.get_many,
    "GetAll": SessionFunctions.get_all,
    "Set": SessionFunctions.set,
    "SetMany": SessionFunctions.set_many,
    "Delete": SessionFunctions.delete,
    "DeleteMany": SessionFunctions.delete_many,
    "Clear": SessionFunctions.clear,
}


def _name(prefix: str, key: str) -> str:
    if not 1 <= len(key) <= 512 or len(prefix) > 512:
        raise RpcError(StatusCode.INVALID_ARGUMENT, "a key has 1 to 512 characters, a prefix at most 512")
    return PREFIX + prefix + SEPARATOR + key


def _checked(keys: Iterable[str]) -> list[str]:
    names = list(keys)
    if len(names) > MOST_KEYS:
        raise RpcError(StatusCode.INVALID_ARGUMENT, f"a request names at most {MOST_KEYS} keys")
    return names


class SessionStoreServer:
    """Server of a run's session store, for one process after the other."""

    def __init__(self, run: Run) -> None:
        self._functions = SessionFunctions(run.store)
        self._stop: Callable[[], None] = lambda: None

    def listen(self, material: ProcessMaterial) -> int:
        """Begin to listen for a process with this material; return the port. An earlier one is no longer served."""
        self.close()
        listener = socket.create_server((HOST, 0), backlog=16)
        stopping = threading.Event()
        servers: list[BytesServer] = []

        def stop() -> None:
            stopping.set()
            for server in servers:
                server.stop()

        self._stop = stop
        arguments = listener, material, stopping, servers
        threading.Thread(target=self._wait, args=arguments, name="session store", daemon=True).start()
        return int(listener.getsockname()[1])

    def close(self) -> None:
        """Stop serving."""
        self._stop()

    def _wait(
        self, listener: socket.socket, material: ProcessMaterial, stopping: threading.Event, servers: list[BytesServer]
    ) -> None:
        """Serve from the first connection on, until it is stopped."""
        with listener:
            while not select.select([listener], [], [], POLL)[0]:
                if stopping.is_set():
                    return  # most processes do not connect
            server = self._server()
            servers.append(server)
            if not stopping.is_set():
                context = server_context(material.authority, material.server_certificate, material.server_key)
                server.serve(listener, context)

    def _server(self) -> BytesServer:
        """Return the server; most connectors do not need it."""
        from ..rpc.grpc_server import BytesServer  # noqa: PLC0415
        from ..wire.services.service_methods import SESSION_METHODS  # noqa: PLC0415

        def function(name: str) -> Callable[[bytes], bytes]:
            method, call = SESSION_METHODS[SERVICE + name], METHODS[name]

            def answer(data: bytes) -> bytes:
                result: bytes = call(
                    self._functions, method.request.FromString(data), method.response
                ).SerializeToString()
                return result

            return answer

        return BytesServer({SERVICE + name: function(name) for name in METHODS})
