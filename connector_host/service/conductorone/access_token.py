"""The access token of ConductorOne's API: requested with a signed assertion, kept until shortly before it expires."""

from __future__ import annotations

import email.utils
import http.client
import json
import logging
import math
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from importlib import metadata
from typing import Any

from msgspec import Struct

from ...errors import AuthError, BadResponse, ConfigError, ConnectorHostError, Unavailable
from .api_channel import find_proxy
from .client_credentials import ApiEndpoint, ClientCredentials

__all__ = ["AccessToken", "TokenSource", "untrusted_certificate"]

PATH = "/auth/v1/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TIMEOUT = 30.0
RENEWED_EARLY = 10.0
"""Seconds before the end of a token when a new one is requested."""
NOTED_SKEW = 60.0
"""Seconds that this computer's clock may differ from the server's before a refusal mentions it."""
LONGEST_ANSWER = 1 << 20
TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})

log = logging.getLogger(__name__)


class AccessToken(Struct, frozen=True):
    """A token, and the monotonic time at which a new one is due."""

    kind: str
    value: str
    due: float

    @property
    def header(self) -> str:
        """Return the value of the header `authorization`."""
        return f"{self.kind} {self.value}"


class TokenSource:
    """Source of access tokens, for any thread. `learn` masks a token in all output."""

    def __init__(
        self,
        credentials: ClientCredentials,
        endpoint: ApiEndpoint,
        context: ssl.SSLContext,
        learn: Callable[[str], None] = lambda _token: None,
    ) -> None:
        self._credentials, self._endpoint, self._learn = credentials, endpoint, learn
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())
        self._lock = threading.Lock()
        self._token: AccessToken | None = None

    def get(self) -> AccessToken:
        """Return a token that is valid for some seconds at least; a new one if there is none.

        Raises AuthError if the credentials are refused, Unavailable if the server does not answer.
        """
        with self._lock:
            if self._token is None or time.monotonic() >= self._token.due:
                self._token = None
                self._token = self._request()
                self._learn(self._token.value)
            return self._token

    def discard(self, token: AccessToken) -> None:
        """Forget a token that the server refused."""
        with self._lock:
            if self._token is token:
                self._token = None

    def _request(self) -> AccessToken:
        form = {
            "client_id": self._credentials.client_id,
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._credentials.assertion(),
        }
        request = urllib.request.Request(
            f"https://{self._endpoint.authority}{PATH}",
            data=urllib.parse.urlencode(form).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "User-Agent": f"baton-c1-credential-provider connector-host/{metadata.version('connector-host')}",
            },
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return self._parse(response.read(LONGEST_ANSWER))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error.code, error.reason, error.headers.get("Date")) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _parse(self, body: bytes) -> AccessToken:
        try:
            answer = json.loads(body)
            value, kind = str(answer["access_token"] or ""), str(answer.get("token_type") or "Bearer")
            seconds = float(answer.get("expires_in") or 0)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadResponse(f"the token endpoint of {self._endpoint.authority} returned no token") from None
        if not value or not value.isascii() or not value.isprintable() or not math.isfinite(seconds):
            raise AuthError(f"{self._endpoint.authority} returned an empty or invalid access token")
        return AccessToken(kind, value, time.monotonic() + max(seconds - RENEWED_EARLY, 1.0))

    def _refusal(self, status: int, reason: str, date: str | None) -> ConnectorHostError:
        message = f"failed to get a token from {self._endpoint.authority}: {status} {reason}"
        if status in TRANSIENT_STATUS:
            return Unavailable(message)
        if 300 <= status < 400:
            return ConfigError(message, hint="Check the host of the client id, and BATON_C1_API_HOST.")
        hint = "Check BATON_CLIENT_ID and BATON_CLIENT_SECRET: the secret may be revoked, or belong to another id."
        skew = clock_skew(date)
        if abs(skew) > NOTED_SKEW:
            direction = "ahead of" if skew > 0 else "behind"
            hint = (
                f"The clock of this computer is {abs(skew) / 60:.0f} minutes {direction} the server's: set it, and try"
                " again."
            )
        return AuthError(message, hint=hint)

    def _unreachable(self, error: Exception) -> ConnectorHostError:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            return untrusted_certificate(self._endpoint, cause)
        problem = getattr(cause, "strerror", None) or str(cause) or type(error).__name__
        proxy = find_proxy(self._endpoint.host)
        through = f" through the proxy {proxy.hostname}" if proxy is not None else ""
        return Unavailable(f"{self._endpoint.authority} cannot be reached{through}: {problem}")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A handler that follows no redirection: an assertion is for one host only."""

    def redirect_request(self, *_arguments: Any, **_settings: Any) -> None:
        """Return no request."""
        return


def untrusted_certificate(endpoint: ApiEndpoint, error: ssl.SSLCertVerificationError) -> ConfigError:
    """Return the error for a server whose certificate is not trusted."""
    return ConfigError(
        f"the TLS certificate of {endpoint.authority} is not trusted: {error.verify_message}",
        hint="If a proxy of your company signs certificates, set SSL_CERT_FILE to the file of its authority.",
    )


def clock_skew(date: str | None) -> float:
    """Return the seconds that this computer's clock is ahead of the header `Date` of an answer; 0 without one."""
    if not date:
        return 0.0
    try:
        return time.time() - email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0.0
