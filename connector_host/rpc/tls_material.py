"""Certificates and keys for one connector process: made in memory, used once, never stored.

An authority signs a certificate for the server and one for the client and is then forgotten. Go processes take only a
raw Ed25519 key, so all keys are of this kind.
"""

from __future__ import annotations

import datetime
import ipaddress
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from .certificates import certificate_builder, common_name, key_usage

__all__ = ["ProcessMaterial", "make_material"]

VALID = datetime.timedelta(days=365)
LOOPBACK = ("127.0.0.1", "::1")


class ProcessMaterial(NamedTuple):
    """Certificates as DER. `server_key` is the raw key: 32 bytes of seed, then 32 bytes of public key."""

    authority: bytes
    server_certificate: bytes
    server_key: bytes
    client_certificate: bytes
    client_key: bytes


def make_material() -> ProcessMaterial:
    """Return new certificates and keys for one process."""
    authority_key = Ed25519PrivateKey.generate()
    name = common_name("connector-host authority")
    authority = (
        certificate_builder(name, name, authority_key.public_key(), VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, None)
    )
    server_certificate, server_key = _leaf("connector-host server", authority, authority_key)
    client_certificate, client_key = _leaf("connector-host client", authority, authority_key)
    return ProcessMaterial(_der(authority), _der(server_certificate), server_key, _der(client_certificate), client_key)


def _leaf(name: str, authority: x509.Certificate, authority_key: Ed25519PrivateKey) -> tuple[x509.Certificate, bytes]:
    key = Ed25519PrivateKey.generate()
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in LOOPBACK]
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    certificate = (
        certificate_builder(common_name(name), authority.subject, key.public_key(), VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(identifier, critical=False)
        .sign(authority_key, None)
    )
    return certificate, key.private_bytes_raw() + key.public_key().public_bytes_raw()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
