"""Secrets that a connector encrypted for one key, as the Go SDK does: an age file for the key as SSH recipient."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from ..errors import ConfigError
from .base64url import encode_base64url

__all__ = ["JWK_PROVIDER", "SecretKey", "decrypt_for_key"]

JWK_PROVIDER = "baton/jwk/v1"


def decrypt_for_key(key: ed25519.Ed25519PrivateKey, data: bytes) -> bytes:
    """Return what was encrypted for this key. Raises ConfigError."""
    import pyrage  # noqa: PLC0415 - used for encrypted credentials only

    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    try:
        content = base64.b64decode(data, validate=True)
        return bytes(pyrage.decrypt(content, [pyrage.ssh.Identity.from_buffer(text)]))
    except (ValueError, pyrage.DecryptError, pyrage.IdentityError) as error:
        raise ConfigError(f"the chosen password cannot be decrypted: {error}") from None


class SecretKey:
    """A key in memory, for the secrets of one answer."""

    def __init__(self) -> None:
        self._key = ed25519.Ed25519PrivateKey.generate()

    def public_jwk(self) -> bytes:
        """Return the public key as a JSON Web Key."""
        raw = self._key.public_key().public_bytes_raw()
        return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(raw)}).encode()

    def decrypt(self, data: bytes) -> bytes:
        """Return what was encrypted for this key. Raises ConfigError."""
        return decrypt_for_key(self._key, data)
