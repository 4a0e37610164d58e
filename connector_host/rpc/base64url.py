"""Base64 with the alphabet of URLs and without padding, as JSON Web Keys and Encryption write it (RFC 7515)."""

from __future__ import annotations

import base64

__all__ = ["decode_base64url", "encode_base64url"]


def encode_base64url(data: bytes) -> str:
    """Return the text of bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Return the bytes of a text. Raises ValueError for a wrong length; characters of no alphabet are passed over."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
