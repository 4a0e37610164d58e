"""Parts of X.509 certificates that are made in memory: for connector processes and for the stand-in of the API."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

__all__ = ["certificate_builder", "common_name", "key_usage"]

EARLIER = datetime.timedelta(hours=1)
"""Certificates begin to be valid this long before now: clocks differ."""


def certificate_builder(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes, valid: datetime.timedelta
) -> x509.CertificateBuilder:
    """Return a certificate without extensions, to complete and sign, that ends `valid` from now."""
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + valid)
    )


def common_name(text: str) -> x509.Name:
    """Return a name that has a common name only."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Return the usage of a key that signs handshakes, and certificates if it is an authority's."""
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
