"""The authentication of requests, as flows of httpx: headers, and tokens that are fetched, cached and renewed."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import httpx

from ..errors import AuthError, ConfigError, Unavailable
from .auth import ApiKey, Auth, Basic, Bearer, JwtAssertion, JwtBearer, OAuth2ClientCredentials, reveal

__all__ = ["flow_of"]

EARLY = 60.0
"""Seconds before its end at which a token is renewed."""
DEFAULT_LIFETIME = 300.0
"""Seconds that a token is used if the endpoint does not say how long it lives."""
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
Flow = Generator[httpx.Request, httpx.Response, None]


def flow_of(auth: Auth | httpx.Auth | None, redact: Callable[[str], None]) -> httpx.Auth | None:  # noqa: PLR0911
    """Return the flow of an authentication. Tokens that are fetched are made known with `redact`."""
    match auth:
        case Bearer():
            return _Header("Authorization", f"Bearer {reveal(auth.token)}")
        case ApiKey():
            return _Header(auth.header, auth.prefix + reveal(auth.key))
        case Basic():
            return httpx.BasicAuth(auth.user, reveal(auth.password))
        case OAuth2ClientCredentials():
            return _AccessToken(auth.token_url, lambda: _client_credentials(auth), redact, _basic(auth))
        case JwtAssertion():
            return _AccessToken(auth.token_url, lambda: _assertion(auth), redact)
        case JwtBearer():
            return _SignedToken(auth, redact)
    return auth


class _Header(httpx.Auth):
    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def auth_flow(self, request: httpx.Request) -> Flow:
        request.headers[self._name] = self._value
        yield request


class _Cached:
    """A token and the time at which it is to be renewed. Used from several threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.token = ""
        self.renew_at = 0.0

    def is_fresh(self) -> bool:
        return bool(self.token) and time.monotonic() < self.renew_at

    def keep(self, token: str, lifetime: float) -> None:
        self.token = token
        self.renew_at = time.monotonic() + max(lifetime - EARLY, lifetime / 2)


class _SignedToken(httpx.Auth):
    """A token that the connector signs itself."""

    def __init__(self, auth: JwtBearer, redact: Callable[[str], None]) -> None:
        self._auth, self._redact, self._cached = auth, redact, _Cached()

    def auth_flow(self, request: httpx.Request) -> Flow:
        with self._cached.lock:
            if not self._cached.is_fresh():
                self._cached.keep(_sign(self._auth), self._auth.lifetime)
                self._redact(self._cached.token)
        request.headers["Authorization"] = f"Bearer {self._cached.token}"
        yield request


class _AccessToken(httpx.Auth):
    """A token that a token endpoint returns; one that the API refuses is fetched again once."""

    requires_response_body = True

    def __init__(
        self,
        url: str,
        form: Callable[[], Mapping[str, str]],
        redact: Callable[[str], None],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url, self._form, self._redact, self._headers = url, form, redact, headers or {}
        self._cached = _Cached()

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        token = yield from self._fresh_token(refused="")
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            response.read()
            token = yield from self._fresh_token(refused=token)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _fresh_token(self, refused: str) -> Generator[httpx.Request, httpx.Response, str]:
        with self._cached.lock:
            if not self._cached.is_fresh() or self._cached.token == refused:
                response = yield httpx.Request("POST", self._url, data=dict(self._form()), headers=dict(self._headers))
                response.read()
                token, lifetime = _read_token(response)
                self._redact(token)
                self._cached.keep(token, lifetime)
            return self._cached.token


def _client_credentials(auth: OAuth2ClientCredentials) -> dict[str, str]:
    form = {"grant_type": "client_credentials", **auth.parameters}
    if auth.scope:
        form["scope"] = auth.scope
    if not auth.in_header:
        form |= {"client_id": auth.client_id, "client_secret": reveal(auth.client_secret)}
    return form


def _basic(auth: OAuth2ClientCredentials) -> dict[str, str]:
    if not auth.in_header:
        return {}
    pair = f"{auth.client_id}:{reveal(auth.client_secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _assertion(auth: JwtAssertion) -> dict[str, str]:
    return {"grant_type": JWT_GRANT, "assertion": _sign(auth.token), **auth.parameters}


def _sign(auth: JwtBearer) -> str:
    try:
        import jwt  # noqa: PLC0415 - only where a token is signed
    except ImportError:
        raise ConfigError("signed tokens need PyJWT", hint="pip install 'connector-host[http]'") from None
    now = int(time.time())
    claims = {"iat": now, "exp": now + auth.lifetime, **auth.claims}
    try:
        headers = dict(auth.headers) or None
        token: str = jwt.encode(claims, reveal(auth.key), algorithm=auth.algorithm, headers=headers)
    except Exception as error:  # noqa: BLE001 - of several libraries; it may hold the key, so it is not the cause
        raise ConfigError(
            f"the token cannot be signed with {auth.algorithm}: {type(error).__name__}",
            hint="Check that the key is a private key in PEM form for this algorithm.",
        ) from None
    return token


def _read_token(response: httpx.Response) -> tuple[str, float]:
    where = f"POST {response.request.url.copy_with(query=None)}"
    if response.status_code >= 500 or response.status_code == 429:
        raise Unavailable(f"{where}: HTTP {response.status_code} from the token endpoint")
    try:
        fields: Any = response.json()
    except ValueError:
        fields = None
    fields = fields if isinstance(fields, dict) else {}
    token = fields.get("access_token")
    if response.status_code >= 400 or not isinstance(token, str) or not token:
        reason = fields.get("error_description") or fields.get("error") or f"HTTP {response.status_code}"
        raise AuthError(f"{where}: no access token: {str(reason)[:200]}", hint="Check the client id and its secret.")
    try:
        return token, float(fields.get("expires_in") or DEFAULT_LIFETIME)
    except (TypeError, ValueError):
        return token, DEFAULT_LIFETIME
