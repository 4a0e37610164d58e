"""Encryption for a key on an elliptic curve: JSON Web Encryption with ECDH-ES and A256GCM, as the Go SDK writes it.

Source: RFC 7516 (the compact form), RFC 7518, section 4.6 (the key of the content).
"""

from __future__ import annotations

import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from ...rpc.base64url import decode_base64url, encode_base64url

__all__ = ["derive_key", "encrypt_for_curve", "read_curve_key"]

CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
ENCRYPTION, KEY_BYTES, NONCE_BYTES, TAG_BYTES = "A256GCM", 32, 12, 16


def read_curve_key(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    """Return the public key of a JSON Web Key. ValueError or KeyError for one that is none."""
    curve = CURVES.get(jwk["crv"])
    if curve is None:
        raise ValueError(f"its curve {jwk['crv']!r} is not supported; {', '.join(CURVES)} are")
    x, y = (int.from_bytes(decode_base64url(jwk[name])) for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()


def encrypt_for_curve(key: ec.EllipticCurvePublicKey, content: bytes) -> bytes:
    """Return the content, encrypted for the holder of the key."""
    own = ec.generate_private_key(key.curve)
    name = next(name for name, curve in CURVES.items() if curve.name == key.curve.name)
    numbers, size = own.public_key().public_numbers(), (key.curve.key_size + 7) // 8
    point = {
        "crv": name,
        "kty": "EC",
        "x": encode_base64url(numbers.x.to_bytes(size)),
        "y": encode_base64url(numbers.y.to_bytes(size)),
    }
    header = encode_base64url(json.dumps({"alg": "ECDH-ES", "enc": ENCRYPTION, "epk": point}).encode())
    nonce = os.urandom(NONCE_BYTES)
    content_key = derive_key(own.exchange(ec.ECDH(), key), ENCRYPTION, KEY_BYTES)
    sealed = AESGCM(content_key).encrypt(nonce, content, header.encode())
    parts = (
        header,
        "",
        encode_base64url(nonce),
        encode_base64url(sealed[:-TAG_BYTES]),
        encode_base64url(sealed[-TAG_BYTES:]),
    )
    return ".".join(parts).encode()


def derive_key(shared: bytes, algorithm: str, size: int, *, sender: bytes = b"", receiver: bytes = b"") -> bytes:
    """Return the key of so many bytes that both sides derive from their shared secret."""
    parts = [len(part).to_bytes(4) + part for part in (algorithm.encode(), sender, receiver)]
    return ConcatKDFHash(hashes.SHA256(), size, b"".join([*parts, (8 * size).to_bytes(4)])).derive(shared)
