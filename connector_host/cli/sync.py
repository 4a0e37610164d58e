"""`connector-host sync NAME`: read an application through its connector and write a c1z file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

import click

from .. import discovery, plugins
from ..connector import Connector
from ..errors import ConnectorHostError, PluginError
from ..options import Option, Options, OptionType
from ..output import formats
from ..run import Run
from .app import App, current_app
from .ask import connector_options, host_options
from .lazy import adopt
from .options import RESERVED, SYNC_OPTIONS, click_option, parameter_name
from .show import FORMAT_HELP
from .signals import stop_on_signals
from .streams import masked

__all__ = ["command"]

log = logging.getLogger(__name__)


class SyncGroup(click.Group):
    """One subcommand for each connector installed; only the one that is named is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The connectors installed."""
        return sorted({entry.name for entry in discovery.discover()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a connector, with the options it declares."""
        if cmd_name.startswith("-"):
            return None
        try:
            made = ConnectorCommand(plugins.load(cmd_name))
        except ConnectorHostError:
            if ctx.resilient_parsing:  # completion offers what can be used
                return None
            raise
        adopt(made)
        return made

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The connectors installed, from metadata."""
        entries = discovery.discover()
        with formatter.section("Connectors installed"):
            if not entries:
                formatter.write_text("none; for instance: pip install connector-host-fake")
            else:
                formatter.write_dl([(one.name, _line(one)) for one in entries])


def _line(entry: discovery.Entry) -> str:
    return f"cannot be used: {entry.problem}" if entry.problem else f"{entry.summary} ({entry.distribution})".lstrip()


class ConnectorCommand(click.Command):
    """`sync NAME` of one connector; its help shows the connector's options apart from the host's."""

    def __init__(self, connector: Connector) -> None:
        _refuse_reserved(connector)
        self.connector = connector
        self.own = [click_option(option) for option in connector.options]
        self.hosts = [click_option(option, short="-f" if option.name == "file" else "") for option in SYNC_OPTIONS]
        output = click.Option(["-o", "--output"], default="table", metavar="FORMAT", help=FORMAT_HELP)
        text = connector.info.summary or f"Sync {connector.info.display_name}."
        if connector.info.docs_url:
            text += f"\n\n{connector.info.docs_url}"
        super().__init__(connector.name, callback=self.run, params=[*self.own, *self.hosts, output], help=text)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Two lists: what the connector takes, what the host takes."""
        own = [record for option in self.own if (record := option.get_help_record(ctx))]
        others = [one for one in self.get_params(ctx) if one not in self.own]
        hosts = [record for option in others if (record := option.get_help_record(ctx))]
        if own:
            with formatter.section(f"Options of {self.connector.info.display_name or self.connector.name}"):
                formatter.write_dl(own)
        with formatter.section("Options of the host"):
            formatter.write_dl(hosts)

    def run(self, output: str, **given: Any) -> None:
        """Resolve the options, sync, show the result."""
        formats.find(output)  # before an hour of work, not after it
        app = current_app()
        host = host_options(app, SYNC_OPTIONS, _flags(SYNC_OPTIONS, given))
        options = connector_options(
            app, self.connector.name, self.connector.options, _flags(self.connector.options, given)
        )
        run_and_show(app, self.connector, options, host, output)


@click.group(name="sync", cls=SyncGroup, subcommand_metavar="CONNECTOR [OPTIONS]")
def command() -> None:
    """Read an application through its connector and write a c1z file.

    Interrupted runs go on where they were when the same command is given again. `connector-host sync CONNECTOR --help`
    shows the options of a connector.
    """


def _refuse_reserved(connector: Connector) -> None:
    for option in connector.options:
        name = option.name.removeprefix("no-")
        if option.name in RESERVED or name in RESERVED:
            raise PluginError(
                f"connector {connector.name}: its option {option.flag} is one of the host's",
                hint="Its author must choose another name.",
            )


def _flags(declared: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Only the flags that were given, by option name; a list given by several flags is joined."""
    values: dict[str, Any] = {}
    for option in declared:
        value = given.get(parameter_name(option.name))
        if value not in (None, ()):
            values[option.name] = ",".join(value) if option.type is OptionType.STRINGS else value
    return values


def run_and_show(app: App, connector: Connector, options: Options, host: Options, form: str) -> None:
    """Run one sync, narrated on standard error, and show what it did."""
    from ..sync.engine import SyncSettings, run_sync  # noqa: PLC0415 - SQLite and protobuf, not needed for --help
    from .progress import Progress, shown  # noqa: PLC0415
    from .summary import show_summary  # noqa: PLC0415

    settings = SyncSettings(
        file=host["file"],
        page_size=host["page-size"],
        workers=host["workers"],
        fresh=host["fresh"],
        allow_partial=host["allow-partial"],
        skip_grant_expansion=host["skip-grant-expansion"],
        max_attempts=host["max-attempts"],
    )
    run = Run(logging.getLogger(f"connector_host.connector.{connector.name}"), app.redactor.add)
    progress = Progress()
    observers = [progress, *plugins.load_observers()]
    with masked(app.redactor):
        # what a connector prints is narration: standard output is for the result
        with redirect_stdout(sys.stderr), stop_on_signals(run, log.warning), shown(progress):
            summary = run_sync(connector, options, settings, run, observers)
        show_summary(summary, form)
