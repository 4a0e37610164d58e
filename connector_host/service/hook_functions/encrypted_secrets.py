"""Secrets encrypted for those who asked for them, in the form of the Go SDK.

A recipient is a JSON Web Key (provider `baton/jwk/v1`; Ed25519 and RSA keys as the SSH recipients of the age format,
keys on elliptic curves by JSON Web Encryption) or an age recipient (provider `baton/age/v1`). The library pyrage writes
the age format.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from msgspec import Struct

from ...credentials import NamedSecret
from ...errors import ConfigError
from ...rpc.age_secrets import JWK_PROVIDER, decrypt_for_key
from ...rpc.base64url import decode_base64url
from ...wire.pb.c1.connector.v2 import provisioning_services_pb2 as pb
from .ec_encryption import encrypt_for_curve, read_curve_key

__all__ = ["Recipient", "decrypt_for_key", "encrypted", "read_recipients"]

AGE_PROVIDER = "baton/age/v1"
THUMBPRINT_FIELDS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
"""The fields of a key's thumbprint (RFC 7638, RFC 8037), in the order of their names."""


class Recipient(Struct, frozen=True):
    """One recipient of secrets: a key of the age format or on a curve, and its id. `provider` names the form."""

    provider: str
    key: Any
    key_id: str


def read_recipients(configs: Iterable[pb.EncryptionConfig]) -> tuple[Recipient, ...]:
    """Return the recipients. Raises ConfigError for a key that cannot be used, before anything is made."""
    return tuple(_recipient(number, config) for number, config in enumerate(configs, 1))


def encrypted(secrets: Sequence[NamedSecret], recipients: Sequence[Recipient]) -> list[pb.EncryptedData]:
    """Return each secret, encrypted for each recipient."""
    return [_encrypted(secret, recipient) for secret in secrets for recipient in recipients]


def _recipient(number: int, config: pb.EncryptionConfig) -> Recipient:
    import pyrage  # noqa: PLC0415 - used for encrypted credentials only

    try:
        if config.WhichOneof("config") == "age_recipient_config":
            text = config.age_recipient_config.recipient
            return Recipient(AGE_PROVIDER, pyrage.x25519.Recipient.from_str(text), _digest(text.encode()))
        if config.WhichOneof("config") == "jwk_public_key_config":
            jwk = json.loads(config.jwk_public_key_config.pub_key)
            is_curve = jwk.get("kty") == "EC"
            key = read_curve_key(jwk) if is_curve else pyrage.ssh.Recipient.from_str(_ssh_key(jwk))
            return Recipient(JWK_PROVIDER, key, _thumbprint(jwk))
    except (AttributeError, KeyError, TypeError, ValueError, pyrage.RecipientError) as error:
        raise ConfigError(f"encryption config {number} cannot be used: {error}") from None
    raise ConfigError(f"encryption config {number} has no key")


def _encrypted(secret: NamedSecret, recipient: Recipient) -> pb.EncryptedData:
    import pyrage  # noqa: PLC0415 - used for encrypted credentials only

    plain = secret.value.reveal().encode()
    if isinstance(recipient.key, ec.EllipticCurvePublicKey):
        content = encrypt_for_curve(recipient.key, plain)
    else:
        content = bytes(pyrage.encrypt(plain, [recipient.key]))
    is_jwk = recipient.provider == JWK_PROVIDER
    return pb.EncryptedData(
        provider=recipient.provider,
        key_id=recipient.key_id if is_jwk else "",
        name=secret.name,
        description=secret.description,
        schema=secret.schema,
        encrypted_bytes=base64.b64encode(content) if is_jwk else content,
        key_ids=[recipient.key_id],
    )


def _ssh_key(jwk: dict[str, Any]) -> str:
    """Return the public key of a JSON Web Key in the form of SSH."""
    if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
        key: Any = ed25519.Ed25519PublicKey.from_public_bytes(decode_base64url(jwk["x"]))
    elif jwk.get("kty") == "RSA":
        numbers = (int.from_bytes(decode_base64url(jwk[name])) for name in ("e", "n"))
        key = rsa.RSAPublicNumbers(*numbers).public_key()
    else:
        raise ValueError(f"its type {jwk.get('kty')!r} is not supported; Ed25519, RSA and EC keys are")
    return bytes(key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)).decode()


def _thumbprint(jwk: dict[str, Any]) -> str:
    fields = {name: jwk[name] for name in THUMBPRINT_FIELDS[jwk["kty"]]}
    return _digest(json.dumps(fields, separators=(",", ":")).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
