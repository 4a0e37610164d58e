"""`connector-host health-check`: ask a running service whether it works, for containers and monitors."""

from __future__ import annotations

import http.client
from typing import Any

import click

from ...errors import Unavailable
from ...options import Option, OptionType, more_than_zero
from ..app import current_app
from ..host_options import click_option
from ..option_values import host_options
from .connectors.connector_group import flags_of
from .connectors.service import HEALTH_OPTIONS

__all__ = ["command"]

ENDPOINTS = ("health", "ready", "live")
LONGEST_ANSWER = 4096


OPTIONS = (
    Option(
        name="endpoint",
        choices=ENDPOINTS,
        default="health",
        help="Ask whether the connector works (health), tasks are taken (ready), or the process runs (live).",
    ),
    Option(name="timeout", type=OptionType.FLOAT, default=5.0, check=more_than_zero, help="Wait this many seconds."),
    *HEALTH_OPTIONS,
)


@click.command(name="health-check")
def command(**arguments: Any) -> None:
    """Ask a service with `--health-check` on this computer whether it works.

    The exit code is 0 if it does, else 10.
    """
    options = host_options(current_app(), OPTIONS, flags_of(OPTIONS, arguments))
    host, port = options["health-check-bind-address"], options["health-check-port"]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a service listens there, we ask here
    connection = http.client.HTTPConnection(host, port, timeout=options["timeout"])
    try:
        connection.request("GET", f"/{options['endpoint']}")
        answer = connection.getresponse()
        text = answer.read(LONGEST_ANSWER).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unavailable(
            f"health check failed: {host}:{port}: {problem}",
            hint="Start the service with --health-check, and name its port with --health-check-port.",
        ) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Unavailable(f"health check returned status {answer.status}: {text}")


for _option in OPTIONS:
    command.params.append(click_option(_option))
