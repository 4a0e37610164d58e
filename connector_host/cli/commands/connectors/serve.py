"""`connector-host serve NAME`: serve a connector as a process, as the connectors in Go serve themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ....model import ResourceType
from ....options import Option, Options, OptionType
from ....plugins.facade import Connector
from ...app import current_app
from ...host_options import click_option
from ...missing_extra import GRPC_PACKAGES, needs_extra
from ...option_values import connector_options, host_options
from ...terminal.masked_streams import masked
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of
from .connector_run import new_run, running

if TYPE_CHECKING:
    from ....service.hook_functions.hook_source import Descriptions, HookSource

__all__ = ["command"]

SUBCOMMAND = "_connector-service"
SERVE_OPTIONS = (
    Option(
        name="provisioning",
        type=OptionType.BOOL,
        default=False,
        help="Also serve grant, revoke, accounts, resources and credentials.",
    ),
    Option(name="ticketing", type=OptionType.BOOL, default=False, help="Also serve tickets."),
)


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _serve(connector, arguments)

    own_names = {option.name for option in connector.options}
    command = ConnectorCommand(
        connector, run, [click_option(option) for option in SERVE_OPTIONS if option.name not in own_names], TEXT
    )
    word = click.Argument(["word"], required=False, metavar=f"[{SUBCOMMAND}]", expose_value=False)
    command.params.append(word)  # a host writes it behind the command
    return command


TEXT = """Serve the connector to a host that starts this command, over gRPC.

The host passes a listening socket and writes one line with a certificate to standard input; when standard input ends,
the connector ends. To sync through it: connector-host sync baton --command 'connector-host serve NAME'. A host writes
the word _connector-service behind the command.
"""


def _serve(connector: Connector, arguments: dict[str, Any]) -> None:
    with needs_extra("serving a connector", "grpc", GRPC_PACKAGES):
        from ....service.connector_server import adopt_listener, read_parent_config, serve  # noqa: PLC0415 - an extra
    from ....service.hook_functions.hook_source import HookSource  # noqa: PLC0415
    from ....service.hook_functions.listing_functions import asset_functions, listing_functions  # noqa: PLC0415
    from ....service.hook_functions.served_functions import ServedFunctions  # noqa: PLC0415
    from ....service.store_of_sync import StoreOfSync  # noqa: PLC0415

    app = current_app()
    own_names = {option.name for option in connector.options}
    declared = tuple(option for option in SERVE_OPTIONS if option.name not in own_names)
    host = host_options(app, declared, flags_of(declared, arguments))
    options = connector_options(app, connector.name, connector.options, flags_of(connector.options, arguments))
    run = new_run(app, connector)
    listener = adopt_listener(os.environ)
    with masked(app.redactor), running(app, run, connector):
        source = HookSource(connector, options, run, _descriptions(), max_attempts=1)
        try:
            source.open()
            functions = ServedFunctions(listing_functions(source), lambda: _other_functions(source, host))
            config = read_parent_config(listener)
            source.on_sync = StoreOfSync(run.store, config).begin
            serve(functions, asset_functions(source), config, listener, run, threads=max(2, connector.info.concurrency))
        finally:
            source.close()


def _descriptions() -> Descriptions:
    """Return functions that describe a connector; their modules are imported when one is called."""
    from ....service.hook_functions.hook_source import Descriptions  # noqa: PLC0415 - as above

    def capabilities(connector: Connector, types: Iterable[ResourceType], session: object = None) -> dict[str, Any]:
        from .capabilities import described  # noqa: PLC0415

        return described(connector, types, session)

    def field(option: Option) -> dict[str, Any]:
        from .config import option_field  # noqa: PLC0415

        return option_field(option)

    return Descriptions(capabilities, field)


def _other_functions(source: HookSource, host: Options) -> Mapping[str, Callable[[bytes], bytes]]:
    """Return the functions that a sync does not need."""
    from ....service.hook_functions.function_table import connector_functions  # noqa: PLC0415 - as above

    return connector_functions(
        source, provisioning=host.get("provisioning", False), ticketing=host.get("ticketing", False)
    )


@click.group(name="serve", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Serve a connector to another host, as a process that speaks the protocol of the Go connectors.

    A host starts this command, with the word _connector-service behind it.
    """
