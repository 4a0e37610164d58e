"""Access tokens: requested with an assertion, kept, renewed, and what is said when the server refuses one."""

import pytest

from connector_host import Secret
from connector_host.errors import AuthError, ConfigError, Unavailable
from connector_host.service.conductorone import access_token
from connector_host.service.conductorone.access_token import TokenSource
from connector_host.service.conductorone.api_channel import tls_context
from connector_host.service.conductorone.client_credentials import ApiEndpoint, parse_credentials
from connector_host.service.stand_in.token_endpoint import make_secret


@pytest.fixture
def source(api):
    """Make a source of tokens: `source(secret=...)`; `learned` are the tokens that are masked."""

    def make(client_id=api.client_id, secret=api.client_secret, endpoint=None, learn=lambda _token: None):
        credentials = parse_credentials(client_id, Secret(secret))
        return TokenSource(credentials, endpoint or credentials.endpoint, tls_context(), learn)

    return make


def test_a_token_is_kept_and_masked(api, source):
    learned = []
    tokens = source(learn=learned.append)
    before = len(api.tokens.requests)
    first = tokens.get()
    assert tokens.get() is first
    assert learned == [first.value]
    assert len(api.tokens.requests) == before + 1
    assert set(api.tokens.requests[-1]) == {"client_id", "grant_type", "client_assertion_type", "client_assertion"}


def test_a_token_is_renewed_before_it_expires(api, source, monkeypatch):
    api.faults.token_seconds = 60
    tokens = source()
    first = tokens.get()
    now = access_token.time.monotonic()
    monkeypatch.setattr(access_token.time, "monotonic", lambda: now + 49)
    assert tokens.get() is first
    monkeypatch.setattr(access_token.time, "monotonic", lambda: now + 51)
    assert tokens.get() is not first


def test_a_token_that_was_refused_is_not_used_again(source):
    tokens = source()
    first = tokens.get()
    tokens.discard(first)
    second = tokens.get()
    tokens.discard(first)  # known too late
    assert tokens.get() is second is not first


def test_a_wrong_secret_is_refused(source):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with pytest.raises(AuthError, match="401") as refused:
        source(secret=make_secret(Ed25519PrivateKey.generate())).get()
    assert "BATON_CLIENT_SECRET" in refused.value.hint


@pytest.mark.parametrize(("offset", "words"), [(3600, "60 minutes behind"), (-3600, "60 minutes ahead of")])
def test_a_clock_that_is_an_hour_off_is_named(api, source, offset, words):
    api.faults.clock_offset = offset
    with pytest.raises(AuthError) as refused:
        source().get()
    assert words in refused.value.hint


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, Unavailable), (503, Unavailable), (429, Unavailable), (403, AuthError), (302, ConfigError)],
)
def test_each_status_has_its_error(api, source, status, error):
    api.faults.token_status = status
    with pytest.raises(error, match=str(status)):
        source().get()


def test_a_server_that_is_away_may_come_back(api, source):
    api.faults.is_away = True
    with pytest.raises(Unavailable, match="cannot be reached"):
        source().get()
    with pytest.raises(Unavailable, match="Connection refused"):
        source(endpoint=ApiEndpoint("127.0.0.1", 1)).get()


def test_an_authority_that_is_unknown_is_explained(api, source, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ConfigError, match="is not trusted") as refused:
        source().get()
    assert "SSL_CERT_FILE" in refused.value.hint
