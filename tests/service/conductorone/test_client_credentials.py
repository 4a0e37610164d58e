"""The client id and secret: their parts, what is wrong with a damaged one, and the assertion that they make."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connector_host import Secret
from connector_host.errors import ConfigError
from connector_host.service.conductorone.client_credentials import ApiEndpoint, parse_credentials, parse_endpoint
from connector_host.service.stand_in.token_endpoint import make_secret

ID = "quiet-otter-1234@acme.example/conn"
KEY = Ed25519PrivateKey.generate()
SECRET = make_secret(KEY)


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwk(**changes):
    return {**json.loads(base64.urlsafe_b64decode(SECRET.rpartition(":")[2] + "==")), **changes}


@pytest.mark.parametrize(
    ("client_id", "host", "port", "authority"),
    [
        (ID, "acme.example", 443, "acme.example"),
        ("n@acme.example:8443/x", "acme.example", 8443, "acme.example:8443"),
        ("n@[::1]:8443/x/y", "::1", 8443, "[::1]:8443"),
    ],
)
def test_a_client_id_names_the_endpoint(client_id, host, port, authority):
    credentials = parse_credentials(client_id, Secret(f" {SECRET}\n"))
    assert credentials.endpoint == ApiEndpoint(host, port)
    assert credentials.endpoint.authority == authority
    assert credentials.name == client_id.partition("@")[0]


@pytest.mark.parametrize("client_id", ["", "name", "name@host", "@host/x", "name@/x", "name@ho st/x", "name@host:0/x"])
def test_a_wrong_client_id_is_refused(client_id):
    with pytest.raises(ConfigError, match="invalid client id"):
        parse_credentials(client_id, Secret(SECRET))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "a:b:v1",
        SECRET.replace(":v1:", ":v2:"),
        "a:b:v1:%%%",
        "a:b:v1:é",
        f"a:b:v1:{encoded([1])}",
        f"a:b:v1:{encoded({'kty': 'RSA'})}",
        f"a:b:v1:{encoded(jwk(d=None))}",
        f"a:b:v1:{encoded(jwk(d='AAAA'))}",
        f"a:b:v1:{encoded(jwk(x='A' * 43))}",
    ],
    ids=["empty", "parts", "version", "base64", "letters", "list", "type", "public", "short", "mismatch"],
)
def test_a_wrong_client_secret_is_refused_and_not_shown(secret):
    with pytest.raises(ConfigError, match="invalid client secret") as refused:
        parse_credentials(ID, Secret(secret))
    assert not secret or secret not in f"{refused.value} {refused.value.hint}"


def test_an_assertion_is_signed_and_different_each_time():
    credentials = parse_credentials(ID, Secret(SECRET))
    first, second = credentials.assertion(1_000_000.9), credentials.assertion(1_000_000.9)
    assert first != second
    header, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in first.split("."))
    KEY.public_key().verify(signature, first.rpartition(".")[0].encode())
    assert (json.loads(header)["alg"], len(json.loads(header)["nonce"]), "typ" in json.loads(header)) == (
        "EdDSA",
        32,
        False,
    )
    assert json.loads(claims) == {
        "iss": ID,
        "sub": ID,
        "aud": "acme.example",
        "iat": 1_000_000,
        "nbf": 999_880,
        "exp": 1_000_120,
    }


def test_the_key_id_of_the_secret_is_named():
    credentials = parse_credentials(ID, Secret(f"a:b:v1:{encoded(jwk(kid='k7'))}"))
    header = credentials.assertion().partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["kid"] == "k7"


@pytest.mark.parametrize("text", ["", "a/b", "host:", "host:x", "host:99999"])
def test_a_wrong_endpoint_is_refused(text):
    with pytest.raises(ConfigError):
        parse_endpoint(text)
