"""The connection to the API through a proxy: the tunnel, its credentials, and what is said when it fails."""

import asyncio
import base64
import contextlib
import socket
import threading

import pytest
from grpclib.exceptions import GRPCError

from connector_host import Secret
from connector_host.errors import ConfigError
from connector_host.service.conductorone.access_token import TokenSource
from connector_host.service.conductorone.api_calls import ApiCalls
from connector_host.service.conductorone.api_channel import find_proxy, tls_context
from connector_host.service.conductorone.client_credentials import parse_credentials


class Proxy:
    """A proxy on the loopback interface that only tunnels; `requests` are the heads of what it was asked."""

    def __init__(self):
        self.requests, self.answer = [], b"HTTP/1.1 200 Connection established\r\n\r\n"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.requests.append(head.decode())
        client.sendall(self.answer)
        if b"200" not in self.answer:
            client.close()
            return
        host, _, port = head.split()[1].decode().rpartition(":")
        server = socket.create_connection((host, int(port)))
        self._open.append(server)
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        for sock in self._open:
            sock.close()


@pytest.fixture
def proxy(api, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = Proxy()
    monkeypatch.setenv("https_proxy", f"http://ada:s%40crets@127.0.0.1:{server.port}")
    yield server
    server.close()


def poll(api):
    credentials = parse_credentials(api.client_id, Secret(api.client_secret))
    tokens = TokenSource(credentials, credentials.endpoint, tls_context())

    async def run():
        calls = ApiCalls(credentials.endpoint, tokens, "h", tls_context)
        try:
            return await calls.get_task()
        finally:
            calls.close()

    return asyncio.run(run())


def test_token_and_calls_go_through_the_proxy(api, proxy):
    assert poll(api).HasField("next_poll")
    assert len(proxy.requests) == 2
    assert all(request.startswith(f"CONNECT 127.0.0.1:{api.port} ") for request in proxy.requests)
    credentials = base64.b64encode(b"ada:s@crets").decode()
    assert all(f"Basic {credentials}" in request for request in proxy.requests)


def test_a_proxy_that_refuses_is_named(api, proxy):
    proxy.answer = b"HTTP/1.1 403 Forbidden by policy\r\n\r\n"
    with pytest.raises(GRPCError, match="through the proxy 127.0.0.1: .*403"):
        poll(api)


def test_a_proxy_that_is_away_is_named(api, proxy, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(GRPCError, match="through the proxy 127.0.0.1: Connection refused"):
        poll(api)


def test_hosts_of_no_proxy_are_called_directly(api, proxy, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert poll(api).HasField("next_poll")
    assert proxy.requests == []


@pytest.mark.parametrize("text", ["socks5://127.0.0.1:1", "http://", "http://host:x"])
def test_a_proxy_that_cannot_be_used_is_refused(monkeypatch, text):
    monkeypatch.setenv("https_proxy", text)
    with pytest.raises(ConfigError, match="proxy"):
        find_proxy("acme.example")


def test_a_missing_file_of_authorities_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigError, match="missing.pem"):
        tls_context()
