"""`connector-host check NAME`: whether it can sign in, as whom, and what it will see."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import click
import msgspec

from ....output.document import Document, DocumentPart, Row, TablePart, TextPart, json_bytes
from ....plugins.facade import Connector
from ....run import Run
from ....sync.connection_check import ConnectionCheck, ListingCheck, check
from ...app import current_app
from ...host_options import SYNC_OPTIONS, click_option
from ...option_values import connector_options, host_options
from ...output_option import OutputFormat, output_click_option
from ...terminal.masked_streams import masked
from ...terminal.stop_signals import stop_on_signals
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of

__all__ = ["command"]

ATTEMPTS = tuple(option for option in SYNC_OPTIONS if option.name == "max-attempts")
COLUMNS = ("Hook", "Of", "Items", "More", "Problem")

log = logging.getLogger(__name__)


def _command(connector: Connector) -> ConnectorCommand:
    hosts = [click_option(option) for option in ATTEMPTS]
    hosts.append(output_click_option())

    def run(output: OutputFormat, **given: Any) -> None:
        _check(connector, output, given)

    text = "Sign in, say who that is and what it cannot see, and read a first page of each listing. Nothing is written."
    return ConnectorCommand(connector, run, hosts, text)


def _check(connector: Connector, output: OutputFormat, given: dict[str, Any]) -> None:
    app = current_app()
    host = host_options(app, ATTEMPTS, flags_of(ATTEMPTS, given))
    options = connector_options(app, connector.name, connector.options, flags_of(connector.options, given))
    run = Run(logging.getLogger(f"connector_host.plugins.facade.{connector.name}"), app.redactor.add)
    with masked(app.redactor):
        with redirect_stdout(sys.stderr), stop_on_signals(run, log.warning):
            checked = check(connector, options, run, max_attempts=host["max-attempts"])
        output.show(_answer(checked))
    click.get_current_context().exit(checked.exit_code)


def _answer(checked: ConnectionCheck) -> Document:
    looks = TablePart(COLUMNS, lambda: map(_row, checked.listings), numbers=frozenset({"Items"}))
    whole = msgspec.to_builtins(checked)
    return Document(
        parts=lambda: _parts(checked, looks),
        flat=looks,
        document=lambda: (json_bytes(whole),),
        records=lambda: (json_bytes(look) for look in whole["looks"]),
    )


def _parts(checked: ConnectionCheck, looks: TablePart) -> Iterator[DocumentPart]:
    identity = checked.identity
    names = (("Account", identity.account), ("User", identity.user), ("Plan", identity.plan), ("Mode", identity.mode))
    who = [f"{name + ':':9} {value}" for name, value in names if value]
    yield TextPart(tuple(who or ["The connector does not say who it is signed in as."]))
    if identity.limits:
        yield TextPart(("What this identity cannot see or do:", *(f"- {limit}" for limit in identity.limits)))
    yield looks
    hints = dict.fromkeys(look.hint for look in checked.listings if look.hint)
    if hints:
        yield TextPart(tuple(hints))


def _row(look: ListingCheck) -> Row:
    return (look.hook, look.subject, str(look.items), "yes" if look.more else "", look.problem)


@click.group(name="check", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Look whether a connector can sign in, as whom, and what it will see. Nothing is written.

    Exit code 0 when all is well, that of the first problem otherwise (4: something may not be seen).
    """
