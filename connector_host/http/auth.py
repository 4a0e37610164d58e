"""Ways to sign in to an HTTP API. Secrets are `Secret` or text; they are never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ..secret import Secret

__all__ = ["ApiKey", "Auth", "Basic", "Bearer", "JwtAssertion", "JwtBearer", "OAuth2ClientCredentials", "reveal"]


class Bearer(Struct, frozen=True):
    """A token in the header `Authorization: Bearer ...`."""

    token: Secret | str


class ApiKey(Struct, frozen=True):
    """A key in a header of its own; `prefix` stands before it (`Token `, `SSWS `)."""

    key: Secret | str
    header: str = "X-API-Key"
    prefix: str = ""


class Basic(Struct, frozen=True):
    """A user name and a password."""

    user: str
    password: Secret | str


class OAuth2ClientCredentials(Struct, frozen=True, kw_only=True):
    """An access token of an OAuth 2 token endpoint for a client id and secret, renewed before it expires.

    The client sends its secret in the body, or with `in_header` as basic authentication. `parameters` are further
    fields of the token request (`audience`, `resource`).
    """

    token_url: str
    client_id: str
    client_secret: Secret | str
    scope: str = ""
    in_header: bool = False
    parameters: Mapping[str, str] = {}


class JwtBearer(Struct, frozen=True, kw_only=True):
    """A JSON web token, signed by the connector with its own key, as bearer token.

    `claims` are its claims beside `iat` and `exp`; `lifetime` is in seconds; `headers` are headers of the token
    (`kid`). Needs PyJWT, which the extra `http` brings.
    """

    key: Secret | str
    claims: Mapping[str, Any]
    algorithm: str = "RS256"
    lifetime: int = 600
    headers: Mapping[str, Any] = {}


class JwtAssertion(Struct, frozen=True, kw_only=True):
    """An access token that a token endpoint returns for a signed JSON web token (RFC 7523), as service accounts use.

    `token` describes the assertion; `parameters` are further fields of the token request.
    """

    token_url: str
    token: JwtBearer
    parameters: Mapping[str, str] = {}


Auth = Bearer | ApiKey | Basic | OAuth2ClientCredentials | JwtBearer | JwtAssertion


def reveal(value: Secret | str) -> str:
    """Return the text of a secret."""
    return value.reveal() if isinstance(value, Secret) else value
