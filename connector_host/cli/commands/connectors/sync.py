"""`connector-host sync NAME`: read an application through its connector and write a c1z file."""

from __future__ import annotations

import logging
import sys
from contextlib import redirect_stdout
from typing import Any

import click

from ....model import RateLimit
from ....options import Options
from ....plugins import loading
from ....plugins.facade import Connector
from ....run import Run
from ...app import App, current_app
from ...host_options import SYNC_OPTIONS, click_option, rate_limit
from ...option_values import connector_options, host_options
from ...output_option import OutputFormat, output_click_option
from ...terminal.masked_streams import masked
from ...terminal.stop_signals import stop_on_signals
from .connector_group import ConnectorCommand, ConnectorGroup, flags_of

__all__ = ["command"]

log = logging.getLogger(__name__)


def _command(connector: Connector) -> ConnectorCommand:
    """`sync NAME` of one connector."""

    def run(output: OutputFormat, **given: Any) -> None:
        """Resolve the options, sync, show the result."""
        app = current_app()
        host = host_options(app, SYNC_OPTIONS, flags_of(SYNC_OPTIONS, given))
        options = connector_options(app, connector.name, connector.options, flags_of(connector.options, given))
        run_and_show(app, connector, options, host, output)

    hosts = [click_option(option, short="-f" if option.name == "file" else "") for option in SYNC_OPTIONS]
    text = connector.info.summary or f"Sync {connector.info.display_name}."
    if connector.info.docs_url:
        text += f"\n\n{connector.info.docs_url}"
    return ConnectorCommand(connector, run, [*hosts, output_click_option()], text)


@click.group(name="sync", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Read an application through its connector and write a c1z file.

    Interrupted runs go on where they were when the same command is given again. `connector-host sync CONNECTOR --help`
    shows the options of a connector.
    """


def run_and_show(app: App, connector: Connector, options: Options, host: Options, output: OutputFormat) -> None:
    """Run one sync, narrated on standard error, and show what it did."""
    from ....sync.engine import RunSummary, SyncSettings, run_sync  # noqa: PLC0415 - SQLite and protobuf, not for --help
    from ...terminal.progress_display import Progress, shown  # noqa: PLC0415
    from .metrics_file import check_metrics, recorded  # noqa: PLC0415
    from .sync_summary import show_summary  # noqa: PLC0415

    settings = SyncSettings(
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
        shrink_threshold=host["shrink-threshold"],
    )
    check_metrics(host["metrics"])
    report = RunSummary(connector=connector.name)
    run = Run(logging.getLogger(f"connector_host.plugins.facade.{connector.name}"), app.redactor.add)
    progress = Progress()
    observers = [progress, *loading.load_observers()]
    with masked(app.redactor):
        # what a connector prints is narration: standard output is for the result
        with (
            recorded(host["metrics"], report, app.redactor),
            redirect_stdout(sys.stderr),
            stop_on_signals(run, log.warning),
            shown(progress),
        ):
            summary = run_sync(connector, options, settings, run, observers, report)
        show_summary(summary, output)


def _rate_limits(text: str | None) -> tuple[RateLimit, ...] | None:
    """What takes the place of the limits a connector declares; None: nothing does."""
    if text is None:
        return None
    found = rate_limit(text)
    return () if found is None else (RateLimit(*found),)
