"""Signing in to HTTP APIs: headers, tokens of token endpoints, tokens signed by the connector."""

import threading
from urllib.parse import parse_qs

import httpx
import pytest

import connector_host as ch
from connector_host import errors
from connector_host.http import (
    ApiKey,
    Basic,
    Bearer,
    Client,
    JwtAssertion,
    JwtBearer,
    OAuth2ClientCredentials,
    auth_flows,
)

jwt = pytest.importorskip("jwt", reason="the extra http brings PyJWT")
API = "https://api.example.com"
TOKENS = "https://login.example.com/token"
KEY = ch.Secret("k" * 40)


class Application:
    """A token endpoint that counts its tokens, and an API that takes the newest only."""

    def __init__(self):
        self.forms, self.authorizations, self.lifetime = [], [], 3600
        self.valid, self.failure = None, None

    def __call__(self, request):
        if str(request.url) == TOKENS:
            self.forms.append({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
            self.authorizations.append(request.headers.get("authorization"))
            if self.failure is not None:
                return self.failure
            self.valid = f"token-{len(self.forms)}"
            return httpx.Response(200, json={"access_token": self.valid, "expires_in": self.lifetime})
        bearer = request.headers.get("authorization", "")
        return httpx.Response(200, json=bearer) if bearer == f"Bearer {self.valid}" else httpx.Response(401)


@pytest.fixture
def application():
    return Application()


def signed_in(application, auth, **options):
    return Client(API, auth=auth, transport=httpx.MockTransport(application), **options)


def credentials(**more):
    return OAuth2ClientCredentials(token_url=TOKENS, client_id="me", client_secret=ch.Secret("s3cr3t"), **more)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (Bearer(ch.Secret("t")), "authorization", "Bearer t"),
        (Bearer("t"), "authorization", "Bearer t"),
        (Basic("ada", ch.Secret("pw")), "authorization", "Basic YWRhOnB3"),
        (ApiKey(ch.Secret("t"), header="Authorization", prefix="SSWS "), "authorization", "SSWS t"),
        (ApiKey("t"), "x-api-key", "t"),
    ],
)
def test_headers(auth, header, value):
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=request.headers[header]))
    assert Client(API, auth=auth, transport=transport).get("/x") == value


def test_a_token_is_fetched_once_and_masked(application):
    masked = []
    api = signed_in(
        application, credentials(scope="a b", parameters={"audience": "x"}), run=ch.Run(redact=masked.append)
    )
    assert api.get("/x") == api.get("/y") == "Bearer token-1"
    expected = {"grant_type": "client_credentials", "scope": "a b", "audience": "x"}
    assert application.forms == [{**expected, "client_id": "me", "client_secret": "s3cr3t"}]
    assert masked == ["token-1"]


def test_the_secret_may_be_in_the_header(application):
    signed_in(application, credentials(in_header=True)).get("/x")
    assert application.forms == [{"grant_type": "client_credentials"}]
    assert application.authorizations == ["Basic bWU6czNjcjN0"]


def test_a_token_is_renewed_before_it_expires(application, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(auth_flows.time, "monotonic", lambda: now[0])
    api = signed_in(application, credentials())
    api.get("/x")
    now[0] += 3500
    api.get("/x")
    assert len(application.forms) == 1
    now[0] += 60
    assert api.get("/x") == "Bearer token-2"


def test_a_refused_token_is_fetched_again_once(application):
    api = signed_in(application, credentials())
    api.get("/x")
    application.valid = "another"
    assert api.get("/x") == "Bearer token-2"
    transport = httpx.MockTransport(
        lambda request: application(request) if str(request.url) == TOKENS else httpx.Response(401)
    )
    with pytest.raises(errors.AuthError, match="GET /x: HTTP 401"):
        Client(API, auth=credentials(), transport=transport).get("/x")


@pytest.mark.parametrize(
    ("failure", "error", "says"),
    [
        (
            httpx.Response(400, json={"error": "invalid_client", "error_description": "no such client"}),
            errors.AuthError,
            "no such client",
        ),
        (httpx.Response(401, json={"error": "invalid_client"}), errors.AuthError, "invalid_client"),
        (httpx.Response(200, json={"token": "x"}), errors.AuthError, "HTTP 200"),
        (httpx.Response(200, text="<html>"), errors.AuthError, "no access token"),
        (httpx.Response(503), errors.Unavailable, "HTTP 503 from the token endpoint"),
        (httpx.Response(429), errors.Unavailable, "HTTP 429 from the token endpoint"),
    ],
)
def test_a_token_endpoint_that_refuses(application, failure, error, says):
    application.failure = failure
    api = signed_in(application, credentials())
    with pytest.raises(error, match=says) as raised:
        api.get("/x")
    assert "s3cr3t" not in str(raised.value)
    application.failure = None
    assert api.get("/x").startswith("Bearer token-")  # the lock is free again


def test_threads_share_one_token(application):
    api = signed_in(application, credentials())
    results = []
    threads = [threading.Thread(target=lambda: results.append(api.get("/x"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["Bearer token-1"] * 20


def test_a_signed_token():
    seen = []
    transport = httpx.MockTransport(
        lambda request: seen.append(request.headers["authorization"]) or httpx.Response(204)
    )
    auth = JwtBearer(key=KEY, claims={"iss": "app-1"}, algorithm="HS256", lifetime=300, headers={"kid": "7"})
    api = Client(API, auth=auth, transport=transport)
    api.get("/x")
    api.get("/x")
    assert seen[0] == seen[1]
    token = seen[0].removeprefix("Bearer ")
    claims = jwt.decode(token, KEY.reveal(), algorithms=["HS256"])
    assert claims["iss"] == "app-1"
    assert claims["exp"] - claims["iat"] == 300
    assert jwt.get_unverified_header(token)["kid"] == "7"


def test_a_signed_assertion_is_exchanged_for_a_token(application):
    token = JwtBearer(key=KEY, claims={"iss": "robot"}, algorithm="HS256")
    api = signed_in(application, JwtAssertion(token_url=TOKENS, token=token, parameters={"scope": "read"}))
    assert api.get("/x") == "Bearer token-1"
    (form,) = application.forms
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert form["scope"] == "read"
    assert jwt.decode(form["assertion"], KEY.reveal(), algorithms=["HS256"])["iss"] == "robot"


def test_a_key_that_does_not_fit_is_a_configuration_error_without_the_key():
    auth = JwtBearer(key=ch.Secret("no key at all"), claims={}, algorithm="RS256")
    api = Client(API, auth=auth, transport=httpx.MockTransport(lambda request: httpx.Response(200)))
    with pytest.raises(errors.ConfigError, match="cannot be signed with RS256") as raised:
        api.get("/x")
    assert raised.value.__cause__ is None
    assert "no key at all" not in f"{raised.value} {raised.value.hint}"
