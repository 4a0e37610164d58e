"""A command group that imports a command when it is invoked; its help is made from tables and package metadata."""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Callable
from typing import Any

import click

from ..errors import PluginError
from ..plugins import discovery
from .command_table import SECTIONS, built_in
from .host_options import add_global_options

__all__ = ["LazyGroup", "adopt", "close_match"]


class LazyGroup(click.Group):
    """The built-in commands, and those of other distributions; a built-in name wins."""

    def invoke(self, ctx: click.Context) -> None:
        """Run the command. What it returns is dropped: an exit code is passed with `ctx.exit`."""
        super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return every name, for completion."""
        return [*built_in(), *_third_party_entries()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command of that name; None if there is none."""
        if cmd_name in (commands := built_in()):
            module = importlib.import_module(f"{__package__}.commands.{commands[cmd_name].module}")
            command: click.Command = module.command
        elif (entry := _third_party_entries().get(cmd_name)) is not None:
            command = _third_party(entry)
        else:
            return None
        adopt(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first word; a usage error with the nearest names if there is none."""
        name = args[0]
        if not name.startswith("-") and name not in built_in() and name not in _third_party_entries():
            raise click.UsageError(f"There is no command {name!r}.{close_match(name, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the commands by section, and the commands of other distributions."""
        sections = {title: {name: entry.help for name, entry in section.items()} for title, section in SECTIONS.items()}
        if third_party := _third_party_entries():
            sections["Added by other packages"] = {
                name: entry.problem or f"{entry.summary or 'no description'} ({entry.distribution})"
                for name, entry in third_party.items()
            }
        width = max(len(name) for section in sections.values() for name in section)
        for title, section in sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in section.items()])


def close_match(name: str, names: list[str]) -> str:
    """Return ` Did you mean ...?`, or nothing."""
    close = difflib.get_close_matches(name, names, n=2)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _third_party_entries() -> dict[str, discovery.PluginEntry]:
    """Return the commands that other distributions offer under names of their own."""
    taken_names = built_in()
    return {entry.name: entry for entry in discovery.discover(discovery.COMMANDS) if entry.name not in taken_names}


def _third_party(entry: discovery.PluginEntry) -> click.Command:
    if entry.problem:
        raise PluginError(f"the command {entry.problem}", hint="Uninstall one of the packages.")
    from ..plugins.loading import import_entry  # noqa: PLC0415 - not needed for --help

    command = import_entry(entry)
    if not isinstance(command, click.Command):
        raise PluginError(f"{entry.name} ({entry.distribution}) is {type(command).__name__}, not a click command")
    return command


def adopt(command: click.Command) -> None:
    """Add the global options to a command, and set up logging before it runs."""
    if getattr(command, "adopted_by_host", False):
        return
    command.adopted_by_host = True  # type: ignore[attr-defined] # click keeps commands; each is adopted once
    if isinstance(command, click.Group):
        for sub in command.commands.values():
            adopt(sub)
    add_global_options(command, hidden=True)
    runs = not isinstance(command, click.Group) or command.invoke_without_command
    if runs and command.callback is not None:
        command.callback = _prepared(command.callback)


def _prepared(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        if context.invoked_subcommand is None:  # else its own flags, `--config` among them, are still to be parsed
            context.find_root().obj.prepare()
        return callback(*args, **kwargs)

    return run
