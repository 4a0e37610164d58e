"""The client id and the client secret of ConductorOne, and the signed assertion that they make.

A client id is `name@host[:port]/...`. A client secret is four parts joined by colons, of which the third is `v1` and
the last a JSON Web Key (RFC 8037) with a private Ed25519 key, in base64url without padding.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from ...errors import ConfigError
from ...rpc.base64url import encode_base64url
from ...secret import Secret

__all__ = ["ApiEndpoint", "ClientCredentials", "parse_credentials", "parse_endpoint"]

HTTPS_PORT = 443
ASSERTION_SECONDS = 120
"""Seconds before now and after now in which an assertion is valid."""
NONCE_BYTES = 16
ID_HINT = "Copy the client id from ConductorOne as it is: it has the form NAME@HOST/ID."
FORM_HINT = "Copy the client secret from ConductorOne as it is: four parts with a colon between them, the third v1."


class ApiEndpoint(Struct, frozen=True):
    """The host and port of ConductorOne's API."""

    host: str
    port: int = HTTPS_PORT

    @property
    def authority(self) -> str:
        """Return `host`, or `host:port` if the port is not that of HTTPS."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == HTTPS_PORT else f"{shown}:{self.port}"


class ClientCredentials(Struct, frozen=True):
    """A parsed client id with the private key of its secret. `name` is the part of the id before the `@`."""

    client_id: str
    name: str
    endpoint: ApiEndpoint
    key: Ed25519PrivateKey
    key_id: str = ""

    def assertion(self, now: float | None = None) -> str:
        """Return a JSON Web Signature that proves the client id: a new one for each call.

        `now` is the time in seconds since the epoch.
        """
        moment = int(time.time() if now is None else now)
        header = {"alg": "EdDSA", "nonce": os.urandom(NONCE_BYTES).hex()}
        if self.key_id:
            header["kid"] = self.key_id
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.endpoint.host,
            "iat": moment,
            "nbf": moment - ASSERTION_SECONDS,
            "exp": moment + ASSERTION_SECONDS,
        }
        signed = f"{_encode_json(header)}.{_encode_json(claims)}"
        return f"{signed}.{encode_base64url(self.key.sign(signed.encode()))}"


def parse_credentials(client_id: str, client_secret: Secret) -> ClientCredentials:
    """Return the credentials. Raises ConfigError, which never shows the secret."""
    name, at, address = client_id.strip().partition("@")
    authority, slash, _ = address.partition("/")
    if not (name and at and authority and slash):
        raise ConfigError("invalid client id", hint=ID_HINT)
    try:
        endpoint = parse_endpoint(authority)
    except ConfigError as error:
        raise ConfigError(f"invalid client id: {error.message}", hint=ID_HINT) from None
    jwk = _parse_key(client_secret)
    return ClientCredentials(client_id.strip(), name, endpoint, _private_key(jwk), str(jwk.get("kid") or ""))


def parse_endpoint(text: str) -> ApiEndpoint:
    """Return the endpoint that `host` or `host:port` names. Raises ConfigError."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or port.endswith("]"):
        host, port = text.strip(), str(HTTPS_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or "/" in host or any(letter.isspace() for letter in host):
        raise ConfigError(f"{text!r} is not a host name", hint="It has the form HOST or HOST:PORT.")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"{text!r} has no valid port", hint="A port is a number from 1 to 65535.")
    return ApiEndpoint(host, int(port))


def _parse_key(client_secret: Secret) -> dict[str, Any]:
    """Return the JSON Web Key of a client secret."""
    parts = client_secret.reveal().strip().split(":")
    if len(parts) != 4:
        raise _invalid_secret(f"it has {len(parts)} parts, not 4")
    if parts[2] != "v1":
        raise _invalid_secret("its third part is not v1")
    try:
        jwk = json.loads(_decode(parts[3]))
    except (binascii.Error, ValueError):
        raise _invalid_secret("its last part is not a JSON Web Key in base64url") from None
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise _invalid_secret("its key is not an Ed25519 key")
    return jwk


def _private_key(jwk: dict[str, Any]) -> Ed25519PrivateKey:
    private, public = jwk.get("d"), jwk.get("x")
    if not isinstance(private, str) or not private:
        raise _invalid_secret("its key is not a private key")
    try:
        key = Ed25519PrivateKey.from_private_bytes(_decode(private))
        expected = public is None or _decode(str(public)) == _raw_public_key(key)
    except (binascii.Error, ValueError):
        raise _invalid_secret("its key is damaged") from None
    if not expected:
        raise _invalid_secret("its private key and its public key do not belong together")
    return key


def _raw_public_key(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _invalid_secret(problem: str) -> ConfigError:
    return ConfigError(f"invalid client secret: {problem}", hint=FORM_HINT)


def _encode_json(value: dict[str, Any]) -> str:
    return encode_base64url(json.dumps(value, separators=(",", ":")).encode())


def _decode(text: str) -> bytes:
    if not text.isascii():
        raise ValueError("not base64url")
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
