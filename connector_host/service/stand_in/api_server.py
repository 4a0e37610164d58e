"""The stand-in of ConductorOne's API: token endpoint and gRPC on one port of 127.0.0.1, in a thread of its own."""

from __future__ import annotations

import asyncio
import email.utils
import json
import logging
import ssl
import threading
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpclib.server import Server

from .api_faults import ApiFaults
from .loopback_certificate import LoopbackCertificate
from .task_service import StandInTasks, TaskService
from .token_endpoint import TokenEndpoint, make_secret

__all__ = ["ApiStandIn"]

ADDRESS = "127.0.0.1"
START_SECONDS = 30.0
CLOSING_SECONDS = 0.1
"""Seconds that connections have to close, also those that are not through with TLS yet."""
LONGEST_REQUEST = 1 << 20


class ApiStandIn:
    """The running stand-in. Use it as a context manager; its thread ends with the block.

    `client_id`, `client_secret` and `authority_file` (the certificate authority, for `SSL_CERT_FILE`) are what a client
    needs. `tasks` is its state, `faults` what goes wrong.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.faults, self.tasks = ApiFaults(), StandInTasks()
        self._certificate, self._key = LoopbackCertificate(), Ed25519PrivateKey.generate()
        self.client_secret = make_secret(self._key)
        self.authority_file = folder / "stand-in-authority.pem"
        self.authority_file.write_text(self._certificate.authority, encoding="ascii")
        self.port, self.client_id = port, ""
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._started, self._loop = threading.Event(), asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise TimeoutError("the stand-in did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(START_SECONDS)

    def reset(self) -> None:
        """Forget all tasks, results and faults, as if the stand-in had just been started."""
        for state, fresh in ((self.faults, ApiFaults()), (self.tasks, StandInTasks())):
            for name in state.__struct_fields__:
                setattr(state, name, getattr(fresh, name))
        self.tokens.revoke_tokens()

    def drop_connections(self) -> None:
        """Close the connections of all clients at once, for any thread."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error
            self._started.set()
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        listener = await self._loop.create_server(
            lambda: _Doorkeeper(self), ADDRESS, self.port, ssl=self._certificate.server_context()
        )
        self.port = listener.sockets[0].getsockname()[1]
        self.client_id = f"stand-in@{ADDRESS}:{self.port}/connector"
        self.tokens = TokenEndpoint(self.client_id, self._key, self.faults)
        self._grpc = Server([TaskService(self.tasks, self.tokens, self.faults, self._abort_all)])
        self._started.set()
        await self._ended.wait()
        listener.close()
        self._abort_all()
        await asyncio.sleep(CLOSING_SECONDS)
        waiting = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _abort_all(self) -> None:
        for transport in tuple(self._transports):
            transport.abort()

    def admit(self, transport: asyncio.Transport) -> asyncio.Protocol | None:
        """Return the protocol for a new connection, by what its client offered; None: the server is away."""
        if self.faults.is_away:
            transport.abort()
            return None
        self._transports.add(transport)
        tls = cast("ssl.SSLObject", transport.get_extra_info("ssl_object"))
        if tls.selected_alpn_protocol() == "h2":
            return cast("asyncio.Protocol", self._grpc._protocol_factory())
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._answer_http)

    async def _answer_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one HTTP/1.1 request and close the connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await reader.readexactly(min(int(headers.get("content-length") or 0), LONGEST_REQUEST))
            await asyncio.sleep(self.faults.delays.get("token", 0.0))
            status, answer = self.tokens.answer(method, path, headers, body)
            content = json.dumps(answer).encode()
            date = email.utils.formatdate(time.time() + self.faults.clock_offset, usegmt=True)
            reason = {200: "OK", 401: "Unauthorized", 404: "Not Found"}.get(status, "Status")
            lines = [
                f"HTTP/1.1 {status} {reason}",
                f"Date: {date}",
                "Content-Type: application/json",
                "Connection: close",
            ]
            lines += [f"Content-Length: {len(content)}", "", ""]
            writer.write("\r\n".join(lines).encode() + content)
            await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            logging.getLogger(__name__).debug("a request could not be read: %s", error)
        finally:
            writer.close()


class _Doorkeeper(asyncio.Protocol):
    """The first protocol of a connection: it hands over to HTTP/1.1 or gRPC once TLS has negotiated which."""

    def __init__(self, server: ApiStandIn) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection over."""
        protocol = self._server.admit(cast("asyncio.Transport", transport))
        if protocol is not None:
            cast("asyncio.Transport", transport).set_protocol(protocol)
            protocol.connection_made(transport)
