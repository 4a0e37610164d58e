"""The connection to ConductorOne's API: gRPC over TLS, through the proxy of the environment if there is one."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import ssl
import urllib.parse
import urllib.request
from importlib import metadata
from pathlib import Path

from grpclib import client as grpclib_client
from grpclib.client import Channel
from grpclib.metadata import USER_AGENT
from grpclib.protocol import H2Protocol

from ...errors import ConfigError
from .client_credentials import HTTPS_PORT, ApiEndpoint

__all__ = ["ApiChannel", "find_proxy", "introduce_client", "tls_context"]

AUTHORITIES = "SSL_CERT_FILE"
CONNECT_SECONDS = 30.0
LONGEST_PROXY_ANSWER = 1 << 16


def introduce_client(name: str) -> None:
    """Name the client in each call of this process, as Go connectors do; the library has no setting for it."""
    vars(grpclib_client)["USER_AGENT"] = f"{name} connector-host/{metadata.version('connector-host')} {USER_AGENT}"


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings: 1.2 or later, the authorities of the system or of `SSL_CERT_FILE`."""
    file = os.environ.get(AUTHORITIES, "")
    if file and not Path(file).is_file():
        raise ConfigError(f"{AUTHORITIES} names {file}, which is not a file", hint="Correct the variable, or unset it.")
    try:
        context = ssl.create_default_context()
    except OSError as error:
        raise ConfigError(
            f"the file of TLS authorities cannot be read: {error}", hint="Check SSL_CERT_FILE and SSL_CERT_DIR."
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def find_proxy(host: str) -> urllib.parse.SplitResult | None:
    """Return the proxy that `HTTPS_PROXY` and `NO_PROXY` name for a host. Raises ConfigError if it is not usable."""
    text = urllib.request.getproxies().get("https")
    if not text or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.parse.urlsplit(text if "://" in text else f"http://{text}")
    try:
        usable = proxy.scheme == "http" and bool(proxy.hostname) and (proxy.port or 80) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            "the proxy of HTTPS_PROXY cannot be used",
            hint="Only http://HOST:PORT is supported; NO_PROXY names exceptions.",
        )
    return proxy


class ApiChannel(Channel):
    """A gRPC connection that is made when it is needed, and made anew after it was lost."""

    def __init__(self, endpoint: ApiEndpoint, context: ssl.SSLContext) -> None:
        context.set_alpn_protocols(["h2"])
        super().__init__(endpoint.host, endpoint.port, ssl=context)
        self._endpoint, self._context = endpoint, context
        self._transport: asyncio.Transport | None = None

    def close(self) -> None:
        """Close the connection at once, without waiting for the other side."""
        super().close()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _get_authority(self, host: str, port: int) -> str:
        return ApiEndpoint(host, port).authority

    async def _create_connection(self) -> H2Protocol:
        """Connect within `CONNECT_SECONDS`, through the proxy if there is one."""
        async with asyncio.timeout(CONNECT_SECONDS):
            proxy = find_proxy(self._endpoint.host)
            if proxy is None:
                self._transport, protocol = await self._loop.create_connection(
                    self._protocol_factory, self._endpoint.host, self._endpoint.port, ssl=self._context
                )
                return protocol
            tunnel = await self._open_tunnel(proxy)
            try:
                self._transport, protocol = await self._loop.create_connection(
                    self._protocol_factory, sock=tunnel, ssl=self._context, server_hostname=self._endpoint.host
                )
            except BaseException:
                tunnel.close()
                raise
            return protocol

    async def _open_tunnel(self, proxy: urllib.parse.SplitResult) -> socket.socket:
        """Return a connection to the API through the proxy. Raises OSError."""
        tunnel = await self._connect(proxy)
        try:
            await self._loop.sock_sendall(tunnel, self._tunnel_request(proxy))
            answer = b""
            while b"\r\n\r\n" not in answer:
                part = await self._loop.sock_recv(tunnel, 1)  # not a byte more: what follows belongs to TLS
                if not part or len(answer) > LONGEST_PROXY_ANSWER:
                    raise ConnectionError(f"the proxy {proxy.hostname} closed the connection")
                answer += part
            words = answer.split(b"\r\n", 1)[0].decode("latin-1").split(maxsplit=2)
            if len(words) < 2 or words[1] != "200":
                raise ConnectionError(f"the proxy {proxy.hostname} refused the connection: {' '.join(words[1:])}")
        except BaseException:
            tunnel.close()
            raise
        return tunnel

    async def _connect(self, proxy: urllib.parse.SplitResult) -> socket.socket:
        """Return a connection to the proxy. Raises OSError, which names it."""
        tunnel = None
        try:
            addresses = await self._loop.getaddrinfo(proxy.hostname, proxy.port or 80, type=socket.SOCK_STREAM)
            family, socket_type, protocol, _, address = addresses[0]
            tunnel = socket.socket(family, socket_type, protocol)
            tunnel.setblocking(False)
            await self._loop.sock_connect(tunnel, address)
        except OSError as error:
            if tunnel is not None:
                tunnel.close()
            raise ConnectionError(f"the proxy {proxy.hostname}: {error.strerror or error}") from error
        return tunnel

    def _tunnel_request(self, proxy: urllib.parse.SplitResult) -> bytes:
        shown = f"[{self._endpoint.host}]" if ":" in self._endpoint.host else self._endpoint.host
        target = f"{shown}:{self._endpoint.port or HTTPS_PORT}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.username:
            pair = f"{urllib.parse.unquote(proxy.username)}:{urllib.parse.unquote(proxy.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()
