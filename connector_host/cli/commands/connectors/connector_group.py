"""Commands with a subcommand for each connector: `sync NAME`, `grant NAME` and so on, with the connector's options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from ....errors import ConnectorHostError, PluginError
from ....options import Option, OptionType
from ....output.terminal_text import printable
from ....plugins import discovery, loading
from ....plugins.facade import Connector
from ...host_options import RESERVED, click_option, parameter_name
from ...lazy_group import adopt
from ...output_option import OUTPUT_FLAGS, output_click_option

__all__ = ["ConnectorCommand", "ConnectorGroup", "flags_of", "output_option_for"]

BEHIND = "process-options"
"""The option of connector processes that holds the words behind `--`."""
REMOTE_TEXT = """

The connector is a process of its own. Options of its own follow --, as in: -- --org=acme. They are passed in its
environment, where other users cannot read them.
"""


class ConnectorGroup(click.Group):
    """One subcommand for each connector installed; `make` builds it from the connector, which only then is imported."""

    def __init__(self, *args: Any, make: Callable[[Connector], click.Command], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.subcommand_metavar = "CONNECTOR [OPTIONS]"
        self.make = make

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the installed connectors."""
        return sorted({entry.name for entry in discovery.discover()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a connector and build its subcommand, with the options that it declares."""
        if cmd_name.startswith("-"):
            return None
        if (app := ctx.find_root().obj) is not None:
            app.prepare_to_report()  # loading may log, and comes before `prepare`
        try:
            command = self.make(loading.load(cmd_name))
        except ConnectorHostError:
            if ctx.resilient_parsing:  # completion offers only connectors that work
                return None
            raise
        adopt(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the installed connectors, from metadata."""
        entries = discovery.discover()
        with formatter.section("Connectors installed"):
            if not entries:
                formatter.write_text("none; for instance: pip install connector-host-fake")
            else:
                formatter.write_dl([(entry.name, _entry_line(entry)) for entry in entries])


def _entry_line(entry: discovery.PluginEntry) -> str:
    text = f"cannot be used: {entry.problem}" if entry.problem else f"{entry.summary} ({entry.distribution})".lstrip()
    return printable(text)


class ConnectorCommand(click.Command):
    """A subcommand of one connector; its help lists the connector's options apart from those of the host.

    With `asks` False it takes no options of the connector: it asks the application nothing.
    """

    def __init__(
        self,
        connector: Connector,
        callback: Callable[..., Any],
        host_options: Sequence[click.Option],
        text: str,
        *,
        asks: bool = True,
    ) -> None:
        _refuse_reserved(connector)
        self.connector = connector
        is_remote = connector.is_remote and asks
        declared = [option for option in connector.options if not (is_remote and option.name == BEHIND)] if asks else []
        self.own = [click_option(option) for option in declared]
        params: list[click.Parameter] = [*self.own, *host_options]
        if is_remote:
            params.append(_behind_dashes())
            text += REMOTE_TEXT
        super().__init__(connector.name, callback=callback, params=params, help=text)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it, with its hook calls logged if `--trace-hooks` asks for that."""
        app = ctx.find_root().obj
        if app.trace_hooks:
            from ...terminal.hook_trace import trace_hooks  # noqa: PLC0415 - only then

            trace_hooks(self.connector, app.redactor)
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write two lists: the options of the connector, and those of the host."""
        own_records = [record for option in self.own if (record := option.get_help_record(ctx))]
        host_records = [
            record
            for option in self.get_params(ctx)
            if option not in self.own and option.name != parameter_name(BEHIND)
            if (record := option.get_help_record(ctx))
        ]
        if own_records:
            with formatter.section(f"Options of {self.connector.info.display_name or self.connector.name}"):
                formatter.write_dl(own_records)
        with formatter.section("Options of the host"):
            formatter.write_dl(host_records)


def _behind_dashes() -> click.Argument:
    """Return the argument that takes what follows `--`: the options of a connector process itself."""
    return click.Argument(
        [parameter_name(BEHIND)],
        nargs=-1,
        type=click.UNPROCESSED,
        metavar="[-- OPTION...]",
        callback=lambda _context, _parameter, value: list(value) or None,
    )


def output_option_for(connector: Connector) -> click.Option:
    """Return the option `-o FORMAT`, less those of its spellings that are options of the connector."""
    own_flags = {flag for option in connector.options for flag in (option.flag, option.opposite)}
    return output_click_option(without=frozenset(own_flags.intersection(OUTPUT_FLAGS)))


def _refuse_reserved(connector: Connector) -> None:
    for option in connector.options:
        name = option.name.removeprefix("no-")
        if option.name in RESERVED or name in RESERVED:
            raise PluginError(
                f"connector {connector.name}: its option {option.flag} is one of the host's",
                hint="Its author must choose another name.",
            )


def flags_of(declared: Sequence[Option], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that were used, by option name; a list from several flags is joined."""
    values: dict[str, Any] = {}
    for option in declared:
        value = arguments.get(parameter_name(option.name))
        if isinstance(value, tuple) and option.type is OptionType.STRINGS:
            value = ",".join(value) or None
        if value not in (None, ()):
            values[option.name] = value
    return values
