"""`connector-host sync NAME`: read an application through its connector and write a c1z file."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click

from ....model import RateLimit
from ....options import Options
from ....plugins import loading
from ....plugins.facade import Connector
from ...app import App, current_app
from ...file_owner import reported_owner
from ...host_options import SYNC_OPTIONS, click_option, parameter_name, rate_limit
from ...option_values import connector_options, host_options
from ...output_option import OutputFormat, output_option
from ...terminal.masked_streams import masked
from .all_connectors.sync_all_options import ALL_OPTIONS
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of, output_option_for
from .connector_run import new_run, running

if TYPE_CHECKING:
    from ....lake.synced_files import LakeTarget
    from ....sync.outcome.run_summary import SyncSettings

__all__ = ["command", "sync_settings"]

log = logging.getLogger(__name__)


def _command(connector: Connector) -> ConnectorCommand:
    """Build `sync NAME` of one connector."""

    def run(output: OutputFormat, **arguments: Any) -> None:
        """Resolve the options, sync, show the result."""
        app = current_app()
        host = host_options(app, SYNC_OPTIONS, flags_of(SYNC_OPTIONS, arguments))
        options = connector_options(app, connector.name, connector.options, flags_of(connector.options, arguments))
        run_and_show(app, connector, options, host, output)

    declared = [click_option(option, short="-f" if option.name == "file" else "") for option in SYNC_OPTIONS]
    text = connector.info.summary or f"Sync {connector.info.display_name}."
    if connector.info.docs_url:
        text += f"\n\n{connector.info.docs_url}"
    return ConnectorCommand(connector, run, [*declared, output_option_for(connector)], text)


@click.group(name="sync", cls=ConnectorGroup, make=_command, invoke_without_command=True, no_args_is_help=True)
@click.option("--all", "every", is_flag=True, help="Sync every connector of the config file, each in its own process.")
@output_option
@click.pass_context
def command(context: click.Context, /, every: bool, output: OutputFormat, **arguments: Any) -> None:
    """Read an application through its connector and write a c1z file.

    The same command resumes an interrupted run. `connector-host sync CONNECTOR --help` shows the options of a
    connector. The options below belong to `sync --all`.
    """
    from .all_connectors.sync_all import sync_all  # noqa: PLC0415 - not for the sync of one connector

    used = every or any(value not in (None, ()) for value in arguments.values())
    if context.invoked_subcommand is None:
        if not every and not arguments[parameter_name("only")]:
            raise click.UsageError("Specify a connector, or --all.", context)
        sync_all(context, arguments, output)
    elif used:
        raise click.UsageError("Options of --all do not go with the name of a connector.", context)


for _option in ALL_OPTIONS:
    command.params.append(click_option(_option))


def run_and_show(app: App, connector: Connector, options: Options, host: Options, output: OutputFormat) -> None:
    """Run one sync, logged on standard error, and show its result."""
    from ....sync.outcome.run_summary import RunSummary  # noqa: PLC0415 - not for --help
    from ...terminal.progress_display import SyncProgress, display  # noqa: PLC0415
    from .metrics_file import check_metrics, recorded  # noqa: PLC0415
    from .sync_summary import show_summary  # noqa: PLC0415

    check_metrics(host["metrics"])
    lake_target = _lake_target(host)
    report = RunSummary(connector=connector.name)
    run = new_run(app, connector)
    progress = SyncProgress(mask=app.redactor)
    observers = [progress, *loading.load_observers()]
    with masked(app.redactor):
        with (
            recorded(host["metrics"], report, app.redactor),
            running(app, run, connector, deadline=host["deadline"]),
            connector.begun(options, run),
            display(progress),
            reported_owner(host["file"]),
        ):
            from ....sync.engine import run_sync  # noqa: PLC0415 - SQLite and protobuf, while a process starts

            summary = run_sync(connector, options, sync_settings(host), run, observers, report)
        show_summary(summary, output)
        if lake_target is not None:
            added = lake_target.add(host["file"], summary.sync_id).commit
            log.info("Added to the lake %s as source %s.", lake_target.lake.store.url, added.source)


def _lake_target(host: Options) -> LakeTarget | None:
    """Open the lake before the sync, so that a wrong place costs no sync."""
    if host["lake"] is None:
        return None
    from ....lake.synced_files import open_lake_target  # noqa: PLC0415 - an extra

    return open_lake_target(host["lake"], host["lake-source"])


def sync_settings(host: Options) -> SyncSettings:
    """Return the settings of a sync; options that the command lacks have their defaults."""
    from ....sync.outcome.run_summary import SyncSettings  # noqa: PLC0415 - not for --help

    return SyncSettings(
        file=host["file"],
        page_size=host["page-size"],
        workers=host["workers"],
        fresh=host["fresh"],
        allow_partial=host["allow-partial"],
        skip_grant_expansion=host["skip-grant-expansion"],
        skip_entitlements_and_grants=host["skip-entitlements-and-grants"],
        resource_types=host["sync-resource-types"] or (),
        resources=host["sync-resources"] or (),
        skip_grants=host["skip-grants"],
        max_attempts=host["max-attempts"],
        deadline=host["deadline"],
        rate_limits=_rate_limits(host["rate-limit"]),
        storage_engine=host["storage-engine"],
        allow_shrink=host["allow-shrink"],
        strict=host["strict"],
        read_all=host["read-all"],
        previous_file=host["previous-file"],
        shrink_threshold=host["shrink-threshold"],
    )


def _rate_limits(text: str | None) -> tuple[RateLimit, ...] | None:
    """Return the limits that replace those of the connector; None: its own apply."""
    if text is None:
        return None
    limit = rate_limit(text)
    return () if limit is None else (RateLimit(*limit),)
