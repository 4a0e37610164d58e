"""The HTTP client of a connector's session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import BadResponse, ConfigError, ConnectorError, Unavailable
from ..model import Page
from ..run import Run
from .auth import Auth
from .paging import PageResponse, Paging, field_at
from .status_errors import error_of_status, rate_limit_of

if TYPE_CHECKING:
    import httpx

__all__ = ["Client"]

T = TypeVar("T")
R = TypeVar("R")
TIMEOUT = 30.0
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


class Client:
    """An HTTP client with the base address and the authentication of one API. Threads may share it.

    `base_url` is the address that paths are relative to. `auth` is one of the classes of `connector_host.http`, or an
    `httpx.Auth`. With `run` the client closes when the run stops, and tokens that it fetches are masked. `timeout` is
    in seconds for each step of a call. `transport` replaces the network in tests.

    A status of 400 or more raises an error of the contract: AuthError (401), NotPermitted (403), NotFound (404, 410),
    RateLimited (429, and 403 or 503 with a spent limit), Unavailable (5xx, 408, no connection), Refused (the others).
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        run: Run | None = None,
        timeout: float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        try:
            import httpx  # noqa: PLC0415 - heavy, and an extra
        except ImportError:
            raise ConfigError("HTTP connectors need httpx", hint="pip install 'connector-host[http]'") from None
        from .auth_flows import flow_of  # noqa: PLC0415 - needs httpx

        url = httpx.URL(base_url if base_url.endswith("/") else f"{base_url}/")
        if url.scheme not in ("http", "https") or not url.host:
            raise ConfigError(f"{base_url!r} is not the address of an API", hint="Specify it as https://HOST/PATH.")
        self._httpx = httpx
        self._origin = (url.scheme, url.host, url.port)
        self._memos: dict[Hashable, dict[Hashable, Any]] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(
            base_url=url,
            auth=flow_of(auth, run.redact if run else lambda _text: None),
            headers={"Accept": "application/json", **(headers or {})},
            timeout=timeout,
            follow_redirects=False,  # httpx would send a key in a header of its own to another host
            transport=transport,
        )
        if run is not None:
            run.on_stop(self.close)

    def close(self) -> None:
        """Close the connections. Calls that are running fail."""
        self._client.close()

    # ------------------------------------------------------------------------------------------- single calls

    def request(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None) -> Any:
        """Return the JSON value of a response, None if it is empty. Raises an error of the contract."""
        return _json(self.send(method, path, params=params, json=json), f"{method} {_path_only(path)}")

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON value of `GET path`; keyword arguments are query parameters, None is left out."""
        return self.request("GET", path, params=params)

    def post(self, path: str, json: Any = None) -> Any:
        """Return the JSON value of `POST path`."""
        return self.request("POST", path, json=json)

    def put(self, path: str, json: Any = None) -> Any:
        """Return the JSON value of `PUT path`."""
        return self.request("PUT", path, json=json)

    def patch(self, path: str, json: Any = None) -> Any:
        """Return the JSON value of `PATCH path`."""
        return self.request("PATCH", path, json=json)

    def delete(self, path: str) -> Any:
        """Return the JSON value of `DELETE path`."""
        return self.request("DELETE", path)

    def send(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None
    ) -> httpx.Response:
        """Return the response of a call that succeeded. Raises an error of the contract."""
        where = f"{method} {_path_only(path)}"
        query = {name: value for name, value in (params or {}).items() if value is not None}
        response = self._exchange(method, where, self._checked(path), query, json)
        for _ in range(MOST_REDIRECTS):
            if method not in ("GET", "HEAD") or response.status_code not in REDIRECTS:
                break
            target = str(response.url.join(response.headers.get("location", "")))
            response = self._exchange(method, where, self._checked(target), {}, None)
        if response.status_code in range(300, 400):
            raise BadResponse(f"{where}: HTTP {response.status_code}: a redirect that cannot be followed")
        failure = error_of_status(where, response.status_code, response.headers, _body_or_none(response))
        if failure is not None:
            raise failure
        return response

    def _exchange(self, method: str, where: str, url: str, query: Mapping[str, Any], json: Any) -> httpx.Response:
        """Send one request; failures of the network are errors of the contract."""
        try:
            return self._client.request(method, url, params=query or None, json=json)
        except ConnectorError:
            raise
        except self._httpx.TimeoutException as error:
            raise Unavailable(f"{where}: no response within {self._client.timeout.read:g} s") from error
        except self._httpx.DecodingError as error:
            raise BadResponse(f"{where}: the body cannot be decoded: {error}") from error
        except self._httpx.TransportError as error:
            raise _transport_error(where, error) from error
        except (self._httpx.HTTPError, self._httpx.InvalidURL) as error:
            raise BadResponse(f"{where}: {error}") from error
        except RuntimeError as error:  # the client was closed: the run stops
            raise Unavailable(f"{where}: {error}") from error

    # ------------------------------------------------------------------------------------------- listings

    def page(
        self,
        path: str,
        page_token: str | None,
        page_size: int | None = None,
        *,
        paging: Paging,
        make: Callable[[Any], T | None],
        items: str = "",
        params: Mapping[str, Any] | None = None,
    ) -> Page[T]:
        """Return one page of a listing.

        `paging` is the strategy, `items` the dotted path of the list in the body ("" if the body is the list), `make`
        returns the object for an item, or None to leave it out. The page carries the rate limit of the response.
        """
        request = paging.request(page_token or None, page_size)
        query = {} if request.url else {**(params or {}), **request.params}
        response = self.send("GET", request.url or path, params=query)
        body = _json(response, f"GET {_path_only(path)}")
        raw = field_at(body, items)
        if not isinstance(raw, list):
            place = f"the field {items}" if items else "the body"
            keys = f"; its fields: {', '.join(sorted(body)[:10])}" if isinstance(body, dict) else ""
            raise BadResponse(f"GET {_path_only(path)}: {place} is {type(raw).__name__}, not a list{keys}")
        objects = [value for item in raw if (value := make(item)) is not None]
        next_token = paging.next_token(PageResponse(page_token or None, page_size, raw, body, response.headers))
        if next_token and paging.names_addresses:
            next_token = self._checked(str(response.url.join(next_token)))
        return Page(objects, next_token, rate_limit=rate_limit_of(response.headers))

    def for_each(
        self, name: Hashable, items: Iterable[T], call: Callable[[T], R], *, key: Callable[[T], Hashable] = hash
    ) -> list[R]:
        """Return `call(item)` for each item, remembering the results until all calls have succeeded.

        When one of many calls fails (a rate limit, a lost connection), the host calls the hook again; the calls that
        had succeeded are then not made again. `name` names the set of calls: the hook's subject and page token. `key`
        returns a value that identifies an item.
        """
        with self._lock:
            memo = self._memos.setdefault(name, {})
        results = []
        for item in items:
            identity = key(item)
            if identity not in memo:
                memo[identity] = call(item)
            results.append(memo[identity])
        with self._lock:
            self._memos.pop(name, None)
        return results

    # ------------------------------------------------------------------------------------------- addresses

    def _checked(self, path: str) -> str:
        """Return a path, or an address of the configured host; another host would get the credentials."""
        if "://" not in path and not path.startswith("//"):
            return path
        url = self._client.base_url.join(path)
        if (url.scheme, url.host, url.port) != self._origin:
            raise BadResponse(
                f"the application names an address of another host: {url.scheme}://{url.host}",
                hint="The credentials are sent to the configured host only.",
            )
        return str(url)


def _path_only(path: str) -> str:
    """Return a path without its query, which may hold secrets."""
    return path.partition("?")[0]


def _body_or_none(response: httpx.Response) -> Any:
    try:
        return response.json() if response.content else None
    except ValueError:
        return None


def _json(response: httpx.Response, where: str) -> Any:
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        content_type = response.headers.get("content-type", "no content type")
        raise BadResponse(f"{where}: the body is not JSON ({content_type})") from None


def _transport_error(where: str, error: Exception) -> ConnectorError | ConfigError:
    text = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return ConfigError(
            f"{where}: the certificate of the host is not trusted: {text}",
            hint="Name the certificate authority with the variable SSL_CERT_FILE.",
        )
    return Unavailable(f"{where}: {text}")
