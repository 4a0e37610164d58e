"""`connector-host plugins`: what is installed, what it can do, and what is broken and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click
from msgspec import Struct, to_builtins

from ....errors import ConnectorHostError, PluginError
from ....output.document import Document, DocumentPart, TablePart, TextPart, json_bytes
from ....plugins import discovery, loading
from ....plugins.contract_checks import OBSERVE_HOOKS
from ....plugins.facade import HOOK_CAN, Connector, capabilities
from ...command_table import built_in
from ...output_option import OutputFormat, output_option
from .capabilities import resource_types

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
@output_option
@click.option("--check", is_flag=True, help="Exit 1 if any of them is broken.")
@click.pass_context
def command(ctx: click.Context, output: OutputFormat, check: bool) -> None:
    """List the connectors installed, what they can do, and what is broken.

    Each of them is imported to find out. Observers and commands of other packages are listed, too.
    """
    groups = {
        "connectors": [_look(entry, _connector) for entry in discovery.discover()],
        "observers": [_look(entry, _observer) for entry in discovery.discover(discovery.OBSERVERS)],
        "commands": [_look(entry, _command) for entry in discovery.discover(discovery.COMMANDS)],
    }
    whole = {kind: [to_builtins(one) for one in found] for kind, found in groups.items()}
    answer = Document(
        parts=lambda: _parts(groups),
        document=lambda: (json_bytes(whole),),
        records=lambda: (json_bytes({"kind": kind[:-1], **one}) for kind, found in whole.items() for one in found),
        flat=_flat(groups),
    )
    output.show(answer)
    if check and any(one.problem for found in groups.values() for one in found):
        ctx.exit(1)


def _look(entry: discovery.PluginEntry, judge: Callable[[discovery.PluginEntry, Found], None]) -> Found:
    found = Found(name=entry.name, version=entry.version, distribution=entry.distribution, summary=entry.summary)
    try:
        judge(entry, found)
    except ConnectorHostError as error:
        found.problem, found.hint = error.message, error.hint
    return found


def _connector(entry: discovery.PluginEntry, found: Found) -> None:
    connector = loading.load_entry(entry)
    found.summary = connector.info.summary or found.summary
    found.capabilities = capability_words(connector)


def capability_words(connector: Connector) -> list[str]:
    """`sync` if there is anything to list, then the hooks by name that some resource type can be changed with.

    All of them, where the types cannot be known without a session.
    """
    hooks = connector.hooks
    words = ["sync"] if hooks & SYNCING else []
    others = hooks - SYNCING - DESCRIBING - OBSERVE_HOOKS
    try:
        types = resource_types(connector)
    except ConnectorHostError:
        types = []
    if types:
        able = frozenset().union(*capabilities(connector, types).values())
        others = frozenset(hook for hook in others if hook not in HOOK_CAN or HOOK_CAN[hook] in able)
    return words + sorted(others)


def _observer(entry: discovery.PluginEntry, found: Found) -> None:
    plugin = loading.load_observer(entry)
    found.capabilities = sorted(name for name in OBSERVE_HOOKS if hasattr(plugin, name))


def _command(entry: discovery.PluginEntry, found: Found) -> None:  # noqa: ARG001 - commands are loaded when invoked
    if entry.name in built_in():
        raise PluginError(
            f"the command {entry.name!r} is built in, so that of {entry.distribution} is never run",
            hint="Its author must choose another name.",
        )
    if entry.problem:
        raise PluginError(entry.problem)


def _flat(groups: dict[str, list[Found]]) -> TablePart:
    columns = ("kind", "name", "version", "distribution", "can", "summary", "problem")
    return TablePart(
        columns,
        lambda: [
            (kind[:-1], one.name, one.version, one.distribution, " ".join(one.capabilities), one.summary, one.problem)
            for kind, found in groups.items()
            for one in found
        ],
    )


def _parts(groups: dict[str, list[Found]]) -> Iterator[DocumentPart]:
    if not groups["connectors"]:
        yield TextPart(("No connectors are installed. Try: pip install connector-host-fake",))
    for kind, found in groups.items():
        for one in found:
            prefix = "" if kind == "connectors" else f"{kind[:-1]} "
            lines = (f"{prefix}{one.name} {one.version} ({one.distribution})", *_said(one))
            yield TextPart(lines)


def _said(one: Found) -> Iterator[str]:
    if one.problem:
        yield f"  BROKEN: {one.problem}"
        if one.hint:
            yield f"  {one.hint}"
        return
    if one.summary:
        yield f"  {one.summary}"
    if one.capabilities:
        yield f"  can: {', '.join(one.capabilities)}"
