"""The token endpoint of the stand-in: it checks a signed assertion as ConductorOne does, and issues tokens."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .api_faults import ApiFaults

__all__ = ["ENDPOINT", "TokenEndpoint", "make_secret"]

ENDPOINT = "/auth/v1/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NONCE = re.compile("[0-9a-f]{32}")


def make_secret(key: Ed25519PrivateKey, origin: str = "stand-in.example") -> str:
    """Return a client secret with this key, in the form that ConductorOne issues."""
    private = key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": _encode(public), "d": _encode(private)}
    return f"secret-token:{origin}:v1:{_encode(json.dumps(jwk, separators=(',', ':')).encode())}"


class TokenEndpoint:
    """Checker of assertions and issuer of tokens. `requests` are the forms that arrived, `refusals` why some failed."""

    def __init__(self, client_id: str, key: Ed25519PrivateKey, faults: ApiFaults) -> None:
        self._client_id, self._key, self._faults = client_id, key.public_key(), faults
        self._tokens: dict[str, float] = {}
        self.requests: list[dict[str, str]] = []
        self.refusals: list[str] = []

    @property
    def _now(self) -> float:
        return time.time() + self._faults.clock_offset

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Return the HTTP status and the JSON of an answer."""
        if path != ENDPOINT:
            return 404, {"error": "not_found"}
        if method != "POST" or not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return 400, {"error": "invalid_request"}
        form = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
        self.requests.append(form)
        if self._faults.token_status != 200:
            return self._faults.token_status, {"error": "fault"}
        if problem := self._problem(form):
            self.refusals.append(problem)
            return 401, {"error": "invalid_client", "error_description": problem}
        token = secrets.token_urlsafe(24)
        seconds = self._faults.token_seconds
        self._tokens = {value: end for value, end in self._tokens.items() if end > time.time()}
        self._tokens[token] = time.time() + seconds
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": int(seconds)}

    def accepts(self, authorization: str) -> bool:
        """Return True for the header of a token that is still valid."""
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "bearer" and self._tokens.get(token, 0.0) > time.time()

    def revoke_tokens(self) -> None:
        """Make every token invalid that was issued."""
        self._tokens.clear()

    def _problem(self, form: Mapping[str, str]) -> str:
        """Return the reason to refuse a form, or ''."""
        expected = {
            "client_id": self._client_id,
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
        }
        for name, value in expected.items():
            if form.get(name) != value:
                return f"{name} is {form.get(name)!r}"
        header, _, remainder = form.get("client_assertion", "").partition(".")
        claims, _, signature = remainder.partition(".")
        try:
            self._key.verify(_decode(signature), f"{header}.{claims}".encode())
            return self._header_problem(json.loads(_decode(header))) or self._claims_problem(
                json.loads(_decode(claims))
            )
        except InvalidSignature:
            return "the signature is wrong"
        except (binascii.Error, ValueError, TypeError, KeyError) as error:
            return f"the assertion cannot be read: {error}"

    def _header_problem(self, header: Mapping[str, Any]) -> str:
        if header.get("alg") != "EdDSA":
            return f"alg is {header.get('alg')!r}"
        return "" if NONCE.fullmatch(str(header.get("nonce"))) else "the nonce is not 32 hexadecimal digits"

    def _claims_problem(self, claims: Mapping[str, Any]) -> str:
        host = urllib.parse.urlsplit(f"https://{self._client_id.partition('@')[2]}").hostname
        if claims.get("iss") != self._client_id or claims.get("sub") != self._client_id:
            return "iss and sub are not the client id"
        if claims.get("aud") != host:
            return f"aud is {claims.get('aud')!r}"
        if claims["nbf"] > self._now:
            return "the assertion is not valid yet"
        return "the assertion has expired" if claims["exp"] < self._now else ""


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
