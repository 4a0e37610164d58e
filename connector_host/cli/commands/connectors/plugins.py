"""`connector-host plugins`: the installed plugins, their capabilities, and the problems of broken ones."""

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
from .plugins_add import add_command, remove_command

__all__ = ["command"]

DESCRIBING = {"connector_info", "connector_options", "open_session", "check_session", "list_resource_types"}
SYNCING = {
    *("list_resources", "list_entitlements", "list_static_entitlements", "list_grants"),
    *("list_type_entitlements", "list_type_grants"),
}
COLUMNS = ("kind", "name", "version", "distribution", "can", "summary", "problem")


class PluginReport(Struct, kw_only=True):
    """The facts about one plugin, an entry point of a distribution."""

    name: str
    version: str
    distribution: str
    summary: str
    capabilities: list[str] = []
    problem: str = ""
    hint: str = ""


Reports = dict[str, list[PluginReport]]


@click.group(name="plugins", invoke_without_command=True)
@output_option
@click.option("--check", is_flag=True, help="Exit with code 1 if a plugin is broken.")
@click.pass_context
def command(ctx: click.Context, output: OutputFormat, check: bool) -> None:
    """List the installed connectors, observers and commands of other packages, their capabilities and problems.

    Each connector and observer is imported for that. `plugins add` installs a connector into an environment of its own.
    """
    if ctx.invoked_subcommand is not None:
        return
    reports: Reports = {
        "connectors": [_report(entry, _examine_connector) for entry in discovery.discover()],
        "observers": [_report(entry, _examine_observer) for entry in discovery.discover(discovery.OBSERVERS)],
        "commands": [_report(entry, _examine_command) for entry in discovery.discover(discovery.COMMANDS)],
    }
    output.show(_document(reports))
    if check and any(report.problem for group in reports.values() for report in group):
        ctx.exit(1)


command.add_command(add_command)
command.add_command(remove_command)


def _report(
    entry: discovery.PluginEntry, examine: Callable[[discovery.PluginEntry, PluginReport], None]
) -> PluginReport:
    report = PluginReport(
        name=entry.name, version=entry.version, distribution=entry.distribution, summary=entry.summary
    )
    try:
        examine(entry, report)
    except ConnectorHostError as error:
        report.problem, report.hint = error.message, error.hint
    return report


def _examine_connector(entry: discovery.PluginEntry, report: PluginReport) -> None:
    connector = loading.load_entry(entry)
    report.summary = connector.info.summary or report.summary
    report.capabilities = capability_words(connector)


def capability_words(connector: Connector) -> list[str]:
    """Return `sync` if the connector lists anything, then the hooks that change resources of one of its types.

    Where the types cannot be known without a session, all its changing hooks are returned.
    """
    hooks = connector.hooks
    if connector.is_remote:
        return ["sync"]  # the process has more, or not: `capabilities` asks it
    words = ["sync"] if hooks & SYNCING else []
    changing = hooks - SYNCING - DESCRIBING - OBSERVE_HOOKS
    try:
        types = resource_types(connector)
    except ConnectorHostError:
        types = []
    if types:
        possible = frozenset().union(*capabilities(connector, types).values())
        changing = frozenset(hook for hook in changing if hook not in HOOK_CAN or HOOK_CAN[hook] in possible)
    return words + sorted(changing)


def _examine_observer(entry: discovery.PluginEntry, report: PluginReport) -> None:
    plugin = loading.load_observer(entry)
    report.capabilities = sorted(name for name in OBSERVE_HOOKS if hasattr(plugin, name))


def _examine_command(entry: discovery.PluginEntry, report: PluginReport) -> None:  # noqa: ARG001 - loaded when invoked
    if entry.name in built_in():
        raise PluginError(
            f"the command {entry.name!r} is built in, so that of {entry.distribution} is never run",
            hint="Its author must choose another name.",
        )
    if entry.problem:
        raise PluginError(entry.problem)


def _document(reports: Reports) -> Document:
    plain = {group: [to_builtins(report) for report in members] for group, members in reports.items()}
    return Document(
        parts=lambda: _parts(reports),
        flat=TablePart(COLUMNS, lambda: _rows(reports)),
        document=lambda: (json_bytes(plain),),
        records=lambda: (
            json_bytes({"kind": group[:-1], **report}) for group, members in plain.items() for report in members
        ),
    )


def _rows(reports: Reports) -> Iterator[tuple[str, ...]]:
    for group, members in reports.items():
        for report in members:
            names = (group[:-1], report.name, report.version, report.distribution)
            yield (*names, " ".join(report.capabilities), report.summary, report.problem)


def _parts(reports: Reports) -> Iterator[DocumentPart]:
    if not reports["connectors"]:
        yield TextPart(("No connectors are installed. Try: pip install connector-host-fake",))
    for group, members in reports.items():
        prefix = "" if group == "connectors" else f"{group[:-1]} "
        for report in members:
            heading = f"{prefix}{report.name} {report.version} ({report.distribution})"
            yield TextPart((heading, *_details(report)))


def _details(report: PluginReport) -> Iterator[str]:
    if report.problem:
        yield f"  BROKEN: {report.problem}"
        if report.hint:
            yield f"  {report.hint}"
        return
    if report.summary:
        yield f"  {report.summary}"
    if report.capabilities:
        yield f"  can: {', '.join(report.capabilities)}"
