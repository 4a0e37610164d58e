"""`connector-host plugins`: what is installed, what it can do, and what is broken and why."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from msgspec import Struct, to_builtins

from .. import discovery, plugins
from ..contract import OBSERVE_HOOKS
from ..errors import ConnectorHostError, PluginError
from .app import App, current_app
from .commands import built_in
from .table import print_table

__all__ = ["command"]

DESCRIBING = {"connector_info", "connector_options", "open_session", "check_session", "list_resource_types"}
SYNCING = {"list_resources", "list_entitlements", "list_static_entitlements", "list_grants"}


class Found(Struct, kw_only=True):
    """What is said of one entry point."""

    name: str
    version: str
    distribution: str
    summary: str
    capabilities: list[str] = []
    problem: str = ""
    hint: str = ""


@click.command(name="plugins")
@click.option("-o", "--output", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--check", is_flag=True, help="Exit 1 if any of them is broken.")
@click.pass_context
def command(ctx: click.Context, form: str, check: bool) -> None:
    """List the connectors installed, what they can do, and what is broken.

    Each of them is imported to find out. Observers and commands of other packages are listed, too.
    """
    groups = {
        "connectors": [_look(entry, _connector) for entry in discovery.discover()],
        "observers": [_look(entry, _observer) for entry in discovery.discover(discovery.OBSERVERS)],
        "commands": [_look(entry, _command) for entry in discovery.discover(discovery.COMMANDS)],
    }
    app = current_app()
    if form == "json":
        shown = {kind: [to_builtins(one) for one in found] for kind, found in groups.items()}
        sys.stdout.write(app.redactor(json.dumps(shown, indent=2, ensure_ascii=False)) + "\n")
    else:
        _print(groups, app)
    if check and any(one.problem for found in groups.values() for one in found):
        ctx.exit(1)


def _look(entry: discovery.Entry, judge: Any) -> Found:
    found = Found(name=entry.name, version=entry.version, distribution=entry.distribution, summary=entry.summary)
    try:
        judge(entry, found)
    except ConnectorHostError as error:
        found.problem, found.hint = error.message, error.hint
    return found


def _connector(entry: discovery.Entry, found: Found) -> None:
    connector = plugins.load_entry(entry)
    found.summary = connector.info.summary or found.summary
    found.capabilities = capability_words(connector.hooks)


def capability_words(hooks: frozenset[str]) -> list[str]:
    """`sync` if there is anything to list, then the provisioning hooks by name."""
    words = ["sync"] if hooks & SYNCING else []
    return words + sorted(hooks - SYNCING - DESCRIBING - OBSERVE_HOOKS)


def _observer(entry: discovery.Entry, found: Found) -> None:
    plugin = plugins.load_observer(entry)
    found.capabilities = sorted(name for name in OBSERVE_HOOKS if hasattr(plugin, name))


def _command(entry: discovery.Entry, found: Found) -> None:  # noqa: ARG001 - commands are loaded when invoked
    if entry.name in built_in():
        raise PluginError(
            f"the command {entry.name!r} is built in, so that of {entry.distribution} is never run",
            hint="Its author must choose another name.",
        )
    if entry.problem:
        raise PluginError(entry.problem)


def _print(groups: dict[str, list[Found]], app: App) -> None:
    connectors = groups["connectors"]
    if connectors:
        headers = ("NAME", "VERSION", "DISTRIBUTION", "CAN", "SUMMARY")
        rows = [
            (one.name, one.version, one.distribution, ", ".join(one.capabilities) or "-", one.summary)
            if not one.problem
            else (one.name, one.version, one.distribution, "BROKEN", "see below")
            for one in connectors
        ]
        print_table(headers, rows, stream=sys.stdout)
    else:
        click.echo("No connectors are installed. Try: pip install connector-host-fake")
    for kind in ("observers", "commands"):
        if groups[kind]:
            click.echo(
                f"\n{kind.capitalize()}: " + ", ".join(f"{one.name} ({one.distribution})" for one in groups[kind])
            )
    for found in groups.values():
        for one in found:
            if one.problem:
                click.echo(app.redactor(f"\nBroken: {one.name} ({one.distribution} {one.version})\n  {one.problem}"))
                if one.hint:
                    click.echo(app.redactor(f"  {one.hint}"))
