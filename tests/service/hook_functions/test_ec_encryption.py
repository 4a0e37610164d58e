"""Secrets for keys on elliptic curves: the example of the RFC, and what the holder of the key reads."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector_host import NamedSecret, Secret
from connector_host.errors import ConfigError
from connector_host.service.hook_functions.ec_encryption import derive_key, encrypt_for_curve, read_curve_key
from connector_host.service.hook_functions.encrypted_secrets import encrypted, read_recipients
from connector_host.wire.pb.c1.connector.v2 import provisioning_services_pb2 as pb


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(number, size=32):
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()


def public_jwk(key):
    numbers = key.public_key().public_numbers()
    size = (key.curve.key_size + 7) // 8
    curve = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}[key.curve.name]
    return {"kty": "EC", "crv": curve, "x": text_of(numbers.x, size), "y": text_of(numbers.y, size)}


def decrypt(key, data):
    header, wrapped, nonce, sealed, tag = data.decode().split(".")
    fields = json.loads(decoded(header))
    assert (fields["alg"], fields["enc"], wrapped) == ("ECDH-ES", "A256GCM", "")
    shared = key.exchange(ec.ECDH(), read_curve_key(fields["epk"]))
    content_key = derive_key(shared, "A256GCM", 32)
    return AESGCM(content_key).decrypt(decoded(nonce), decoded(sealed) + decoded(tag), header.encode())


def test_the_key_of_the_example_in_rfc_7518_is_derived():
    bob = ec.derive_private_key(int.from_bytes(decoded("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw")), ec.SECP256R1())
    alice = read_curve_key(
        {
            "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
            "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
        }
    )
    key = derive_key(bob.exchange(ec.ECDH(), alice), "A128GCM", 16, sender=b"Alice", receiver=b"Bob")
    assert key == decoded("VqqN6vgjbSBcIijNcacQGg")


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=["256", "384", "521"])
def test_only_the_holder_of_the_key_reads_it(curve):
    key = ec.generate_private_key(curve)
    data = encrypt_for_curve(read_curve_key(public_jwk(key)), b"s3cret \xc3\xa9")
    assert decrypt(key, data) == b"s3cret \xc3\xa9"
    with pytest.raises(InvalidTag):
        decrypt(ec.generate_private_key(curve), data)


def test_a_secret_of_a_change_is_encrypted_for_such_a_key():
    key = ec.generate_private_key(ec.SECP256R1())
    config = pb.EncryptionConfig()
    config.jwk_public_key_config.pub_key = json.dumps(public_jwk(key)).encode()
    (data,) = encrypted([NamedSecret("password", Secret("pass"))], read_recipients([config]))
    assert data.provider == "baton/jwk/v1"
    assert len(data.key_id) == 64
    assert decrypt(key, base64.b64decode(data.encrypted_bytes)) == b"pass"


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": text_of(1), "y": text_of(1)},
        {"kty": "EC", "crv": "P-192", "x": "", "y": ""},
        {"kty": "oct"},
        [],
    ],
    ids=["no point", "not on the curve", "curve", "symmetric", "list"],
)
def test_a_key_that_cannot_be_used_is_refused_before_anything_is_made(jwk):
    config = pb.EncryptionConfig()
    config.jwk_public_key_config.pub_key = json.dumps(jwk).encode()
    with pytest.raises(ConfigError, match="encryption config 1 cannot be used"):
        read_recipients([config])
