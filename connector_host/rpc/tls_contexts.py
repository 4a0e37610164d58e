"""TLS contexts of certificates and keys that are in memory: both sides know each other by one authority.

Keys are raw Ed25519 keys, which Python's `ssl` (OpenSSL) can use; the library grpcio (BoringSSL) cannot.
"""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["client_context", "server_context"]

PROTOCOL = "h2"
ED25519_PREFIX = bytes.fromhex("302e020100300506032b657004220420")
"""The beginning of a PKCS #8 private key of this kind, before the 32 bytes of the seed. Source: RFC 8410."""


def client_context(authority: bytes, certificate: bytes, key: bytes) -> ssl.SSLContext:
    """Return a context that connects to a server of the authority and presents the certificate. ValueError if bad."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, authority, certificate, key)


def server_context(authority: bytes, certificate: bytes, key: bytes) -> ssl.SSLContext:
    """Return a context that serves with the certificate, to clients of the authority only. ValueError if bad."""
    return _context(ssl.PROTOCOL_TLS_SERVER, authority, certificate, key)


def _context(protocol: int, authority: bytes, certificate: bytes, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=authority)
        with _readable(_pem(certificate, key)) as path:
            context.load_cert_chain(path)
    except (ssl.SSLError, ValueError) as error:
        raise ValueError(f"the certificate or key cannot be used ({error})") from error
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols([PROTOCOL])
    return context


def _pem(certificate: bytes, key: bytes) -> bytes:
    """Return certificate and key as OpenSSL reads them."""
    if len(key) not in (32, 64):
        raise ValueError(f"a raw Ed25519 key has 64 bytes, not {len(key)}")
    encoded = base64.b64encode(ED25519_PREFIX + key[:32]).decode()
    private = f"-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n"
    return (ssl.DER_cert_to_PEM_cert(certificate) + private).encode()


@contextmanager
def _readable(content: bytes) -> Iterator[str]:
    """Offer bytes as a file, which is all that Python's `ssl` reads: in memory on Linux, else in a private folder."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("identity")
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "identity.pem"
        path.write_bytes(content)
        yield str(path)
