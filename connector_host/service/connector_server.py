"""The life of a served connector process: from the line of its parent to the end of its standard input."""

from __future__ import annotations

import binascii
import os
import socket
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from google.protobuf.message import DecodeError

from ..errors import ConfigError
from ..rpc.grpc_server import BytesServer
from ..rpc.tls_contexts import server_context
from ..run import Run
from ..wire.pb.c1.connector_wrapper.v1 import connector_wrapper_pb2

__all__ = ["HOST", "ParentConfig", "adopt_listener", "read_parent_config", "serve"]

DESCRIPTOR = "BATON_CONNECTOR_SERVICE_LISTENER_FD"
"""The number of the listening socket that a host passes to the process of a connector. Hosts set it themselves."""
HOST = "127.0.0.1"
LONGEST_LINE = 64 << 10
STARTED_BY = "A host starts it: connector-host sync baton --command 'connector-host serve NAME'."


class ParentConfig(NamedTuple):
    """The line of the parent: certificates as DER, a raw key, the ports of the process and of the session store."""

    authority: bytes
    certificate: bytes
    key: bytes
    port: int
    session_port: int


def adopt_listener(environ: Mapping[str, str]) -> socket.socket | None:
    """Return the listening socket of the parent; None on Windows, which cannot pass one. ConfigError without one."""
    text = environ.get(DESCRIPTOR, "")
    if not text:
        if os.name == "nt":
            return None
        raise ConfigError("missing required listener fd", hint=STARTED_BY)
    if not text.isdigit():
        raise ConfigError(f"invalid listener fd: {text!r}", hint=STARTED_BY)
    try:
        listener = socket.socket(fileno=int(text))
        listener.getsockname()
    except OSError as error:
        raise ConfigError(f"invalid listener fd: {text} ({error.strerror})", hint=STARTED_BY) from error
    os.set_inheritable(listener.fileno(), False)
    return listener


def read_parent_config(listener: socket.socket | None) -> ParentConfig:
    """Read the line of the parent from standard input. ConfigError if it is not one, or names another port."""
    line = _read_line()
    if not line:
        raise ConfigError("unexpected empty input", hint=STARTED_BY)
    try:
        config = connector_wrapper_pb2.ServerConfig.FromString(b64decode(line, validate=True))
    except (binascii.Error, DecodeError, ValueError) as error:
        raise ConfigError(f"the line on standard input is not a server configuration ({error})") from error
    if listener is not None and (port := listener.getsockname()[1]) != config.listen_port:
        raise ConfigError(f"listen port mismatch: {port} != {config.listen_port}")
    credential = config.credential
    if not (credential.ca_cert and credential.cert and credential.key):
        raise ConfigError("the server configuration lacks a certificate or key")
    return ParentConfig(
        credential.ca_cert, credential.cert, credential.key, config.listen_port, config.session_store_listen_port
    )


def _read_line() -> bytes:
    """Return the first line of standard input without its end; what follows in the same write is dropped."""
    data = bytearray()
    descriptor = sys.stdin.fileno()
    while not data.endswith(b"\n"):
        part = os.read(descriptor, 4096)
        if not part:
            break
        data += part
        if b"\n" in part:
            break
        if len(data) > LONGEST_LINE:
            raise ConfigError("failed to read stdin: the line is too long")
    return bytes(data).partition(b"\n")[0].strip()


def serve(
    functions: Mapping[str, Callable[[bytes], bytes]],
    streams: Mapping[str, Callable[[bytes], Iterable[bytes]]],
    config: ParentConfig,
    listener: socket.socket | None,
    run: Run,
    *,
    threads: int,
) -> None:
    """Serve until standard input ends or the run stops."""
    context = server_context(config.authority, config.certificate, config.key)
    server = BytesServer(functions, streams, threads=threads)
    run.on_stop(server.stop)
    threading.Thread(target=_watch_input, args=(server.stop,), name="parent watch", daemon=True).start()
    server.serve(listener or socket.create_server((HOST, config.port)), context)


def _watch_input(stop: Callable[[], None]) -> None:
    """Wait for the end of standard input: the parent is gone, or wants this process to end."""
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except OSError:
        pass
    stop()
