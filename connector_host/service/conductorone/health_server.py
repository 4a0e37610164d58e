"""The health endpoint of a service: `/health`, `/ready` and `/live` over HTTP, as the Go connectors have it."""

from __future__ import annotations

import datetime
import http.server
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from ...errors import ConfigError

__all__ = ["HealthAddress", "HealthChecks", "serving_health"]

REQUEST_SECONDS = 10.0
POLL_SECONDS = 0.05

log = logging.getLogger(__name__)


class HealthAddress(Struct, frozen=True):
    """The address that the endpoint listens on."""

    host: str = "127.0.0.1"
    port: int = 8081


class HealthChecks(Struct, frozen=True):
    """The questions behind the endpoint: `validate` returns why the connector does not work, or ''; `is_ready` says
    whether tasks are accepted.
    """

    validate: Callable[[], str]
    is_ready: Callable[[], bool]

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the HTTP status and the JSON for a path."""
        match path.partition("?")[0].rstrip("/"):
            case "/live":
                return 200, {"status": "alive"}
            case "/ready":
                return (200, {"status": "ready"}) if self.is_ready() else (503, {"status": "not_ready"})
            case "/health":
                if not (problem := self.validate()):
                    return 200, {"status": "healthy"}
                details = {"error": "connector validation failed", "validation_error": problem}
                return 503, {"status": "unhealthy", "details": details}
        return 404, {"status": "not_found"}


@contextmanager
def serving_health(address: HealthAddress | None, checks: HealthChecks) -> Iterator[int]:
    """Serve the endpoint while the block runs, and yield its port; no address: serve nothing. Raises ConfigError."""
    if address is None:
        yield 0
        return
    try:
        server = http.server.ThreadingHTTPServer((address.host, address.port), _handler(checks))
    except OSError as error:
        raise ConfigError(
            f"the health endpoint cannot listen on {address.host}:{address.port} ({error.strerror or error})",
            hint="Choose another --health-check-port or --health-check-bind-address.",
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), name="health", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(checks: HealthChecks) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        """One connection to the endpoint."""

        timeout = REQUEST_SECONDS

        def do_GET(self) -> None:
            """Answer a request."""
            status, answer = checks.answer(self.path)
            self._send(status, {**answer, "timestamp": _now()})

        def _send(self, status: int, answer: Mapping[str, Any]) -> None:
            content = json.dumps(answer).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in http.server
            """Log a request for those who look for it."""
            log.debug(format, *args)

        def version_string(self) -> str:
            """Return the name of the server, without versions."""
            return "connector-host"

    return Handler


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
