"""Commands with a subcommand for each connector: `sync NAME`, `grant NAME` and so on, with the connector's options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from ....errors import ConnectorHostError, PluginError
from ....options import Option, OptionType
from ....plugins import discovery, loading
from ....plugins.facade import Connector
from ...host_options import RESERVED, click_option, parameter_name
from ...lazy_group import adopt

__all__ = ["ConnectorCommand", "ConnectorGroup", "flags_of"]


class ConnectorGroup(click.Group):
    """One subcommand for each connector installed; only the one that is named is imported, and given to `make`."""

    def __init__(self, *args: Any, make: Callable[[Connector], click.Command], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.subcommand_metavar = "CONNECTOR [OPTIONS]"
        self.make = make

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The connectors installed."""
        return sorted({entry.name for entry in discovery.discover()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a connector, with the options it declares."""
        if cmd_name.startswith("-"):
            return None
        if (app := ctx.find_root().obj) is not None:
            app.prepare_to_report()  # what loading it has to say comes before `prepare`
        try:
            made = self.make(loading.load(cmd_name))
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


def _line(entry: discovery.PluginEntry) -> str:
    return f"cannot be used: {entry.problem}" if entry.problem else f"{entry.summary} ({entry.distribution})".lstrip()


class ConnectorCommand(click.Command):
    """A subcommand of one connector; its help shows the connector's options apart from the host's (`hosts`).

    One that `asks` nothing of the application does not take the connector's options.
    """

    def __init__(
        self,
        connector: Connector,
        callback: Callable[..., Any],
        hosts: Sequence[click.Option],
        text: str,
        *,
        asks: bool = True,
    ) -> None:
        _refuse_reserved(connector)
        self.connector = connector
        self.own = [click_option(option) for option in connector.options] if asks else []
        super().__init__(connector.name, callback=callback, params=[*self.own, *hosts], help=text)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it, its hook calls told if that was asked for."""
        if ctx.find_root().obj.trace_hooks:
            from ...terminal.hook_trace import trace_hooks  # noqa: PLC0415 - only then

            trace_hooks(self.connector)
        return super().invoke(ctx)

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


def _refuse_reserved(connector: Connector) -> None:
    for option in connector.options:
        name = option.name.removeprefix("no-")
        if option.name in RESERVED or name in RESERVED:
            raise PluginError(
                f"connector {connector.name}: its option {option.flag} is one of the host's",
                hint="Its author must choose another name.",
            )


def flags_of(declared: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Only the flags that were given, by option name; a list given by several flags is joined."""
    values: dict[str, Any] = {}
    for option in declared:
        value = given.get(parameter_name(option.name))
        if value not in (None, ()):
            values[option.name] = ",".join(value) if option.type is OptionType.STRINGS else value
    return values
