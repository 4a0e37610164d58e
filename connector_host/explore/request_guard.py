"""Access checks before every page (host name, method, cookie) and the security headers of every response.

A web site can make a browser send requests to 127.0.0.1, also under a name of its own (DNS rebinding). Therefore the
Host header must be one of ours, and a cookie is required that only the printed link sets: its token is random and is
exchanged for the cookie at once, so that it stays in no history and in no Referer. The cookie is limited to the path of
the pages, `address_root`, so that the browser does not send it to other ports of this computer.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

__all__ = ["CSP", "RequestGuard", "is_loopback"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
ENTRANCE = "/open"
LOCAL_NAMES = frozenset({"localhost"})
WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to


class RequestGuard:
    """Passes a request to `application` if its host is ours, its method only reads, and it has the cookie."""

    def __init__(self, application: Application, host: str, port: int, root: str = "/") -> None:
        self._application = application
        self._host, self._port, self._root = host.casefold(), port, root
        self.token = secrets.token_urlsafe(32)
        self._once: set[str] = set()
        self._cookie = f"connector_host_explore_{port}"
        self._session = secrets.token_urlsafe(32)

    def link(self, *, once: bool = False) -> str:
        """Return the path of the first link; with `once`, its token works one time."""
        token = self.token
        if once:
            token = secrets.token_urlsafe(32)
            self._once.add(token)
        return f"{ENTRANCE}?token={token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, then answer it or pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._application(scope, receive, send)
            return
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._is_ours(hosts[0].decode("latin-1")):
            await _respond(
                send,
                421,
                "This is not the address of this server. Open the link that connector-host explore printed.",
            )
        elif scope["method"] not in ("GET", "HEAD"):
            await _respond(send, 405, "These pages are read-only: use GET or HEAD.", (b"allow", b"GET, HEAD"))
        elif scope["path"] == ENTRANCE:
            await self._enter(scope, send)
        elif not self._is_known(headers):
            await _respond(
                send, 403, "This browser is not signed in. Open the link that connector-host explore printed."
            )
        elif scope["path"] == "/" != self._root:
            await _respond(send, 303, "", (b"location", self._root.encode()))
        else:
            await self._application(scope, receive, _with_headers(send))

    async def _enter(self, scope: Scope, send: Send) -> None:
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0].encode()
        once = token.decode() in self._once
        if not once and not hmac.compare_digest(token, self.token.encode()):
            await _respond(send, 403, "This link is not valid (any more). Open the link that was printed last.")
            return
        self._once.discard(token.decode())
        cookie = f"{self._cookie}={self._session}; HttpOnly; SameSite=Strict; Path={self._root}"
        signed_in = (b"set-cookie", cookie.encode())
        if once:
            # Not a redirect: the browser leaves the cookie out when a redirect follows from a local file.
            refresh = f"0; url={self._root}".encode()
            await _respond(send, 200, "Opening connector-host explore ...", signed_in, (b"refresh", refresh))
        else:
            await _respond(send, 303, "", signed_in, (b"location", self._root.encode()))

    def _is_known(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Return True if one of the cookies is ours; other servers on this host may have set any others."""
        name, session = self._cookie.encode(), self._session.encode()
        cookies = (pair for header, value in headers if header == b"cookie" for pair in value.split(b";"))
        for cookie in cookies:
            key, _, value = cookie.strip().partition(b"=")
            if key == name and hmac.compare_digest(value, session):
                return True
        return False

    def _is_ours(self, header: str) -> bool:
        name, port = _split(header)
        if port != self._port:
            return False
        if name == self._host or (is_loopback(self._host) and (name in LOCAL_NAMES or is_loopback(name))):
            return True
        # bound to every address: a number cannot have been given to us by somebody's name server
        return self._host in WILDCARDS and (name in LOCAL_NAMES or _is_number(name))


def is_loopback(host: str) -> bool:
    """Return True if only this computer can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() in LOCAL_NAMES


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _split(header: str) -> tuple[str, int]:
    """Return name and port of a Host header, without the brackets of IPv6."""
    name, colon, port = header.casefold().rpartition(":")
    if not colon or port.endswith("]"):
        name, port = header.casefold(), "80"
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    return name, int(port) if port.isascii() and port.isdigit() and len(port) < 6 else -1


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in HEADERS if pair[0] not in own)]
        await send(message)

    return sending


async def _respond(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = f"{text}\n".encode() if text else b""
    plain = (b"content-type", b"text/plain; charset=utf-8")
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [plain, length, *headers, *HEADERS]})
    await send({"type": "http.response.body", "body": body})
