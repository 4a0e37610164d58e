"""An HTTP client for connectors: authentication, paging, rate limits and errors as the host expects them.

Needs httpx: `pip install 'connector-host[http]'`. Importing this package imports nothing heavy; the client loads httpx
when it is created.
"""

from __future__ import annotations

from .auth import ApiKey, Basic, Bearer, JwtAssertion, JwtBearer, OAuth2ClientCredentials
from .client import Client
from .paging import Cursor, LinkHeader, NextUrl, Offset, PageNumber, Paging

__all__ = [
    "ApiKey",
    "Basic",
    "Bearer",
    "Client",
    "Cursor",
    "JwtAssertion",
    "JwtBearer",
    "LinkHeader",
    "NextUrl",
    "OAuth2ClientCredentials",
    "Offset",
    "PageNumber",
    "Paging",
]
