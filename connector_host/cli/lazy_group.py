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
    """The built-in commands, and those that other distributions offer; a built-in name wins."""

    def invoke(self, ctx: click.Context) -> None:
        """Run the command. What it returns is dropped: an exit code is given with `ctx.exit`."""
        super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every name, for completion."""
        return [*built_in(), *_offered()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command of that name, or None."""
        if cmd_name in (known := built_in()):
            module = importlib.import_module(f"{__package__}.commands.{known[cmd_name][0]}")
            command: click.Command = module.command
        elif (entry := _offered().get(cmd_name)) is not None:
            command = _third_party(entry)
        else:
            return None
        adopt(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named by the first word; a usage error with the nearest names if there is none."""
        name = args[0]
        if not name.startswith("-") and name not in built_in() and name not in _offered():
            raise click.UsageError(f"There is no command {name!r}.{close_match(name, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The commands by section, and what distributions add."""
        sections = {title: {name: text for name, (_, text) in part.items()} for title, part in SECTIONS.items() if part}
        offered = _offered()
        if offered:
            sections["Added by other packages"] = {
                name: entry.problem or f"{entry.summary or 'no description'} ({entry.distribution})"
                for name, entry in offered.items()
            }
        width = max(len(name) for part in sections.values() for name in part)
        for title, part in sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in part.items()])


def close_match(name: str, known: list[str]) -> str:
    """` Did you mean ...?`, or nothing."""
    close = difflib.get_close_matches(name, known, n=2)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _offered() -> dict[str, discovery.PluginEntry]:
    """What other distributions offer under names of their own."""
    known = built_in()
    return {entry.name: entry for entry in discovery.discover(discovery.COMMANDS) if entry.name not in known}


def _third_party(entry: discovery.PluginEntry) -> click.Command:
    if entry.problem:
        raise PluginError(f"the command {entry.problem}", hint="Uninstall one of them.")
    from ..plugins.loading import import_entry  # noqa: PLC0415 - not needed for --help

    command = import_entry(entry)
    if not isinstance(command, click.Command):
        raise PluginError(f"{entry.name} ({entry.distribution}) is {type(command).__name__}, not a click command")
    return command


def adopt(command: click.Command) -> None:
    """Let the global options stand after this command, too, and have logging set up before it runs."""
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
        click.get_current_context().find_root().obj.prepare()
        return callback(*args, **kwargs)

    return run
