"""`connector-host events NAME`: write the events of an application as JSON lines."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from ....c1z.durable_files import write_file
from ....decoding.time_decoding import parse_time
from ....errors import ConfigError, FileError
from ....event_feeds import Event, EventPage
from ....output.document import json_bytes
from ....output.screen import standard_output
from ....plugins.facade import Connector
from ....sync.event_reading import EventReader
from ....sync.hook_calls import Caller, Sessions
from ....sync.limits import Pace
from ...app import App, current_app
from ...host_options import SYNC_OPTIONS, click_option
from ...option_values import connector_options, host_options
from ...terminal.masked_streams import masked
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of
from .connector_run import new_run, running

__all__ = ["command"]

ATTEMPTS = tuple(option for option in SYNC_OPTIONS if option.name == "max-attempts")
TEXT = """Write the events of the application to standard output, one JSON object a line, oldest first.

With --cursor-file the next run reads on where this one ended: the file is written after the events of each page, so an
event may be written twice, but is never lost. With --follow it reads on until it is stopped.
"""
LONGEST_CURSOR = 1 << 20

log = logging.getLogger(__name__)


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    if "list_events" not in connector.hooks:
        raise ConfigError(f"the connector {connector.name} has no events: it has no hook list_events")
    app = current_app()
    host = host_options(app, ATTEMPTS, flags_of(ATTEMPTS, arguments))
    options = connector_options(app, connector.name, connector.options, flags_of(connector.options, arguments))
    cursor_file = Path(arguments["cursor_file"]).expanduser() if arguments["cursor_file"] else None
    cursor = _read_cursor(cursor_file)
    run = new_run(app, connector)
    with masked(app.redactor), _results(app) as stream, running(app, run, connector):
        sessions = Sessions(connector, options, run, max_attempts=host["max-attempts"])
        try:
            caller = Caller(
                sessions,
                run,
                connector=connector.name,
                max_attempts=host["max-attempts"],
                on_wait=_log_wait,
                pace=Pace(connector.info.rate_limits, run),
            )
            reader = EventReader(connector, caller, run)
            _write_events(app, reader, arguments, cursor, cursor_file, stream)
        finally:
            sessions.close()


def _write_events(
    app: App,
    reader: EventReader,
    arguments: Mapping[str, Any],
    cursor: str | None,
    cursor_file: Path | None,
    stream: BinaryIO,
) -> None:
    feed = reader.choose_feed(arguments["feed"] or "")
    since = _moment(arguments["since"])
    interval = arguments["interval"] if arguments["follow"] else None
    count = 0
    for page in reader.pages(feed, cursor, since, arguments["page_size"], interval):
        for event in page.events:
            stream.write(app.redactor(json_bytes(_record(event)).decode()).encode() + b"\n")
        stream.flush()
        count += len(page.events)
        cursor = page.next_cursor or cursor
        _save_cursor(cursor_file, page)
        if arguments["limit"] and count >= arguments["limit"]:
            break
    log.info("Events: %s", f"{count:,}")
    if cursor and cursor_file is None:
        log.info("Next cursor: %s", cursor)


@contextmanager
def _results(app: App) -> Iterator[BinaryIO]:
    """Open standard output as it is now: while the connector runs, its descriptor leads to standard error."""
    if not app.is_program:
        yield standard_output()[0]
        return
    with os.fdopen(os.dup(1), "wb") as stream:
        yield stream


def _record(event: Event) -> dict[str, Any]:
    """Return an event as JSON has it; fields without a value are left out."""
    ids = {name: getattr(event, name) for name in ("actor", "target", "principal")}
    return {
        "id": event.id,
        "type": str(event.type),
        "occurredAt": event.occurred_at.isoformat(),
        **{name: str(value) for name, value in ids.items() if value is not None},
        **({"entitlement": event.entitlement} if event.entitlement else {}),
        **({"details": msgspec.to_builtins(event.details)} if event.details else {}),
    }


def _read_cursor(path: Path | None) -> str | None:
    if path is None or not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8")[:LONGEST_CURSOR].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            f"the cursor file {path} cannot be read: {error}", hint="Choose another --cursor-file."
        ) from None
    return text or None


def _save_cursor(path: Path | None, page: EventPage) -> None:
    if path is None or not page.next_cursor:
        return
    try:
        write_file(path, f"{page.next_cursor}\n".encode())
    except OSError as error:
        raise FileError(
            f"the cursor file {path} cannot be written: {error.strerror or error}", hint="Choose another --cursor-file."
        ) from error


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError:
        raise ConfigError(f"--since: {text!r} is not a time", hint="For example: 2026-01-31T08:00:00+00:00.") from None


def _log_wait(hook: str, subject: str, seconds: float, reason: str) -> None:
    log.warning("Waiting %.0f s before %s of %s is tried again: %s", seconds, hook, subject, reason)


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    options = [
        click.Option(["--feed"], metavar="ID", help="Read this feed. [default: the only one]"),
        click.Option(["--since"], metavar="TIME", help="Begin with events of this time, if there is no cursor."),
        click.Option(["--cursor-file"], metavar="FILE", help="Read the cursor from this file, and keep it there."),
        click.Option(["--follow"], is_flag=True, help="Read on until the run is stopped."),
        click.Option(
            ["--interval"],
            metavar="SECONDS",
            type=click.FloatRange(0.1, 86_400),
            default=30.0,
            help="Wait this long between two readings with --follow. [default: 30]",
        ),
        click.Option(["--page-size"], metavar="N", type=click.IntRange(1), help="Ask for this many events a page."),
        click.Option(["--limit"], metavar="N", type=click.IntRange(1), help="End after the page with event number N."),
        *(click_option(option) for option in ATTEMPTS),
    ]
    return ConnectorCommand(connector, run, options, TEXT)


@click.group(name="events", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Write the events of an application as JSON lines, from a cursor on.

    `connector-host events CONNECTOR --help` shows how, and the options of a connector.
    """
